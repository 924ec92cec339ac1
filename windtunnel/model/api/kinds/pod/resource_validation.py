"""What is valid in requests and limits, of a container and of other lists of resources.

A resource without a slash is Kubernetes' own and may be overcommitted (a request below its limit), huge
pages excepted. An extended resource (`example.com/gpu`) may not: its request must equal its limit, and it
is counted in whole numbers.
"""

from __future__ import annotations

from functools import lru_cache

from windtunnel.model.api.errors import Cause, invalid, required
from windtunnel.model.api.names import is_qualified_name
from windtunnel.model.api.quantity import parse
from windtunnel.model.objects.json import Json

NOT_NEGATIVE = "must be greater than or equal to 0"
HUGE_PAGES = "hugepages-"
_CONTAINER_RESOURCES = ("cpu", "memory", "ephemeral-storage")
_COUNTED_OBJECTS = (
    "pods",
    "services",
    "replicationcontrollers",
    "resourcequotas",
    "secrets",
    "configmaps",
    "persistentvolumeclaims",
    "services.nodeports",
    "services.loadbalancers",
)


def is_native(name: str) -> bool:
    """Tell whether the resource is Kubernetes' own and not an extended one. O(length)."""
    return "/" not in name or "kubernetes.io/" in name


def may_overcommit(name: str) -> bool:
    """Tell whether a container may request less of the resource than its limit. O(length)."""
    return is_native(name) and not name.startswith(HUGE_PAGES)


@lru_cache(maxsize=1024)
def container_name_details(name: str) -> tuple[str, ...]:
    """Return what keeps a name from being that of a resource of containers. O(1) once seen."""
    details = tuple(is_qualified_name(name))
    if details or "/" in name or name in _CONTAINER_RESOURCES or name.startswith(HUGE_PAGES):
        return details
    return ("must be a standard resource for containers",)


@lru_cache(maxsize=4096)
def quantity_details(name: str, text: str) -> tuple[str, ...]:
    """Return what is wrong with an amount of the named resource. O(1) once seen."""
    amount = parse(text)
    details = [NOT_NEGATIVE] if amount.sign < 0 else []
    whole = not is_native(name) or name in _COUNTED_OBJECTS
    if whole and amount.milli_value % 1000:
        details.append("must be an integer")
    return tuple(details)


def validate_quantities(quantities: Json, path: str) -> list[Cause]:
    """Return what is wrong with the amounts in a list of resources such as a node's capacity. O(keys)."""
    return [
        invalid(f"{path}[{name}]", text, detail)
        for name, text in quantities.items()
        for detail in quantity_details(name, text)
    ]


@lru_cache(maxsize=4096)
def _entry_details(name: str, text: str) -> tuple[tuple[str, str], ...]:
    """Return what is wrong with one entry of requests or limits: pairs of the bad value and why."""
    details = [(name, detail) for detail in container_name_details(name)]
    details += [(text, detail) for detail in quantity_details(name, text)]
    return tuple(details)


@lru_cache(maxsize=4096)
def _excess(name: str, request: str, limit: str) -> str:
    """Return why a request does not go with its limit; nothing if it does."""
    wanted, allowed = parse(request), parse(limit)
    if not may_overcommit(name) and wanted != allowed:
        return f"must be equal to {name} limit of {limit}"
    return f"must be less than or equal to {name} limit of {limit}" if wanted > allowed else ""


def _validate_list(quantities: Json, path: str, causes: list[Cause]) -> None:
    for name, text in quantities.items():
        for value, detail in _entry_details(name, text):
            causes.append(invalid(f"{path}[{name}]", value, detail))


def validate_resources(resources: Json, path: str) -> list[Cause]:
    """Return what is wrong with the requests and limits of a container. O(keys)."""
    causes: list[Cause] = []
    limits, requests = resources.get("limits"), resources.get("requests")
    if limits:
        _validate_list(limits, f"{path}.limits", causes)
    if not requests:
        return causes
    _validate_list(requests, f"{path}.requests", causes)
    for name, text in requests.items():
        limit = limits.get(name) if limits else None
        if limit is None:
            if not may_overcommit(name):
                detail = "Limit must be set for non overcommitable resources"
                causes.append(required(f"{path}.limits", detail))
        elif limit != text:
            detail = _excess(name, text, limit)
            if detail:
                causes.append(invalid(f"{path}.requests", text, detail))
    return causes
