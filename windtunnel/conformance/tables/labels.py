"""Conformance area `labels`: label selectors as text, as requirements, and as structured selectors.

`run` takes one case and returns None if the model agrees, else one sentence that says how it does
not.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from windtunnel.model.api.selectors import labels
from windtunnel.model.api.selectors.labels import SelectorError

Json = dict[str, Any]


def _parse(given: Json) -> Json:
    try:
        selector = labels.parse(given["selector"])
    except SelectorError:
        return {"valid": False}
    requirements = [
        {"key": each.key, "operator": each.operator, "values": list(each.values)}
        for each in selector.requirements
    ]
    return {"valid": True, "canonical": str(selector), "requirements": requirements}


def _match(given: Json) -> Json:
    return {"matches": labels.parse(given["selector"]).matches(given["labels"])}


def _match_set(given: Json) -> Json:
    return {"matches": labels.from_match_labels(given["matchLabels"]).matches(given["labels"])}


def _requirement(given: Json) -> Json:
    try:
        made = labels.requirement(given["key"], given["operator"], given["values"])
    except SelectorError:
        return {"valid": False}
    return {"valid": True, "string": str(made)}


def _label_selector(given: Json) -> Json:
    structured = given["labelSelector"]
    causes = labels.validate_label_selector(structured, "selector")
    found: Json = {
        "validationErrors": sorted(
            ({"field": each.field, "type": each.reason} for each in causes),
            key=lambda each: (each["field"], each["type"]),
        )
    }
    try:
        selector = labels.from_label_selector(structured)
    except SelectorError:
        return {**found, "convertible": False}
    return {
        **found,
        "convertible": True,
        "formatted": labels.format_label_selector(structured),
        "matches": [selector.matches(each) for each in given.get("labelSets", ())],
    }


_KINDS: dict[str, Callable[[Json], Json]] = {
    "parse": _parse,
    "match": _match,
    "matchSet": _match_set,
    "requirement": _requirement,
    "labelSelector": _label_selector,
}


def run(case: Json) -> str | None:
    """Return how the model differs from the case, or None. O(size of the case)."""
    given = case["given"]
    found = _KINDS[given["kind"]](given)
    for key, expected in case["expect"].items():
        if found.get(key) != expected:
            return f"{key} of {given} should be {expected!r} and is {found.get(key)!r}."
    return None
