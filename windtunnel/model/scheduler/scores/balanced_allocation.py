"""NodeResourcesBalancedAllocation: nodes that the pod would bring into balance are better than those it would tilt.

A node is in balance when its resources are used to like shares; the measure is the standard deviation of the shares.
What counts is how the pod would change it (kubernetes/kubernetes#135573). Unlike for NodeResourcesFit, only what pods
really ask for counts. A pod that asks for nothing does not care.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import sqrt
from typing import Any

from windtunnel.model.scheduler.framework import MAX_NODE_SCORE, SKIP
from windtunnel.model.scheduler.node_info import NodeInfo, PodInfo
from windtunnel.model.scheduler.resources import CPU, MEMORY, is_countable
from windtunnel.model.scheduler.snapshot import Snapshot


class NodeResourcesBalancedAllocation:
    """Score on how evenly the node's resources would be used."""

    name = "NodeResourcesBalancedAllocation"
    absolute = True

    def __init__(self, resources: Iterable[str] = (CPU, MEMORY)) -> None:
        self._resources = tuple(resources)

    def prepare(self, pod: PodInfo, nodes: Sequence[NodeInfo], snapshot: Snapshot) -> Any:
        """Skip pods that ask for none of the resources."""
        return None if any(pod.requests.get(name) for name in self._resources) else SKIP

    def sign(self, pod: PodInfo) -> Any:
        """What the pod asks for."""
        return tuple(pod.requests.items())

    def alike(self, state: Any) -> bool:
        """It looks at nothing but what is offered and taken."""
        return True

    def score(self, state: Any, pod: PodInfo, node: NodeInfo) -> int:
        """75 where nothing changes, up to 100 where the pod balances the node, down to 50. O(resources)."""
        without, with_pod = self.deviations(pod, node)
        return int((0.75 + (without - with_pod) / 2) * MAX_NODE_SCORE)

    def deviations(self, pod: PodInfo, node: NodeInfo) -> tuple[float, float]:
        """How far apart the used shares are, without the pod and with it: 0 to 0.5. O(resources)."""
        before: list[float] = []
        after: list[float] = []
        allocatable, requested, requests = node.allocatable, node.requested, pod.requests
        for name in self._resources:
            capacity = allocatable.get(name, 0)
            asked = requests.get(name, 0)
            if capacity == 0 or (not asked and is_countable(name)):
                continue
            used = requested.get(name, 0)
            before.append(used / capacity if used < capacity else 1.0)
            used += asked
            after.append(used / capacity if used < capacity else 1.0)
        return _deviation(before), _deviation(after)

    def normalise(self, scores: list[int]) -> list[int]:
        """Already from 0 to 100."""
        return scores


def _deviation(shares: Sequence[float]) -> float:
    count = len(shares)
    if count == 2:
        return abs((shares[0] - shares[1]) / 2)
    if count < 2:
        return 0.0
    mean = sum(shares) / count
    return sqrt(sum((share - mean) * (share - mean) for share in shares) / count)
