"""The condition DisruptionTarget: why a pod was chosen to go, written before it is deleted."""

from __future__ import annotations

from windtunnel.model.objects.json import Json
from windtunnel.model.objects.pod import Pod
from windtunnel.model.objects.time import format_time

TYPE = "DisruptionTarget"


def status_patch(
    pod: Pod, reason: str, message: str, now_ms: int, phase: str | None = None
) -> Json | None:
    """A strategic patch of the pod's status with the condition and, if given, another phase; None if nothing is new.

    It applies to this very pod only, not to a later one of its name. O(conditions).
    """
    conditions = pod.raw.get("status", {}).get("conditions") or ()
    before = next((each for each in conditions if each.get("type") == TYPE), None)
    wanted: Json = {
        "type": TYPE,
        "status": "True",
        "reason": reason,
        "message": message,
        "observedGeneration": pod.metadata.generation,
    }
    status: Json = {}
    if before is None or any(before.get(key) != value for key, value in wanted.items()):
        kept = before is not None and before.get("status") == "True"
        since = before["lastTransitionTime"] if before and kept else format_time(now_ms)
        status["conditions"] = [{**wanted, "lastTransitionTime": since}]
    if phase is not None:
        status["phase"] = phase
    return {"metadata": {"uid": pod.uid}, "status": status} if status else None
