"""A disruption controller that counts when pods come and go, and does not hear that they have become ready."""

from __future__ import annotations

from windtunnel.model.controllers.disruption.controller import DisruptionController
from windtunnel.model.objects.pod import Pod


class DisruptionDeafToReadiness(DisruptionController):
    """Overlooks changes."""

    def pod_updated(self, old: Pod, new: Pod) -> None:
        """Nothing to do, it thinks."""
