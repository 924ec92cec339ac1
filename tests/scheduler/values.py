"""Pods and nodes as the scheduler gets them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from windtunnel.model.objects.json import Json
from windtunnel.model.objects.node import Node
from windtunnel.model.objects.pod import Pod
from windtunnel.model.objects.views import build_view


def pod(name: str, node: str = "", cpu: str = "", uid: str = "", **spec: Any) -> Pod:
    """A pod with one container."""
    requests = {"cpu": cpu} if cpu else {}
    raw: Json = {
        "metadata": {"name": name, "namespace": "default", "uid": uid or f"uid-{name}"},
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
    name: str, cpu: str = "4", pods: str = "110", labels: Json | None = None, taints: Sequence[Json] = (), **spec: Any
) -> Node:
    """A node with so much to offer."""
    raw: Json = {
        "metadata": {"name": name, "uid": f"uid-{name}", "labels": labels or {}},
        "spec": {**({"taints": list(taints)} if taints else {}), **spec},
        "status": {"allocatable": {"cpu": cpu, "memory": "8Gi", "pods": pods}},
    }
    view = build_view("nodes", raw)
    assert isinstance(view, Node)
    return view
