"""NodeName: a pod that names its node runs there and nowhere else."""

from __future__ import annotations

from typing import Any

from windtunnel.model.scheduler.framework import SKIP, UNRESOLVABLE, ClusterEvent, Rejection
from windtunnel.model.scheduler.node_info import NodeInfo, PodInfo
from windtunnel.model.scheduler.snapshot import Snapshot

_REJECTION = Rejection(UNRESOLVABLE, ("node(s) didn't match the requested node name",), "NodeName")


class NodeName:
    """Filter on the pod's spec.nodeName."""

    name = "NodeName"

    def prepare(self, pod: PodInfo, snapshot: Snapshot) -> Any:
        """Skip pods that name no node, which is every pod that waits for the scheduler."""
        return pod.pod.spec.node_name or SKIP

    def filter(self, state: Any, pod: PodInfo, node: NodeInfo) -> Rejection | None:
        """Turn every other node away. O(1)."""
        return None if state == node.name else _REJECTION

    def sign(self, pod: PodInfo) -> Any:
        """The name."""
        return pod.pod.spec.node_name

    def may_help(self, pod: PodInfo, event: ClusterEvent) -> bool:
        """The named node came."""
        return (
            event.resource == "node"
            and event.action == "add"
            and event.after.name == pod.pod.spec.node_name
        )
