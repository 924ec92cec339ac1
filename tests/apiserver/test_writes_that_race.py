"""Writes that meet: every decision of the API server must hold for the version that it writes over."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from windtunnel.conformance.world import World
from windtunnel.model.api import errors
from windtunnel.model.api.errors import ApiError
from windtunnel.model.apiserver.server import ApiServer
from windtunnel.model.objects.json import Json
from windtunnel.model.objects.record import Record, StoreKey


def config_map(name: str, **metadata: Any) -> Json:
    """A ConfigMap in the namespace default."""
    meta = {"name": name, "namespace": "default", **metadata}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta}


def pod(name: str, **spec: Any) -> Json:
    """A pod in the namespace default."""
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": "default"},
        "spec": {"containers": [{"name": "c", "image": "img:1"}], **spec},
    }


def world_with(swap: type | None = None, deviations: Any = None) -> World:
    """A world with the namespace default and its account, and perhaps another API server class."""
    world = World(swaps={"apiserver": swap} if swap else None, deviations=deviations)
    client = world.client
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "default"}}
    account = {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": {"name": "default", "namespace": "default"},
    }
    world.run(client.create(namespace), "namespace")
    world.run(client.create(account), "account")
    return world


class LaggingServer(ApiServer):
    """A server whose cache shows every ConfigMap as it was when it was first asked about."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.first_seen: dict[StoreKey, Record] = {}

    def cached(self, key: StoreKey) -> Record | None:
        """The first version that the cache ever showed."""
        record = super().cached(key)
        if key.resource == "configmaps" and record is not None:
            return self.first_seen.setdefault(key, record)
        return record


def send_at(world: World, delay_ms: int, request: Callable[[], Any]) -> list[Any]:
    """Send a request after a while; the list gets its answer or error."""
    answers: list[Any] = []

    async def work() -> None:
        try:
            answers.append(await request())
        except ApiError as error:
            answers.append(error)

    def send(_: Any) -> None:
        world.user.spawn(work(), "request", lambda _: None)

    world.loop.after(delay_ms, "user", "sends", send)
    return answers


def test_a_finalizer_that_is_added_while_an_object_is_deleted_holds_it() -> None:
    """An object whose stored finalizer list is not empty is never removed (kubernetes#77988)."""
    patch = {"metadata": {"finalizers": ["example.com/hold"]}}
    for delay_ms in range(6):
        world = world_with()
        client = world.client
        world.run(client.create(config_map("c")), "create")
        deleted = send_at(world, 0, partial(client.delete, "ConfigMap", "default/c"))
        added = send_at(
            world,
            delay_ms,
            partial(client.patch, "ConfigMap", "default/c", patch),
        )
        world.run_for(100)
        record = world.store.get(StoreKey("configmaps", "default", "c"))
        assert not isinstance(deleted[0], ApiError)
        if isinstance(added[0], ApiError):
            assert record is None, f"sent {delay_ms} ms after the deletion"
        else:
            assert record is not None, f"sent {delay_ms} ms after the deletion"
            assert ["example.com/hold"] == record.raw["metadata"]["finalizers"]
            assert "deletionTimestamp" in record.raw["metadata"]


def test_two_patches_at_once_both_come_true() -> None:
    """A patch that loses the race is applied again to what the winner wrote."""
    world = world_with()
    client = world.client
    world.run(client.create(config_map("c")), "create")
    for key in ("a", "b", "c"):
        send_at(world, 0, partial(client.patch, "ConfigMap", "default/c", {"data": {key: "1"}}))
    world.run_for(100)
    record = world.store.get(StoreKey("configmaps", "default", "c"))
    assert record is not None
    assert {"a": "1", "b": "1", "c": "1"} == record.raw["data"]


def test_of_two_updates_of_one_version_the_second_is_a_conflict() -> None:
    """A PUT with the resourceVersion that it read succeeds only if nobody wrote since."""
    world = world_with()
    client = world.client
    seen = world.run(client.create(config_map("c")), "create").raw
    first = send_at(world, 0, lambda: client.update({**seen, "data": {"by": "first"}}))
    second = send_at(world, 0, lambda: client.update({**seen, "data": {"by": "second"}}))
    world.run_for(100)
    assert {"by": "first"} == first[0].raw["data"]
    assert errors.is_conflict(second[0])


def test_an_error_that_an_old_copy_caused_is_not_the_answer() -> None:
    """A precondition that holds for the live object passes, however old the cache (kubernetes#82303)."""
    world = world_with(LaggingServer)
    client = world.client
    created = world.run(client.create(config_map("c")), "create")
    world.run_for(10)
    world.run(client.patch("ConfigMap", "default/c", {"data": {"a": "1"}}), "first write")
    latest = world.run(client.patch("ConfigMap", "default/c", {"data": {"b": "1"}}), "second write")
    assert created.raw["metadata"]["resourceVersion"] != latest.raw["metadata"]["resourceVersion"]
    version = latest.raw["metadata"]["resourceVersion"]
    work = client.delete("ConfigMap", "default/c", uid=latest.uid, resource_version=version)
    world.run(work, "delete with preconditions")
    assert world.store.get(StoreKey("configmaps", "default", "c")) is None


def test_a_patch_that_changes_nothing_in_an_old_copy_is_written() -> None:
    """A decision is based on a state at least as new as every write acknowledged before (kubernetes#77619)."""
    world = world_with(LaggingServer)
    client = world.client
    world.run(client.create({**config_map("c"), "data": {"a": "1"}}), "create")
    world.run_for(10)
    world.run(client.patch("ConfigMap", "default/c", {"data": {"a": "2"}}), "change")
    back = world.run(client.patch("ConfigMap", "default/c", {"data": {"a": "1"}}), "change back")
    assert {"a": "1"} == back.raw["data"]


def test_a_late_binding_does_not_touch_the_next_pod_of_the_name() -> None:
    """A bind only affects the pod that the decision was made for (kubernetes#105261)."""
    world = world_with()
    client = world.client
    first = world.run(client.create(pod("p")), "create")
    world.run(client.delete("Pod", "default/p"), "delete")
    world.run(client.create(pod("p")), "create again")
    with pytest.raises(ApiError) as caught:
        world.run(client.bind("default/p", first.uid, "node-1"), "bind late")
    assert errors.is_conflict(caught.value)
    assert "" == world.run(client.get("Pod", "default/p"), "look").spec.node_name


def test_a_generated_name_that_is_taken_is_tried_again() -> None:
    """create with generateName fails only when no name is left (kubernetes#115489)."""
    world = world_with(deviations={"generated name c-": {0: 1}})
    obj = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"generateName": "c-"}}
    names = {world.run(world.client.create(obj, "default"), "create").name for _ in range(3)}
    assert 3 == len(names)


def test_a_put_for_an_object_that_is_gone_does_not_make_another() -> None:
    """A PUT that carries a uid is a conflict once the object of that uid is gone, even where PUT creates."""
    world = world_with()
    client = world.client
    lease = {
        "apiVersion": "coordination.k8s.io/v1",
        "kind": "Lease",
        "metadata": {"name": "l", "namespace": "default"},
        "spec": {"holderIdentity": "a"},
    }
    seen = world.run(client.create(lease), "create").raw
    world.run(client.delete("Lease", "default/l"), "delete")
    with pytest.raises(ApiError) as caught:
        world.run(client.update(seen), "update")
    assert errors.is_conflict(caught.value)
    assert world.store.get(StoreKey("leases.coordination.k8s.io", "default", "l")) is None


def test_trouble_with_the_store_is_an_error_of_the_server() -> None:
    """A client of a server that cannot reach the store gets 500, and the server lives on."""
    world = world_with()
    world.network.cut("apiserver-0", "store")
    answers = send_at(world, 0, lambda: world.client.create(config_map("c")))
    world.run_for(60_000)
    assert [500] == [answer.code for answer in answers]
    world.network.heal("apiserver-0", "store")
    assert "d" == world.run(world.client.create(config_map("d")), "create").name
