"""HorizontalPodAutoscalers, Ingresses and ControllerRevisions."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.kind_bench import (
    Json,
    changed,
    is_stable,
    made,
    pairs,
    read,
    wrong,
    wrong_status,
)
from windtunnel.model.api.kinds.controller_revision import KIND as REVISION
from windtunnel.model.api.kinds.horizontal_pod_autoscaler.strategy import KIND as AUTOSCALER
from windtunnel.model.api.kinds.ingress import KIND as INGRESS

TARGET = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}
CPU = {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 80}}
BACKEND: Json = {"service": {"name": "web", "port": {"number": 80}}}


def scaling(**fields: Any) -> Json:
    """The spec of an autoscaler."""
    spec = {"scaleTargetRef": TARGET, "maxReplicas": 3, **fields}
    return {key: value for key, value in spec.items() if value is not None}


# --- autoscalers


def test_an_autoscaler_keeps_processors_busy_by_default() -> None:
    """One replica at least, four fifths of the cpu, no rules of its own, no generation."""
    obj = made(AUTOSCALER, spec=scaling())
    assert (1, [{"type": "Resource", "resource": CPU}], None) == (
        obj["spec"]["minReplicas"],
        obj["spec"]["metrics"],
        obj["spec"].get("behavior"),
    )
    assert ({"desiredReplicas": 0}, None) == (obj["status"], obj["metadata"].get("generation"))
    assert [] == AUTOSCALER.strategy.validate(obj)
    assert is_stable(AUTOSCALER, obj)


def test_rules_are_completed_where_somebody_gives_some() -> None:
    """A window for one direction brings the policies of both."""
    behavior = {"scaleDown": {"stabilizationWindowSeconds": 60}}
    found = made(AUTOSCALER, spec=scaling(behavior=behavior))["spec"]["behavior"]
    double = {"type": "Percent", "value": 100, "periodSeconds": 15}
    assert {
        "stabilizationWindowSeconds": 60,
        "selectPolicy": "Max",
        "policies": [double],
    } == found["scaleDown"]
    assert (0, 2) == (
        found["scaleUp"]["stabilizationWindowSeconds"],
        len(found["scaleUp"]["policies"]),
    )


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"maxReplicas": None}, [("spec.maxReplicas", "Invalid")] * 2),
        ({"minReplicas": 0}, [("spec.minReplicas", "Invalid")]),
        ({"minReplicas": 4}, [("spec.maxReplicas", "Invalid")]),
        ({"scaleTargetRef": {"kind": "Deployment"}}, [("spec.scaleTargetRef.name", "Required")]),
        ({"metrics": [{}]}, [("spec.metrics[0].type", "Required")]),
        ({"metrics": [{"type": "Moon"}]}, [("spec.metrics[0].type", "NotSupported")]),
        ({"metrics": [{"type": "Pods"}]}, [("spec.metrics[0].pods", "Required")]),
        (
            {"metrics": [{"type": "Pods", "pods": {"metric": {"name": "m"}, "target": {"type": "Value"}}}]},
            [("spec.metrics[0].pods.target.averageValue", "Required")],
        ),
        (
            {"metrics": [{"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization"}}}]},
            [("spec.metrics[0].resource.target.averageUtilization", "Required")],
        ),
        (
            {"behavior": {"scaleUp": {"policies": [{"type": "Pods", "value": 0, "periodSeconds": 1801}]}}},
            [
                ("spec.behavior.scaleUp.policies[0].value", "Invalid"),
                ("spec.behavior.scaleUp.policies[0].periodSeconds", "Invalid"),
            ],
        ),
    ],
)  # fmt: skip
def test_bounds_target_metrics_and_rules_are_checked(
    fields: Json, expected: list[tuple[str, str]]
) -> None:
    """Each mistake has the path and the reason of the real server, and nothing else is blamed."""
    assert expected == wrong(AUTOSCALER, spec=scaling(**fields))


def test_an_autoscaler_counts_no_negative_replicas() -> None:
    """A status update is checked too."""
    old = made(AUTOSCALER, spec=scaling())
    assert [] == wrong_status(AUTOSCALER, old, desiredReplicas=2)
    found = wrong_status(AUTOSCALER, old, desiredReplicas=-1)
    assert [("status.desiredReplicas", "Invalid")] == found


# --- ingresses


def rules(path: Json, host: str = "example.com") -> Json:
    """The spec of an ingress with one path."""
    return {"rules": [{"host": host, "http": {"paths": [path]}}]}


def test_an_ingress_starts_without_a_load_balancer() -> None:
    """Its generation counts changes of the spec."""
    obj = made(INGRESS, spec={"defaultBackend": BACKEND})
    assert ({"loadBalancer": {}}, 1) == (obj["status"], obj["metadata"]["generation"])
    assert 2 == changed(INGRESS, obj, ingressClassName="other")["metadata"]["generation"]
    assert is_stable(INGRESS, obj)


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        (rules({"path": "/a", "pathType": "Prefix", "backend": BACKEND}), []),
        (rules({"pathType": "ImplementationSpecific", "backend": BACKEND}, "*.example.com"), []),
        ({}, [("spec", "Invalid")]),
        (rules({"path": "/a", "backend": BACKEND}), [("http.paths[0].pathType", "Required")]),
        (rules({"path": "a", "pathType": "Exact", "backend": BACKEND}), [("http.paths[0].path", "Invalid")]),
        (rules({"path": "/a//b", "pathType": "Exact", "backend": BACKEND}), [("http.paths[0].path", "Invalid")]),
        (rules({"path": "/", "pathType": "Exact"}), [("http.paths[0].backend", "Invalid")]),
        (
            rules({"path": "/", "pathType": "Exact", "backend": {"service": {"name": "web"}}}),
            [("http.paths[0].backend.service", "Required")],
        ),
        (rules({"path": "/", "pathType": "Exact", "backend": BACKEND}, "10.0.0.1"), [("host", "Invalid")]),
    ],
)  # fmt: skip
def test_an_ingress_leads_from_paths_to_backends(
    spec: Json, expected: list[tuple[str, str]]
) -> None:
    """Paths are absolute and typed, backends have a name and one port, hosts are names."""
    wanted = [(f if f == "spec" else f"spec.rules[0].{f}", reason) for f, reason in expected]
    assert wanted == wrong(INGRESS, spec=spec)


# --- revisions


def test_the_data_of_a_revision_never_changes() -> None:
    """Its number may."""
    assert [("revision", "Invalid"), ("data", "Required")] == wrong(REVISION, revision=-1)
    old = made(REVISION, data={"spec": {"a": [1, None]}})
    assert ({"spec": {"a": [1, None]}}, 0) == (old["data"], old["revision"])

    def change(**fields: Any) -> list[tuple[str, str]]:
        new = REVISION.strategy.prepare_for_update(read(REVISION, {**old, **fields}), old)
        return pairs(REVISION.strategy.validate_update(new, old))

    assert [] == change(revision=2)
    assert [("data", "Invalid")] == change(data={"spec": {}})
