"""One algorithm, two kinds: what a ReplicationController and a ReplicaSet do not share.

They differ in the shape of their selector, in whether their status counts terminating pods, and in whether the
controller waits for its own writes to show in its caches before it acts again (only ReplicaSets do, since 1.36).
"""

from __future__ import annotations

from attrs import frozen

from windtunnel.model.api.selectors.labels import Selector, from_label_selector, from_match_labels
from windtunnel.model.objects.workloads import ReplicaSet, ReplicationController

Workload = ReplicationController | ReplicaSet


@frozen
class WorkloadKind:
    """One of the two kinds."""

    kind: str
    api_version: str
    resource: str
    counts_terminating: bool
    waits_for_own_writes: bool

    def selector(self, workload: Workload) -> Selector:
        """Which pods the workload selects. O(size); raises SelectorError if it has no valid selector."""
        if self.kind == "ReplicationController":
            return from_match_labels(workload.spec.selector)
        return from_label_selector(workload.spec.selector)


REPLICATION_CONTROLLER = WorkloadKind(
    "ReplicationController", "v1", "replicationcontrollers", False, False
)
REPLICA_SET = WorkloadKind("ReplicaSet", "apps/v1", "replicasets.apps", True, True)
WORKLOAD_KINDS = {kind.kind: kind for kind in (REPLICATION_CONTROLLER, REPLICA_SET)}
