"""A kubelet that ends the containers of a deleted pod and never tells the API server, so that the pod stays."""

from __future__ import annotations

from windtunnel.model.kubelet.kubelet import Kubelet
from windtunnel.model.kubelet.status_manager import StatusManager
from windtunnel.model.objects.record import Key


class SilentStatuses(StatusManager):
    """Does not remove pods."""

    async def _delete(self, uid: str, key: Key) -> None:
        self.forget(uid)


class KubeletNeverConfirming(Kubelet):
    """Uses that status manager."""

    def make_status_manager(self, cls: type[StatusManager]) -> StatusManager:
        """That one."""
        return super().make_status_manager(SilentStatuses)
