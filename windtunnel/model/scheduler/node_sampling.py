"""NodeSampling: in a large cluster the scheduler stops looking once it has found enough nodes that take the pod.

Below a hundred nodes all are looked at. Above, half of them are enough, a smaller share the larger the cluster, down to
a twentieth, but never fewer than a hundred; or the share that was set. The next attempt begins where the last one
stopped, so that every node has its turn.

Kubernetes looks at several nodes at once and may so see a few more than enough; here they are seen one by one.
"""

from __future__ import annotations

from windtunnel.model.scheduler.selection import Selection

LEAST_NODES = 100
_LEAST_PERCENT = 5
_MOST_PERCENT = 50
_NODES_PER_PERCENT = 125


class NodeSampling:
    """Owns the place where the next attempt begins. percent is percentageOfNodesToScore; 0 adapts to the cluster."""

    def __init__(self, percent: int = 0) -> None:
        self.percent = percent
        self.start = 0

    def enough(self, nodes: int) -> int:
        """How many nodes that take the pod are enough, out of so many. O(1)."""
        if nodes < LEAST_NODES:
            return nodes
        percent = self.percent or max(_MOST_PERCENT - nodes // _NODES_PER_PERCENT, _LEAST_PERCENT)
        return min(max(nodes * percent // 100, LEAST_NODES), nodes)

    def in_turn(self, nodes: Selection) -> tuple[Selection, ...]:
        """The nodes in the order in which this attempt sees them, in parts. O(1)."""
        count = len(nodes)
        start = self.start % count if count else 0
        return (nodes.part(start, count), nodes.part(0, start)) if start else (nodes,)

    def advance(self, seen: int, nodes: int) -> None:
        """An attempt saw so many of the cluster's nodes. O(1)."""
        self.start = (self.start + seen) % nodes
