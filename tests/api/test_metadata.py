"""Metadata: what a client may set, what the server keeps, what is valid."""

from __future__ import annotations

from windtunnel.model.api.errors import Cause
from windtunnel.model.api.kind import Strategy
from windtunnel.model.api.metadata import (
    repaired_metadata,
    system_metadata,
    validate_object_meta_update,
)
from windtunnel.model.objects.json import Json

VALID: Json = {"name": "a", "namespace": "ns", "uid": "u", "resourceVersion": "5"}


def create_causes(metadata: Json) -> list[Cause]:
    """What a create with this metadata is told."""
    return Strategy().validate({"metadata": metadata})


def fields(causes: list[Cause]) -> list[str]:
    """The fields the causes are about."""
    return [cause.field for cause in causes]


def test_the_server_gives_a_new_object_its_identity() -> None:
    """What only the server may set is ignored in a create, but for the generation."""
    sent = {
        "name": "x",
        "uid": "mine",
        "creationTimestamp": "2000-01-01T00:00:00Z",
        "deletionTimestamp": "2001-01-01T00:00:00Z",
        "deletionGracePeriodSeconds": 5,
        "selfLink": "/x",
        "managedFields": [{}],
        "generation": 7,
    }
    made = system_metadata(
        sent, name="x", namespace="ns", uid="u", creation_timestamp="2024-01-01T00:00:00Z"
    )
    assert {
        "name": "x",
        "namespace": "ns",
        "uid": "u",
        "creationTimestamp": "2024-01-01T00:00:00Z",
        "generation": 7,
    } == made


def test_an_update_cannot_lose_identity_or_deletion() -> None:
    """Missing uid, times and a begun deletion come back from the stored object."""
    old = {**VALID, "creationTimestamp": "t", "generation": 3, "deletionTimestamp": "d"}
    repaired = repaired_metadata({"name": "a", "namespace": "ns", "generation": 9}, old)
    assert {
        "name": "a",
        "namespace": "ns",
        "uid": "u",
        "creationTimestamp": "t",
        "generation": 3,
        "deletionTimestamp": "d",
    } == repaired
    assert old is repaired_metadata(old, old)


def test_names_are_required_and_checked() -> None:
    """An object needs a name that is a DNS subdomain."""
    assert ["metadata.name"] == fields(create_causes({}))
    assert ["metadata.name"] == fields(create_causes({"name": "Bad_Name"}))
    assert ["metadata.generateName"] == fields(create_causes({"name": "a", "generateName": "BAD-"}))
    assert [] == create_causes({"name": "a", "generateName": "a-"})


def test_labels_and_annotations_are_checked() -> None:
    """Label keys and values, annotation keys and their total size have limits."""
    assert ["metadata.labels"] == fields(create_causes({"name": "a", "labels": {"a b": "c"}}))
    assert ["metadata.labels"] == fields(create_causes({"name": "a", "labels": {"a": "b c"}}))
    assert [] == create_causes({"name": "a", "annotations": {"Example.com/A": "x y !"}})
    big = create_causes({"name": "a", "annotations": {"a": "x" * 262144}})
    assert ["Too long: may not be more than 262144 bytes"] == [cause.message for cause in big]


def test_owner_references_must_be_complete_and_have_one_controller() -> None:
    """An incomplete owner and a second controller are refused, under the list's own path."""
    assert ["metadata.ownerReferences.apiVersion", "metadata.ownerReferences.uid"] == fields(
        create_causes({"name": "a", "ownerReferences": [{"kind": "Pod", "name": "x"}]})
    )
    owner = {"apiVersion": "v1", "kind": "Pod", "name": "x", "uid": "1", "controller": True}
    two = create_causes({"name": "a", "ownerReferences": [owner, {**owner, "uid": "2"}]})
    assert ["metadata.ownerReferences"] == fields(two)


def test_finalizers_must_be_qualified() -> None:
    """A finalizer without a domain is refused unless it is a standard one."""
    assert ["metadata.finalizers", "metadata.finalizers[0]"] == fields(
        create_causes({"name": "a", "finalizers": ["bad name"]})
    )
    assert ["metadata.finalizers[0]"] == fields(
        create_causes({"name": "a", "finalizers": ["plain"]})
    )
    assert [] == create_causes({"name": "a", "finalizers": ["orphan", "x.io/a"]})


def test_identity_is_immutable() -> None:
    """Name, namespace and uid cannot change, and an update names the version it is based on."""
    changed = {**VALID, "uid": "other", "resourceVersion": ""}
    assert ["metadata.resourceVersion", "metadata.uid"] == fields(
        validate_object_meta_update(changed, VALID)
    )


def test_a_client_cannot_set_a_deletion_timestamp() -> None:
    """Deletion begins with a DELETE only."""
    changed = {**VALID, "deletionTimestamp": "2001-01-01T00:00:00Z"}
    assert ["metadata.deletionTimestamp"] == fields(validate_object_meta_update(changed, VALID))


def test_an_object_being_deleted_gets_no_new_finalizers() -> None:
    """Finalizers may only be taken away once deletion has begun."""
    old = {**VALID, "deletionTimestamp": "d", "finalizers": ["x.io/a"]}
    added = validate_object_meta_update({**old, "finalizers": ["x.io/a", "x.io/c"]}, old)
    assert [
        "Forbidden: no new finalizers can be added if the object is being deleted, "
        'found new finalizers []string{"x.io/c"}'
    ] == [cause.message for cause in added]
    assert [] == validate_object_meta_update({**old, "finalizers": []}, old)
