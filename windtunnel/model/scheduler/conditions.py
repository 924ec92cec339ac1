"""The PodScheduled condition that the scheduler writes for a pod that it could not place."""

from __future__ import annotations

from windtunnel.model.objects.json import Json
from windtunnel.model.objects.meta import condition
from windtunnel.model.objects.pod import Pod
from windtunnel.model.objects.time import format_time

POD_SCHEDULED = "PodScheduled"


def not_scheduled(pod: Pod, reason: str, message: str, now_ms: int) -> Json | None:
    """A patch of the pod's status that says why it waits; None where it already says so. O(conditions)."""
    before = condition(pod.status.conditions, POD_SCHEDULED)
    generation = pod.metadata.generation
    wanted: Json = {"type": POD_SCHEDULED, "status": "False", "reason": reason, "message": message}
    if generation:
        wanted["observedGeneration"] = generation
    transition_ms: int | None = now_ms
    if before is not None and before.status == "False":
        transition_ms = before.last_transition_time
        same = (before.reason, before.message) == (reason, message)
        if same and before.observed_generation == generation:
            return None
    wanted["lastProbeTime"] = None
    wanted["lastTransitionTime"] = None if transition_ms is None else format_time(transition_ms)
    return {"metadata": {"uid": pod.metadata.uid}, "status": {"conditions": [wanted]}}
