"""What the state of a node means: which taints it should have, how long a pod may stay, whether its zone is in trouble.

A node is ready when its condition Ready is True. Taints for whatever is wrong keep new pods away (NoSchedule); those
for a node that is not ready, or not heard of, also drive pods out (NoExecute). Nobody is driven out while no zone has a
ready node, and in a small zone of which too much is down.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from attrs import frozen

from windtunnel.invariants.meaning.fitting import tolerates
from windtunnel.model.objects.node import Node, Taint
from windtunnel.model.objects.pod import Toleration
from windtunnel.model.settings import ControllerManagerSettings

PREFIX = "node.kubernetes.io/"
NOT_READY, UNREACHABLE = f"{PREFIX}not-ready", f"{PREFIX}unreachable"
BY_CONDITION: Mapping[tuple[str, str], str] = {
    ("Ready", "False"): NOT_READY,
    ("Ready", "Unknown"): UNREACHABLE,
    ("MemoryPressure", "True"): f"{PREFIX}memory-pressure",
    ("DiskPressure", "True"): f"{PREFIX}disk-pressure",
    ("PIDPressure", "True"): f"{PREFIX}pid-pressure",
    ("NetworkUnavailable", "True"): f"{PREFIX}network-unavailable",
}
CORDONED = f"{PREFIX}unschedulable"
KEPT_BY_THE_CONTROLLER = (*BY_CONDITION.values(), CORDONED)
DRIVING_OUT = {"False": NOT_READY, "Unknown": UNREACHABLE}
FEW_UNREADY = 2


@frozen
class Standing:
    """What counts of a node for its zone."""

    zone: str
    ready: bool


def ready_status(node: Node) -> str:
    """The status of the condition Ready; '' without one. O(conditions)."""
    return next((each.status for each in node.status.conditions if each.type == "Ready"), "")


def standing(node: Node) -> Standing | None:
    """How a node counts for its zone; None for one that says that it does not. O(conditions)."""
    labels = node.metadata.labels
    if f"{PREFIX}exclude-disruption" in labels:
        return None
    place = [labels.get(f"topology.kubernetes.io/{each}", "") for each in ("region", "zone")]
    return Standing("/".join(place), ready_status(node) == "True")


def wanted_no_schedule(node: Node) -> list[str]:
    """The keys of the NoSchedule taints that conditions and cordon call for, sorted. O(conditions)."""
    found = [BY_CONDITION.get((each.type, each.status)) for each in node.status.conditions]
    keys = [key for key in found if key is not None]
    return sorted([*keys, CORDONED] if node.spec.unschedulable else keys)


def kept_no_schedule(node: Node) -> list[str]:
    """The keys of such taints that a node has, sorted. O(taints)."""
    return sorted(
        taint.key
        for taint in node.spec.taints
        if taint.effect == "NoSchedule" and taint.key in KEPT_BY_THE_CONTROLLER
    )


def kept_no_execute(node: Node) -> list[str]:
    """The keys of the controller's NoExecute taints that a node has, sorted. O(taints)."""
    keys = (NOT_READY, UNREACHABLE)
    taints = node.spec.taints
    return sorted(each.key for each in taints if each.effect == "NoExecute" and each.key in keys)


def no_execute(node: Node) -> tuple[Taint, ...]:
    """Everybody's taints that drive pods out. O(taints)."""
    return tuple(taint for taint in node.spec.taints if taint.effect == "NoExecute")


def patience_seconds(taints: Iterable[Taint], tolerations: Sequence[Toleration]) -> int | None:
    """How long a pod may stay on a node with such taints: 0 if it tolerates one of them not at all, None for ever.

    Of several tolerations of one taint the first counts. O(taints x tolerations).
    """
    limits = []
    for taint in taints:
        first = next((each for each in tolerations if tolerates([each], taint)), None)
        if first is None:
            return 0
        if first.toleration_seconds is not None:
            limits.append(max(first.toleration_seconds, 0))
    return min(limits, default=None)


def spared(
    zone: str, standings: Iterable[Standing | None], settings: ControllerManagerSettings
) -> str:
    """Why nobody may be driven out of a zone's nodes, in words; '' where they may be. O(nodes)."""
    counted = [each for each in standings if each is not None]
    if counted and not any(each.ready for each in counted):
        return "no node of the cluster is ready"
    here = [each for each in counted if each.zone == zone]
    down = sum(not each.ready for each in here)
    if down in (0, len(here)) or len(here) > settings.large_cluster_size_threshold:
        return ""
    if down > FEW_UNREADY and down / len(here) >= settings.unhealthy_zone_threshold:
        return f"{down} of the {len(here)} nodes of the zone are not ready"
    return ""
