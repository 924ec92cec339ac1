"""A replication manager that never lets go of a pod whose labels have changed."""

from __future__ import annotations

from windtunnel.model.api.selectors.labels import Selector
from windtunnel.model.controllers.replication.claims import Claim
from windtunnel.model.controllers.replication.controller import ReplicationManager
from windtunnel.model.controllers.replication.workload import Workload
from windtunnel.model.objects.pod import Pod


class ReplicationKeepingStrangers(ReplicationManager):
    """Keeps where it should release."""

    def decide(self, workload: Workload, selector: Selector, pod: Pod) -> Claim:
        """Keep what it controls."""
        decision = super().decide(workload, selector, pod)
        return Claim.KEEP if decision is Claim.RELEASE else decision
