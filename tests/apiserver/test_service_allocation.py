"""Cluster IPs and node ports: each is given once, survives crashes, and comes back when nobody has it."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve

from windtunnel.conformance.world import World
from windtunnel.model.api.errors import ApiError
from windtunnel.model.apiserver.address_range import Range, address_range, port_range
from windtunnel.model.apiserver.node_ports import choose_for_create, choose_for_update
from windtunnel.model.objects.json import Json
from windtunnel.model.settings import Settings


@pytest.fixture
def world() -> World:
    """A world with the namespace default and room for 253 addresses."""
    settings = Settings()
    apiserver = evolve(settings.apiserver, service_cidr="10.0.0.0/24")
    world = World(evolve(settings, apiserver=apiserver))
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "default"}}
    world.run(world.client.create(namespace), "namespace")
    return world


def service(name: str, **spec: Any) -> Json:
    """A service with one port in the namespace default."""
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, "namespace": "default"},
        "spec": {"ports": [{"port": 80}], **spec},
    }


def create(world: World, obj: Json) -> Json:
    """Create a service and return it."""
    raw: Json = world.run(world.client.create(obj), "create").raw
    return raw


def test_services_never_share_an_address_even_across_restarts(world: World) -> None:
    """No two services have one cluster IP, though a restarted server has forgotten which it gave."""
    addresses = []
    for number in range(60):
        if number % 20 == 19:
            world.restart_apiserver()
        addresses.append(create(world, service(f"s{number}"))["spec"]["clusterIP"])
    assert len(addresses) == len(dict.fromkeys(addresses))


def test_a_wanted_address_is_refused_after_a_restart_too(world: World) -> None:
    """An address that a service has cannot be asked for, whichever server instance gave it."""
    create(world, service("s", clusterIP="10.0.0.77"))
    world.restart_apiserver()
    with pytest.raises(ApiError) as caught:
        create(world, service("t", clusterIP="10.0.0.77"))
    assert 422 == caught.value.code
    assert ["spec.clusterIPs"] == [cause.field for cause in caught.value.causes]


def test_the_range_can_be_used_up_and_used_again(world: World) -> None:
    """Every address of the range can be given; a deletion makes one free."""
    for number in range(253):
        create(world, service(f"s{number}"))
    with pytest.raises(ApiError) as caught:
        create(world, service("one-more"))
    assert 500 == caught.value.code
    freed = world.run(world.client.delete("Service", "default/s7"), "delete").raw
    assert freed["spec"]["clusterIP"] == create(world, service("again"))["spec"]["clusterIP"]


def test_a_service_that_is_not_valid_keeps_nothing(world: World) -> None:
    """What was taken for a service that is then refused is free again."""
    bad = service(
        "s", type="NodePort", ports=[{"port": 80, "nodePort": 30123}], clusterIP="10.0.0.50"
    )
    bad["metadata"]["labels"] = {"not a label": "x"}
    with pytest.raises(ApiError):
        create(world, bad)
    good = create(
        world,
        service(
            "t", type="NodePort", ports=[{"port": 80, "nodePort": 30123}], clusterIP="10.0.0.50"
        ),
    )
    assert 30123 == good["spec"]["ports"][0]["nodePort"]


def test_a_port_that_an_update_gives_up_is_free(world: World) -> None:
    """A service that is no longer of type NodePort gives its port back."""
    create(world, service("s", type="NodePort", ports=[{"port": 80, "nodePort": 30200}]))
    patch = {"spec": {"type": "ClusterIP"}}
    world.run(world.client.patch("Service", "default/s", patch), "change the type")
    made = create(world, service("t", type="NodePort", ports=[{"port": 80, "nodePort": 30200}]))
    assert 30200 == made["spec"]["ports"][0]["nodePort"]


def test_a_dry_run_takes_nothing(world: World) -> None:
    """A dry run shows an address and stores nothing at all."""
    before = world.store.revision
    shown = world.run(
        world.client.create(service("s", type="NodePort"), dry_run=True), "dry run"
    ).raw
    assert shown["spec"]["clusterIP"].startswith("10.0.0.")
    assert before == world.store.revision


def test_deleting_a_service_deletes_the_endpoints_of_its_name(world: World) -> None:
    """Endpoints go with the service, whoever made them."""
    create(world, service("s"))
    endpoints = {
        "apiVersion": "v1",
        "kind": "Endpoints",
        "metadata": {"name": "s", "namespace": "default"},
    }
    world.run(world.client.create(endpoints), "create endpoints")
    world.run(world.client.delete("Service", "default/s"), "delete")
    assert [] == world.run(world.client.list("Endpoints", "default"), "list")


def test_a_search_leaves_the_low_end_to_people() -> None:
    """Addresses are taken from the upper part first, and from the static part last."""
    numbers = Range(1, 10, 3)
    assert [6, 7, 8, 9, 10, 4, 5, 1, 2, 3] == list(numbers.search(2))
    assert 16 - 1 == address_range("10.0.0.0/24").numbers.static
    assert 86 == port_range(30000, 32767).static


def test_ports_of_one_number_share_a_node_port() -> None:
    """TCP and UDP on one port number get the same node port."""
    ports = [{"port": 53, "protocol": "TCP"}, {"port": 53, "protocol": "UDP"}, {"port": 80}]
    chosen = choose_for_create(
        service("s", type="NodePort", ports=ports), Range(1, 9, 0), [1], [], 0
    )
    assert (2, 2, 3) == chosen.per_port


def test_an_update_keeps_the_ports_it_has_and_refuses_taken_ones() -> None:
    """A held port is never asked for again; one of somebody else is a cause."""
    ports = [{"port": 80, "nodePort": 5}, {"port": 81, "nodePort": 6}, {"port": 82}]
    changed = service("s", type="NodePort", ports=ports)
    chosen = choose_for_update(changed, Range(1, 9, 0), [5, 6], [5], 0)
    assert (5, 6, 1) == chosen.per_port
    assert ["spec.ports[1].nodePort"] == [cause.field for cause in chosen.causes]
