"""Pods of a node: the index that finds them, and how a pod is marked as not ready."""

from __future__ import annotations

from windtunnel.model.objects.json import Json, put
from windtunnel.model.objects.meta import condition
from windtunnel.model.objects.pod import Pod
from windtunnel.model.objects.time import format_time

BY_NODE = "by node"


def node_index(pod: Pod) -> tuple[str, ...]:
    """Index pods by the node they are bound to."""
    return (pod.spec.node_name,) if pod.spec.node_name else ()


def marked_not_ready(pod: Pod, now_ms: int) -> Json | None:
    """The pod with Ready turned False, reason and message kept; None if there is nothing to turn. O(conditions)."""
    ready = condition(pod.status.conditions, "Ready")
    if ready is None or ready.status == "False":
        return None
    conditions = [
        {
            **each,
            "status": "False",
            "lastTransitionTime": format_time(now_ms),
            "observedGeneration": pod.metadata.generation,
        }
        if each.get("type") == "Ready"
        else each
        for each in pod.raw["status"]["conditions"]
    ]
    return put(pod.raw, conditions, "status", "conditions")
