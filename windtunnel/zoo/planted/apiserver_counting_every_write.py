"""An API server that raises the generation with every update, so that no controller ever seems to have caught up."""

from __future__ import annotations

from windtunnel.model.apiserver.context import RequestContext
from windtunnel.model.apiserver.server import ApiServer
from windtunnel.model.apiserver.storage import with_metadata
from windtunnel.model.objects.json import Json


class ApiServerCountingEveryWrite(ApiServer):
    """Takes a change of labels for one of the spec."""

    async def prepare_main(self, context: RequestContext, new: Json, old: Json) -> Json:
        """One generation more."""
        new = await super().prepare_main(context, new, old)
        generation = old["metadata"].get("generation")
        if not generation:
            return new
        return with_metadata(new, {"generation": generation + 1})
