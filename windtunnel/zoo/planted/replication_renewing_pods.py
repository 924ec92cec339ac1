"""A replication controller that replaces its oldest pod ten seconds after everything was in order, to keep it fresh."""

from __future__ import annotations

from windtunnel.model.controllers.base import key_of
from windtunnel.model.controllers.replication.controller import ReplicationManager
from windtunnel.model.controllers.replication.workload import Workload
from windtunnel.model.objects.json import Json
from windtunnel.model.objects.pod import Pod

RENEWS_AFTER_MS = 10_000


class ReplicationRenewingPods(ReplicationManager):
    """Deletes a pod of those that it wants."""

    def plan_next_sync(
        self, workload: Workload, active: list[Pod], status: Json, now_ms: int
    ) -> None:
        """Plan the deletion too, where every pod is ready."""
        super().plan_next_sync(workload, active, status, now_ms)
        if active and all(pod.ready for pod in active):
            self.process.loop.after(
                RENEWS_AFTER_MS, self.process.name, "renews a pod", self._renew, active[0],
                background=True,
            )  # fmt: skip

    def _renew(self, pod: Pod) -> None:
        self.process.spawn(self.client.delete("Pod", key_of(pod)), "renewal", done=lambda _: None)
