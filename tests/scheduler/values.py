"""Pods and nodes as the scheduler gets them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from windtunnel.model.objects.json import Json
from windtunnel.model.objects.node import Node
from windtunnel.model.objects.pod import Pod
from windtunnel.model.objects.views import build_view
from windtunnel.model.scheduler.listers import Listers
from windtunnel.model.scheduler.node_info import node_info
from windtunnel.model.scheduler.snapshot import Snapshot


def pod(
    name: str,
    node: str = "",
    cpu: str = "",
    memory: str = "",
    uid: str = "",
    labels: Json | None = None,
    namespace: str = "default",
    status: Json | None = None,
    metadata: Json | None = None,
    **spec: Any,
) -> Pod:
    """A pod with one container."""
    asked = {"cpu": cpu, "memory": memory}
    requests = {resource: amount for resource, amount in asked.items() if amount}
    raw: Json = {
        "metadata": {
            "name": name,
            "namespace": namespace,
            "uid": uid or f"uid-{name}",
            "labels": labels or {},
            **(metadata or {}),
        },
        "status": status or {},
        "spec": {
            "containers": [{"name": "c", "image": "img:1", "resources": {"requests": requests}}],
            **({"nodeName": node} if node else {}),
            **spec,
        },
    }
    view = build_view("pods", raw)
    assert isinstance(view, Pod)
    return view


def node(
    name: str,
    cpu: str = "4",
    pods: str = "110",
    labels: Json | None = None,
    taints: Sequence[Json] = (),
    uid: str = "",
    **spec: Any,
) -> Node:
    """A node with so much to offer."""
    raw: Json = {
        "metadata": {"name": name, "uid": uid or f"uid-{name}", "labels": labels or {}},
        "spec": {**({"taints": list(taints)} if taints else {}), **spec},
        "status": {"allocatable": {"cpu": cpu, "memory": "8Gi", "pods": pods}},
    }
    view = build_view("nodes", raw)
    assert isinstance(view, Node)
    return view


def affinity(kind: str, labels: Json, key: str = "zone", weight: int = 0, **term: Any) -> Json:
    """A pod's affinity ("podAffinity") or anti-affinity ("podAntiAffinity"): required, or preferred with a weight."""
    wanted: Json = {"labelSelector": {"matchLabels": labels}, "topologyKey": key, **term}
    if weight:
        preferred = [{"weight": weight, "podAffinityTerm": wanted}]
        return {kind: {"preferredDuringSchedulingIgnoredDuringExecution": preferred}}
    return {kind: {"requiredDuringSchedulingIgnoredDuringExecution": [wanted]}}


def spread(labels: Json, key: str = "zone", soft: bool = False, **fields: Any) -> Json:
    """A topology spread constraint with a skew of 1."""
    return {
        "maxSkew": 1,
        "topologyKey": key,
        "whenUnsatisfiable": "ScheduleAnyway" if soft else "DoNotSchedule",
        "labelSelector": {"matchLabels": labels},
        **fields,
    }


def obj(resource: str, name: str, namespace: str = "default", **parts: Any) -> Any:
    """An object of any other resource."""
    metadata = {
        "name": name,
        "namespace": namespace,
        "uid": f"uid-{name}",
        **parts.pop("metadata", {}),
    }
    return build_view(resource, {"metadata": metadata, **parts})


def snapshot_of(
    nodes: Sequence[Node], there: Sequence[Pod] = (), listers: Listers | None = None
) -> Snapshot:
    """A snapshot of these nodes with the pods that are on them."""
    infos = [
        node_info(each.name, each, tuple(p for p in there if p.spec.node_name == each.name))
        for each in nodes
    ]
    return Snapshot(infos, listers)
