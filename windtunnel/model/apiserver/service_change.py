"""The addresses and ports of a service while an update of it is tried, perhaps several times.

Where the store does not answer nothing is freed, since the service may have been stored.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from windtunnel.model.apiserver.context import RequestContext
from windtunnel.model.objects.json import Json

if TYPE_CHECKING:
    from windtunnel.model.apiserver.service_allocator import Allocation, ServiceAllocator


class ServiceChange:
    """Owns what the latest attempt allocated: given back when another attempt follows or the update fails."""

    def __init__(
        self,
        allocator: ServiceAllocator,
        context: RequestContext,
        prepare: Callable[[RequestContext, Json, Json], Awaitable[Json]],
    ) -> None:
        self._allocator = allocator
        self._context = context
        self._prepare = prepare
        self._allocation: Allocation | None = None

    async def prepare(self, context: RequestContext, new: Json, old: Json) -> Json:
        """Allocate what the new shape needs, then prepare the update as for any object."""
        await self.revert()
        new, self._allocation = await self._allocator.allocate_update(context, new, old)
        return await self._prepare(context, new, old)

    async def commit(self) -> None:
        """The update is stored: free what the service no longer uses."""
        allocation, self._allocation = self._allocation, None
        if allocation is not None:
            await allocation.commit()

    async def revert(self) -> None:
        """The attempt came to nothing: free what it took."""
        allocation, self._allocation = self._allocation, None
        if allocation is not None:
            await allocation.revert()
