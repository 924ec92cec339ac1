"""A kubelet that takes the pods it finds at its start, and overlooks those that are bound to its node later."""

from __future__ import annotations

from windtunnel.model.kubelet.kubelet import Kubelet
from windtunnel.model.objects.pod import Pod


class KubeletDeafToNewPods(Kubelet):
    """Ignores additions."""

    def pod_added(self, pod: Pod) -> None:
        """Only what belongs to the first list."""
        if not self.ready:
            super().pod_added(pod)
