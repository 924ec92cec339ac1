"""The fields of a HorizontalPodAutoscaler, as of autoscaling/v2 in Kubernetes 1.36, and their defaults.

Without metrics it keeps the processors of its pods four fifths busy. The speed of scaling is filled in only where
somebody says something about it; else the controller has its own.
"""

from __future__ import annotations

from windtunnel.model.api.kind import with_part
from windtunnel.model.api.kinds.pod.container_defaults import completed
from windtunnel.model.api.kinds.workload import conditions_schema
from windtunnel.model.api.schema import (
    INTEGER,
    LABEL_SELECTOR,
    LONG,
    OMITTED_ZERO,
    QUANTITY,
    STRING,
    TIME,
    ListOf,
    Object,
    Type,
    resource,
)
from windtunnel.model.api.shared_json import remembered
from windtunnel.model.objects.json import Json

DEFAULT_UTILIZATION = 80
_REFERENCE = Object(
    {"kind": STRING, "name": STRING, "apiVersion": STRING}, "CrossVersionObjectReference"
)
_TARGET = Object(
    {"type": STRING, "value": QUANTITY, "averageValue": QUANTITY, "averageUtilization": INTEGER},
    "MetricTarget",
)
_CURRENT = Object(
    {"value": QUANTITY, "averageValue": QUANTITY, "averageUtilization": INTEGER},
    "MetricValueStatus",
)
_METRIC = Object({"name": STRING, "selector": LABEL_SELECTOR}, "MetricIdentifier")


def _metric(key: str, value: Type, suffix: str) -> Object:
    sources: dict[str, dict[str, Type]] = {
        "object": {"describedObject": _REFERENCE, "metric": _METRIC},
        "pods": {"metric": _METRIC},
        "resource": {"name": STRING},
        "containerResource": {"name": STRING, "container": STRING},
        "external": {"metric": _METRIC},
    }
    fields: dict[str, Type] = {"type": STRING}
    for name, parts in sources.items():
        title = f"{name[0].upper()}{name[1:]}Metric{suffix}"
        fields[name] = Object({**parts, key: value}, title)
    return Object(fields, f"Metric{suffix}")


_RULES = Object(
    {
        "stabilizationWindowSeconds": INTEGER,
        "selectPolicy": STRING,
        "policies": ListOf(
            Object({"type": STRING, "value": INTEGER, "periodSeconds": INTEGER}, "HPAScalingPolicy")
        ),
        "tolerance": QUANTITY,
    },
    "HPAScalingRules",
)
SCHEMA = resource(
    "HorizontalPodAutoscaler",
    {
        "spec": Object(
            {
                "scaleTargetRef": _REFERENCE,
                "minReplicas": INTEGER,
                "maxReplicas": INTEGER,
                "metrics": ListOf(_metric("target", _TARGET, "Spec")),
                "behavior": Object(
                    {"scaleUp": _RULES, "scaleDown": _RULES}, "HorizontalPodAutoscalerBehavior"
                ),
            },
            "HorizontalPodAutoscalerSpec",
            shared=True,
        ),
        "status": Object(
            {
                "observedGeneration": LONG,
                "lastScaleTime": TIME,
                "currentReplicas": OMITTED_ZERO,
                "desiredReplicas": INTEGER,
                "currentMetrics": ListOf(_metric("current", _CURRENT, "Status")),
                "conditions": conditions_schema("HorizontalPodAutoscaler"),
            },
            "HorizontalPodAutoscalerStatus",
        ),
    },
)
_DOUBLE = {"type": "Percent", "value": 100, "periodSeconds": 15}
_FOUR_MORE = {"type": "Pods", "value": 4, "periodSeconds": 15}
_DEFAULT_RULES: dict[str, Json] = {
    "scaleUp": {
        "stabilizationWindowSeconds": 0,
        "selectPolicy": "Max",
        "policies": [_FOUR_MORE, _DOUBLE],
    },
    "scaleDown": {"selectPolicy": "Max", "policies": [_DOUBLE]},
}
_CPU = {
    "type": "Resource",
    "resource": {
        "name": "cpu",
        "target": {"type": "Utilization", "averageUtilization": DEFAULT_UTILIZATION},
    },
}


@remembered
def default_spec(spec: Json) -> Json:
    """Return the spec with one replica at least, a metric, and whole rules where there are any. O(1), remembered."""
    spec = completed(spec, {"minReplicas": 1, "metrics": [_CPU]})
    behavior = spec.get("behavior")
    if behavior is None:
        return spec
    before = behavior
    for key, defaults in _DEFAULT_RULES.items():
        behavior = with_part(behavior, key, completed(behavior.get(key) or {}, defaults))
    return spec if behavior == before else {**spec, "behavior": behavior}
