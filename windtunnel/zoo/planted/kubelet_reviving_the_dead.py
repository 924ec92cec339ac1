"""A kubelet that takes the finished pods it finds at its start for new ones, and reports them as running."""

from __future__ import annotations

from windtunnel.model.kubelet.kubelet import Kubelet
from windtunnel.model.kubelet.status import status_patch
from windtunnel.model.kubelet.status_manager import StatusManager
from windtunnel.model.objects.json import Json, put
from windtunnel.model.objects.pod import Pod


class PlainStatuses(StatusManager):
    """Writes any phase over any other."""

    def difference(self, pod: Pod, status: Json) -> Json:
        """Everything that differs."""
        return status_patch(pod.raw.get("status") or {}, status)


class KubeletRevivingTheDead(Kubelet):
    """Forgets to ask whether a pod is over."""

    def make_status_manager(self, cls: type[StatusManager]) -> StatusManager:
        """That one."""
        return super().make_status_manager(PlainStatuses)

    def pod_added(self, pod: Pod) -> None:
        """Report a finished pod as running, then look at it."""
        if self.ready and pod.terminal:
            revived = put(pod.raw["status"], "Running", "phase")
            alive = Pod(pod.raw | {"status": revived}, pod.metadata)
            self.services.statuses.set(alive, put(revived, "", "message"))
            return
        super().pod_added(pod)
