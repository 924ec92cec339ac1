"""Conformance area `endpoints`: one sync of a service's Endpoints, packing of subsets, and the endpoints of slices.

`run` takes one case and returns None if the model agrees, else one sentence that says how it does not. The cases are
from 1.28, before the controller signed the objects it writes; here the label with its name is put on Endpoints that are
there already, and left out of the comparison.
"""

from __future__ import annotations

from typing import Any, cast

from windtunnel.model.api.selectors.labels import from_match_labels
from windtunnel.model.controllers.endpoint_slice.plan import desired_groups
from windtunnel.model.controllers.endpoints.desired import (
    CONTROLLER_NAME,
    LAST_CHANGE,
    MANAGED_BY,
    desired_endpoints,
    is_up_to_date,
    selects_pods,
)
from windtunnel.model.controllers.endpoints.subsets import repack, subsets_of
from windtunnel.model.controllers.endpoints.trigger_time import TriggerTimes
from windtunnel.model.objects.json import Json, get, put
from windtunnel.model.objects.node import Node
from windtunnel.model.objects.pod import Pod
from windtunnel.model.objects.service import Endpoints, Service
from windtunnel.model.objects.views import build_view


def run(case: Json) -> str | None:
    """Return how the model differs from the case, or None. O(size of the case)."""
    given = case["given"]
    if given["kind"] == "sliceEndpoint":
        found = _slice_endpoint(given)
    elif given["kind"] == "repack":
        found = {"subsets": repack(given["subsets"])}
    else:
        found = _sync(given)
    for key, expected in case["expect"].items():
        if _comparable(found.get(key)) != _comparable(expected):
            return f"{key} should be {expected!r} and is {found.get(key)!r}."
    return None


def _slice_endpoint(given: Json) -> Json:
    service = cast(Service, build_view("services", given["service"]))
    pod = cast(Pod, build_view("pods", given["pod"]))
    node = cast(Node, build_view("nodes", given["node"]))
    nodes = {node.name: node}
    groups = desired_groups(service, [pod], nodes.get, "IPv4", {})
    endpoints = [each for group in groups.values() for each in group.endpoints.values()]
    return {"included": bool(endpoints), "endpoint": endpoints[0] if endpoints else None}


def _sync(given: Json) -> Json:
    current = _existing(given.get("existingEndpoints"))
    if given.get("service") is None:
        return {"action": "delete"}
    service = cast(Service, build_view("services", given["service"]))
    if not selects_pods(service):
        return {"action": "none"}
    selector = from_match_labels(service.spec.selector)
    all_pods = [cast(Pod, build_view("pods", raw)) for raw in given["pods"]]
    pods = [
        pod
        for pod in all_pods
        if pod.namespace == service.namespace and selector.matches(pod.metadata.labels)
    ]
    subsets = subsets_of(service, pods)
    if current is not None and is_up_to_date(current, service, subsets):
        return {"action": "none"}
    changed_at_ms = TriggerTimes().changed_at_ms(service, pods)
    written = desired_endpoints(current, service, subsets, changed_at_ms)
    return {
        "action": "create" if current is None else "update",
        "subsets": written.get("subsets", []),
        "labels": _without(get(written, "metadata", "labels", default={}), MANAGED_BY),
        "annotations": _without(get(written, "metadata", "annotations", default={}), LAST_CHANGE),
    }


def _existing(raw: Json | None) -> Endpoints | None:
    if raw is None:
        return None
    labels = {**get(raw, "metadata", "labels", default={}), MANAGED_BY: CONTROLLER_NAME}
    return cast(Endpoints, build_view("endpoints", put(raw, labels, "metadata", "labels")))


def _without(mapping: Json, key: str) -> Json:
    return {name: value for name, value in mapping.items() if name != key}


def _comparable(value: Any) -> Any:
    """Lists without their order: the real one is by a hash."""
    if isinstance(value, list):
        return sorted((_comparable(each) for each in value), key=repr)
    if isinstance(value, dict):
        return {key: _comparable(each) for key, each in sorted(value.items())}
    return value
