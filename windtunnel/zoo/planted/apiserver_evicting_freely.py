"""An API server that evicts a pod without taking a disruption from its budget."""

from __future__ import annotations

from windtunnel.model.apiserver.context import RequestContext
from windtunnel.model.apiserver.server import ApiServer
from windtunnel.model.objects.record import Record


class ApiServerEvictingFreely(ApiServer):
    """Takes every budget for large enough."""

    async def take_disruption(self, deletion: RequestContext, budget: Record) -> None:
        """Let it pass."""
