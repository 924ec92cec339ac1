"""A kubelet that does not mind what others write into the statuses of its pods."""

from __future__ import annotations

from windtunnel.model.kubelet.kubelet import Kubelet
from windtunnel.model.kubelet.status_manager import StatusManager
from windtunnel.model.objects.pod import Pod


class ContentStatuses(StatusManager):
    """Says everything once."""

    def reconcile(self, pod: Pod) -> None:
        """Leave it as it is."""


class KubeletTrustingTheApi(Kubelet):
    """Uses that status manager."""

    def make_status_manager(self, cls: type[StatusManager]) -> StatusManager:
        """That one."""
        return super().make_status_manager(ContentStatuses)
