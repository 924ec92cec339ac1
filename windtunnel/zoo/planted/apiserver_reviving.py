"""An API server that lets an update take a deletion back."""

from __future__ import annotations

from windtunnel.model.api.errors import Cause
from windtunnel.model.apiserver.context import RequestContext
from windtunnel.model.apiserver.server import ApiServer
from windtunnel.model.objects.json import Json


class ApiServerReviving(ApiServer):
    """Takes the metadata as the client sends it."""

    def repaired(self, new: Json, old: Json) -> Json:
        """Drop the mark of the deletion where the client asks for it."""
        fixed = super().repaired(new, old)
        annotations = fixed["metadata"].get("annotations") or {}
        if "revive" not in annotations:
            return fixed
        kept = {k: v for k, v in fixed["metadata"].items() if not k.startswith("deletion")}
        return {**fixed, "metadata": kept}

    def raise_invalid(self, context: RequestContext, causes: list[Cause]) -> None:
        """A deletion that was taken back is no error to it."""
        super().raise_invalid(context, [c for c in causes if "deletion" not in c.field])
