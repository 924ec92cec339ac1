"""What is valid in the policies of a job: which failures count, and what is enough to succeed."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from windtunnel.model.api.errors import (
    Cause,
    duplicate,
    invalid,
    not_supported,
    required,
    too_long,
    too_many,
)
from windtunnel.model.api.kinds.job.indexes import IndexesError, count_indexes, parse_indexes
from windtunnel.model.api.kinds.replica_scale import validate_not_negative
from windtunnel.model.api.names import is_qualified_name
from windtunnel.model.objects.json import Json

FAIL_INDEX = "FailIndex"
FAILURE_ACTIONS = ("Count", FAIL_INDEX, "FailJob", "Ignore")
EXIT_CODE_OPERATORS = ("In", "NotIn")
CONDITION_STATUSES = ("False", "True", "Unknown")
MAX_RULES = 20
MAX_PATTERNS = 20
MAX_EXIT_CODES = 255
MAX_SUCCEEDED_INDEXES_BYTES = 64 * 1024


def _choices(values: Sequence[str]) -> str:
    return "valid values: [" + " ".join(f'"{value}"' for value in values) + "]"


def _choose(value: str, path: str, choices: Sequence[str]) -> list[Cause]:
    if not value:
        return [required(path, _choices(choices))]
    return [] if value in choices else [not_supported(path, value, choices)]


def _validate_exit_codes(wanted: Json, names: Sequence[str], path: str) -> list[Cause]:
    operator, values = wanted.get("operator", ""), wanted.get("values") or []
    causes = _choose(operator, f"{path}.operator", EXIT_CODE_OPERATORS)
    name = wanted.get("containerName")
    if name is not None and name not in names:
        detail = "must be one of the container or initContainer names in the pod template"
        causes.append(invalid(f"{path}.containerName", name, detail))
    if not values:
        causes.append(invalid(f"{path}.values", values, "at least one value is required"))
    elif len(values) > MAX_EXIT_CODES:
        causes.append(too_many(f"{path}.values", len(values), MAX_EXIT_CODES))
    seen: set[int] = set()
    for index, value in enumerate(values):
        where = f"{path}.values[{index}]"
        if operator == "In" and value == 0:
            causes.append(invalid(where, value, "must not be 0 for the In operator"))
        if value in seen:
            causes.append(duplicate(where, value))
        seen.add(value)
    if any(later < earlier for earlier, later in pairwise(values)):
        causes.append(invalid(f"{path}.values", values, "must be ordered"))
    return causes


def _validate_conditions(patterns: Sequence[Json], path: str) -> list[Cause]:
    causes: list[Cause] = []
    if len(patterns) > MAX_PATTERNS:
        causes.append(too_many(path, len(patterns), MAX_PATTERNS))
    for index, pattern in enumerate(patterns):
        where, kind = f"{path}[{index}]", pattern.get("type", "")
        causes += [invalid(f"{where}.type", kind, detail) for detail in is_qualified_name(kind)]
        causes += _choose(pattern.get("status", ""), f"{where}.status", CONDITION_STATUSES)
    return causes


def validate_failure_policy(spec: Json, path: str) -> list[Cause]:
    """Return what is wrong with the rules about failed pods at the path. O(rules)."""
    rules: Sequence[Json] = spec["podFailurePolicy"].get("rules") or ()
    pod = (spec.get("template") or {}).get("spec") or {}
    containers = [*(pod.get("containers") or ()), *(pod.get("initContainers") or ())]
    names = [container.get("name", "") for container in containers]
    causes: list[Cause] = []
    if len(rules) > MAX_RULES:
        causes.append(too_many(path, len(rules), MAX_RULES))
    for index, rule in enumerate(rules):
        where = f"{path}[{index}]"
        action = rule.get("action", "")
        if action == FAIL_INDEX:
            if spec.get("backoffLimitPerIndex") is None:
                detail = "requires the backoffLimitPerIndex to be set"
                causes.append(invalid(f"{where}.action", action, detail))
        else:
            causes += _choose(action, f"{where}.action", FAILURE_ACTIONS)
        codes, patterns = rule.get("onExitCodes"), rule.get("onPodConditions")
        if codes is not None:
            causes += _validate_exit_codes(codes, names, f"{where}.onExitCodes")
        if patterns:
            causes += _validate_conditions(patterns, f"{where}.onPodConditions")
        if (codes is not None) == bool(patterns):
            one, end = ("both", "not supported") if patterns else ("one of", "required")
            detail = f"specifying {one} OnExitCodes and OnPodConditions is {end}"
            causes.append(Cause("FieldValueInvalid", where, f"Invalid value: {detail}"))
    return causes


def validate_success_policy(policy: Json, completions: int, path: str) -> list[Cause]:
    """Return what is wrong with the rules about enough successes at the path. O(rules)."""
    rules: Sequence[Json] = policy.get("rules") or ()
    causes: list[Cause] = []
    if not rules:
        detail = "at least one rules must be specified when the successPolicy is specified"
        causes.append(required(path, detail))
    if len(rules) > MAX_RULES:
        causes.append(too_many(path, len(rules), MAX_RULES))
    for index, rule in enumerate(rules):
        causes += _validate_success_rule(rule, completions, f"{path}[{index}]")
    return causes


def _validate_success_rule(rule: Json, completions: int, path: str) -> list[Cause]:
    count, text = rule.get("succeededCount"), rule.get("succeededIndexes")
    causes: list[Cause] = []
    if count is None and text is None:
        detail = "at least one of succeededCount or succeededIndexes must be specified"
        causes.append(required(path, detail))
    total = 0
    if text is not None:
        where = f"{path}.succeededIndexes"
        if len(text) > MAX_SUCCEEDED_INDEXES_BYTES:
            causes.append(too_long(where, MAX_SUCCEEDED_INDEXES_BYTES))
        try:
            total = count_indexes(parse_indexes(text, completions))
        except IndexesError as error:
            causes.append(invalid(where, text, f"error parsing succeededIndexes: {error}"))
    if count is not None:
        where = f"{path}.succeededCount"
        causes += validate_not_negative(rule, ("succeededCount",), path)
        if count > completions:
            what = "the number of specified completions"
            detail = f"must be less than or equal to {completions} ({what})"
            causes.append(invalid(where, count, detail))
        if text is not None and count > total:
            what = "the number of indexes in the specified succeededIndexes field"
            detail = f"must be less than or equal to {total} ({what})"
            causes.append(invalid(where, count, detail))
    return causes
