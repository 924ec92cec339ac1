"""Which pods nobody else would ever remove: pure functions."""

from __future__ import annotations

from collections.abc import Sequence

from windtunnel.model.controllers.node_lifecycle.taints import ready_status
from windtunnel.model.objects.node import Node
from windtunnel.model.objects.pod import Pod

OUT_OF_SERVICE = "node.kubernetes.io/out-of-service"


def is_unscheduled_and_terminating(pod: Pod) -> bool:
    """Whether a pod is to go and has no kubelet to see to it. O(1)."""
    return pod.metadata.deleting and not pod.spec.node_name


def is_out_of_service(node: Node) -> bool:
    """Whether an administrator has said that the node's pods run no more, and the node is not ready. O(taints)."""
    tainted = any(taint.key == OUT_OF_SERVICE for taint in node.spec.taints)
    return tainted and ready_status(node) != "True"


def terminated_in_excess(pods: Sequence[Pod], threshold: int) -> list[Pod]:
    """Those of the terminated pods that are too many: evicted ones first, then the oldest. O(n log n)."""
    excess = len(pods) - threshold
    return sorted(pods, key=_order)[:excess] if excess > 0 else []


def _order(pod: Pod) -> tuple[bool, int, str, str]:
    evicted = pod.status.phase == "Failed" and pod.status.reason == "Evicted"
    return (not evicted, pod.metadata.creation_timestamp or 0, pod.name, pod.namespace)
