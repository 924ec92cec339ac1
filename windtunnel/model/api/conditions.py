"""What is valid in the conditions that newer kinds share, with a reason and a time in each."""

from __future__ import annotations

import re
from collections.abc import Sequence

from windtunnel.model.api.errors import (
    Cause,
    duplicate,
    invalid,
    not_supported,
    required,
    too_long,
)
from windtunnel.model.api.names import is_qualified_name
from windtunnel.model.objects.json import Json

STATUSES = ("False", "True", "Unknown")
MAX_REASON_BYTES = 1024
MAX_MESSAGE_BYTES = 32 * 1024
_is_reason = re.compile(r"[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?").fullmatch
_REASON_FORM = (
    "a condition reason must be letters, digits, '_', ',' and ':', with a letter first, "
    "as in 'MyReason' or 'Reason_1'"
)


def _validate_condition(condition: Json, path: str) -> list[Cause]:
    causes: list[Cause] = []
    kind, status = condition.get("type", ""), condition.get("status", "")
    reason, message = condition.get("reason", ""), condition.get("message", "")
    causes += [invalid(f"{path}.type", kind, detail) for detail in is_qualified_name(kind)]
    if status not in STATUSES:
        causes.append(not_supported(f"{path}.status", status, STATUSES))
    generation = condition.get("observedGeneration", 0)
    if generation < 0:
        detail = "must be greater than or equal to zero"
        causes.append(invalid(f"{path}.observedGeneration", generation, detail))
    if not condition.get("lastTransitionTime"):
        causes.append(required(f"{path}.lastTransitionTime", "must be set"))
    if not reason:
        causes.append(required(f"{path}.reason", "must be set"))
    else:
        if not _is_reason(reason):
            causes.append(invalid(f"{path}.reason", reason, _REASON_FORM))
        if len(reason) > MAX_REASON_BYTES:
            causes.append(too_long(f"{path}.reason", MAX_REASON_BYTES))
    if len(message) > MAX_MESSAGE_BYTES:
        causes.append(too_long(f"{path}.message", MAX_MESSAGE_BYTES))
    return causes


def validate_conditions(conditions: Sequence[Json], path: str) -> list[Cause]:
    """Return what is wrong with conditions, each of which has a type of its own. O(conditions)."""
    causes: list[Cause] = []
    seen: set[str] = set()
    for index, condition in enumerate(conditions):
        where, kind = f"{path}[{index}]", condition.get("type", "")
        if kind in seen:
            causes.append(duplicate(f"{where}.type", kind))
        seen.add(kind)
        causes += _validate_condition(condition, where)
    return causes
