"""A replication manager that is content with one pod less than asked for."""

from __future__ import annotations

from windtunnel.model.controllers.replication.controller import ReplicationManager
from windtunnel.model.controllers.replication.plan import Plan
from windtunnel.model.controllers.replication.workload import Workload
from windtunnel.model.objects.pod import Pod


class ReplicationOffByOne(ReplicationManager):
    """Creates one pod too few."""

    def plan(self, workload: Workload, active: list[Pod]) -> Plan:
        """What is missing, less one."""
        plan = super().plan(workload, active)
        return Plan(create=max(plan.create - 1, 0), delete=plan.delete)
