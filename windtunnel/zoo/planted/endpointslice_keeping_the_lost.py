"""An endpoint slice controller that does not hear of changed labels, so that pods which left a service stay listed."""

from __future__ import annotations

from windtunnel.model.controllers.endpoint_slice.controller import EndpointSliceController
from windtunnel.model.objects.pod import Pod


class EndpointSliceKeepingTheLost(EndpointSliceController):
    """Takes labels for constant."""

    def pod_updated(self, old: Pod, new: Pod) -> None:
        """Look at what is new about a pod, but not whose it is."""
        if old.metadata.labels == new.metadata.labels:
            super().pod_updated(old, new)
