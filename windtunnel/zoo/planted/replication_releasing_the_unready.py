"""A replication manager that lets go of its pods while they are not ready, and makes others in their place."""

from __future__ import annotations

from windtunnel.model.api.selectors.labels import Selector
from windtunnel.model.controllers.replication.claims import Claim
from windtunnel.model.controllers.replication.controller import ReplicationManager
from windtunnel.model.controllers.replication.workload import Workload
from windtunnel.model.objects.pod import Pod


class ReplicationReleasingTheUnready(ReplicationManager):
    """Takes an unready pod for somebody else's."""

    def decide(self, workload: Workload, selector: Selector, pod: Pod) -> Claim:
        """Release what ran and is not ready."""
        decision = super().decide(workload, selector, pod)
        if decision is Claim.KEEP and pod.status.phase == "Running" and not pod.ready:
            return Claim.RELEASE
        return decision
