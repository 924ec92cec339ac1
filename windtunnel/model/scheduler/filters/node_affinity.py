"""NodeAffinity: a pod's nodeSelector and required node affinity."""

from __future__ import annotations

from typing import Any

from windtunnel.model.scheduler.framework import SKIP, UNRESOLVABLE, ClusterEvent, Rejection
from windtunnel.model.scheduler.node_info import NodeInfo, PodInfo
from windtunnel.model.scheduler.node_selection import RequiredNodes, required_nodes
from windtunnel.model.scheduler.snapshot import Snapshot

_REJECTION = Rejection(
    UNRESOLVABLE, ("node(s) didn't match Pod's node affinity/selector",), "NodeAffinity"
)


class NodeAffinity:
    """Filter on what the pod requires of its node."""

    name = "NodeAffinity"

    def prepare(self, pod: PodInfo, snapshot: Snapshot) -> Any:
        """Read the requirements once; skip pods without any. O(conditions)."""
        required = required_nodes(pod.pod.spec)
        return SKIP if required is None else required

    def only_nodes(self, state: RequiredNodes) -> tuple[str, ...] | None:
        """The only nodes that can match, where the affinity names them. O(terms)."""
        return state.affinity.only_names if state.affinity is not None else None

    def filter(self, state: Any, pod: PodInfo, node: NodeInfo) -> Rejection | None:
        """Turn a node away that does not match. O(conditions)."""
        assert node.node is not None
        return None if state.matches(node.node) else _REJECTION

    def sign(self, pod: PodInfo) -> Any:
        """What the pod requires of its node."""
        required = required_nodes(pod.pod.spec)
        return () if required is None else (tuple(required.labels.items()), required.affinity)

    def alike(self, state: Any) -> bool:
        """Unless the pod asks for a node by its name."""
        return not state.names_a_node

    def may_help(self, pod: PodInfo, event: ClusterEvent) -> bool:
        """A node that matches now and did not before."""
        if event.resource != "node" or event.after is None:
            return False
        required = required_nodes(pod.pod.spec)
        if required is None:
            return True
        if not required.matches(event.after):
            return False
        return event.before is None or not required.matches(event.before)
