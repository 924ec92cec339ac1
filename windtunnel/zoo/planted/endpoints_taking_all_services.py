"""An endpoints controller that takes no selector for one that selects nothing, and empties hand-written Endpoints."""

from __future__ import annotations

from windtunnel.model.controllers.endpoints.controller import EndpointsController
from windtunnel.model.controllers.endpoints.desired import desired_endpoints
from windtunnel.model.objects.record import Key


class EndpointsTakingAllServices(EndpointsController):
    """Writes for services without a selector too."""

    async def sync(self, key: Key) -> None:
        """Write an empty list where there is no selector."""
        service = self.services.get(key)
        if service is None or service.spec.selector:
            await super().sync(key)
            return
        current = self.current_endpoints(key)
        if current is None or current.subsets:
            await self.write(current, desired_endpoints(current, service, [], None))
