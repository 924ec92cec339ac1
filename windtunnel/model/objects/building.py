"""From JSON to frozen attrs views: one builder per class, worked out once from its attributes.

An attribute's JSON name is its own in camelCase. What to do with the value follows from how it was declared: `plain`
takes it as it is, `part` builds a nested view, `parts` a tuple of them, `moment` reads a time into ms. What is
the very same JSON object as in the version before is taken over from that version's view, however deep it is; and the
view of JSON that remembers what was made of it (windtunnel.model.api.shared_json) is made once for all its objects.
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


_PLAIN, _PART, _PARTS, _CONVERT = range(4)
_PLANS: dict[type, dict[str, tuple[str, int, Any]]] = {}


def _plan(cls: type) -> dict[str, tuple[str, int, Any]]:
    """What to do with each JSON name: its attribute, how its value is made, and what with."""
    plan = _PLANS[cls] = {}
    for attribute in attrs.fields(cls):
        meta = attribute.metadata
        if "name" not in meta:
            continue
        json_name = meta["name"] or _camel(attribute.name)
        if "part" in meta:
            plan[json_name] = (attribute.name, _PART, meta["part"])
        elif "parts" in meta:
            plan[json_name] = (attribute.name, _PARTS, meta["parts"])
        elif "convert" in meta:
            plan[json_name] = (attribute.name, _CONVERT, meta["convert"])
        else:
            plan[json_name] = (attribute.name, _PLAIN, None)
    return plan


def build(
    cls: type[V],
    raw: Mapping[str, Any],
    before: V | None = None,
    before_raw: Mapping[str, Any] | None = None,
    given: dict[str, Any] | None = None,
) -> V:
    """A view of the JSON; what is identical in the JSON of the version before is taken over. O(size of the rest)."""
    values: dict[str, Any] = given or {}
    plan = _PLANS.get(cls) or _plan(cls)
    for json_name, value in raw.items():
        step = plan.get(json_name)
        if step is None or value is None:
            continue
        attribute, how, argument = step
        if how == _PLAIN:
            values[attribute] = value
            continue
        old = before_raw.get(json_name) if before_raw is not None else None
        if old is value:
            values[attribute] = getattr(before, attribute)
        elif how == _PART:
            values[attribute] = _part(argument, value, before, attribute, old)
        elif how == _PARTS:
            values[attribute] = tuple([build(argument, item) for item in value])
        else:
            values[attribute] = argument(value)
    return cls(**values)


def _part(cls: type, raw: Mapping[str, Any], before: Any, attribute: str, old: Any) -> Any:
    """The view of a part. JSON that many objects share (the spec of one template) remembers it."""
    if type(raw) is dict:
        return build(cls, raw, getattr(before, attribute) if old is not None else None, old)
    memory: dict[Any, Any] | None = getattr(raw, "memory", None)
    if memory is None:
        return build(cls, raw)
    view = memory.get(cls)
    if view is None:
        view = memory[cls] = build(cls, raw)
    return view
