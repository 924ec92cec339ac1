"""An allocator that gives out the first address that it finds, whether or not somebody has it."""

from __future__ import annotations

from windtunnel.model.apiserver.context import RequestContext
from windtunnel.model.apiserver.service_allocator import ServiceAllocator
from windtunnel.model.objects.json import Json


class AllocatorGivingTwice(ServiceAllocator):
    """Does not listen to the store."""

    def seed(self, what: str, service: Json) -> int:
        """Begin every search at the same place."""
        return 0

    async def take_next_address(self, context: RequestContext, service: Json) -> str:
        """The first one."""
        address = next(iter(self.addresses.search(self.seed("service address", service))))
        await self.take_address(context, service, address)
        return address
