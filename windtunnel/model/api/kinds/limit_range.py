"""LimitRange: bounds for what one pod, container or claim of a namespace may ask for, and what it gets by default.

Not modelled: the name that a LimitRange without one is given.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from windtunnel.model.api.errors import Cause, duplicate, forbidden, invalid, required
from windtunnel.model.api.kind import Kind, Strategy, with_part
from windtunnel.model.api.kinds.pod.resource_validation import (
    container_name_details,
    may_overcommit,
)
from windtunnel.model.api.kinds.resource_quota import resource_name_details
from windtunnel.model.api.names import is_qualified_name
from windtunnel.model.api.quantity import parse
from windtunnel.model.api.schema import QUANTITIES, STRING, ListOf, Object, resource
from windtunnel.model.api.shared_json import remembered
from windtunnel.model.objects.json import Json

POD = "Pod"
CONTAINER = "Container"
CLAIM = "PersistentVolumeClaim"
_LIMITS = ("max", "min", "default", "defaultRequest", "maxLimitRequestRatio")

SCHEMA = resource(
    "LimitRange",
    {
        "spec": Object(
            {
                "limits": ListOf(
                    Object({"type": STRING, **dict.fromkeys(_LIMITS, QUANTITIES)}, "LimitRangeItem")
                )
            },
            "LimitRangeSpec",
            shared=True,
        )
    },
)


def _default_item(item: Json) -> Json:
    """What is missing of a container's defaults: the limit is the most, the request the limit, or the least."""
    if item.get("type") != CONTAINER:
        return item
    limit = {**(item.get("max") or {}), **(item.get("default") or {})}
    request = {**(item.get("min") or {}), **limit, **(item.get("defaultRequest") or {})}
    changed: dict[str, Any] = {}
    for key, value in (("default", limit), ("defaultRequest", request)):
        if value and value != item.get(key):
            changed[key] = value
    return {**item, **changed} if changed else item


@remembered
def _default_spec(spec: Json) -> Json:
    items = spec.get("limits") or []
    defaulted = [_default_item(item) for item in items]
    return spec if defaulted == items else {**spec, "limits": defaulted}


def _validate_type(kind: str, path: str) -> list[Cause]:
    details = is_qualified_name(kind)
    if not details and "/" not in kind and kind not in (POD, CONTAINER, CLAIM):
        details = ["must be a standard limit type or fully qualified"]
    return [invalid(path, kind, detail) for detail in details]


def _validate_names(item: Json, path: str) -> list[Cause]:
    kind = item.get("type", "")
    details_of = container_name_details if kind in (POD, CONTAINER) else resource_name_details
    return [
        invalid(f"{path}.{key}[{name}]", name, detail)
        for key in _LIMITS
        if kind != POD or key not in ("default", "defaultRequest")
        for name in item.get(key) or ()
        for detail in details_of(name)
    ]


_ORDER = (
    ("min", "max", "min", "min value {} is greater than max value {}"),
    (
        "min",
        "defaultRequest",
        "defaultRequest",
        "min value {} is greater than default request value {}",
    ),
    (
        "defaultRequest",
        "max",
        "defaultRequest",
        "default request value {} is greater than max value {}",
    ),
    (
        "defaultRequest",
        "default",
        "defaultRequest",
        "default request value {} is greater than default limit value {}",
    ),
    ("min", "default", "default", "min value {} is greater than default value {}"),
    ("default", "max", "default", "default value {} is greater than max value {}"),
)


def _validate_resource(item: Json, name: str, path: str) -> list[Cause]:
    amounts = {key: (item.get(key) or {}).get(name) for key in _LIMITS}
    causes: list[Cause] = []
    for lower, higher, blamed, sentence in _ORDER:
        low, high = amounts[lower], amounts[higher]
        if low is not None and high is not None and parse(low) > parse(high):
            detail = sentence.format(low, high)
            causes.append(invalid(f"{path}.{blamed}[{name}]", amounts[blamed], detail))
    ratio, low, high = amounts["maxLimitRequestRatio"], amounts["min"], amounts["max"]
    if ratio is not None:
        where = f"{path}.maxLimitRequestRatio[{name}]"
        if parse(ratio).milli_value < 1000:
            causes.append(invalid(where, ratio, f"ratio {ratio} is less than 1"))
        if low is not None and high is not None and parse(low).sign > 0:
            least, most = parse(low).milli_value, parse(high).milli_value
            if parse(ratio).milli_value * least > most * 1000:
                detail = f"ratio {ratio} is greater than max/min = {most / least:f}"
                causes.append(invalid(where, ratio, detail))
    limit, request = amounts["default"], amounts["defaultRequest"]
    both = limit is not None and request is not None and not may_overcommit(name)
    if both and parse(limit) != parse(request):
        detail = f"default value {limit} must equal to defaultRequest value {request} in {name}"
        causes.append(invalid(f"{path}.defaultRequest[{name}]", request, detail))
    return causes


@remembered
def _validate_spec(spec: Json) -> tuple[Cause, ...]:
    causes: list[Cause] = []
    seen: set[str] = set()
    items: Sequence[Json] = spec.get("limits") or ()
    for index, item in enumerate(items):
        path, kind = f"spec.limits[{index}]", item.get("type", "")
        causes += _validate_type(kind, f"{path}.type")
        if kind in seen:
            causes.append(duplicate(f"{path}.type", kind))
        seen.add(kind)
        causes += _validate_names(item, path)
        if kind == POD:
            for key in ("default", "defaultRequest"):
                if item.get(key):
                    detail = "may not be specified when `type` is 'Pod'"
                    causes.append(forbidden(f"{path}.{key}", detail))
        if kind == CLAIM and not any("storage" in (item.get(key) or {}) for key in ("min", "max")):
            detail = "either minimum or maximum storage value is required, but neither was provided"
            causes.append(required(f"{path}.limits", detail))
        names = dict.fromkeys(name for key in _LIMITS for name in item.get(key) or ())
        for name in names:
            causes += _validate_resource(item, name, path)
    return tuple(causes)


class LimitRangeStrategy(Strategy):
    """The rules of limit ranges."""

    def default(self, obj: Json) -> Json:
        """Fill in the defaults of containers from their bounds."""
        before = obj.get("spec")
        return with_part(obj, "spec", _default_spec(before if before is not None else {}))

    def validate_own(self, obj: Json) -> list[Cause]:
        """Check that the bounds and defaults are in order."""
        return list(_validate_spec(obj.get("spec") or {}))


KIND = Kind(
    "LimitRange",
    "limitranges",
    "",
    "v1",
    namespaced=True,
    schema=SCHEMA,
    strategy=LimitRangeStrategy(),
    short_names=("limits",),
)
