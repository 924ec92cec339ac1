"""The status that the scheduler writes: why a pod waits, and that a victim goes because of another pod."""

from __future__ import annotations

from windtunnel.model.objects.json import Json
from windtunnel.model.objects.meta import condition
from windtunnel.model.objects.pod import Pod
from windtunnel.model.objects.time import format_time

POD_SCHEDULED = "PodScheduled"
DISRUPTION_TARGET = "DisruptionTarget"
BY_SCHEDULER = "PreemptionByScheduler"


def not_scheduled(
    pod: Pod, reason: str, message: str, now_ms: int, nominated: str | None = None
) -> Json | None:
    """A patch of the pod's status that says why it waits, and for which node; None where it already says so.

    nominated is the node to which it is nominated, '' for none, None to leave that as it is. O(conditions).
    """
    before = condition(pod.status.conditions, POD_SCHEDULED)
    generation = pod.metadata.generation
    wanted: Json = {"type": POD_SCHEDULED, "status": "False", "reason": reason, "message": message}
    if generation:
        wanted["observedGeneration"] = generation
    transition_ms: int | None = now_ms
    same = False
    if before is not None and before.status == "False":
        transition_ms = before.last_transition_time
        same = (before.reason, before.message) == (reason, message)
        same = same and before.observed_generation == generation
    wanted["lastProbeTime"] = None
    wanted["lastTransitionTime"] = None if transition_ms is None else format_time(transition_ms)
    status: Json = {} if same else {"conditions": [wanted]}
    if nominated is not None and nominated != pod.status.nominated_node_name:
        status["nominatedNodeName"] = nominated or None
    return _patch(pod, status) if status else None


def no_nomination(pod: Pod) -> Json:
    """A patch of the pod's status that takes its nomination back. O(1)."""
    return _patch(pod, {"nominatedNodeName": None})


def preempted(victim: Pod, preemptor: Pod, now_ms: int) -> Json:
    """A patch of a victim's status that says why it goes. O(1)."""
    wanted: Json = {
        "type": DISRUPTION_TARGET,
        "status": "True",
        "reason": BY_SCHEDULER,
        "message": f"{preemptor.spec.scheduler_name}: preempting to accommodate a higher priority pod",
        "lastProbeTime": None,
        "lastTransitionTime": format_time(now_ms),
    }
    if victim.metadata.generation:
        wanted["observedGeneration"] = victim.metadata.generation
    return _patch(victim, {"conditions": [wanted]})


def going_by_preemption(pod: Pod) -> bool:
    """Whether a pod is being deleted because of another pod. O(conditions)."""
    if not pod.metadata.deleting:
        return False
    found = condition(pod.status.conditions, DISRUPTION_TARGET)
    return found is not None and (found.status, found.reason) == ("True", BY_SCHEDULER)


def _patch(pod: Pod, status: Json) -> Json:
    return {"metadata": {"uid": pod.metadata.uid}, "status": status}
