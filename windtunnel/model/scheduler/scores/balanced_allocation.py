"""NodeResourcesBalancedAllocation: nodes whose resources would be used to like shares are better.

The measure is the standard deviation of the used shares. Unlike for NodeResourcesFit, only what pods really ask for
counts. A pod that asks for nothing does not care.
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

    def __init__(self, resources: Iterable[str] = (CPU, MEMORY)) -> None:
        self._resources = tuple(resources)

    def prepare(self, pod: PodInfo, nodes: Sequence[NodeInfo], snapshot: Snapshot) -> Any:
        """Skip pods that ask for none of the resources."""
        return None if any(pod.requests.get(name) for name in self._resources) else SKIP

    def score(self, state: Any, pod: PodInfo, node: NodeInfo) -> int:
        """100 for equal shares, less the further they are apart. O(resources)."""
        shares = []
        allocatable = node.allocatable
        for name in self._resources:
            capacity = allocatable.get(name, 0)
            asked = pod.requests.get(name, 0)
            if capacity == 0 or (not asked and is_countable(name)):
                continue
            shares.append(min(1.0, (node.requested.get(name, 0) + asked) / capacity))
        count = len(shares)
        if count == 2:
            deviation = abs((shares[0] - shares[1]) / 2)
        elif count > 2:
            mean = sum(shares) / count
            deviation = sqrt(sum((share - mean) * (share - mean) for share in shares) / count)
        else:
            deviation = 0.0
        return int((1 - deviation) * MAX_NODE_SCORE)

    def normalise(self, scores: list[int]) -> list[int]:
        """Already from 0 to 100."""
        return scores
