"""Binding: the choice is written, apart from the cycle that made it; if that fails, it is taken back.

The binding subresource is asked with the pod's UID, so a pod of the same name that came later is not bound by
mistake. A lost answer counts as a failure: if the binding was carried out all the same, the informer says so.
"""

from __future__ import annotations

from collections.abc import Callable

from windtunnel.model.api.errors import ApiError
from windtunnel.model.client.client import Client
from windtunnel.model.objects.json import Json
from windtunnel.model.objects.record import Key
from windtunnel.model.scheduler.queue import QueuedPod
from windtunnel.model.sim.network import NetworkError


class Binder:
    """Binds pods and writes why others wait; each call is one request of the client."""

    def __init__(
        self,
        client: Client,
        bound: Callable[[QueuedPod], None],
        failed: Callable[[QueuedPod, str, Exception], None],
    ) -> None:
        self._client = client
        self._bound = bound
        self._failed = failed

    async def bind(self, queued: QueuedPod, node: str) -> None:
        """Bind a pod to a node and tell the scheduler how that went."""
        try:
            await self._client.bind(queued.key, queued.info.uid, node)
        except (ApiError, NetworkError) as error:
            self._failed(queued, node, error)
        else:
            self._bound(queued)

    async def write_condition(self, key: Key, patch: Json) -> None:
        """Write a condition; if that fails, the next attempt that has something else to say writes again."""
        try:
            await self._client.patch(
                "Pod", key, patch, patch_type="strategic", subresource="status"
            )
        except (ApiError, NetworkError):
            return
