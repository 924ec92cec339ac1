"""Garbage collection, run against a real API server and store of the model."""

from __future__ import annotations

from typing import Any

import pytest

from tests.controllers.control_plane import ControlPlane, workload
from windtunnel.model.objects.json import Json


def config_map(name: str, *owners: Json, **metadata: Any) -> Json:
    """An object that can own and be owned."""
    given: Json = {"name": name, "namespace": "default", **metadata}
    if owners:
        given["ownerReferences"] = list(owners)
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": given}


def owned_by(owner: Any, **more: Any) -> Json:
    """A reference to an existing owner."""
    raw = owner.raw
    reference = {"apiVersion": raw["apiVersion"], "kind": raw["kind"], "name": owner.name}
    return {**reference, "uid": owner.uid, **more}


def names(plane: ControlPlane, kind: str = "ConfigMap") -> list[str]:
    """The names of what is there."""
    return [obj.name for obj in plane.list(kind)]


def test_dependents_follow_their_owner(control_plane: ControlPlane) -> None:
    """With Background propagation, owners go at once and everything below them after."""
    root = control_plane.create(config_map("root"))
    middle = control_plane.create(config_map("middle", owned_by(root)))
    control_plane.create(config_map("leaf", owned_by(middle)))
    control_plane.create(config_map("bystander"))
    control_plane.settle()
    control_plane.delete("ConfigMap", "root")
    control_plane.settle()
    assert ["bystander"] == names(control_plane)


def test_an_object_stays_while_one_owner_does(control_plane: ControlPlane) -> None:
    """An absent owner is taken off an object that another one keeps."""
    first, second = (control_plane.create(config_map(name)) for name in ("first", "second"))
    control_plane.create(config_map("child", owned_by(first), owned_by(second)))
    control_plane.settle()
    control_plane.delete("ConfigMap", "first")
    control_plane.settle()
    left = control_plane.get("ConfigMap", "child").metadata.owner_references
    assert ["second"] == [owner.name for owner in left]


def test_foreground_deletion_waits_for_blocking_dependents(control_plane: ControlPlane) -> None:
    """The owner is the last to go, and waits for a dependent that somebody holds."""
    root = control_plane.create(config_map("root"))
    reference = owned_by(root, blockOwnerDeletion=True)
    control_plane.create(config_map("held", reference, finalizers=["example.com/hold"]))
    control_plane.create(config_map("free", reference))
    control_plane.settle()
    control_plane.delete("ConfigMap", "root", propagation_policy="Foreground")
    control_plane.settle()
    assert ["held", "root"] == names(control_plane)
    control_plane.patch("ConfigMap", "held", {"metadata": {"finalizers": None}})
    control_plane.settle()
    assert [] == names(control_plane)


def test_foreground_deletion_does_not_wait_for_others(control_plane: ControlPlane) -> None:
    """A dependent that does not block the owner's deletion is collected after it."""
    root = control_plane.create(config_map("root"))
    control_plane.create(config_map("held", owned_by(root), finalizers=["example.com/hold"]))
    control_plane.settle()
    control_plane.delete("ConfigMap", "root", propagation_policy="Foreground")
    control_plane.settle()
    assert ["held"] == names(control_plane)
    assert control_plane.get("ConfigMap", "held").metadata.deleting


def test_a_circle_of_owners_can_be_deleted(control_plane: ControlPlane) -> None:
    """Two objects that own and block each other go when one is deleted in the foreground."""
    first = control_plane.create(config_map("first"))
    second = control_plane.create(config_map("second", owned_by(first, blockOwnerDeletion=True)))
    owners = [owned_by(second, blockOwnerDeletion=True)]
    control_plane.patch("ConfigMap", "first", {"metadata": {"ownerReferences": owners}})
    control_plane.settle()
    control_plane.delete("ConfigMap", "first", propagation_policy="Foreground")
    control_plane.settle()
    assert [] == names(control_plane)


@pytest.mark.parametrize("kind", ["ReplicationController", "ReplicaSet"])
def test_orphaned_pods_lose_their_owner_and_stay(control_plane: ControlPlane, kind: str) -> None:
    """With Orphan propagation, the pods survive and nobody owns them."""
    control_plane.create(workload("web", 3, kind))
    control_plane.settle()
    before = names(control_plane, "Pod")
    control_plane.delete(kind, "web", propagation_policy="Orphan")
    control_plane.settle()
    assert [] == names(control_plane, kind)
    assert before == names(control_plane, "Pod")
    assert all(not pod.metadata.owner_references for pod in control_plane.list("Pod"))


def test_an_owner_that_never_was_is_found_out(control_plane: ControlPlane) -> None:
    """An object whose only owner does not exist is deleted, also where the name is taken by another object."""
    control_plane.create(config_map("real"))
    wrong = {"apiVersion": "v1", "kind": "ConfigMap", "name": "real", "uid": "no-such-uid"}
    control_plane.create(config_map("child", wrong))
    control_plane.settle()
    assert ["real"] == names(control_plane)


def test_a_wrong_reference_does_not_harm_the_rightful_dependents(
    control_plane: ControlPlane,
) -> None:
    """Whoever is seen first, only the object that misnames the owner of that UID is deleted."""
    control_plane.manager.crash()
    real = control_plane.create(config_map("real"))
    control_plane.create(config_map("a-bad-child", {**owned_by(real), "name": "misnamed"}))
    control_plane.create(config_map("good-child", owned_by(real)))
    control_plane.manager.start()
    control_plane.settle()
    assert ["good-child", "real"] == names(control_plane)


def test_a_cluster_scoped_object_cannot_have_a_namespaced_owner(
    control_plane: ControlPlane,
) -> None:
    """Such a reference can never be resolved, so the object is left alone."""
    real = control_plane.create(config_map("real"))
    node = {"name": "n1", "ownerReferences": [owned_by(real)]}
    control_plane.create({"apiVersion": "v1", "kind": "Node", "metadata": node})
    control_plane.delete("ConfigMap", "real")
    control_plane.settle()
    assert ["n1"] == [obj.name for obj in control_plane.do(control_plane.client.list("Node"))]


def test_a_cluster_scoped_owner_keeps_a_namespaced_object(control_plane: ControlPlane) -> None:
    """Owners without a namespace are looked up without one, and count until they are gone."""
    node = control_plane.create({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n1"}})
    control_plane.create(config_map("child", owned_by(node)))
    control_plane.settle()
    assert ["child"] == names(control_plane)
    control_plane.do(control_plane.client.delete("Node", "n1"))
    control_plane.settle()
    assert [] == names(control_plane)


def test_owners_of_kinds_that_are_only_stored_count(control_plane: ControlPlane) -> None:
    """An owner that the model does not run keeps its dependents until it is deleted."""
    policy = control_plane.create(
        {
            "apiVersion": "networking.k8s.io/v1",
            "kind": "NetworkPolicy",
            "metadata": {"name": "web", "namespace": "default"},
            "spec": {},
        }
    )
    control_plane.create(config_map("child", owned_by(policy)))
    control_plane.settle()
    assert ["child"] == names(control_plane)
    control_plane.delete("NetworkPolicy", "web")
    control_plane.settle()
    assert [] == names(control_plane)


def test_a_new_owner_saves_an_object_that_was_to_be_deleted(control_plane: ControlPlane) -> None:
    """A deletion decided on an old version is not carried out when the owners changed meanwhile."""
    old, new = (control_plane.create(config_map(name)) for name in ("old", "new"))
    control_plane.create(config_map("child", owned_by(old)))
    control_plane.settle()
    client = control_plane.client
    owners = [owned_by(old), owned_by(new)]

    async def replace_owner() -> None:
        await client.delete("ConfigMap", "default/old")
        await client.patch("ConfigMap", "default/child", {"metadata": {"ownerReferences": owners}})

    control_plane.do(replace_owner())
    control_plane.settle()
    assert ["child", "new"] == names(control_plane)


@pytest.mark.parametrize("requests", range(5))
def test_a_crash_while_orphaning_is_made_good(control_plane: ControlPlane, requests: int) -> None:
    """Wherever the manager dies, its successor ends the orphaning and no pod is lost."""
    control_plane.create(workload("web", 2))
    control_plane.settle()
    before = names(control_plane, "Pod")
    control_plane.manager.crash_after(requests)
    control_plane.delete("ReplicationController", "web")
    control_plane.settle()
    control_plane.manager.start()
    control_plane.settle()
    assert [] == names(control_plane, "ReplicationController")
    assert before == names(control_plane, "Pod")
