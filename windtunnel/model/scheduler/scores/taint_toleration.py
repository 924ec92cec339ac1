"""TaintToleration: fewer untolerated taints of effect PreferNoSchedule are better."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from windtunnel.model.scheduler.framework import normalise_by_maximum
from windtunnel.model.scheduler.node_info import NodeInfo, PodInfo
from windtunnel.model.scheduler.snapshot import Snapshot
from windtunnel.model.scheduler.taints import PREFER_NO_SCHEDULE, tolerates


class TaintToleration:
    """Score on taints that only ask pods to stay away."""

    name = "TaintToleration"

    def prepare(self, pod: PodInfo, nodes: Sequence[NodeInfo], snapshot: Snapshot) -> Any:
        """The tolerations that can be about such a taint. O(tolerations)."""
        return tuple(t for t in pod.pod.spec.tolerations if t.effect in ("", PREFER_NO_SCHEDULE))

    def sign(self, pod: PodInfo) -> Any:
        """The tolerations."""
        return pod.pod.spec.tolerations

    def alike(self, state: Any) -> bool:
        """It looks at nothing but the taints."""
        return True

    def score(self, state: Any, pod: PodInfo, node: NodeInfo) -> int:
        """How many such taints the pod does not tolerate. O(taints * tolerations)."""
        assert node.node is not None
        if not node.node.spec.taints:
            return 0
        return sum(
            taint.effect == PREFER_NO_SCHEDULE and not any(tolerates(t, taint) for t in state)
            for taint in node.node.spec.taints
        )

    def normalise(self, scores: list[int]) -> list[int]:
        """None at all is 100, the most is 0."""
        return normalise_by_maximum(scores, reverse=True)
