"""An allocator that never takes anything back."""

from __future__ import annotations

from collections.abc import Sequence

from windtunnel.model.apiserver.context import RequestContext
from windtunnel.model.apiserver.service_allocator import ServiceAllocator


class AllocatorKeepingAll(ServiceAllocator):
    """Forgets to free what nobody uses."""

    async def free(
        self, context: RequestContext, addresses: Sequence[str], ports: Sequence[int]
    ) -> None:
        """Later, it thinks."""
