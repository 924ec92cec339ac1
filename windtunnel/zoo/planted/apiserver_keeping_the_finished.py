"""An API server that stores an object without finalizers, although its deletion was only waiting for them."""

from __future__ import annotations

from windtunnel.model.apiserver.context import RequestContext
from windtunnel.model.apiserver.server import ApiServer
from windtunnel.model.objects.json import Json


class ApiServerKeepingTheFinished(ApiServer):
    """Forgets to complete a deletion."""

    def should_delete_during_update(self, context: RequestContext, new: Json, old: Json) -> bool:
        """Never."""
        return False
