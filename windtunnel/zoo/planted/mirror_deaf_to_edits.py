"""A mirroring controller that does not hear of changed Endpoints: their mirror stays as it was made."""

from __future__ import annotations

from windtunnel.model.controllers.endpoint_slice_mirroring.controller import EndpointSliceMirror
from windtunnel.model.objects.service import Endpoints


class MirrorDeafToEdits(EndpointSliceMirror):
    """Looks at new and at deleted Endpoints only."""

    def endpoints_updated(self, old: Endpoints, new: Endpoints) -> None:
        """Nothing to do, it thinks."""
