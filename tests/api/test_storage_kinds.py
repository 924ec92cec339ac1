"""PersistentVolumes, PersistentVolumeClaims and StorageClasses."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.kind_bench import (
    Json,
    is_stable,
    made,
    pairs,
    read,
    wrong,
    wrong_change,
    wrong_status,
)
from windtunnel.model.api.kinds.persistent_volume import KIND as VOLUME
from windtunnel.model.api.kinds.persistent_volume_claim import KIND as CLAIM
from windtunnel.model.api.kinds.storage_class import KIND as STORAGE_CLASS


def asking(size: str = "2Gi", **fields: Any) -> Json:
    """The spec of a claim of some size."""
    wish = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": size}}}
    return {key: value for key, value in {**wish, **fields}.items() if value is not None}


def storing(**fields: Any) -> Json:
    """The spec of a volume."""
    spec = {
        "capacity": {"storage": "1Gi"},
        "accessModes": ["ReadWriteOnce"],
        "hostPath": {"path": "/data"},
        **fields,
    }
    return {key: value for key, value in spec.items() if value is not None}


# --- claims


def test_a_new_claim_is_pending_and_wants_a_file_system() -> None:
    """Its status is its own to begin with, and no generation is counted."""
    obj = made(CLAIM, spec=asking(), status={"phase": "Bound"})
    assert ("Filesystem", {"phase": "Pending"}) == (obj["spec"]["volumeMode"], obj["status"])
    assert "generation" not in obj["metadata"]
    assert is_stable(CLAIM, obj)


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        (asking(accessModes=None), [("spec.accessModes", "Required")]),
        (asking(resources=None), [("spec.resources[storage]", "Required")]),
        (asking("0"), [("spec.resources[storage]", "Invalid")]),
        (asking(accessModes=["Always"]), [("spec.accessModes", "NotSupported")]),
        (
            asking(accessModes=["ReadWriteOncePod", "ReadOnlyMany"]),
            [("spec.accessModes", "Forbidden")],
        ),
        (asking(storageClassName="A_B"), [("spec.storageClassName", "Invalid")]),
        (asking(storageClassName=""), []),
        (asking(volumeMode="Tape"), [("spec.volumeMode", "NotSupported")]),
    ],
)
def test_a_claim_says_how_much_and_how(spec: Json, expected: list[tuple[str, str]]) -> None:
    """Size and access are required, and known ones."""
    assert expected == wrong(CLAIM, spec=spec)


def test_an_unbound_claim_asks_for_the_same_as_ever() -> None:
    """Size and access are settled; a volume and a default class may be filled in once."""
    old = made(CLAIM, spec=asking())
    for fields in (asking("1Gi"), asking("3Gi"), {"accessModes": ["ReadOnlyMany"]}):
        assert [("spec", "Forbidden")] == wrong_change(CLAIM, old, **fields)
    assert [] == wrong_change(CLAIM, old, volumeName="v", storageClassName="fast")
    named = made(CLAIM, spec=asking(volumeName="v", storageClassName="fast"))
    assert [("spec", "Forbidden")] == wrong_change(CLAIM, named, volumeName="w")
    assert [("spec", "Forbidden")] == wrong_change(CLAIM, named, storageClassName="slow")


def test_a_bound_claim_may_grow_and_take_back_a_growth() -> None:
    """It never asks for less than it has."""
    bound = {"phase": "Bound", "capacity": {"storage": "2Gi"}}
    old = {**made(CLAIM, spec=asking()), "status": bound}
    assert [] == wrong_change(CLAIM, old, **asking("3Gi"))
    assert [("spec.resources.requests.storage", "Forbidden")] == wrong_change(
        CLAIM, old, **asking("1Gi")
    )
    growing = {**made(CLAIM, spec=asking("5Gi")), "status": bound}
    assert [] == wrong_change(CLAIM, growing, **asking("3Gi"))


def test_the_capacity_of_a_claim_is_an_amount() -> None:
    """A status update is checked too."""
    old = made(CLAIM, spec=asking())
    assert [] == wrong_status(CLAIM, old, phase="Bound", capacity={"storage": "2Gi"})
    found = wrong_status(CLAIM, old, capacity={"storage": "-1"})
    assert [("status.capacity[storage]", "Invalid")] == found


# --- volumes


def test_a_new_volume_is_pending_since_its_creation() -> None:
    """Mode and policy are filled in."""
    obj = made(VOLUME, {"creationTimestamp": "2024-01-01T00:00:00Z"}, spec=storing())
    assert ("Filesystem", "Retain", {"path": "/data", "type": ""}) == (
        obj["spec"]["volumeMode"],
        obj["spec"]["persistentVolumeReclaimPolicy"],
        obj["spec"]["hostPath"],
    )
    status = {"phase": "Pending", "lastPhaseTransitionTime": "2024-01-01T00:00:00Z"}
    assert status == obj["status"]
    assert is_stable(VOLUME, obj)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, []),
        ({"nfs": {"server": "s", "path": "/"}, "hostPath": None}, []),
        ({"capacity": None}, [("spec.capacity", "Required")]),
        (
            {"capacity": {"storage": "1Gi", "cpu": "1"}},
            [("spec.capacity", "NotSupported")],
        ),
        ({"capacity": {"storage": "0"}}, [("spec.capacity[storage]", "Invalid")]),
        ({"accessModes": None}, [("spec.accessModes", "Required")]),
        ({"hostPath": None}, [("spec", "Required")]),
        ({"nfs": {"server": "s", "path": "/"}}, [("spec.nfs", "Forbidden")]),
        ({"hostPath": None, "local": {"path": "/d"}}, [("spec.nodeAffinity", "Required")]),
        (
            {"hostPath": {"path": "/"}, "persistentVolumeReclaimPolicy": "Recycle"},
            [("spec.persistentVolumeReclaimPolicy", "Forbidden")],
        ),
        (
            {"persistentVolumeReclaimPolicy": "Keep"},
            [("spec.persistentVolumeReclaimPolicy", "NotSupported")],
        ),
    ],
)
def test_a_volume_has_a_size_and_one_source(fields: Json, expected: list[tuple[str, str]]) -> None:
    """Each mistake has the path and the reason of the real server, and nothing else is blamed."""
    assert expected == wrong(VOLUME, spec=storing(**fields))


def test_where_a_volume_is_never_changes() -> None:
    """Size, class and claim may; source and mode may not; an affinity may be filled in once."""
    old = made(VOLUME, spec=storing())
    term = {"matchExpressions": [{"key": "zone", "operator": "In", "values": ["a"]}]}
    here = {"required": {"nodeSelectorTerms": [term]}}
    claim = {"name": "c", "namespace": "ns"}
    assert [] == wrong_change(
        VOLUME, old, capacity={"storage": "2Gi"}, claimRef=claim, nodeAffinity=here
    )
    found = wrong_change(VOLUME, old, hostPath={"path": "/other"}, volumeMode="Block")
    assert [("spec.persistentvolumesource", "Forbidden"), ("volumeMode", "Invalid")] == found
    fixed = made(VOLUME, spec=storing(nodeAffinity=here))
    assert [("nodeAffinity", "Invalid")] == wrong_change(VOLUME, fixed, nodeAffinity=None)


# --- storage classes


def test_a_storage_class_names_who_makes_volumes() -> None:
    """Volumes go with their claims and are bound at once, unless the class says otherwise."""
    obj = made(STORAGE_CLASS, provisioner="example.com/disk")
    assert ("Delete", "Immediate") == (obj["reclaimPolicy"], obj["volumeBindingMode"])
    assert [] == STORAGE_CLASS.strategy.validate(obj)
    assert is_stable(STORAGE_CLASS, obj)
    assert [("provisioner", "Required")] == wrong(STORAGE_CLASS)
    found = wrong(
        STORAGE_CLASS, provisioner="a/b", reclaimPolicy="Recycle", volumeBindingMode="Later"
    )
    assert [("reclaimPolicy", "NotSupported"), ("volumeBindingMode", "NotSupported")] == found


def test_how_a_storage_class_makes_volumes_never_changes() -> None:
    """Only growth may be allowed later."""
    old = made(STORAGE_CLASS, provisioner="example.com/disk")

    def change(**fields: Any) -> list[tuple[str, str]]:
        new = STORAGE_CLASS.strategy.prepare_for_update(read(STORAGE_CLASS, {**old, **fields}), old)
        return pairs(STORAGE_CLASS.strategy.validate_update(new, old))

    assert [] == change(allowVolumeExpansion=True)
    for key in ("provisioner", "reclaimPolicy"):
        assert [(key, "Forbidden")] == change(**{key: "Retain"})
    assert [("parameters", "Forbidden")] == change(parameters={"a": "b"})
    late = change(volumeBindingMode="WaitForFirstConsumer")
    assert [("volumeBindingMode", "Invalid")] == late
