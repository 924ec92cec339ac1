"""Controllers whose requests meet somebody else's, or an error: each goes on from what is there, and gets there."""

from __future__ import annotations

from typing import Any

import pytest

from tests.controllers.control_plane import ControlPlane, workload
from tests.controllers.meddling import (
    Deed,
    MeddlingServer,
    before,
    deletes,
    fails,
    meddling,
    recreates,
    undone,
    writes,
)
from windtunnel.model.api.errors import ApiError
from windtunnel.model.api.kinds import BUILT_IN, KindRegistry
from windtunnel.model.api.kinds.plain import plain_kind
from windtunnel.model.objects.json import Json

KINDS = KindRegistry((*BUILT_IN, plain_kind("example.com", "v1", "Widget")))
TOUCH: Json = {"metadata": {"annotations": {"touched": "by somebody"}}}


def thing(kind: str, name: str, *owners: Any, **metadata: Any) -> Json:
    """A ConfigMap or Widget that can own and be owned."""
    given: Json = {"name": name, "namespace": "default", **metadata}
    if owners:
        given["ownerReferences"] = [
            {
                "apiVersion": owner.raw["apiVersion"],
                "kind": owner.raw["kind"],
                "name": owner.name,
                "uid": owner.uid,
                "blockOwnerDeletion": True,
            }
            for owner in owners
        ]
    api_version = "v1" if kind == "ConfigMap" else "example.com/v1"
    return {"apiVersion": api_version, "kind": kind, "metadata": given}


def owners(plane: ControlPlane, kind: str, name: str) -> list[str]:
    """The names of an object's owners."""
    return [each.name for each in plane.get(kind, name).metadata.owner_references]


# -- the garbage collector ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["ConfigMap", "Widget"])
def test_owners_are_taken_off_whatever_patches_a_kind_knows(kind: str) -> None:
    """A custom resource knows no strategic merge: its owners are written anew, all of them."""
    plane = ControlPlane(kinds=KINDS)
    first, second = (plane.create(thing("ConfigMap", name)) for name in ("first", "second"))
    plane.create(thing(kind, "child", first, second))
    plane.settle()
    plane.delete("ConfigMap", "first")
    plane.settle()
    assert ["second"] == owners(plane, kind, "child")
    plane.delete("ConfigMap", "second", propagation_policy="Orphan")
    plane.settle()
    assert [] == owners(plane, kind, "child")


def test_a_strategic_merge_into_a_custom_resource_is_refused() -> None:
    """415, as the real server answers; a merge patch is not."""
    plane = ControlPlane(kinds=KINDS)
    plane.create(thing("Widget", "w"))
    with pytest.raises(ApiError) as refused:
        plane.do(plane.client.patch("Widget", "default/w", TOUCH, "strategic"))
    assert 415 == refused.value.code
    plane.patch("Widget", "w", TOUCH)


def test_a_circle_of_custom_resources_can_be_deleted() -> None:
    """Those that block each other are freed by writing all their owners."""
    plane = ControlPlane(kinds=KINDS)
    first = plane.create(thing("Widget", "first"))
    second = plane.create(thing("Widget", "second", first))
    plane.patch("Widget", "first", {"metadata": thing("Widget", "first", second)["metadata"]})
    plane.settle()
    plane.delete("Widget", "first", propagation_policy="Foreground")
    plane.settle()
    assert [] == plane.list("Widget")


@pytest.mark.parametrize("times", [1, 3, 6])
def test_a_finalizer_goes_though_others_keep_writing(times: int) -> None:
    """A conflict is tried again a few times at once, and then from the beginning."""
    plane = meddling()
    plane.create(thing("ConfigMap", "root"))
    plane.settle()
    number = iter(range(times))
    for _ in range(times):
        body = {"metadata": {"annotations": {"touched": str(next(number))}}}
        before(plane, "patch", "configmaps", writes("configmaps", "default/root", body))
    plane.delete("ConfigMap", "root", propagation_policy="Orphan")
    plane.settle()
    assert ([], 0) == (plane.list("ConfigMap"), undone(plane))


@pytest.mark.parametrize(
    ("verb", "deed"),
    [
        ("patch", fails(500)),
        ("get", fails(500)),
        ("patch", writes("configmaps", "default/root", {"metadata": {"finalizers": None}})),
        ("get", writes("configmaps", "default/root", {"metadata": {"finalizers": None}})),
    ],
)
def test_an_owner_that_is_to_be_orphaned_goes_in_the_end(verb: str, deed: Deed) -> None:
    """After an error, and where somebody else has let it go meanwhile."""
    plane = meddling()
    root = plane.create(thing("ConfigMap", "root"))
    plane.create(thing("ConfigMap", "child", root))
    plane.settle()
    plane.delete("ConfigMap", "root", propagation_policy="Orphan")
    before(plane, verb, "configmaps", deed)
    plane.settle()
    assert ["child"] == [each.name for each in plane.list("ConfigMap")]


def test_a_dependent_of_the_next_object_of_its_name_is_left_alone() -> None:
    """A patch says whose owners it is about."""
    plane = meddling(kinds=KINDS)
    first, second = (plane.create(thing("ConfigMap", name)) for name in ("first", "second"))
    child = thing("Widget", "child", first, second)
    plane.create(child)
    plane.settle()
    again = recreates("widgets.example.com", "default/child", thing("Widget", "child", second))
    before(plane, "patch", "widgets.example.com", again)
    plane.delete("ConfigMap", "first")
    plane.settle()
    assert (["second"], 0) == (owners(plane, "Widget", "child"), undone(plane))


# -- the namespace controller ------------------------------------------------------------------------------------------


def ending(plane: ControlPlane) -> None:
    """A namespace with something in it is deleted."""
    plane.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "going"}})
    plane.create({**thing("ConfigMap", "a"), "metadata": {"name": "a", "namespace": "going"}})
    plane.settle()
    plane.do(plane.client.delete("Namespace", "going"))


def namespaces(plane: ControlPlane) -> list[str]:
    """The names of the namespaces."""
    return [each.name for each in plane.do(plane.client.list("Namespace"))]


async def let_go(server: MeddlingServer) -> None:
    """Somebody takes the namespace's finalizer off by hand, and it is gone."""
    _, record = await server.does("get", "namespaces", "going")
    body = {**record.raw, "spec": {"finalizers": []}}
    await server.does("update", "namespaces", "going", body, subresource="finalize")


@pytest.mark.parametrize(
    ("verb", "resource", "deed"),
    [
        ("update", "namespaces/status", writes("namespaces", "going", TOUCH)),
        ("update", "namespaces/finalize", writes("namespaces", "going", TOUCH)),
        ("update", "namespaces/status", fails(500)),
        ("update", "namespaces/status", let_go),
        ("get", "namespaces", fails(500)),
        ("get", "namespaces", let_go),
        ("deletecollection", "configmaps", fails(500)),
        ("deletecollection", "pods", fails(429, "TooManyRequests")),
    ],
)
def test_a_namespace_goes_though_something_comes_between(
    verb: str, resource: str, deed: Deed
) -> None:
    """Somebody else's write, an error of the server, or somebody's impatience."""
    plane = meddling()
    ending(plane)
    before(plane, verb, resource, deed)
    plane.settle()
    assert (["default"], 0) == (namespaces(plane), undone(plane))


def test_a_namespace_says_which_deletions_failed() -> None:
    """And says so no more once they have succeeded."""
    plane = meddling()
    ending(plane)
    before(plane, "deletecollection", "configmaps", fails(500), times=2)
    plane.run_for(6_000)
    found = plane.do(plane.client.get("Namespace", "going")).status.conditions
    failed = [each.message for each in found if each.type == "NamespaceDeletionContentFailure"]
    assert 1 == len(failed) and "an error of 500" in failed[0]
    plane.settle()
    assert ["default"] == namespaces(plane)


def test_the_next_namespace_of_the_name_is_not_emptied() -> None:
    """What is not being deleted any more is left alone."""
    plane = meddling()
    ending(plane)

    async def again(server: MeddlingServer) -> None:
        await let_go(server)
        new = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "going"}}
        await server.does("create", "namespaces", "", new)

    before(plane, "get", "namespaces", again)
    plane.settle()
    assert (["default", "going"], 0) == (namespaces(plane), undone(plane))
    assert not plane.do(plane.client.get("Namespace", "going")).metadata.deleting


# -- replication -------------------------------------------------------------------------------------------------------


def free_pod(name: str) -> Json:
    """A pod that the controller web selects."""
    pod = workload("web", 1)["spec"]["template"]
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {**pod["metadata"], "name": name, "namespace": "default"},
        "spec": pod["spec"],
    }


def relabels(key: str) -> Deed:
    """Somebody gives a pod labels that nobody selects."""
    return writes("pods", key, {"metadata": {"labels": {"app": "other"}}})


def owned(plane: ControlPlane) -> list[str]:
    """The names of the pods that some controller has."""
    return [each.name for each in plane.list("Pod") if each.metadata.controller is not None]


@pytest.mark.parametrize(
    ("verb", "resource", "deed"),
    [
        ("patch", "pods", fails(500)),
        ("patch", "pods", fails(409, "Conflict")),
        ("get", "replicationcontrollers", fails(500)),
    ],
)
def test_a_pod_is_adopted_after_an_error(verb: str, resource: str, deed: Deed) -> None:
    """The next sync finds it."""
    plane = meddling()
    plane.create(free_pod("free"))
    plane.settle()
    before(plane, verb, resource, deed)
    plane.create(workload("web", 1))
    plane.settle()
    assert (["free"], 0) == (owned(plane), undone(plane))


def test_a_pod_that_goes_before_it_is_adopted_is_replaced() -> None:
    """Which is no error."""
    plane = meddling()
    plane.create(free_pod("free"))
    plane.settle()
    before(plane, "patch", "pods", deletes("pods", "default/free"))
    plane.create(workload("web", 1))
    plane.settle()
    assert (1, 0) == (len(plane.list("Pod")), undone(plane))
    assert "free" not in owned(plane)


@pytest.mark.parametrize("how", ["deleted", "made anew"])
def test_nobody_adopts_for_a_controller_that_is_gone(how: str) -> None:
    """The server is asked before: the cache may still show the one that was there."""
    plane = meddling()
    plane.create(free_pod("free"))
    plane.settle()
    rc, key = "replicationcontrollers", "default/web"
    other = workload("web", 0)
    deed = recreates(rc, key, other) if how == "made anew" else None

    async def marks(server: MeddlingServer) -> None:
        patch = {"metadata": {"finalizers": ["example.com/hold"]}}
        await server.does("patch", rc, key, patch, patch_type="merge")
        await server.does("delete", rc, key)

    before(plane, "get", rc, deed or marks)
    old = plane.create(workload("web", 1))
    plane.run_for(2_000)
    assert 0 == undone(plane)
    assert old.uid not in [
        each.metadata.controller.uid for each in plane.list("Pod") if each.metadata.controller
    ]


@pytest.mark.parametrize(
    "deed",
    [
        fails(500),
        fails(409, "Conflict"),
        deletes("pods", "default/stranger"),
        recreates("pods", "default/stranger", free_pod("stranger")),
    ],
)
def test_a_pod_that_cannot_be_released_now_is_released_later(deed: Deed) -> None:
    """Unless it is gone, or another one has its name."""
    plane = meddling()
    plane.create(free_pod("stranger"))
    plane.create(workload("web", 1))
    plane.settle()
    before(plane, "patch", "pods", relabels("default/stranger"))
    before(plane, "patch", "pods", deed)
    plane.patch("Pod", "stranger", {"metadata": {"annotations": {"touched": "by somebody"}}})
    plane.settle()
    assert 0 == undone(plane)
    assert 1 == len(owned(plane))
    assert all(
        each.metadata.labels == {"app": "web"}
        for each in plane.list("Pod")
        if each.name in owned(plane)
    )


@pytest.mark.parametrize(
    "deed", [fails(500), fails(404, "NotFound"), fails(429, "TooManyRequests")]
)
def test_a_pod_that_cannot_be_deleted_now_is_deleted_later(deed: Deed) -> None:
    """What was expected of the deletion is taken back, so that nobody waits for it."""
    plane = meddling()
    plane.create(workload("web", 3))
    plane.settle()
    before(plane, "delete", "pods", deed)
    plane.patch("ReplicationController", "web", {"spec": {"replicas": 1}})
    plane.settle()
    plane.run_for(400_000)
    assert (1, 0) == (len(owned(plane)), undone(plane))


def test_pods_beside_siblings_go_first() -> None:
    """Of replica sets with one owner, those on a node where the owner has more pods."""
    plane = ControlPlane()
    owner = plane.create(thing("ConfigMap", "deployment"))
    reference = {
        "apiVersion": "v1", "kind": "ConfigMap", "name": owner.name, "uid": owner.uid, "controller": True,
    }  # fmt: skip
    for name, count in (("old", 1), ("new", 2)):
        raw = workload(name, count, "ReplicaSet")
        plane.create({**raw, "metadata": {**raw["metadata"], "ownerReferences": [reference]}})
    plane.settle()
    (old,) = plane.list("Pod", "app=old")
    beside, alone = plane.list("Pod", "app=new")
    for pod, node in ((old, "node-1"), (beside, "node-1"), (alone, "node-2")):
        plane.do(plane.client.bind(f"default/{pod.name}", pod.uid, node))
    plane.settle()
    plane.patch("ReplicaSet", "new", {"spec": {"replicas": 1}})
    plane.settle()
    left = [each.name for each in plane.list("Pod", "app=new") if not each.metadata.deleting]
    assert [alone.name] == left
