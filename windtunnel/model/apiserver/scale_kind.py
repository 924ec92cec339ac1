"""Scale: the shape that every scalable object has in common; it is never stored."""

from __future__ import annotations

from windtunnel.model.api.kind import Kind
from windtunnel.model.api.schema import INTEGER, STRING, Object, resource

SCALE = Kind(
    "Scale",
    "scales",
    "autoscaling",
    "v1",
    namespaced=True,
    schema=resource(
        "Scale",
        {
            "spec": Object({"replicas": INTEGER}, "ScaleSpec"),
            "status": Object({"replicas": INTEGER, "selector": STRING}, "ScaleStatus"),
        },
    ),
)
