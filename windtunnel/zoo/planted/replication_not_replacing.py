"""A replication manager that does not hear of pods that are deleted."""

from __future__ import annotations

from windtunnel.model.controllers.replication.controller import ReplicationManager
from windtunnel.model.objects.pod import Pod


class ReplicationNotReplacing(ReplicationManager):
    """Overlooks deletions."""

    def pod_deleted(self, pod: Pod) -> None:
        """Nothing to do, it thinks."""

    def pod_updated(self, old: Pod, new: Pod) -> None:
        """Overlook the mark of a deletion too."""
        if not new.metadata.deleting:
            super().pod_updated(old, new)
