"""The policies of a namespace (limit ranges, quotas) as an admission plug-in knows them.

The plug-in believes the server's own cache. Where that knows none it asks the store, as the first one may have been
made a moment ago, and then believes that answer for half a minute.
"""

from __future__ import annotations

from windtunnel.model.apiserver.storage import Storage
from windtunnel.model.objects.record import Record
from windtunnel.model.store.requests import Range, RangeAnswer

LIVE_TIME_MS = 30_000


class NamespacedLister:
    """Lists one resource by namespace. Owns the answers of the store, each for half a minute."""

    def __init__(self, storage: Storage, resource: str) -> None:
        self.storage = storage
        self.resource = resource
        self._live: dict[str, tuple[int, tuple[Record, ...]]] = {}

    @property
    def is_unused(self) -> bool:
        """Whether there has never been such an object in the cluster. O(1)."""
        return self.resource not in self.storage.environment.in_use.kinds

    async def list(self, namespace: str) -> tuple[Record, ...]:
        """The objects of a namespace, in key order; old by as much as the cache lags. O(answer), perhaps one hop."""
        if self.is_unused:
            return ()
        found = self.storage.cached_in(self.resource, namespace)
        if found:
            return found
        now_ms = self.storage.process.now_ms
        until_ms, records = self._live.get(namespace, (-1, ()))
        if until_ms < now_ms:
            answer: RangeAnswer = await self.storage.ask_store(Range(self.resource, namespace))
            records = answer.records
            self._live[namespace] = now_ms + LIVE_TIME_MS, records
        return records
