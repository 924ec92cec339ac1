"""Whether a node is heard of: pure functions over what the controller has seen of it.

A node is heard of when its Ready condition has another heartbeat than before, or its Lease a later renewTime. What
counts is when the controller saw that, by its own clock, never the time that the kubelet wrote. A node that was not
heard of for the grace period gets the status Unknown in the conditions that its kubelet keeps.
"""

from __future__ import annotations

from collections.abc import Sequence

from attrs import frozen

from windtunnel.model.objects.json import Json
from windtunnel.model.objects.meta import Condition, condition
from windtunnel.model.objects.node import Node
from windtunnel.model.objects.time import format_time

KUBELET_CONDITIONS = ("Ready", "MemoryPressure", "DiskPressure", "PIDPressure")
"""What becomes Unknown. NetworkUnavailable is not the kubelet's, and stays."""


@frozen
class NodeHealth:
    """What was last seen of a node: its Ready condition, when it was heard of, and its Lease's renewTime."""

    ready: Condition | None
    heard_ms: int
    renewed_ms: int | None = None


def observe(
    health: NodeHealth | None, node: Node, renewed_ms: int | None, now_ms: int, ahead_ms: int = 0
) -> NodeHealth:
    """What is known of a node after a look at it and at its Lease; ahead_ms is how far the time of day, by which its
    creation is known, is ahead of what now_ms counts. O(conditions)."""
    ready = condition(node.status.conditions, "Ready")
    if health is None:
        created_ms = node.metadata.creation_timestamp
        heard_ms = now_ms
        if ready is None and created_ms is not None:
            heard_ms = created_ms - ahead_ms
        known_ms = None
    else:
        heard_ms = now_ms if _has_news(health.ready, ready) else health.heard_ms
        known_ms = health.renewed_ms
    if renewed_ms is not None and (known_ms is None or renewed_ms > known_ms):
        return NodeHealth(ready, now_ms, renewed_ms)
    return NodeHealth(ready, heard_ms, known_ms)


def _has_news(before: Condition | None, now: Condition | None) -> bool:
    if now is None:
        return False
    return before is None or before.last_heartbeat_time != now.last_heartbeat_time


def silent_after_ms(health: NodeHealth, grace_ms: int, startup_grace_ms: int) -> int:
    """The last moment up to which a node need not be heard of again; one never Ready yet has the start-up's. O(1)."""
    return health.heard_ms + (startup_grace_ms if health.ready is None else grace_ms)


def unknown_conditions(node: Node, now_ms: int) -> list[Json]:
    """The conditions of a node that fell silent. O(conditions)."""
    before: Sequence[Json] = node.raw.get("status", {}).get("conditions") or ()
    found = [_unknown(each, now_ms) for each in before]
    there = [each.get("type") for each in before]
    created = node.raw.get("metadata", {}).get("creationTimestamp")
    for type_ in KUBELET_CONDITIONS:
        if type_ not in there:
            found.append(
                {
                    "type": type_,
                    "status": "Unknown",
                    "reason": "NodeStatusNeverUpdated",
                    "message": "Kubelet never posted node status.",
                    "lastHeartbeatTime": created,
                    "lastTransitionTime": format_time(now_ms),
                }
            )
    return found


def _unknown(before: Json, now_ms: int) -> Json:
    if before.get("type") not in KUBELET_CONDITIONS or before.get("status") == "Unknown":
        return before
    return {
        **before,
        "status": "Unknown",
        "reason": "NodeStatusUnknown",
        "message": "Kubelet stopped posting node status.",
        "lastTransitionTime": format_time(now_ms),
    }
