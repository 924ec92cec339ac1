"""What is valid in the metrics of an autoscaler: each has one source, and a target that goes with it."""

from __future__ import annotations

from windtunnel.model.api.errors import Cause, forbidden, invalid, not_supported, required
from windtunnel.model.api.names import is_path_segment
from windtunnel.model.api.quantity import parse
from windtunnel.model.objects.json import Json

SOURCES = {
    "ContainerResource": "containerResource",
    "External": "external",
    "Object": "object",
    "Pods": "pods",
    "Resource": "resource",
}
TARGET_TYPES = ("Utilization", "Value", "AverageValue")


def validate_reference(reference: Json, path: str) -> list[Cause]:
    """Return what is wrong with a reference to an object in whatever version. O(1)."""
    causes: list[Cause] = []
    for key in ("kind", "name"):
        value = reference.get(key)
        if not value:
            causes.append(required(f"{path}.{key}"))
        else:
            details = is_path_segment(value)
            causes += [invalid(f"{path}.{key}", value, detail) for detail in details]
    return causes


def _validate_identifier(metric: Json, path: str) -> list[Cause]:
    name = metric.get("name")
    if not name:
        return [required(f"{path}.name", "must specify a metric name")]
    return [invalid(f"{path}.name", name, detail) for detail in is_path_segment(name)]


def _validate_target(target: Json, path: str) -> list[Cause]:
    causes: list[Cause] = []
    kind = target.get("type")
    if not kind:
        causes.append(required(f"{path}.type", "must specify a metric target type"))
    elif kind not in TARGET_TYPES:
        detail = "must be either Utilization, Value, or AverageValue"
        causes.append(invalid(f"{path}.type", kind, detail))
    for key in ("value", "averageValue"):
        if target.get(key) is not None and parse(target[key]).sign <= 0:
            causes.append(invalid(f"{path}.{key}", target[key], "must be positive"))
    utilization = target.get("averageUtilization")
    if utilization is not None and utilization < 1:
        causes.append(invalid(f"{path}.averageUtilization", utilization, "must be greater than 0"))
    return causes


def _validate_amounts(kind: str, target: Json, path: str) -> list[Cause]:
    """Whether a target has the kind of amount that its source can be compared with."""
    has = {key: target.get(key) is not None for key in ("value", "averageValue")}
    if kind in ("Resource", "ContainerResource"):
        utilization = target.get("averageUtilization") is not None
        if not utilization and not has["averageValue"]:
            detail = "must set either a target raw value or a target utilization"
            return [required(f"{path}.averageUtilization", detail)]
        if utilization and has["averageValue"]:
            detail = "may not set both a target raw value and a target utilization"
            return [forbidden(f"{path}.averageValue", detail)]
    elif kind == "Pods":
        if not has["averageValue"] or parse(target["averageValue"]).sign <= 0:
            detail = "must specify a positive target averageValue"
            return [required(f"{path}.averageValue", detail)]
    elif kind == "Object":
        if not has["value"] and not has["averageValue"]:
            detail = "must set either a target value or averageValue"
            return [required(f"{path}.averageValue", detail)]
    elif not has["value"] and not has["averageValue"]:
        detail = "must set either a target value for metric or a per-pod target"
        return [required(f"{path}.averageValue", detail)]
    elif has["value"] and has["averageValue"]:
        detail = "may not set both a target value for metric and a per-pod target"
        return [forbidden(f"{path}.value", detail)]
    return []


def _validate_source(kind: str, source: Json, path: str) -> list[Cause]:
    causes: list[Cause] = []
    if kind in ("Resource", "ContainerResource"):
        if not source.get("name"):
            causes.append(required(f"{path}.name", "must specify a resource name"))
        if kind == "ContainerResource" and not source.get("container"):
            causes.append(required(f"{path}.container", "must specify a container"))
    else:
        if kind == "Object":
            reference = source.get("describedObject") or {}
            causes += validate_reference(reference, f"{path}.describedObject")
        causes += _validate_identifier(source.get("metric") or {}, f"{path}.metric")
    target = source.get("target") or {}
    causes += _validate_target(target, f"{path}.target")
    return causes + _validate_amounts(kind, target, f"{path}.target")


def validate_metric(metric: Json, path: str) -> list[Cause]:
    """Return what is wrong with a metric at the path. O(1)."""
    kind = metric.get("type")
    if not kind:
        return [required(f"{path}.type", "must specify a metric source type")]
    if kind not in SOURCES:
        return [not_supported(f"{path}.type", kind, tuple(SOURCES))]
    causes: list[Cause] = []
    expected = SOURCES[kind]
    if expected not in metric:
        detail = "must populate information for the given metric source"
        causes.append(required(f"{path}.{expected}", detail))
    for other, key in SOURCES.items():
        if key in metric:
            causes += _validate_source(other, metric[key], f"{path}.{key}")
            if key != expected:
                detail = "must populate the given metric source only"
                causes.append(forbidden(f"{path}.{key}", detail))
    return causes
