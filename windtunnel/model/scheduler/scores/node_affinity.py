"""NodeAffinity: nodes that meet more of the pod's preferred node affinity, by weight, are better."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from windtunnel.model.scheduler.framework import SKIP, normalise_by_maximum
from windtunnel.model.scheduler.node_info import NodeInfo, PodInfo
from windtunnel.model.scheduler.node_selection import preferred_nodes
from windtunnel.model.scheduler.snapshot import Snapshot


class NodeAffinity:
    """Score on preferred node affinity."""

    name = "NodeAffinity"

    def prepare(self, pod: PodInfo, nodes: Sequence[NodeInfo], snapshot: Snapshot) -> Any:
        """Read the preferences once; skip pods without any. O(conditions)."""
        return preferred_nodes(pod.pod.spec) or SKIP

    def sign(self, pod: PodInfo) -> Any:
        """The preferences."""
        return preferred_nodes(pod.pod.spec)

    def alike(self, state: Any) -> bool:
        """Unless the pod prefers a node by its name."""
        return not any(term.names_a_node for _, term in state)

    def score(self, state: Any, pod: PodInfo, node: NodeInfo) -> int:
        """The weights of the terms that the node meets. O(conditions)."""
        assert node.node is not None
        return sum(weight for weight, term in state if term.matches(node.node))

    def normalise(self, scores: list[int]) -> list[int]:
        """The best is 100."""
        return normalise_by_maximum(scores)
