"""The client of somebody else's controller: nothing that it holds is shared with the store.

The model's own components never change JSON that they were given or have sent; a controller from outside may, as Go
code with its own copies may. So what it sends and what it is answered is copied, as a real connection copies it.

Not modelled: copies of what a watch delivers.
"""

from __future__ import annotations

from typing import Any

import orjson
from attrs import evolve

from windtunnel.model.apiserver.request import ListAnswer, Request
from windtunnel.model.client.client import Client
from windtunnel.model.objects.meta import KubeObject
from windtunnel.model.objects.record import Record, StoreKey
from windtunnel.model.objects.views import build_view


def copied(json: Any) -> Any:
    """A copy that shares nothing. Raises TypeError for what is not JSON. O(size)."""
    return orjson.loads(orjson.dumps(json))


def copied_view(resource: str, obj: KubeObject) -> KubeObject:
    """A view over a copy. O(size)."""
    return build_view(resource, copied(obj.raw))


class IsolatedClient(Client):
    """Copies bodies on the way out and answers on the way in."""

    async def request(self, request: Request) -> Any:
        """Send a copy, and give a copy of the answer. Raises TypeError for a body that is not JSON."""
        if request.body is not None:
            request = evolve(request, body=copied(request.body))
        answer = await super().request(request)
        if isinstance(answer, Record):
            return _copied_record(answer)
        if isinstance(answer, ListAnswer):
            return evolve(answer, items=tuple(_copied_record(record) for record in answer.items))
        return answer


def _copied_record(record: Record) -> Record:
    key: StoreKey = record.key
    return Record(key, copied(record.raw), record.revision, record.create_revision)
