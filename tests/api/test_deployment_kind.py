"""Deployments: defaults, selector, strategy, generation, counts, scale."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.kind_bench import (
    SELECTOR,
    TEMPLATE,
    Json,
    changed,
    is_stable,
    made,
    with_status,
    wrong,
    wrong_change,
    wrong_status,
)
from windtunnel.model.api.kinds.deployment import KIND


def spec(**fields: Any) -> Json:
    """A spec with these fields, beside what is needed."""
    given = {"selector": SELECTOR, "template": TEMPLATE, **fields}
    return {key: value for key, value in given.items() if value is not None}


def test_a_minimal_deployment_is_valid_and_has_the_defaults_of_the_real_one() -> None:
    """One replica, a rolling update by quarters, ten old versions, ten minutes for progress."""
    obj = made(KIND, spec=spec())
    found = {key: obj["spec"][key] for key in obj["spec"] if key not in ("selector", "template")}
    assert {
        "replicas": 1,
        "strategy": {
            "type": "RollingUpdate",
            "rollingUpdate": {"maxUnavailable": "25%", "maxSurge": "25%"},
        },
        "revisionHistoryLimit": 10,
        "progressDeadlineSeconds": 600,
    } == found
    assert "Always" == obj["spec"]["template"]["spec"]["restartPolicy"]
    assert ({}, 1) == (obj["status"], obj["metadata"]["generation"])
    assert [] == wrong(KIND, spec=spec())
    assert is_stable(KIND, obj)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        (
            {"selector": None},
            [("spec.selector", "Required"), ("spec.template.metadata.labels", "Invalid")],
        ),
        ({"selector": {}}, [("spec.selector", "Invalid")]),
        ({"selector": {"matchLabels": {"b": "c"}}}, [("spec.template.metadata.labels", "Invalid")]),
        ({"replicas": -1}, [("spec.replicas", "Invalid")]),
        ({"strategy": {"type": "Sideways"}}, [("spec.strategy", "NotSupported")]),
        (
            {"strategy": {"type": "Recreate", "rollingUpdate": {"maxSurge": 1}}},
            [("spec.strategy.rollingUpdate", "Forbidden")],
        ),
        (
            {"strategy": {"rollingUpdate": {"maxSurge": 0, "maxUnavailable": "0%"}}},
            [("spec.strategy.rollingUpdate.maxUnavailable", "Invalid")],
        ),
        (
            {"strategy": {"rollingUpdate": {"maxSurge": "x", "maxUnavailable": "101%"}}},
            [
                ("spec.strategy.rollingUpdate.maxSurge", "Invalid"),
                ("spec.strategy.rollingUpdate.maxUnavailable", "Invalid"),
            ],
        ),
        (
            {"minReadySeconds": 600, "progressDeadlineSeconds": 600},
            [("spec.progressDeadlineSeconds", "Invalid")],
        ),
        (
            {"template": {**TEMPLATE, "spec": {**TEMPLATE["spec"], "restartPolicy": "Never"}}},
            [("spec.template.spec.restartPolicy", "NotSupported")],
        ),
        (
            {"template": None},
            [
                ("spec.template.metadata.labels", "Invalid"),
                ("spec.template.spec.containers", "Required"),
            ],
        ),
    ],
)
def test_what_is_wrong_is_said_at_its_field(fields: Json, expected: list[tuple[str, str]]) -> None:
    """Each mistake has the path and the reason of the real server, and nothing else is blamed."""
    assert expected == wrong(KIND, spec=spec(**fields))


def test_spec_and_annotations_count_as_generations_and_labels_do_not() -> None:
    """ReplicaSets carry the annotations, so a change of one is a change of what is wanted."""
    old = made(KIND, spec=spec())
    assert 2 == changed(KIND, old, replicas=2)["metadata"]["generation"]
    assert 2 == changed(KIND, old, metadata={"annotations": {"a": "b"}})["metadata"]["generation"]
    assert 1 == changed(KIND, old, metadata={"labels": {"a": "b"}})["metadata"]["generation"]
    both = changed(KIND, old, metadata={"annotations": {"a": "b"}}, replicas=2)
    assert 2 == both["metadata"]["generation"]


def test_the_selector_never_changes() -> None:
    """A new selector is refused even if the template goes with it."""
    old = made(KIND, spec=spec())
    template = {**TEMPLATE, "metadata": {"labels": {"b": "c"}}}
    found = wrong_change(KIND, old, selector={"matchLabels": {"b": "c"}}, template=template)
    assert [("spec.selector", "Invalid")] == found


def test_a_status_update_keeps_spec_and_labels() -> None:
    """Only the status is written, and no generation is counted."""
    old = made(KIND, {"labels": {"k": "v"}}, spec=spec())
    body = {**old, "metadata": {**old["metadata"], "labels": {"k": "w"}}, "spec": {}}
    new = with_status(KIND, {**body, "status": {}}, replicas=1)
    new = KIND.strategy.prepare_for_status_update(new, old)
    assert ({"k": "v"}, old["spec"], {"replicas": 1}, 1) == (
        new["metadata"]["labels"],
        new["spec"],
        new["status"],
        new["metadata"]["generation"],
    )


def test_counts_must_fit_together() -> None:
    """No part is more than the whole, nothing is negative, and no collision is forgotten."""
    old = made(KIND, spec=spec())
    assert [] == wrong_status(KIND, old, replicas=2, readyReplicas=2, availableReplicas=1)
    assert [("status.readyReplicas", "Invalid")] == wrong_status(KIND, old, readyReplicas=1)
    found = wrong_status(KIND, old, replicas=2, availableReplicas=1)
    assert [("status.availableReplicas", "Invalid")] == found
    collided = {**old, "status": {"collisionCount": 2}}
    found = wrong_status(KIND, collided, collisionCount=1)
    assert [("status.collisionCount", "Invalid")] == found


def test_scale_shows_and_sets_the_replicas() -> None:
    """The selector is text, and the same number of replicas changes nothing."""
    obj = made(KIND, spec=spec(replicas=3))
    scale = KIND.strategy.scale({**obj, "status": {"replicas": 2}})
    assert ({"replicas": 3}, {"replicas": 2, "selector": "app=a"}) == (
        scale["spec"],
        scale["status"],
    )
    assert obj is KIND.strategy.apply_scale(obj, scale)
    rescaled = KIND.strategy.apply_scale(obj, {"spec": {"replicas": 5}})
    assert 5 == rescaled["spec"]["replicas"]
