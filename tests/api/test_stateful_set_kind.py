"""StatefulSets: defaults, claims, what never changes, counts."""

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
    wrong,
    wrong_change,
    wrong_status,
)
from windtunnel.model.api.kinds.stateful_set import KIND

CLAIM = {
    "metadata": {"name": "data"},
    "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
}
MOUNTING = {
    **TEMPLATE,
    "spec": {
        "containers": [
            {"name": "c", "image": "i", "volumeMounts": [{"name": "data", "mountPath": "/d"}]}
        ]
    },
}


def spec(**fields: Any) -> Json:
    """A spec with these fields, beside what is needed."""
    given = {"selector": SELECTOR, "template": TEMPLATE, "serviceName": "w", **fields}
    return {key: value for key, value in given.items() if value is not None}


def test_a_minimal_set_is_valid_and_has_the_defaults_of_the_real_one() -> None:
    """One replica, in order, one update at a time from the highest number down to 0; claims are kept."""
    obj = made(KIND, spec=spec())
    given = ("selector", "template", "serviceName")
    assert {
        "replicas": 1,
        "podManagementPolicy": "OrderedReady",
        "updateStrategy": {
            "type": "RollingUpdate",
            "rollingUpdate": {"partition": 0, "maxUnavailable": 1},
        },
        "persistentVolumeClaimRetentionPolicy": {"whenDeleted": "Retain", "whenScaled": "Retain"},
        "revisionHistoryLimit": 10,
    } == {key: obj["spec"][key] for key in obj["spec"] if key not in given}
    assert ({"replicas": 0, "availableReplicas": 0}, 1) == (
        obj["status"],
        obj["metadata"]["generation"],
    )
    assert [] == wrong(KIND, spec=spec())
    assert is_stable(KIND, obj)


def test_claim_templates_are_whole_claims_that_containers_can_mount() -> None:
    """A claim template has apiVersion, defaults and phase; a mount of something else is refused."""
    obj = made(KIND, spec=spec(template=MOUNTING, volumeClaimTemplates=[CLAIM]))
    claim = obj["spec"]["volumeClaimTemplates"][0]
    assert ("v1", "PersistentVolumeClaim", "Filesystem", {"phase": "Pending"}) == (
        claim["apiVersion"],
        claim["kind"],
        claim["spec"]["volumeMode"],
        claim["status"],
    )
    assert "volumes" not in obj["spec"]["template"]["spec"]
    assert [] == KIND.strategy.validate(obj)
    assert is_stable(KIND, obj)
    where = "spec.template.spec.containers[0].volumeMounts[0].name"
    assert [(where, "NotFound")] == wrong(KIND, spec=spec(template=MOUNTING))


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"podManagementPolicy": "Random"}, [("spec.podManagementPolicy", "Invalid")]),
        ({"updateStrategy": {"type": "Never"}}, [("spec.updateStrategy", "Invalid")]),
        (
            {"updateStrategy": {"type": "OnDelete", "rollingUpdate": {"partition": 1}}},
            [("spec.updateStrategy.rollingUpdate", "Invalid")],
        ),
        (
            {"updateStrategy": {"rollingUpdate": {"partition": -1}}},
            [("spec.updateStrategy.rollingUpdate.partition", "Invalid")],
        ),
        (
            {"updateStrategy": {"rollingUpdate": {"maxUnavailable": 0}}},
            [("spec.updateStrategy.rollingUpdate.maxUnavailable", "Invalid")],
        ),
        (
            {"persistentVolumeClaimRetentionPolicy": {"whenDeleted": "Keep"}},
            [("spec.persistentVolumeClaimRetentionPolicy.whenDeleted", "NotSupported")],
        ),
        ({"replicas": -1}, [("spec.replicas", "Invalid")]),
        ({"ordinals": {"start": -1}}, [("spec.ordinals.start", "Invalid")]),
        ({"serviceName": "W_W"}, [("spec.serviceName", "Invalid")]),
        (
            {"selector": None},
            [("spec.selector", "Required"), ("spec.template.metadata.labels", "Invalid")],
        ),
        ({"selector": {}}, [("spec.selector", "Invalid")]),
    ],
)
def test_what_is_wrong_is_said_at_its_field(fields: Json, expected: list[tuple[str, str]]) -> None:
    """Each mistake has the path and the reason of the real server, and nothing else is blamed."""
    assert expected == wrong(KIND, spec=spec(**fields))


def test_names_are_labels_because_pods_take_them_as_host_names() -> None:
    """A dot is fine in most names, but not here."""
    assert [("metadata.name", "Invalid")] == wrong(KIND, {"name": "a.b"}, spec=spec())


def test_only_some_fields_change() -> None:
    """Replicas, template and strategy may; claims, selector, service and policy may not."""
    old = made(KIND, spec=spec(volumeClaimTemplates=[CLAIM]))
    template = {**TEMPLATE, "spec": {"containers": [{"name": "c", "image": "img:2"}]}}
    free: Json = {
        "replicas": 3,
        "template": template,
        "updateStrategy": {"type": "OnDelete"},
        "minReadySeconds": 3,
        "revisionHistoryLimit": 2,
        "ordinals": {"start": 1},
    }
    assert [] == wrong_change(KIND, old, **free)
    assert 2 == changed(KIND, old, **free)["metadata"]["generation"]
    for fields in (
        {"serviceName": "other"},
        {"podManagementPolicy": "Parallel"},
        {"volumeClaimTemplates": None},
    ):
        assert [("spec", "Forbidden")] == wrong_change(KIND, old, **fields)


def test_a_template_that_was_always_wrong_does_not_block_an_update() -> None:
    """What was stored before a rule came may stay; a right one must not become wrong."""
    broken = {**TEMPLATE, "spec": {"containers": []}}
    old = made(KIND, spec=spec(template=broken))
    assert [] == wrong_change(KIND, old, replicas=3)
    fine = made(KIND, spec=spec())
    where = "spec.template.spec.containers"
    assert [(where, "Required")] == wrong_change(KIND, fine, template=broken)


def test_counts_must_fit_together() -> None:
    """No part is more than the whole, and none is negative."""
    old = made(KIND, spec=spec())
    assert [] == wrong_status(KIND, old, replicas=2, readyReplicas=1, availableReplicas=1)
    found = wrong_status(KIND, old, replicas=1, currentReplicas=2, updatedReplicas=-1)
    assert [
        ("status.updatedReplicas", "Invalid"),
        ("status.currentReplicas", "Invalid"),
    ] == found


def test_scale_works_as_for_any_other_kind() -> None:
    """Replicas and selector are shown."""
    scale = KIND.strategy.scale(made(KIND, spec=spec(replicas=2)))
    assert {"replicas": 0, "selector": "app=a"} == scale["status"]
