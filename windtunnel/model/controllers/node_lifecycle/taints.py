"""Which taints the node controller puts on nodes, as pure functions.

A NoSchedule taint mirrors a condition, or spec.unschedulable; the NoExecute taints not-ready and unreachable drive pods
out and exclude one another. Taints of anybody else are left alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from windtunnel.model.objects.json import Json
from windtunnel.model.objects.meta import condition
from windtunnel.model.objects.node import Node, Taint
from windtunnel.model.objects.time import format_time
from windtunnel.model.scheduler.taints import NO_EXECUTE, NO_SCHEDULE

NOT_READY = "node.kubernetes.io/not-ready"
UNREACHABLE = "node.kubernetes.io/unreachable"
UNSCHEDULABLE = "node.kubernetes.io/unschedulable"

CONDITION_TAINTS = {
    ("Ready", "False"): NOT_READY,
    ("Ready", "Unknown"): UNREACHABLE,
    ("MemoryPressure", "True"): "node.kubernetes.io/memory-pressure",
    ("DiskPressure", "True"): "node.kubernetes.io/disk-pressure",
    ("NetworkUnavailable", "True"): "node.kubernetes.io/network-unavailable",
    ("PIDPressure", "True"): "node.kubernetes.io/pid-pressure",
}
"""Type and status of a condition, and the taint that mirrors it."""

MANAGED = (*CONDITION_TAINTS.values(), UNSCHEDULABLE)
NOT_READY_EXECUTE = Taint(key=NOT_READY, effect=NO_EXECUTE)
UNREACHABLE_EXECUTE = Taint(key=UNREACHABLE, effect=NO_EXECUTE)


def same_taint(one: Taint, other: Taint) -> bool:
    """Whether two taints are one and the same to Kubernetes: key and effect count. O(1)."""
    return one.key == other.key and one.effect == other.effect


def has_taint(node: Node, taint: Taint) -> bool:
    """Whether the node has a taint of that key and effect. O(taints)."""
    return any(same_taint(each, taint) for each in node.spec.taints)


def wanted_no_schedule(node: Node) -> tuple[Taint, ...]:
    """The NoSchedule taints that the node's conditions and spec.unschedulable call for. O(conditions)."""
    keys = [
        key
        for each in node.status.conditions
        if (key := CONDITION_TAINTS.get((each.type, each.status))) is not None
    ]
    if node.spec.unschedulable:
        keys.append(UNSCHEDULABLE)
    return tuple(Taint(key=key, effect=NO_SCHEDULE) for key in keys)


def no_schedule_changes(node: Node) -> tuple[tuple[Taint, ...], tuple[Taint, ...]]:
    """The NoSchedule taints to add to the node, and those to take off. O(conditions * taints)."""
    wanted = wanted_no_schedule(node)
    present = [
        taint for taint in node.spec.taints if taint.effect == NO_SCHEDULE and taint.key in MANAGED
    ]
    missing = tuple(t for t in wanted if not any(same_taint(t, each) for each in present))
    stale = tuple(t for t in present if not any(same_taint(t, each) for each in wanted))
    return missing, stale


def no_execute_taint(ready: str) -> tuple[Taint, Taint] | None:
    """The NoExecute taint for a status of Ready, and its opposite; None for a node that is ready. O(1)."""
    if ready == "False":
        return NOT_READY_EXECUTE, UNREACHABLE_EXECUTE
    if ready == "Unknown":
        return UNREACHABLE_EXECUTE, NOT_READY_EXECUTE
    return None


def with_taints(taints: Sequence[Json], added: Iterable[Taint], now_ms: int) -> list[Json]:
    """The JSON of a node's taints with others added at the end, or put in the place of their like. O(taints)."""
    found = list(taints)
    for taint in added:
        new: Json = {"key": taint.key, "effect": taint.effect, "timeAdded": format_time(now_ms)}
        places = [i for i, each in enumerate(found) if _is(each, taint)]
        if places:
            found[places[0]] = new
        else:
            found.append(new)
    return found


def without_taints(taints: Sequence[Json], removed: Sequence[Taint]) -> list[Json]:
    """The JSON of a node's taints without some. O(taints)."""
    return [each for each in taints if not any(_is(each, taint) for taint in removed)]


def ready_status(node: Node) -> str:
    """The status of the node's Ready condition; '' where it has none. O(conditions)."""
    found = condition(node.status.conditions, "Ready")
    return found.status if found is not None else ""


def _is(raw: Json, taint: Taint) -> bool:
    return bool(raw.get("key") == taint.key and raw.get("effect") == taint.effect)
