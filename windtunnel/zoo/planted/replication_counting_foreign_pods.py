"""A replication manager that takes every pod with the right labels for its own, whoever controls it."""

from __future__ import annotations

from windtunnel.model.api.selectors.labels import Selector
from windtunnel.model.controllers.replication.claims import Claim
from windtunnel.model.controllers.replication.controller import ReplicationManager
from windtunnel.model.controllers.replication.workload import Workload
from windtunnel.model.objects.pod import Pod


class ReplicationCountingForeignPods(ReplicationManager):
    """Keeps what matches."""

    def own_pods_and_orphans(self, workload: Workload) -> list[Pod]:
        """All pods of the namespace."""
        return list(self.pods.list(workload.namespace))

    def decide(self, workload: Workload, selector: Selector, pod: Pod) -> Claim:
        """Ask the labels only."""
        if pod.metadata.controller is not None and selector.matches(pod.metadata.labels):
            return Claim.KEEP
        return super().decide(workload, selector, pod)
