"""Deletions that meet other requests, and namespaces that are deleted more than once."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from tests.apiserver.test_writes_that_race import config_map, pod, send_at, world_with
from windtunnel.conformance.world import World
from windtunnel.model.api import errors
from windtunnel.model.api.errors import ApiError
from windtunnel.model.objects.json import Json
from windtunnel.model.objects.record import StoreKey

POD = StoreKey("pods", "default", "p")
TOUCH: Json = {"metadata": {"annotations": {"touched": "by somebody"}}}
DELAYS_MS = range(6)
"""A request and what the server asks of the store take a millisecond each: these cover every order."""


def bound_pod(finalizers: list[str] | None = None) -> World:
    """A world with a pod on a node, which is deleted gracefully unless somebody is in a hurry."""
    world = world_with()
    made = world.run(world.client.create(pod("p")), "create")
    world.run(world.client.bind("default/p", made.uid, "node-1"), "bind")
    if finalizers:
        patch = {"metadata": {"finalizers": finalizers}}
        world.run(world.client.patch("Pod", "default/p", patch), "hold")
    return world


def at_once(world: World) -> Callable[[], Any]:
    """A deletion without a grace period."""
    return partial(world.client.delete, "Pod", "default/p", grace_period_seconds=0)


@pytest.mark.parametrize("delay_ms", DELAYS_MS)
def test_of_two_deletions_one_removes_and_the_other_may_find_nothing(delay_ms: int) -> None:
    """Neither fails in another way."""
    world = world_with()
    world.run(world.client.create(config_map("c")), "create")
    delete = partial(world.client.delete, "ConfigMap", "default/c")
    first, second = send_at(world, 0, delete), send_at(world, delay_ms, delete)
    world.run_for(100)
    assert world.store.get(StoreKey("configmaps", "default", "c")) is None
    refused = [each for each in (*first, *second) if isinstance(each, ApiError)]
    assert 1 == len(refused) and errors.is_not_found(refused[0])


@pytest.mark.parametrize("delay_ms", DELAYS_MS)
def test_a_deletion_at_once_wins_over_a_write(delay_ms: int) -> None:
    """Whenever it comes, the pod is gone, and the writer is told so or was before it."""
    world = bound_pod()
    deleted = send_at(world, 0, at_once(world))
    written = send_at(world, delay_ms, partial(world.client.patch, "Pod", "default/p", TOUCH))
    world.run_for(100)
    assert world.store.get(POD) is None
    assert not isinstance(deleted[0], ApiError)
    assert not isinstance(written[0], ApiError) or errors.is_not_found(written[0])


@pytest.mark.parametrize("delay_ms", DELAYS_MS)
def test_a_finalizer_that_comes_in_time_holds_a_pod(delay_ms: int) -> None:
    """Then it is marked, and answered as it stands."""
    world = bound_pod()
    deleted = send_at(world, 0, at_once(world))
    hold = {"metadata": {"finalizers": ["example.com/hold"]}}
    held = send_at(world, delay_ms, partial(world.client.patch, "Pod", "default/p", hold))
    world.run_for(100)
    record = world.store.get(POD)
    assert not isinstance(deleted[0], ApiError)
    assert isinstance(held[0], ApiError) == (record is None)
    if record is not None:
        assert "deletionTimestamp" in record.raw["metadata"]


@pytest.mark.parametrize("delay_ms", DELAYS_MS)
def test_two_deletions_at_once_both_succeed_or_find_nothing(delay_ms: int) -> None:
    """That another one was faster is no error of the one that marked the pod."""
    world = bound_pod()
    first, second = send_at(world, 0, at_once(world)), send_at(world, delay_ms, at_once(world))
    world.run_for(100)
    assert world.store.get(POD) is None
    assert not isinstance(first[0], ApiError)
    assert not isinstance(second[0], ApiError) or errors.is_not_found(second[0])


def test_a_dry_run_deletes_nothing() -> None:
    """Neither gracefully nor at once."""
    world = bound_pod()
    for grace_period_seconds in (None, 0):
        work = world.client.delete(
            "Pod", "default/p", grace_period_seconds=grace_period_seconds, dry_run=True
        )
        world.run(work, "try")
    record = world.store.get(POD)
    assert record is not None and "deletionTimestamp" not in record.raw["metadata"]


# -- namespaces --------------------------------------------------------------------------------------------------------


def namespace(world: World, name: str) -> Json | None:
    """A namespace as the store has it."""
    record = world.store.get(StoreKey("namespaces", "", name))
    return record.raw if record is not None else None


def test_a_namespace_that_is_deleted_again_stays_as_it_is() -> None:
    """While its content goes; the time of its deletion is that of the first one."""
    world = world_with()
    made = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}}
    world.run(world.client.create(made), "create")
    world.run(world.client.delete("Namespace", "shop"), "delete")
    first = namespace(world, "shop")
    assert first is not None and "Terminating" == first["status"]["phase"]
    world.run_for(5_000)
    world.run(world.client.delete("Namespace", "shop"), "delete again")
    assert first == namespace(world, "shop")


def test_a_namespace_that_is_not_there_or_needed_is_not_deleted() -> None:
    """404 for one, 403 for the others."""
    world = world_with()
    for name, code in (("shop", 404), ("default", 403), ("kube-system", 403)):
        with pytest.raises(ApiError) as refused:
            world.run(world.client.delete("Namespace", name), "delete")
        assert code == refused.value.code


def test_a_namespace_without_finalizers_goes_with_its_second_deletion() -> None:
    """As one does whose controller has let it go while a finalizer of its metadata held it."""
    world = world_with()
    made: Json = {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {"name": "shop", "finalizers": ["example.com/hold"]},
    }
    world.run(world.client.create(made), "create")
    world.run(world.client.delete("Namespace", "shop"), "delete")
    marked = namespace(world, "shop")
    assert marked is not None
    work = world.client.update({**marked, "spec": {"finalizers": []}}, subresource="finalize")
    world.run(work, "finalize")
    world.run(world.client.delete("Namespace", "shop"), "delete again")
    assert namespace(world, "shop") is not None
    world.run(world.client.patch("Namespace", "shop", {"metadata": {"finalizers": None}}), "let go")
    assert namespace(world, "shop") is None


@pytest.mark.parametrize(
    ("policy", "finalizers"), [("Orphan", ["orphan"]), ("Foreground", ["foregroundDeletion"])]
)
def test_what_depends_on_a_namespace_is_treated_as_its_deletion_says(
    policy: str, finalizers: list[str]
) -> None:
    """By a finalizer, as with every other object."""
    world = world_with()
    made = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}}
    world.run(world.client.create(made), "create")
    world.run(world.client.delete("Namespace", "shop", propagation_policy=policy), "delete")
    marked = namespace(world, "shop")
    assert marked is not None
    assert finalizers == marked["metadata"]["finalizers"]
