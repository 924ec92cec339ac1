"""How many pods to create or to delete in one sync."""

from __future__ import annotations

from attrs import frozen

from windtunnel.model.controllers.replication.workload import Workload


@frozen
class Plan:
    """At most one of the two is not zero."""

    create: int = 0
    delete: int = 0


def plan_replicas(workload: Workload, active: int, burst_replicas: int) -> Plan:
    """What brings the number of active pods to the wanted one, at most burst_replicas at a time. O(1).

    A workload that is being deleted does nothing: its pods are left to whoever deletes it.
    """
    if workload.metadata.deleting:
        return Plan()
    surplus = active - workload.spec.replicas
    if surplus < 0:
        return Plan(create=min(-surplus, burst_replicas))
    return Plan(delete=min(surplus, burst_replicas))
