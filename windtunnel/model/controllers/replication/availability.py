"""When a pod counts: active, terminating, available.

A pod is available when it has been Ready for minReadySeconds. Transition times are whole seconds, so availability
begins at a whole second too.
"""

from __future__ import annotations

from collections.abc import Iterable

from windtunnel.model.objects.meta import condition
from windtunnel.model.objects.pod import Pod


def is_active(pod: Pod) -> bool:
    """Whether the pod counts as a replica: not over, and nobody asked for its deletion. O(1)."""
    return not pod.terminal and not pod.metadata.deleting


def is_terminating(pod: Pod) -> bool:
    """Whether the pod is on its way out, but not over yet. O(1)."""
    return not pod.terminal and pod.metadata.deleting


def is_available(pod: Pod, min_ready_seconds: int, now_ms: int) -> bool:
    """Whether the pod has been ready for long enough. O(conditions)."""
    ready = condition(pod.status.conditions, "Ready")
    if ready is None or ready.status != "True":
        return False
    if min_ready_seconds == 0:
        return True
    since_ms = ready.last_transition_time
    return since_ms is not None and since_ms + min_ready_seconds * 1000 <= now_ms


def next_available_in_ms(pods: Iterable[Pod], min_ready_seconds: int, now_ms: int) -> int | None:
    """In how many milliseconds the next ready pod becomes available; None if none is on its way. O(pods)."""
    nearest: int | None = None
    for pod in pods:
        ready = condition(pod.status.conditions, "Ready")
        if ready is None or ready.status != "True" or ready.last_transition_time is None:
            continue
        delay_ms = ready.last_transition_time + min_ready_seconds * 1000 - now_ms
        if delay_ms > 0 and (nearest is None or delay_ms < nearest):
            nearest = delay_ms
    return nearest
