"""The two conditions around disruptions: a pod is to go (DisruptionTarget), a budget can spare one (DisruptionAllowed).

The API server writes them when it evicts, the disruption controller when it counts.
"""

from __future__ import annotations

from windtunnel.model.objects.json import Json
from windtunnel.model.objects.time import format_time

TARGET = "DisruptionTarget"
ALLOWED = "DisruptionAllowed"
SUFFICIENT, INSUFFICIENT, SYNC_FAILED = "SufficientPods", "InsufficientPods", "SyncFailed"


def condition_of(obj: Json, kind: str) -> Json | None:
    """Return the condition of a type in an object's status, or None. O(conditions)."""
    for condition in (obj.get("status") or {}).get("conditions") or ():
        if condition.get("type") == kind:
            found: Json = condition
            return found
    return None


def _with_condition(status: Json, wanted: Json, now_ms: int) -> Json:
    conditions = list(status.get("conditions") or ())
    places = [i for i, each in enumerate(conditions) if each.get("type") == wanted["type"]]
    before = conditions[places[0]] if places else {}
    kept = before.get("status") == wanted["status"] and "lastTransitionTime" in before
    since = before["lastTransitionTime"] if kept else format_time(now_ms)
    condition = {**wanted, "lastTransitionTime": since}
    if condition == before:
        return status
    if places:
        conditions[places[0]] = condition
    else:
        conditions.append(condition)
    return {**status, "conditions": conditions}


def with_target_condition(
    pod: Json, now_ms: int, status: str = "True", reason: str = "", message: str = ""
) -> Json:
    """Return the pod with DisruptionTarget; the same pod if nothing is new. O(conditions)."""
    wanted: Json = {"type": TARGET, "status": status}
    generation = (pod.get("metadata") or {}).get("generation", 0)
    for key, value in (
        ("reason", reason),
        ("message", message),
        ("observedGeneration", generation),
    ):
        if value:
            wanted[key] = value
    before = pod.get("status") or {}
    after = _with_condition(before, wanted, now_ms)
    return pod if after is before else {**pod, "status": after}


def allowed_state(disruptions_allowed: int) -> tuple[str, str]:
    """Return status and reason of DisruptionAllowed for so many disruptions."""
    return ("True", SUFFICIENT) if disruptions_allowed > 0 else ("False", INSUFFICIENT)


def with_allowed_condition(
    status: Json, now_ms: int, state: tuple[str, str] | None = None, message: str = ""
) -> Json:
    """Return a budget's status with DisruptionAllowed as its count has it, or in the state given. O(conditions)."""
    value, reason = state or allowed_state(status.get("disruptionsAllowed", 0))
    wanted: Json = {"type": ALLOWED, "status": value, "reason": reason, "message": message}
    observed = status.get("observedGeneration", 0)
    if observed:
        wanted["observedGeneration"] = observed
    return _with_condition(status, wanted, now_ms)
