"""The client: names, namespaces, which server it asks, and what it repeats by itself."""

from __future__ import annotations

from typing import Any

import pytest

from tests.client.small_world import World
from windtunnel.model.api import errors
from windtunnel.model.api.errors import ApiError
from windtunnel.model.apiserver.request import Options
from windtunnel.model.client.client import Client
from windtunnel.model.client.names import find_kind, key_of
from windtunnel.model.objects.record import Key
from windtunnel.model.sim.network import ConnectionLost, ConnectionRefused


@pytest.fixture
def world() -> World:
    """An empty world."""
    return World()


@pytest.fixture
def client(world: World) -> Client:
    """The user's client."""
    return Client(world.user, world.environment)


def config_map(name: str, **metadata: Any) -> dict[str, Any]:
    """A config map."""
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, **metadata}}


def test_answers_are_views_and_objects_may_be_views_or_json(world: World, client: Client) -> None:
    """What is read can be written back; an object's own namespace is its default, then "default"."""
    made = world.do(client.create(config_map("a", namespace="ns")))
    assert ("ConfigMap", "ns", "2") == (made.kind, made.namespace, made.metadata.resource_version)
    world.do(client.update(made))
    assert "3" == world.do(client.get("ConfigMap", "ns/a")).metadata.resource_version
    world.do(client.create(config_map("b")))
    assert ["b"] == [obj.name for obj in world.do(client.list("configmaps", "default"))]
    world.do(client.delete("ConfigMap", Key("ns", "a")))
    with pytest.raises(ApiError) as caught:
        world.do(client.get("ConfigMap", "ns/a"))
    assert errors.is_not_found(caught.value)


def test_kinds_are_found_by_each_of_their_names(world: World) -> None:
    """Kind, plural and plural.group; an unknown one is named."""
    kinds = world.environment.kinds
    for name in ("Lease", "leases", "leases.coordination.k8s.io"):
        assert "Lease" == find_kind(kinds, name).kind
    with pytest.raises(LookupError, match="'Nope' is no kind"):
        find_kind(kinds, "Nope")
    assert (Key("a", "b"), Key("", "b"), Key("a", "b")) == (
        key_of("a/b"),
        key_of("b"),
        key_of(Key("a", "b")),
    )


def test_a_request_that_is_to_be_repeated_later_is_repeated(world: World, client: Client) -> None:
    """429 and 5xx with a delay are repeated after it, ten times at most; others are the caller's."""
    world.server.fails_with = [
        errors.too_many_requests("x", 2),
        errors.too_large_resource_version(9, 1),
    ]
    began_ms = world.loop.now_ms
    world.do(client.create(config_map("a")))
    assert 3_000 <= world.loop.now_ms - began_ms < 3_020
    world.server.fails_with = [errors.too_many_requests("x", 1)] * 20
    with pytest.raises(ApiError):
        world.do(client.get("ConfigMap", "default/a"))
    assert 9 == len(world.server.fails_with)
    for error in (
        errors.too_many_requests("x"),
        errors.internal_error("x"),
        errors.bad_request("x"),
    ):
        world.server.fails_with = [error]
        with pytest.raises(ApiError):
            world.do(client.get("ConfigMap", "default/a"))


def test_a_read_whose_connection_broke_is_repeated_a_write_is_not(
    world: World, client: Client
) -> None:
    """Reading again is harmless; whether a lost write was carried out only the caller can find out."""
    world.network.lose_answers("user", 1)
    with pytest.raises(ConnectionLost):
        world.do(client.create(config_map("a")))
    assert 1 == world.store.count("configmaps")

    def crash() -> None:
        world.servers[0].crash()
        world.servers[0].start()

    world.loop.after(2, "test", "crash", lambda _: crash())
    assert "a" == world.do(client.get("ConfigMap", "default/a")).name


def test_a_failed_connection_leads_to_the_next_server() -> None:
    """A client stays with a server until it fails, and then asks the next."""
    world = World(apiservers=2)
    client = Client(world.user, world.environment)
    world.servers[0].crash()
    with pytest.raises(ConnectionRefused):
        world.do(client.list("ConfigMap"))
    assert "apiserver-1" == client.server
    assert [] == world.do(client.list("ConfigMap"))
    assert "apiserver-1" == client.server


def test_a_watch_can_be_read_and_closed(world: World, client: Client) -> None:
    """watch() gives events one by one; closing it tells the server."""

    async def work() -> list[str]:
        watch = await client.watch("ConfigMap", options=Options(resource_version="1"))
        found = [(await watch.next()).type for _ in range(2)]  # type: ignore[union-attr]
        watch.close()
        return found

    world.put("a")
    world.delete("a")
    world.run(10)
    assert ["ADDED", "DELETED"] == world.do(work())
    world.run(10)
    assert 0 == len(world.cache().watchers)
