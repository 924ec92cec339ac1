"""From JSON to frozen attrs views: one builder per class, worked out once from its attributes.

An attribute's JSON name is its own in camelCase. What to do with the value follows from how it was declared: `plain`
takes it as it is, `part` builds a nested view, `parts` a tuple of them, `moment` reads a time into milliseconds. A part
whose JSON is the very same object as in the version before is taken over from that version's view.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, TypeVar

import attrs

from windtunnel.model.objects.time import parse_time

V = TypeVar("V")
EMPTY: Mapping[str, Any] = MappingProxyType({})


def plain(default: Any = None, name: str = "") -> Any:
    """A scalar, mapping or list taken as it is."""
    return attrs.field(default=default, metadata={"name": name})


def part(cls: type | Callable[[], type], *, optional: bool = False, name: str = "") -> Any:
    """A nested view; a missing one is an empty view, or None where optional."""
    if optional:
        return attrs.field(default=None, metadata={"name": name, "part": cls, "optional": True})
    return attrs.field(factory=cls, metadata={"name": name, "part": cls})


def parts(cls: type, name: str = "") -> Any:
    """A tuple of nested views."""
    return attrs.field(default=(), metadata={"name": name, "parts": cls})


def strings(name: str = "") -> Any:
    """A tuple of scalars."""
    return attrs.field(default=(), metadata={"name": name, "convert": tuple})


def moment(name: str = "") -> Any:
    """A time, as milliseconds of virtual time, or None."""
    return attrs.field(default=None, metadata={"name": name, "convert": parse_time})


def _camel(name: str) -> str:
    head, *rest = name.rstrip("_").split("_")
    return head + "".join(
        "IP" if r == "ip" else "IPs" if r == "ips" else r.capitalize() for r in rest
    )


_PLANS: dict[type, tuple[tuple[str, str, str, Any], ...]] = {}


def _plan(cls: type) -> tuple[tuple[str, str, str, Any], ...]:
    plan = _PLANS.get(cls)
    if plan is None:
        steps = []
        for attribute in attrs.fields(cls):
            meta = attribute.metadata
            if "name" not in meta:
                continue
            json_name = meta["name"] or _camel(attribute.name)
            if "part" in meta:
                steps.append((attribute.name, json_name, "part", meta["part"]))
            elif "parts" in meta:
                steps.append((attribute.name, json_name, "parts", meta["parts"]))
            elif "convert" in meta:
                steps.append((attribute.name, json_name, "convert", meta["convert"]))
            else:
                steps.append((attribute.name, json_name, "plain", None))
        plan = _PLANS[cls] = tuple(steps)
    return plan


def build(
    cls: type[V],
    raw: Mapping[str, Any],
    before: V | None = None,
    before_raw: Mapping[str, Any] | None = None,
    given: dict[str, Any] | None = None,
) -> V:
    """A view of the JSON; parts whose JSON is identical with that of the version before are taken over. O(size)."""
    values: dict[str, Any] = given or {}
    for attribute, json_name, how, argument in _plan(cls):
        value = raw.get(json_name)
        if value is None:
            continue
        if how == "plain":
            values[attribute] = value
        elif how == "part":
            if before_raw is not None and before_raw.get(json_name) is value:
                values[attribute] = getattr(before, attribute)
            else:
                values[attribute] = build(argument, value)
        elif how == "parts":
            values[attribute] = tuple([build(argument, item) for item in value])
        else:
            values[attribute] = argument(value)
    return cls(**values)
