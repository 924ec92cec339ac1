"""A kubelet that counts the restarts of containers in its own memory, so that they begin at 0 when it is restarted."""

from __future__ import annotations

from typing import Any

from windtunnel.model.kubelet.kubelet import Kubelet
from windtunnel.model.kubelet.status_manager import StatusManager
from windtunnel.model.objects.json import Json
from windtunnel.model.objects.pod import Pod


class CountingForItself(StatusManager):
    """Takes off the restarts that it was not there for."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.before_me: dict[tuple[str, str], int] = {}

    def set(self, pod: Pod, status: Json) -> bool:
        """Report what this incarnation has seen."""
        statuses = []
        for each in status.get("containerStatuses") or ():
            first = self.before_me.setdefault((pod.uid, each["name"]), each["restartCount"])
            statuses.append({**each, "restartCount": each["restartCount"] - first})
        return super().set(pod, {**status, "containerStatuses": statuses} if statuses else status)


class KubeletForgettingRestarts(Kubelet):
    """Uses that status manager."""

    def make_status_manager(self, cls: type[StatusManager]) -> StatusManager:
        """That one."""
        return super().make_status_manager(CountingForItself)
