"""Conformance area `fields`: field selectors as text, and what they match.

`run` takes one case and returns None if the model agrees, else one sentence that says how it does
not.
"""

from __future__ import annotations

from typing import Any

from windtunnel.model.api.selectors import fields
from windtunnel.model.api.selectors.requirement import SelectorError

Json = dict[str, Any]


def _answer(given: Json) -> Json:
    try:
        selector = fields.parse(given["selector"])
    except SelectorError:
        return {"valid": False}
    if given["kind"] == "match":
        return {"matches": selector.matches(given["fields"])}
    requirements = [
        {"field": each.field, "operator": each.operator, "value": each.value}
        for each in selector.requirements
    ]
    return {"valid": True, "canonical": str(selector), "requirements": requirements}


def run(case: Json) -> str | None:
    """Return how the model differs from the case, or None. O(size of the case)."""
    given = case["given"]
    found = _answer(given)
    for key, expected in case["expect"].items():
        if found.get(key) != expected:
            return f"{key} of {given} should be {expected!r} and is {found.get(key)!r}."
    return None
