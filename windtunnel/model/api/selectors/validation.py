"""Validation of labels and of structured label selectors, as the API server does it for every kind.

Each problem is a `Cause` at the field that has it. Labels are validated as a whole: whichever key
or value is wrong, the field is the map. All problems are reported, in a defined order: keys of a
map alphabetically.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from windtunnel.model.api import errors, names
from windtunnel.model.api.errors import Cause

_WITH_VALUES = ("In", "NotIn")
_WITHOUT_VALUES = ("Exists", "DoesNotExist")
STRUCTURED_OPERATORS = _WITH_VALUES + _WITHOUT_VALUES


def validate_labels(labels: Mapping[str, str] | None, path: str) -> list[Cause]:
    """Return what is wrong with a map of labels. O(n log n)."""
    causes: list[Cause] = []
    for key, value in sorted((labels or {}).items()):
        causes += [errors.invalid(path, key, detail) for detail in names.is_qualified_name(key)]
        causes += [errors.invalid(path, value, detail) for detail in names.is_label_value(value)]
    return causes


def _validate_expression(expression: Mapping[str, Any], path: str) -> list[Cause]:
    operator = expression.get("operator") or ""
    key = expression.get("key") or ""
    values: Sequence[str] = expression.get("values") or ()
    causes: list[Cause] = []
    if operator in _WITH_VALUES:
        if not values:
            detail = "the operators In and NotIn need values"
            causes.append(errors.required(f"{path}.values", detail))
    elif operator in _WITHOUT_VALUES:
        if values:
            detail = "the operators Exists and DoesNotExist take no values"
            causes.append(errors.forbidden(f"{path}.values", detail))
    else:
        detail = "not a valid selector operator"
        causes.append(errors.invalid(f"{path}.operator", operator, detail))
    for detail in names.is_qualified_name(key):
        causes.append(errors.invalid(f"{path}.key", key, detail))
    for position, value in enumerate(values):
        for detail in names.is_label_value(value):
            causes.append(errors.invalid(f"{path}.values[{position}]", value, detail))
    return causes


def validate_label_selector(structured: Mapping[str, Any] | None, path: str) -> list[Cause]:
    """Return what is wrong with a structured LabelSelector; an absent one is fine here.

    O(n log n).
    """
    if not structured:
        return []
    causes = validate_labels(structured.get("matchLabels"), f"{path}.matchLabels")
    for position, expression in enumerate(structured.get("matchExpressions") or ()):
        causes += _validate_expression(expression, f"{path}.matchExpressions[{position}]")
    return causes
