"""An API server that gives an object a new uid with each update of its metadata: dependents lose their owner."""

from __future__ import annotations

from windtunnel.model.apiserver.context import RequestContext
from windtunnel.model.apiserver.server import ApiServer
from windtunnel.model.apiserver.storage import with_metadata
from windtunnel.model.objects.json import Json


class ApiServerWithNewIdentities(ApiServer):
    """Replaces where it should update."""

    async def prepare_main(self, context: RequestContext, new: Json, old: Json) -> Json:
        """As if the object had been deleted and made anew."""
        new = await super().prepare_main(context, new, old)
        if new["metadata"].get("labels") == old["metadata"].get("labels"):
            return new
        uid = self.environment.identity.uid("again", old["metadata"]["uid"])
        return with_metadata(new, {"uid": uid})
