"""What a conformance case needs that the model may not have, worked out from the case itself.

A need is a short phrase: "kind Deployment", "controller statefulset". A case with a need that is not met is counted as
not modelled, under that need, and not run.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from importlib.util import find_spec
from typing import Any

from windtunnel.model import roles
from windtunnel.model.api.kinds import BUILT_IN, KindRegistry
from windtunnel.model.apiserver import admission
from windtunnel.model.objects.json import Json
from windtunnel.model.scheduler.filters import FILTERS

ROLES = {
    "namespace": "namespace",
    "serviceaccount": "service-account",
    "replicationcontroller": "replication",
    "replicaset": "replication",
    "endpointslicemirroring": "endpointslice-mirroring",
    "garbagecollector": "garbage-collector",
    "nodelifecycle": "node-lifecycle",
    "podgc": "pod-gc",
    "resourcequota": "resource-quota",
}
"""Roles by the names that kube-controller-manager gives its controllers, where they differ."""

ADMISSION_OF_KIND = {"LimitRange": "limit_ranger", "ResourceQuota": "resource_quota"}
"""Kinds that are kept for the sake of an admission plug-in, each with the plug-in's module."""

FILTER_OF_FIELD = {
    "podAffinity": "InterPodAffinity",
    "podAntiAffinity": "InterPodAffinity",
    "topologySpreadConstraints": "PodTopologySpread",
}
"""Which scheduler plug-in reads a field of a pod's spec."""

_KINDS = KindRegistry(BUILT_IN)


def role_of(controller: str) -> str:
    """The role that does the work of a controller of kube-controller-manager."""
    return ROLES.get(controller, controller)


@cache
def has_role(role: str) -> bool:
    """Whether the model has a class for a role."""
    place = roles.BUILT_IN.get(role)
    if place is None:
        return False
    try:
        return find_spec(place.partition(":")[0]) is not None
    except ModuleNotFoundError:
        return False


@cache
def kind_need(group: str, plural: str) -> str:
    """The need for a resource: '' if its kind is modelled, or if no such resource is known at all."""
    for kind in _KINDS.kinds:
        if (kind.group, kind.plural) == (group, plural):
            return f"kind {kind.kind}" if kind.is_plain else _admission_need(kind.kind)
    return ""


def _admission_need(kind: str) -> str:
    plugin = ADMISSION_OF_KIND.get(kind)
    if plugin is None or find_spec(f"{admission.__name__}.{plugin}") is not None:
        return ""
    return f"admission {plugin}"


def path_need(path: str) -> str:
    """The need for the resource at a REST path."""
    parts = [part for part in path.partition("?")[0].split("/") if part]
    if parts[:1] == ["api"] and len(parts) > 2:
        group, rest = "", parts[2:]
    elif parts[:1] == ["apis"] and len(parts) > 3:
        group, rest = parts[1], parts[3:]
    else:
        return ""
    if rest[0] == "namespaces" and len(rest) > 2:
        rest = rest[2:]
    return kind_need(group, rest[0])


def object_need(obj: Json) -> str:
    """The need for an object by its apiVersion and kind."""
    group, _, version = str(obj.get("apiVersion", "")).rpartition("/")
    kind = _KINDS.by_kind(group, version, str(obj.get("kind", "")))
    return kind_need(kind.group, kind.plural) if kind is not None else ""


def plugin_needs(body: Any) -> list[str]:
    """The needs for scheduler plug-ins of the pods in a request body. O(size)."""
    if isinstance(body, list):
        return [need for part in body for need in plugin_needs(part)]
    if not isinstance(body, dict):
        return []
    found = [
        f"plugin {plugin}"
        for field, plugin in FILTER_OF_FIELD.items()
        if field in body and plugin not in FILTERS
    ]
    return found + [need for part in body.values() for need in plugin_needs(part)]


def unmet(needs: Iterable[str]) -> tuple[str, ...]:
    """The needs that are there, each once, in order."""
    return tuple(dict.fromkeys(need for need in needs if need))
