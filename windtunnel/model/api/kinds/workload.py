"""What the controllers of pods have in common: a selector, a template, fields that count, and a status.

Deployment, StatefulSet, DaemonSet and Job each say it in their own words, but the questions are the same ones: does
the selector select the pods of the template, are the numbers not negative, may two numbers that pull in opposite
directions both be zero.
"""

from __future__ import annotations

from windtunnel.model.api.errors import Cause, invalid
from windtunnel.model.api.kinds.pod_template import default_template, template_labels
from windtunnel.model.api.kinds.replica_scale import NOT_NEGATIVE
from windtunnel.model.api.names import is_percent
from windtunnel.model.api.schema import STRING, TIME, ListOf, Object
from windtunnel.model.api.selectors.labels import SelectorError, from_label_selector
from windtunnel.model.api.selectors.requirement import parse_integer
from windtunnel.model.objects.json import Json

ROLLING_UPDATE = "RollingUpdate"
HIGHEST_PERCENT = 100
_HIGHEST = 2**63 - 1


def conditions_schema(kind: str, *times: str) -> ListOf:
    """Return the schema of the conditions of a kind, merged by type; `times` are moments beside the usual one."""
    head = {"type": STRING, "status": STRING}
    moments = dict.fromkeys((*times, "lastTransitionTime"), TIME)
    fields = {**head, **moments, "reason": STRING, "message": STRING}
    return ListOf(Object(fields, f"{kind}Condition"), merge_key="type", strategy="merge")


def completed_spec(spec: Json, defaults: Json) -> Json:
    """Return a spec with the defaults for the keys it lacks, and with a defaulted template. O(defaults)."""
    changed = {key: value for key, value in defaults.items() if key not in spec}
    before = spec.get("template")
    template = default_template(before if before is not None else {})
    if template is not before:
        changed["template"] = template
    return {**spec, **changed} if changed else spec


def selects_template(selector: Json | None, template: Json) -> bool | None:
    """Tell whether a selector selects the pods of a template; None if the selector cannot be read. O(labels)."""
    try:
        return from_label_selector(selector).matches(template_labels(template))
    except SelectorError:
        return None


def is_empty_selector(selector: Json) -> bool:
    """Tell whether a selector would select everything. O(1)."""
    return not selector.get("matchLabels") and not selector.get("matchExpressions")


def amount(value: int | str | None) -> int:
    """Return the number in a number or a percentage; 0 for what is neither, the highest for what is too long. O(1)."""
    if isinstance(value, str):
        digits = value.removesuffix("%")
        if not (digits.isascii() and digits.isdigit()):
            return 0
        number = parse_integer(digits)
        return number if number is not None else _HIGHEST
    return value or 0


def validate_int_or_percent(value: int | str | None, path: str) -> list[Cause]:
    """Return what keeps a value from being a number of at least 0, or a percentage. O(1)."""
    if isinstance(value, str):
        return [invalid(path, value, detail) for detail in is_percent(value)]
    return [invalid(path, value, NOT_NEGATIVE)] if (value or 0) < 0 else []


def validate_at_most_all(value: int | str | None, path: str) -> list[Cause]:
    """Return the cause for a percentage of more than 100 %. O(1)."""
    if isinstance(value, str) and not is_percent(value) and amount(value) > HIGHEST_PERCENT:
        return [invalid(path, value, "must not be greater than 100%")]
    return []


def validate_collision_count(status: Json, before: Json) -> list[Cause]:
    """Return the cause for a collision count that an update of the status took back. O(1)."""
    count = status.get("collisionCount")
    earlier = before.get("collisionCount")
    if earlier is None or (count is not None and count >= earlier):
        return []
    return [invalid("status.collisionCount", count or 0, "cannot be decremented")]


def validate_parts(status: Json, parts: tuple[str, ...]) -> list[Cause]:
    """Return which counts are more than the replicas they are counted among. O(parts)."""
    replicas = status.get("replicas", 0)
    return [
        invalid(f"status.{key}", status[key], "cannot be greater than status.replicas")
        for key in parts
        if status.get(key, 0) > replicas
    ]
