"""A kubelet that gives every pod on its node the node's own address."""

from __future__ import annotations

from windtunnel.model.kubelet.kubelet import Kubelet
from windtunnel.model.kubelet.status_manager import StatusManager
from windtunnel.model.objects.json import Json
from windtunnel.model.objects.pod import Pod


class SharingStatuses(StatusManager):
    """Takes the host's address for the pod's."""

    def set(self, pod: Pod, status: Json) -> bool:
        """Replace the address where there is one."""
        if status.get("podIP"):
            ip = status["hostIP"]
            status = {**status, "podIP": ip, "podIPs": [{"ip": ip}]}
        return super().set(pod, status)


class KubeletSharingAddresses(Kubelet):
    """Uses that status manager."""

    def make_status_manager(self, cls: type[StatusManager]) -> StatusManager:
        """That one."""
        return super().make_status_manager(SharingStatuses)
