"""Whether a pod fits a node: room, labels, taints, cordon; each answer is a sentence, or nothing where it fits.

A pod's request is the larger of what its containers need together and what its init containers need one after the
other; a sidecar (an init container that restarts always) counts beside what follows it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from windtunnel.model.api.quantity import milli_value
from windtunnel.model.objects.node import Node, Taint
from windtunnel.model.objects.pod import Pod, Toleration

DEFAULT_PODS = 110
NOT_JUDGED_VOLUMES = (
    "persistentVolumeClaim", "ephemeral", "gcePersistentDisk", "awsElasticBlockStore", "iscsi", "rbd",
)  # fmt: skip


def why_not(pod: Pod, node: Node, others: Iterable[Pod]) -> str:
    """Why a pod does not fit a node beside the others that are bound or assumed there; '' when it does. O(others)."""
    return (
        _cordon(pod, node)
        or _labels(pod, node)
        or _taints(pod, node)
        or _room(pod, node, list(others))
    )


def has_rules_beyond(pod: Pod) -> bool:
    """Whether a pod asks for what nobody judges here: gates, claims, and volumes that only one node may have. O(1)."""
    raw = pod.raw.get("spec") or {}
    exclusive = any(name in volume for volume in pod.spec.volumes for name in NOT_JUDGED_VOLUMES)
    return bool(exclusive or pod.spec.scheduling_gates or raw.get("resourceClaims"))


def requests(pod: Pod) -> dict[str, int]:
    """What a pod asks for, in thousandths, by resource name. O(containers)."""
    total: dict[str, int] = {}
    for container in pod.spec.containers:
        _add(total, container.resources.requests)
    beside: dict[str, int] = {}
    peak: dict[str, int] = {}
    for container in pod.spec.init_containers:
        if container.restart_policy == "Always":
            _add(total, container.resources.requests)
            _add(beside, container.resources.requests)
            _raise_to(peak, beside)
        else:
            alone = dict(beside)
            _add(alone, container.resources.requests)
            _raise_to(peak, alone)
    _raise_to(total, peak)
    _add(total, pod.spec.overhead)
    return total


def tolerates(tolerations: Iterable[Toleration], taint: Taint) -> bool:
    """Whether any toleration accepts a taint. O(tolerations)."""
    return any(_tolerates(each, taint) for each in tolerations)


def _cordon(pod: Pod, node: Node) -> str:
    taint = Taint("node.kubernetes.io/unschedulable", "", "NoSchedule")
    if node.spec.unschedulable and not tolerates(pod.spec.tolerations, taint):
        return f"{node.name} is cordoned"
    return ""


def _labels(pod: Pod, node: Node) -> str:
    for key, value in pod.spec.node_selector.items():
        if node.metadata.labels.get(key) != value:
            return f"{node.name} lacks the label {key}={value}"
    return ""


def _taints(pod: Pod, node: Node) -> str:
    for taint in node.spec.taints:
        if taint.effect in ("NoSchedule", "NoExecute") and not tolerates(
            pod.spec.tolerations, taint
        ):
            return f"{node.name} has the taint {taint.key}={taint.value}:{taint.effect}"
    return ""


def _room(pod: Pod, node: Node, others: list[Pod]) -> str:
    allocatable = node.status.allocatable or node.status.capacity
    limit = int(allocatable.get("pods", DEFAULT_PODS))
    if len(others) + 1 > limit:
        return f"{node.name} has room for {limit} pods and has {len(others)}"
    used: dict[str, int] = {}
    for other in others:
        for name, amount in requests(other).items():
            used[name] = used.get(name, 0) + amount
    for name, amount in requests(pod).items():
        free = milli_value(str(allocatable.get(name, "0"))) - used.get(name, 0)
        if amount > 0 and amount > free:
            return f"{node.name} has {free / 1000:g} of {name} left, and {amount / 1000:g} are asked for"
    return ""


def _tolerates(toleration: Toleration, taint: Taint) -> bool:
    if toleration.effect and toleration.effect != taint.effect:
        return False
    if toleration.key and toleration.key != taint.key:
        return False
    if toleration.operator == "Exists":
        return True
    if toleration.operator in ("", "Equal"):
        return bool(toleration.key) and toleration.value == taint.value
    return False


def _add(total: dict[str, int], quantities: Mapping[str, Any]) -> None:
    for name, quantity in quantities.items():
        total[name] = total.get(name, 0) + milli_value(str(quantity))


def _raise_to(total: dict[str, int], other: Mapping[str, int]) -> None:
    for name, amount in other.items():
        total[name] = max(total.get(name, 0), amount)
