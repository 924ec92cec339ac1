"""A kubelet that reports another address once a container of a pod was restarted, although the sandbox is the same."""

from __future__ import annotations

from windtunnel.model.kubelet.kubelet import Kubelet
from windtunnel.model.kubelet.status_manager import StatusManager
from windtunnel.model.objects.json import Json
from windtunnel.model.objects.pod import Pod


class MovingStatuses(StatusManager):
    """Makes the address up."""

    def set(self, pod: Pod, status: Json) -> bool:
        """Add the restarts to the address."""
        restarts = sum(each["restartCount"] for each in status.get("containerStatuses") or ())
        if restarts and status.get("podIP"):
            ip = f"{status['podIP'].rsplit('.', 1)[0]}.{200 + restarts}"
            status = {**status, "podIP": ip, "podIPs": [{"ip": ip}]}
        return super().set(pod, status)


class KubeletMovingPods(Kubelet):
    """Uses that status manager."""

    def make_status_manager(self, cls: type[StatusManager]) -> StatusManager:
        """That one."""
        return super().make_status_manager(MovingStatuses)
