"""What the API server refuses in the metrics of an autoscaler: each kind of source with a target that goes with it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.kind_bench import Json, wrong
from windtunnel.model.api.kinds.horizontal_pod_autoscaler.strategy import KIND

TARGET: Json = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}
NAMED: Json = {"name": "requests"}
Wrong = list[tuple[str, str]]


def wrong_metric(metric: Json) -> Wrong:
    """Fields of the only metric, and reasons."""
    found = wrong(KIND, spec={"scaleTargetRef": TARGET, "maxReplicas": 3, "metrics": [metric]})
    return [(field.removeprefix("spec.metrics[0]."), reason) for field, reason in found]


def metric(kind: str, target: Json, **fields: Any) -> Json:
    """A metric of a kind, with what such a metric needs."""
    key = kind[0].lower() + kind[1:]
    needed: dict[str, Json] = {
        "Resource": {"name": "cpu"},
        "ContainerResource": {"name": "cpu", "container": "c"},
        "Pods": {"metric": NAMED},
        "Object": {"metric": NAMED, "describedObject": TARGET},
        "External": {"metric": NAMED},
    }
    given = {**needed[kind], **fields}
    return {"type": kind, key: {**given, "target": {"type": "Value", **target}}}


@pytest.mark.parametrize(
    ("kind", "target", "expected"),
    [
        ("Resource", {"averageUtilization": 50}, []),
        ("Resource", {"averageValue": "1"}, []),
        ("Resource", {}, [("averageUtilization", "Required")]),
        (
            "Resource",
            {"averageUtilization": 50, "averageValue": "1"},
            [("averageValue", "Forbidden")],
        ),
        ("Resource", {"averageUtilization": 0}, [("averageUtilization", "Invalid")]),
        ("ContainerResource", {"averageUtilization": 50}, []),
        ("Pods", {"averageValue": "1"}, []),
        ("Pods", {"value": "1"}, [("averageValue", "Required")]),
        (
            "Pods",
            {"averageValue": "0"},
            [("averageValue", "Invalid"), ("averageValue", "Required")],
        ),
        ("Object", {"value": "1"}, []),
        ("Object", {"averageValue": "1"}, []),
        ("Object", {}, [("averageValue", "Required")]),
        ("External", {"value": "1"}, []),
        ("External", {}, [("averageValue", "Required")]),
        ("External", {"value": "1", "averageValue": "1"}, [("value", "Forbidden")]),
        ("External", {"value": "-1"}, [("value", "Invalid")]),
        ("External", {"value": "1", "type": ""}, [("type", "Required")]),
        ("External", {"value": "1", "type": "Sum"}, [("type", "Invalid")]),
    ],
)
def test_a_target_goes_with_its_source(kind: str, target: Json, expected: Wrong) -> None:
    """A share or an amount of a resource, an average over pods, a value of an object or of something else."""
    where = f"{kind[0].lower()}{kind[1:]}.target"
    assert [(f"{where}.{key}", reason) for key, reason in expected] == wrong_metric(
        metric(kind, target)
    )


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (metric("Resource", {"averageUtilization": 1}, name=""), [("resource.name", "Required")]),
        (
            metric("ContainerResource", {"averageUtilization": 1}, container=""),
            [("containerResource.container", "Required")],
        ),
        (metric("External", {"value": "1"}, metric={}), [("external.metric.name", "Required")]),
        (
            metric("External", {"value": "1"}, metric={"name": "a/b"}),
            [("external.metric.name", "Invalid")],
        ),
        (
            metric("Object", {"value": "1"}, describedObject={"kind": "Service"}),
            [("object.describedObject.name", "Required")],
        ),
        ({"type": "Pods"}, [("pods", "Required")]),
        ({"type": "Weather"}, [("type", "NotSupported")]),
        ({}, [("type", "Required")]),
    ],
)
def test_a_source_can_be_found(given: Json, expected: Wrong) -> None:
    """By the name of a resource, of a metric, and of the object that it describes."""
    assert expected == wrong_metric(given)


def test_a_metric_has_only_the_source_of_its_kind() -> None:
    """A second one is refused, however good it is."""
    both = {**metric("Pods", {"averageValue": "1"}), **metric("External", {"value": "1"})}
    assert [("pods", "Forbidden")] == wrong_metric(both)
