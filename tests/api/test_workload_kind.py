"""ReplicationControllers, ReplicaSets and pod templates: defaults, selectors, counts, scale."""

from __future__ import annotations

from typing import Any

import pytest

from windtunnel.model.api.decoder import decode
from windtunnel.model.api.kind import Kind
from windtunnel.model.api.kinds.pod_template import KIND as POD_TEMPLATE
from windtunnel.model.api.kinds.replica_set import KIND as REPLICA_SET
from windtunnel.model.api.kinds.replication_controller import KIND as REPLICATION_CONTROLLER

METADATA = {"name": "r", "namespace": "ns", "uid": "u", "resourceVersion": "1"}
TEMPLATE: dict[str, Any] = {
    "metadata": {"labels": {"app": "a"}},
    "spec": {"containers": [{"name": "c", "image": "img:1"}]},
}
SELECTORS: dict[str, dict[str, Any]] = {
    "ReplicationController": {"app": "a"},
    "ReplicaSet": {"matchLabels": {"app": "a"}},
}
BOTH = pytest.mark.parametrize(
    "kind", [REPLICATION_CONTROLLER, REPLICA_SET], ids=lambda kind: kind.kind
)


def made(kind: Kind, metadata: dict[str, Any] | None = None, **spec: Any) -> dict[str, Any]:
    """A controller as the server would store it; a field given as None is left out."""
    fields = {"selector": SELECTORS[kind.kind], "template": TEMPLATE, **spec}
    body = {
        "metadata": {**METADATA, **(metadata or {})},
        "spec": {key: value for key, value in fields.items() if value is not None},
    }
    decoded, _ = decode(kind.schema, body)
    return kind.strategy.prepare_for_create(kind.strategy.default(decoded))


def causes(kind: Kind, **spec: Any) -> list[tuple[str, str]]:
    """Fields and reasons of what is wrong with a new controller."""
    found = kind.strategy.validate(made(kind, **spec))
    return [(cause.field, cause.reason) for cause in found]


@BOTH
def test_a_minimal_controller_is_valid_and_wants_one_replica(kind: Kind) -> None:
    """Replicas default to 1, an explicit 0 stays, and the status counts none yet."""
    obj = made(kind)
    assert (1, {"replicas": 0}, 1) == (
        obj["spec"]["replicas"],
        obj["status"],
        obj["metadata"]["generation"],
    )
    assert 0 == made(kind, replicas=0)["spec"]["replicas"]
    assert [] == causes(kind)


def test_a_replica_set_without_a_template_still_has_the_defaults_of_one() -> None:
    """Its template is no pointer: what is missing is the containers, and not the restart policy."""
    found = causes(REPLICA_SET, template=None)
    assert ("spec.template.spec.containers", "FieldValueRequired") in found
    assert not any("restartPolicy" in field for field, _ in found)
    assert [("spec.template", "FieldValueRequired")] == causes(
        REPLICATION_CONTROLLER, template=None
    )


@BOTH
def test_the_template_gets_the_defaults_of_a_spec_but_not_of_a_pod(kind: Kind) -> None:
    """What only a pod gets, such as enableServiceLinks, is left to the pod."""
    spec = made(kind)["spec"]["template"]["spec"]
    assert ("Always", 30, "default-scheduler") == (
        spec["restartPolicy"],
        spec["terminationGracePeriodSeconds"],
        spec["schedulerName"],
    )
    assert "enableServiceLinks" not in spec


def test_a_replication_controller_takes_selector_and_labels_from_its_template() -> None:
    """Missing ones only: what the caller gave is kept."""
    obj = made(REPLICATION_CONTROLLER, selector=None)
    assert ({"app": "a"}, {"app": "a"}) == (obj["spec"]["selector"], obj["metadata"]["labels"])
    own = made(REPLICATION_CONTROLLER, {"labels": {"own": "1"}})
    assert {"own": "1"} == own["metadata"]["labels"]
    assert "labels" not in made(REPLICA_SET)["metadata"]


@BOTH
def test_the_selector_must_match_the_labels_of_the_template(kind: Kind) -> None:
    """A controller that would not recognise its own pods is refused."""
    other = {"x": "y"} if kind is REPLICATION_CONTROLLER else {"matchLabels": {"x": "y"}}
    mismatch = ("spec.template.metadata.labels", "FieldValueInvalid")
    assert [mismatch] == causes(kind, selector=other)


def test_a_replica_set_needs_a_selector_that_is_not_empty() -> None:
    """No selector selects nothing, so the template does not match either."""
    expected = [
        ("spec.selector", "FieldValueRequired"),
        ("spec.template.metadata.labels", "FieldValueInvalid"),
    ]
    assert expected == causes(REPLICA_SET, selector=None)
    assert [("spec.selector", "FieldValueInvalid")] == causes(REPLICA_SET, selector={})


@BOTH
@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ({"replicas": -1}, ("spec.replicas", "FieldValueInvalid")),
        ({"minReadySeconds": -1}, ("spec.minReadySeconds", "FieldValueInvalid")),
        (
            {"template": {**TEMPLATE, "spec": {**TEMPLATE["spec"], "restartPolicy": "Never"}}},
            ("spec.template.spec.restartPolicy", "FieldValueNotSupported"),
        ),
        (
            {"template": {**TEMPLATE, "spec": {**TEMPLATE["spec"], "activeDeadlineSeconds": 5}}},
            ("spec.template.spec.activeDeadlineSeconds", "FieldValueForbidden"),
        ),
        (
            {"template": {**TEMPLATE, "spec": {"containers": [{"name": "c"}]}}},
            ("spec.template.spec.containers[0].image", "FieldValueRequired"),
        ),
    ],
)
def test_a_broken_controller_is_refused_at_its_field(
    kind: Kind, spec: dict[str, Any], expected: tuple[str, str]
) -> None:
    """Each fault is one cause, with the path of the template in front."""
    assert [expected] == causes(kind, **spec)


def test_the_selector_of_a_replica_set_is_immutable_and_that_of_a_controller_is_not() -> None:
    """Only the ReplicaSet refuses another selector that matches too."""
    labels = {"app": "a", "b": "c"}
    template = {**TEMPLATE, "metadata": {"labels": labels}}
    for kind, expected in ((REPLICATION_CONTROLLER, []), (REPLICA_SET, ["spec.selector"])):
        plain = {"b": "c"}
        selector = plain if kind is REPLICATION_CONTROLLER else {"matchLabels": plain}
        old = made(kind, template=template)
        new = made(kind, template=template, selector=selector)
        found = [cause.field for cause in kind.strategy.validate_update(new, old)]
        assert expected == found


@BOTH
def test_generation_counts_changes_of_the_spec(kind: Kind) -> None:
    """Labels and status leave the generation alone; replicas and template raise it."""
    old = made(kind)
    strategy = kind.strategy
    labelled = made(kind, {"labels": {"a": "b"}})
    assert 1 == strategy.prepare_for_update(labelled, old)["metadata"]["generation"]
    assert 2 == strategy.prepare_for_update(made(kind, replicas=5), old)["metadata"]["generation"]


@BOTH
@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ({"replicas": 2, "readyReplicas": 1, "availableReplicas": 1}, []),
        ({"replicas": 1, "readyReplicas": 2}, ["status.readyReplicas"]),
        (
            {"replicas": -1},
            [
                "status.replicas",
                "status.fullyLabeledReplicas",
                "status.readyReplicas",
                "status.availableReplicas",
            ],
        ),
        (
            {"replicas": 2, "readyReplicas": 1, "availableReplicas": 2},
            ["status.availableReplicas"],
        ),
    ],
)
def test_the_counts_of_a_status_must_fit_together(
    kind: Kind, status: dict[str, int], expected: list[str]
) -> None:
    """A part is not more than the whole, and nothing is negative."""
    old = made(kind)
    found = kind.strategy.validate_status_update({**old, "status": status}, old)
    assert expected == [cause.field for cause in found]


@BOTH
def test_the_scale_shows_replicas_and_the_selector_as_text(kind: Kind) -> None:
    """A scale of zero has an empty spec; applying one changes the replicas only."""
    strategy = kind.strategy
    scale = strategy.scale(made(kind, replicas=0))
    assert ({}, {"replicas": 0, "selector": "app=a"}) == (scale["spec"], scale["status"])
    obj = made(kind)
    assert 3 == strategy.apply_scale(obj, {"spec": {"replicas": 3}})["spec"]["replicas"]
    assert obj is strategy.apply_scale(obj, {"spec": {"replicas": 1}})


def test_deleting_a_replication_controller_orphans_by_default() -> None:
    """The old kind leaves its pods behind, the new one does not."""
    found = (
        REPLICATION_CONTROLLER.strategy.default_propagation,
        REPLICA_SET.strategy.default_propagation,
    )
    assert ("Orphan", "Background") == found


@BOTH
def test_defaulting_and_validating_a_stored_controller_reuses_its_parts(kind: Kind) -> None:
    """A stored controller that is read again keeps its spec object."""
    stored, _ = decode(kind.schema, made(kind))
    again, _ = decode(kind.schema, {**stored, "status": {"replicas": 1}})
    assert stored["spec"] is kind.strategy.default(again)["spec"]


def test_a_pod_template_is_defaulted_checked_and_counted() -> None:
    """The kind PodTemplate is a template under the field of that name."""
    strategy = POD_TEMPLATE.strategy
    decoded, _ = decode(POD_TEMPLATE.schema, {"metadata": METADATA, "template": TEMPLATE})
    old = strategy.prepare_for_create(strategy.default(decoded))
    assert [] == strategy.validate(old)
    assert "Always" == old["template"]["spec"]["restartPolicy"]
    new = {**old, "template": {**old["template"], "metadata": {}}}
    assert 2 == strategy.prepare_for_update(new, old)["metadata"]["generation"]
