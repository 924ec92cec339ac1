"""Which labels and fields a selector means, read straight from its text or JSON.

A condition on a label that is missing: `notin`, `!=` and `!` hold, nothing else does. A null structured selector means
nothing, an empty one everything.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_SET = re.compile(r"(\S+)\s+(in|notin)\s*\(([^)]*)\)$")
_COMMA = re.compile(r",(?![^(]*\))")
_PAIR = re.compile(r"\s*(==|!=|=|>|<)\s*")
_FIELDS_WITHOUT_VALUE = {
    "spec.unschedulable": "false",
    "spec.hostNetwork": "false",
    "status.replicas": "0",
}


def text_selects(text: str, labels: Mapping[str, str]) -> bool:
    """Whether a label selector in text form selects an object with these labels. O(length)."""
    return all(_holds(part.strip(), labels) for part in _COMMA.split(text) if part.strip())


def map_selects(selector: Mapping[str, str] | None, labels: Mapping[str, str]) -> bool:
    """Whether labels carry every pair of a plain map; an empty or absent map selects everything. O(pairs)."""
    return all(labels.get(key) == value for key, value in (selector or {}).items())


def structure_selects(selector: Mapping[str, Any] | None, labels: Mapping[str, str]) -> bool:
    """Whether a structured LabelSelector selects these labels: null nothing, empty everything. O(size)."""
    if selector is None:
        return False
    if not map_selects(selector.get("matchLabels"), labels):
        return False
    for condition in selector.get("matchExpressions") or ():
        key, values = condition["key"], condition.get("values") or ()
        has = key in labels
        means = {
            "In": has and labels.get(key) in values,
            "NotIn": not has or labels.get(key) not in values,
            "Exists": has,
            "DoesNotExist": not has,
        }
        if not means[condition["operator"]]:
            return False
    return True


def workload_selects(kind: str, selector: Any, labels: Mapping[str, str]) -> bool:
    """Whether a controller's selector selects these labels: a map for a ReplicationController. O(size)."""
    if kind == "ReplicationController":
        return bool(selector) and map_selects(selector, labels)
    return structure_selects(selector, labels)


def fields_select(text: str, obj: Mapping[str, Any]) -> bool:
    """Whether a field selector in text form selects an object. O(length)."""
    for part in text.split(","):
        if not part.strip():
            continue
        path, sign, wanted = _PAIR.split(part.strip(), maxsplit=1)
        if (_field(path, obj) == wanted) != (sign != "!="):
            return False
    return True


def _field(path: str, obj: Mapping[str, Any]) -> str:
    value: Any = obj
    for key in path.split("."):
        value = value.get(key) if isinstance(value, Mapping) else None
    if value is None:
        return _FIELDS_WITHOUT_VALUE.get(path, "")
    return str(value).lower() if isinstance(value, bool) else str(value)


def _holds(part: str, labels: Mapping[str, str]) -> bool:
    if part.startswith("!"):
        return part[1:].strip() not in labels
    found = _SET.match(part)
    if found is not None:
        key, sign, listed = found.groups()
        values = [value.strip() for value in listed.split(",")]
        return (key in labels and labels[key] in values) == (sign == "in")
    if _PAIR.search(part) is None:
        return part in labels
    key, sign, value = _PAIR.split(part, maxsplit=1)
    if sign == "!=":
        return labels.get(key) != value
    if sign in ("=", "=="):
        return labels.get(key) == value
    if not re.fullmatch(r"[+-]?\d+", labels.get(key, "")):
        return False
    return int(labels[key]) > int(value) if sign == ">" else int(labels[key]) < int(value)
