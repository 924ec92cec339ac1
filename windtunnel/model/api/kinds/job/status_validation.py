"""What may become of a job: how its counts, times and conditions go together.

The rules about a finished job are asked only where an update changes what they are about, so that a job which an older
controller left in an odd state can still be written.
"""

from __future__ import annotations

from windtunnel.model.api.errors import Cause, duplicate, invalid, required
from windtunnel.model.api.kinds.job.indexes import IndexesError, have_common_index, parse_indexes
from windtunnel.model.api.kinds.job.schema import INDEXED
from windtunnel.model.api.kinds.replica_scale import validate_not_negative
from windtunnel.model.objects.json import Json

COMPLETE = "Complete"
FAILED = "Failed"
FAILURE_TARGET = "FailureTarget"
SUCCESS_CRITERIA_MET = "SuccessCriteriaMet"
_NUMBERS = ("active", "succeeded", "failed", "ready", "terminating")
_CONTRADICTIONS = (
    (COMPLETE, FAILED),
    (COMPLETE, FAILURE_TARGET),
    (SUCCESS_CRITERIA_MET, FAILED),
    (SUCCESS_CRITERIA_MET, FAILURE_TARGET),
)
_NEEDED = {FAILED: FAILURE_TARGET, COMPLETE: SUCCESS_CRITERIA_MET}
_LASTING = (FAILED, COMPLETE, FAILURE_TARGET, SUCCESS_CRITERIA_MET)


def is_condition_true(status: Json, kind: str) -> bool:
    """Tell whether the status has a condition of the kind that is True. O(conditions)."""
    return any(
        condition.get("type") == kind and condition.get("status") == "True"
        for condition in status.get("conditions") or ()
    )


def is_finished(status: Json) -> bool:
    """Tell whether the job is over, one way or the other. O(conditions)."""
    return is_condition_true(status, COMPLETE) or is_condition_true(status, FAILED)


def _wrong_conditions(detail: str) -> Cause:
    return Cause("FieldValueInvalid", "status.conditions", f"Invalid value: {detail}")


def _validate_uncounted(pods: Json) -> list[Cause]:
    causes: list[Cause] = []
    seen: set[str] = set()
    for key in ("succeeded", "failed"):
        for index, uid in enumerate(pods.get(key) or ()):
            where = f"status.uncountedTerminatedPods.{key}[{index}]"
            if not uid:
                causes.append(invalid(where, uid, "must not be empty"))
            elif uid in seen:
                causes.append(duplicate(where, uid))
            seen.add(uid)
    return causes


def _validate_conditions(status: Json, before: Json) -> list[Cause]:
    causes: list[Cause] = []
    true = [kind for kind in _LASTING if is_condition_true(status, kind)]
    for one, other in _CONTRADICTIONS:
        if one in true and other in true:
            causes.append(_wrong_conditions(f"cannot set {one}=True and {other}=true conditions"))
    for kind, needed in _NEEDED.items():
        if kind in true and needed not in true:
            detail = f"cannot set {kind}=True condition without the {needed}=true condition"
            causes.append(_wrong_conditions(detail))
    for kind in _LASTING:
        if is_condition_true(before, kind) and kind not in true:
            detail = f"cannot disable the terminal {kind}=True condition"
            causes.append(_wrong_conditions(detail))
    was_met = is_condition_true(before, SUCCESS_CRITERIA_MET)
    if is_condition_true(before, COMPLETE) and SUCCESS_CRITERIA_MET in true and not was_met:
        detail = "cannot set SuccessCriteriaMet=True for Job already has Complete=true conditions"
        causes.append(_wrong_conditions(detail))
    return causes


def _validate_end(status: Json) -> list[Cause]:
    causes: list[Cause] = []
    for key in ("active", "terminating"):
        if (status.get(key) or 0) > 0:
            detail = f"{key}>0 is invalid for finished job"
            causes.append(invalid(f"status.{key}", status[key], detail))
    if status.get("startTime") is None:
        causes.append(required("status.startTime", "startTime is required for finished job"))
    pods = status.get("uncountedTerminatedPods") or {}
    if pods.get("failed") or pods.get("succeeded"):
        detail = "uncountedTerminatedPods needs to be empty for finished job"
        causes.append(invalid("status.uncountedTerminatedPods", pods, detail))
    return causes


def _validate_times(status: Json, before: Json, suspended: bool) -> list[Cause]:
    causes: list[Cause] = []
    start, end, where = status.get("startTime"), status.get("completionTime"), "completionTime"
    complete = is_condition_true(status, COMPLETE)
    if end is not None and not complete:
        detail = "cannot set completionTime when there is no Complete=True condition"
        causes.append(invalid(f"status.{where}", end, detail))
    if end is None and complete:
        causes.append(required(f"status.{where}", "completionTime is required for Complete jobs"))
    if start is not None and end is not None and end < start:
        detail = "completionTime cannot be set before startTime"
        causes.append(invalid(f"status.{where}", end, detail))
    start_before, end_before = before.get("startTime"), before.get("completionTime")
    if not suspended and start_before is not None and start != start_before:
        detail = "startTime cannot be removed for unsuspended job"
        causes.append(required("status.startTime", detail))
    if end is not None and end_before is not None and end != end_before:
        causes.append(invalid(f"status.{where}", end, "completionTime cannot be mutated"))
    return causes


def _validate_counters(status: Json, before: Json) -> list[Cause]:
    causes: list[Cause] = []
    for key in ("failed", "succeeded"):
        if status.get(key, 0) < before.get(key, 0):
            detail = f"cannot decrease the {key} counter"
            causes.append(invalid(f"status.{key}", status.get(key, 0), detail))
    ready, active = status.get("ready"), status.get("active", 0)
    changed = (ready, active) != (before.get("ready"), before.get("active", 0))
    if changed and ready is not None and ready > active:
        detail = "cannot set more ready pods than active"
        causes.append(invalid("status.ready", ready, detail))
    return causes


def _validate_indexes(status: Json, spec: Json) -> list[Cause]:
    causes: list[Cause] = []
    completed, failed = status.get("completedIndexes", ""), status.get("failedIndexes")
    if completed and spec.get("completionMode") != INDEXED:
        detail = "cannot set non-empty completedIndexes when non-indexed completion mode"
        causes.append(invalid("status.completedIndexes", completed, detail))
    if failed is not None and spec.get("backoffLimitPerIndex") is None:
        detail = "cannot set non-null failedIndexes when backoffLimitPerIndex is null"
        causes.append(invalid("status.failedIndexes", failed, detail))
    completions = spec.get("completions")
    if completions is None:
        return causes
    parsed = []
    for key, text in (("completedIndexes", completed), ("failedIndexes", failed or "")):
        try:
            parsed.append(parse_indexes(text, completions))
        except IndexesError as error:
            causes.append(invalid(f"status.{key}", text, f"error parsing {key}: {error}"))
    if len(parsed) == 2 and have_common_index(*parsed):
        detail = "failedIndexes and completedIndexes overlap"
        causes.append(invalid("status.failedIndexes", failed, detail))
    return causes


def validate_job_status(job: Json, old: Json) -> list[Cause]:
    """Return what is wrong with an update of a job's status. O(conditions + indexes)."""
    status, before = job.get("status") or {}, old.get("status") or {}
    spec = job.get("spec") or {}
    causes = validate_not_negative(status, _NUMBERS, "status")
    causes += _validate_uncounted(status.get("uncountedTerminatedPods") or {})

    def changed(*keys: str) -> bool:
        return any(status.get(key) != before.get(key) for key in keys)

    if changed("conditions"):
        causes += _validate_conditions(status, before)
    ended = is_finished(status) and not is_finished(before)
    if ended or (is_finished(status) and changed("active", "terminating", "startTime")):
        causes += _validate_end(status)
    if changed("startTime", "completionTime") or ended:
        causes += _validate_times(status, before, bool(spec.get("suspend")))
    causes += _validate_counters(status, before)
    if changed("completedIndexes", "failedIndexes"):
        causes += _validate_indexes(status, spec)
    return causes
