"""TaintToleration: taints of effect NoSchedule or NoExecute keep away the pods that do not tolerate them."""

from __future__ import annotations

from typing import Any

from windtunnel.model.scheduler.framework import UNRESOLVABLE, ClusterEvent, Rejection
from windtunnel.model.scheduler.node_info import NodeInfo, PodInfo
from windtunnel.model.scheduler.snapshot import Snapshot
from windtunnel.model.scheduler.taints import NO_EXECUTE, NO_SCHEDULE, untolerated

_EFFECTS = (NO_SCHEDULE, NO_EXECUTE)
_REJECTION = Rejection(UNRESOLVABLE, ("node(s) had untolerated taint(s)",), "TaintToleration")


class TaintToleration:
    """Filter on the node's taints."""

    name = "TaintToleration"

    def prepare(self, pod: PodInfo, snapshot: Snapshot) -> Any:
        """Nothing to prepare."""
        return None

    def filter(self, state: Any, pod: PodInfo, node: NodeInfo) -> Rejection | None:
        """Turn a node away for the first taint that nothing tolerates. O(taints * tolerations)."""
        assert node.node is not None
        taints = node.node.spec.taints
        if taints and untolerated(taints, pod.pod.spec.tolerations, _EFFECTS) is not None:
            return _REJECTION
        return None

    def sign(self, pod: PodInfo) -> Any:
        """The tolerations."""
        return pod.pod.spec.tolerations

    def alike(self, state: Any) -> bool:
        """It looks at nothing but the taints."""
        return True

    def may_help(self, pod: PodInfo, event: ClusterEvent) -> bool:
        """A node that the pod tolerates now and did not before."""
        if event.resource == "node" and event.after is not None:
            tolerations = pod.pod.spec.tolerations
            if untolerated(event.after.spec.taints, tolerations, _EFFECTS) is not None:
                return False
            before = event.before
            return (
                before is None or untolerated(before.spec.taints, tolerations, _EFFECTS) is not None
            )
        return False
