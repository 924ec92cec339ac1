"""What is out of the bounds that a LimitRange sets, in the API server's sentences."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from windtunnel.model.api.kinds.limit_range import CLAIM, CONTAINER, POD
from windtunnel.model.api.pod_resources import pod_limits, pod_requests
from windtunnel.model.api.quantity import ZERO, Quantity
from windtunnel.model.api.resource_list import ResourceList, read_resource_list
from windtunnel.model.objects.json import Json

Amounts = Mapping[str, Quantity]
_EXACT_BELOW = (2**63 - 1) // 1000
"""Amounts up to this one are compared in thousandths, greater ones in whole units, as 64 bits allow."""


def violations(kind: str, spec: Json, items: Iterable[Json]) -> tuple[str, ...]:
    """What the items of a LimitRange have against the spec of a pod or a claim, each once. O(items * containers)."""
    found: list[str] = []
    for item in items:
        sort = item.get("type", "")
        if kind == "Pod" and sort == CONTAINER:
            for part in ("containers", "initContainers"):
                for container in spec.get(part) or ():
                    found += _of_resources(item, *_own(container))
        elif kind == "Pod" and sort == POD:
            found += _of_resources(item, pod_requests(spec), pod_limits(spec))
        elif kind == CLAIM and sort == CLAIM:
            found += _of_claim(item, _own(spec)[0])
    return tuple(dict.fromkeys(found))


def _own(part: Json) -> tuple[ResourceList, ResourceList]:
    resources = part.get("resources") or {}
    return (
        read_resource_list(resources.get("requests")),
        read_resource_list(resources.get("limits")),
    )


def _of_resources(item: Json, requests: Amounts, limits: Amounts) -> list[str]:
    sort = item["type"]
    return [
        *_each(item, "min", lambda name, bound: below(sort, name, bound, requests, limits)),
        *_each(item, "max", lambda name, bound: above(sort, name, bound, requests, limits)),
        *_each(
            item,
            "maxLimitRequestRatio",
            lambda name, bound: too_far_apart(sort, name, bound, requests, limits),
        ),
    ]


def _of_claim(item: Json, requests: Amounts) -> list[str]:
    return [
        *_each(item, "min", lambda name, bound: below(CLAIM, name, bound, requests, {})),
        *_each(item, "max", lambda name, bound: request_above(CLAIM, name, bound, requests)),
    ]


def _each(item: Json, key: str, check: Callable[[str, Quantity], str]) -> list[str]:
    bounds = read_resource_list(item.get(key))
    return [text for name in sorted(bounds) if (text := check(name, bounds[name]))]


def below(sort: str, name: str, bound: Quantity, requests: Amounts, limits: Amounts) -> str:
    """Why a request, or a limit, is too little; '' if it is not."""
    start = f"minimum {name} usage per {sort} is {bound}"
    request, limit = requests.get(name), limits.get(name)
    if request is None:
        return f"{start}.  No request is specified"
    if request < bound:
        return f"{start}, but request is {request}"
    if limit is not None and limit < bound:
        return f"{start}, but limit is {limit}"
    return ""


def above(sort: str, name: str, bound: Quantity, requests: Amounts, limits: Amounts) -> str:
    """Why a limit, or a request, is too much; '' if it is not."""
    start = f"maximum {name} usage per {sort} is {bound}"
    request, limit = requests.get(name), limits.get(name)
    if limit is None:
        return f"{start}.  No limit is specified"
    if limit > bound:
        return f"{start}, but limit is {limit}"
    if request is not None and request > bound:
        return f"{start}, but request is {request}"
    return ""


def request_above(sort: str, name: str, bound: Quantity, requests: Amounts) -> str:
    """Why a request is too much, for what has no limits; '' if it is not."""
    start = f"maximum {name} usage per {sort} is {bound}"
    request = requests.get(name)
    if request is None:
        return f"{start}.  No request is specified"
    return f"{start}, but request is {request}" if request > bound else ""


def too_far_apart(sort: str, name: str, bound: Quantity, requests: Amounts, limits: Amounts) -> str:
    """Why a limit is too many times its request; '' if it is not."""
    start = f"{name} max limit to request ratio per {sort} is {bound}"
    request, limit = requests.get(name, ZERO), limits.get(name, ZERO)
    if not request:
        return f"{start}, but no request is specified or request is 0"
    if not limit:
        return f"{start}, but no limit is specified or limit is 0"
    exact = max(request.value, limit.value, bound.value) <= _EXACT_BELOW
    asked, most = (
        (request.milli_value, limit.milli_value) if exact else (request.value, limit.value)
    )
    ratio = float(most) / float(asked)
    if ratio * 1000 > float(bound.milli_value):
        return f"{start}, but provided ratio is {ratio:f}"
    return ""
