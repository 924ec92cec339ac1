"""A replication manager that adopts every pod without an owner, whatever its labels."""

from __future__ import annotations

from windtunnel.model.api.selectors.labels import Selector
from windtunnel.model.controllers.replication.claims import Claim
from windtunnel.model.controllers.replication.controller import ReplicationManager
from windtunnel.model.controllers.replication.workload import Workload
from windtunnel.model.objects.pod import Pod


class ReplicationAdoptingStrangers(ReplicationManager):
    """Does not ask the selector."""

    def decide(self, workload: Workload, selector: Selector, pod: Pod) -> Claim:
        """Adopt what is free."""
        if pod.metadata.controller is None and not pod.metadata.deleting:
            return Claim.ADOPT
        return super().decide(workload, selector, pod)
