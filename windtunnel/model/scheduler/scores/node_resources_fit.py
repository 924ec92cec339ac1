"""NodeResourcesFit: LeastAllocated likes empty nodes, MostAllocated full ones.

Each resource has a weight. CPU and memory are counted with a little for each container that asks for none; an
extended resource counts only if the pod asks for it.

Not modelled: RequestedToCapacityRatio.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from windtunnel.model.scheduler.framework import MAX_NODE_SCORE
from windtunnel.model.scheduler.node_info import NodeInfo, PodInfo
from windtunnel.model.scheduler.resources import CPU, MEMORY, is_countable
from windtunnel.model.scheduler.snapshot import Snapshot

LEAST_ALLOCATED = "LeastAllocated"
MOST_ALLOCATED = "MostAllocated"
DEFAULT_WEIGHTS: Mapping[str, int] = MappingProxyType({CPU: 1, MEMORY: 1})


class NodeResourcesFit:
    """Score on how much of the node would be requested."""

    name = "NodeResourcesFit"
    absolute = True

    def __init__(
        self, strategy: str = LEAST_ALLOCATED, weights: Mapping[str, int] = DEFAULT_WEIGHTS
    ) -> None:
        self._least = strategy == LEAST_ALLOCATED
        self._weights = tuple(weights.items())

    def prepare(self, pod: PodInfo, nodes: Sequence[NodeInfo], snapshot: Snapshot) -> Any:
        """Nothing to prepare."""
        return None

    def sign(self, pod: PodInfo) -> Any:
        """What the pod counts as asking for."""
        return pod.scoring_cpu, pod.scoring_memory, tuple(pod.requests.items())

    def alike(self, state: Any) -> bool:
        """It looks at nothing but what is offered and taken."""
        return True

    def score(self, state: Any, pod: PodInfo, node: NodeInfo) -> int:
        """The weighted share that stays free, or is used, in hundredths. O(resources with a weight)."""
        total = weights = 0
        allocatable = node.allocatable
        for name, weight in self._weights:
            capacity = allocatable.get(name, 0)
            if capacity == 0:
                continue
            if name == CPU:
                used = node.scoring_cpu + pod.scoring_cpu
            elif name == MEMORY:
                used = node.scoring_memory + pod.scoring_memory
            else:
                asked = pod.requests.get(name, 0)
                if not asked and is_countable(name):
                    continue
                used = node.requested.get(name, 0) + asked
            weights += weight
            if self._least:
                if used <= capacity:
                    total += weight * ((capacity - used) * MAX_NODE_SCORE // capacity)
            else:
                total += weight * (min(used, capacity) * MAX_NODE_SCORE // capacity)
        return total // weights if weights else 0

    def normalise(self, scores: list[int]) -> list[int]:
        """Already from 0 to 100."""
        return scores
