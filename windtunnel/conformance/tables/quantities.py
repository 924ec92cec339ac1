"""Conformance area `quantities`: reading, printing, comparing and adding amounts of resources.

`run` takes one case and returns None if the model agrees, else one sentence that says how it does
not.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from windtunnel.model.api import quantity

Json = dict[str, Any]


def _parse(given: Json) -> Json:
    try:
        found = quantity.parse(given["text"])
    except quantity.QuantityError:
        return {"valid": False}
    return {
        "valid": True,
        "canonical": str(found),
        "value": found.value,
        "milliValue": found.milli_value,
        "sign": found.sign,
        "format": found.format.value,
    }


def _compare(given: Json) -> Json:
    left, right = quantity.parse(given["a"]), quantity.parse(given["b"])
    return {
        "cmp": (left > right) - (left < right),
        "equal": left == right,
        "sum": str(left + right),
        "difference": str(left - right),
    }


def _cpu_milli(given: Json) -> Json:
    return {"milli": quantity.milli_value(given["text"])}


def _whole_units(given: Json) -> Json:
    return {"value": quantity.whole_units(given["text"])}


_KINDS: dict[str, Callable[[Json], Json]] = {
    "parse": _parse,
    "compare": _compare,
    "cpuMilli": _cpu_milli,
    "wholeUnits": _whole_units,
}


def run(case: Json) -> str | None:
    """Return how the model differs from the case, or None. O(size of the case)."""
    given = case["given"]
    found = _KINDS[given["kind"]](given)
    for key, expected in case["expect"].items():
        if found.get(key) != expected:
            return f"{key} of {given} should be {expected!r} and is {found.get(key)!r}."
    return None
