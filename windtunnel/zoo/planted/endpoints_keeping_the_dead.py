"""An endpoints controller that does not hear of pods that go away, so that their addresses stay."""

from __future__ import annotations

from windtunnel.model.controllers.endpoints.controller import EndpointsController
from windtunnel.model.objects.pod import Pod


class EndpointsKeepingTheDead(EndpointsController):
    """Looks at joining and readiness only."""

    def pod_deleted(self, pod: Pod) -> None:
        """Nothing to do, it thinks."""

    def pod_updated(self, old: Pod, new: Pod) -> None:
        """Deletions are no business of its."""
        if not new.metadata.deleting:
            super().pod_updated(old, new)
