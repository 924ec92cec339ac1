"""NodeUnschedulable: a cordoned node takes only pods that tolerate the taint of that name."""

from __future__ import annotations

from typing import Any

from windtunnel.model.scheduler.framework import UNRESOLVABLE, ClusterEvent, Rejection
from windtunnel.model.scheduler.node_info import NodeInfo, PodInfo
from windtunnel.model.scheduler.snapshot import Snapshot
from windtunnel.model.scheduler.taints import UNSCHEDULABLE_TAINT, tolerates

_REJECTION = Rejection(UNRESOLVABLE, ("node(s) were unschedulable",), "NodeUnschedulable")


class NodeUnschedulable:
    """Filter on spec.unschedulable."""

    name = "NodeUnschedulable"

    def prepare(self, pod: PodInfo, snapshot: Snapshot) -> Any:
        """Nothing to prepare."""
        return None

    def filter(self, state: Any, pod: PodInfo, node: NodeInfo) -> Rejection | None:
        """Turn a cordoned node away. O(tolerations)."""
        assert node.node is not None
        if not node.node.spec.unschedulable:
            return None
        if any(tolerates(each, UNSCHEDULABLE_TAINT) for each in pod.pod.spec.tolerations):
            return None
        return _REJECTION

    def sign(self, pod: PodInfo) -> Any:
        """The tolerations."""
        return pod.pod.spec.tolerations

    def alike(self, state: Any) -> bool:
        """It looks at nothing but the cordon."""
        return True

    def may_help(self, pod: PodInfo, event: ClusterEvent) -> bool:
        """A node that came, or is no longer cordoned."""
        if event.resource == "node" and event.after is not None:
            was = event.before is not None and not event.before.spec.unschedulable
            return not event.after.spec.unschedulable and not was
        return False
