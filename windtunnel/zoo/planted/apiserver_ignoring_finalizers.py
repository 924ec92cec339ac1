"""An API server that removes an object at once, whatever finalizers hold it."""

from __future__ import annotations

from windtunnel.model.apiserver.context import RequestContext
from windtunnel.model.apiserver.deletion import DeleteNow
from windtunnel.model.apiserver.server import ApiServer
from windtunnel.model.objects.json import Json
from windtunnel.model.objects.record import Record


class ApiServerIgnoringFinalizers(ApiServer):
    """Deletes what should only be marked."""

    def marked(self, context: RequestContext, record: Record) -> Json:
        """Nothing holds it, it thinks."""
        if record.raw["metadata"].get("finalizers"):
            raise DeleteNow(record)
        return super().marked(context, record)
