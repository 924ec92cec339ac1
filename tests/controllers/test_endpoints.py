"""Endpoints of services, run against a real API server and store of the model."""

from __future__ import annotations

from typing import Any

from tests.controllers.control_plane import ControlPlane
from windtunnel.model.controllers.endpoints.capacity import MAX_CAPACITY, truncate
from windtunnel.model.controllers.endpoints.controller import EndpointsController
from windtunnel.model.controllers.endpoints.subsets import repack
from windtunnel.model.objects.json import Json


def service(**spec: Any) -> Json:
    """A service `web` of pods labelled app=web."""
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "web", "namespace": "default"},
        "spec": {"selector": {"app": "web"}, "ports": [{"port": 80}], **spec},
    }


def add_pod(plane: ControlPlane, name: str, ip: str, ready: bool = True) -> None:
    """A running pod with an address."""
    metadata = {"name": name, "namespace": "default", "labels": {"app": "web"}}
    spec = {"nodeName": "n1", "containers": [{"name": "c", "image": "img:1"}]}
    plane.create({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec})
    set_ready(plane, name, ip, ready)


def set_ready(plane: ControlPlane, name: str, ip: str, ready: bool) -> None:
    """What a kubelet reports."""
    condition = {"type": "Ready", "status": "True" if ready else "False"}
    addresses = {"podIP": ip, "podIPs": [{"ip": ip}]}
    status = {"phase": "Running", "conditions": [condition], **addresses}
    plane.patch("Pod", name, {"status": status}, "status")


def addresses(plane: ControlPlane, name: str = "addresses") -> list[str]:
    """The addresses of the service's Endpoints."""
    subsets = plane.get("Endpoints", "web").raw.get("subsets") or []
    return [address["ip"] for subset in subsets for address in subset.get(name) or []]


def test_ready_pods_are_listed_and_move_when_they_are_not(control_plane: ControlPlane) -> None:
    """A pod is in the list that its readiness says, and nowhere after it is gone."""
    control_plane.create(service())
    add_pod(control_plane, "a", "10.0.0.1")
    add_pod(control_plane, "b", "10.0.0.2", ready=False)
    control_plane.settle()
    assert ["10.0.0.1"] == addresses(control_plane)
    assert ["10.0.0.2"] == addresses(control_plane, "notReadyAddresses")
    set_ready(control_plane, "b", "10.0.0.2", True)
    control_plane.delete("Pod", "a", grace_period_seconds=0)
    control_plane.settle()
    assert ["10.0.0.2"] == addresses(control_plane)
    assert [] == addresses(control_plane, "notReadyAddresses")


def test_nothing_is_written_when_nothing_changed(control_plane: ControlPlane) -> None:
    """A change of a pod that its endpoint does not show leads to no write, and neither does a restart."""
    control_plane.create(service())
    add_pod(control_plane, "a", "10.0.0.1")
    control_plane.settle()
    version = control_plane.get("Endpoints", "web").metadata.resource_version
    control_plane.patch("Pod", "a", {"metadata": {"annotations": {"x": "y"}}})
    control_plane.settle()
    control_plane.manager.crash()
    control_plane.manager.start()
    control_plane.settle()
    assert version == control_plane.get("Endpoints", "web").metadata.resource_version


def test_a_service_without_selector_keeps_its_authors_endpoints(
    control_plane: ControlPlane,
) -> None:
    """Endpoints that a user wrote for a service without a selector stay as they are."""
    mine = {
        "apiVersion": "v1",
        "kind": "Endpoints",
        "metadata": {"name": "web", "namespace": "default"},
        "subsets": [{"addresses": [{"ip": "203.0.113.5"}], "ports": [{"port": 80}]}],
    }
    control_plane.create(mine)
    control_plane.create(service(selector={}))
    control_plane.settle()
    control_plane.manager.crash()
    control_plane.manager.start()
    control_plane.settle()
    assert ["203.0.113.5"] == addresses(control_plane)


def test_endpoints_go_with_their_service_and_come_again_when_deleted(
    control_plane: ControlPlane,
) -> None:
    """Deleting Endpoints brings them back; deleting the service takes them away."""
    control_plane.create(service())
    add_pod(control_plane, "a", "10.0.0.1")
    control_plane.settle()
    control_plane.delete("Endpoints", "web")
    control_plane.settle()
    assert ["10.0.0.1"] == addresses(control_plane)
    control_plane.delete("Service", "web")
    control_plane.settle()
    assert [] == control_plane.list("Endpoints")


def test_leftovers_of_an_absent_manager_are_swept(control_plane: ControlPlane) -> None:
    """Endpoints whose service went while no manager ran are deleted when one starts, after the caches are filled."""
    control_plane.create(service())
    control_plane.settle()
    control_plane.manager.crash()
    control_plane.delete("Service", "web")
    control_plane.manager.start()
    control_plane.settle()
    assert [] == control_plane.list("Endpoints")


def test_a_quick_flip_of_readiness_is_not_lost(control_plane: ControlPlane) -> None:
    """Two changes in a row end with Endpoints as the pod is, although the cache was behind the first write."""
    control_plane.create(service())
    add_pod(control_plane, "a", "10.0.0.1")
    control_plane.settle()
    client = control_plane.client
    states = [{"type": "Ready", "status": status} for status in ("False", "True", "False", "True")]

    async def flip() -> None:
        for state in states:
            body = {"status": {"conditions": [state]}}
            await client.patch("Pod", "default/a", body, "merge", "status")

    control_plane.do(flip())
    control_plane.settle()
    assert ["10.0.0.1"] == addresses(control_plane)


def test_the_annotation_tells_when_the_change_happened(control_plane: ControlPlane) -> None:
    """The last-change-trigger-time is the transition of the pod that changed."""
    control_plane.create(service())
    add_pod(control_plane, "a", "10.0.0.1")
    control_plane.settle()
    moment = "2024-01-01T01:00:00Z"
    condition = {"type": "Ready", "status": "False", "lastTransitionTime": moment}
    control_plane.patch("Pod", "a", {"status": {"conditions": [condition]}}, "status")
    control_plane.settle()
    annotations = control_plane.get("Endpoints", "web").metadata.annotations
    assert moment == annotations["endpoints.kubernetes.io/last-change-trigger-time"]


def test_an_address_not_ready_under_one_port_is_not_ready() -> None:
    """Packing never makes an address ready that somebody called not ready."""
    ports = [{"port": 80}]
    ready = {"addresses": [{"ip": "10.0.0.1"}], "ports": ports}
    not_ready = {"notReadyAddresses": [{"ip": "10.0.0.1"}], "ports": ports}
    expected = [{"notReadyAddresses": [{"ip": "10.0.0.1"}], "ports": ports}]
    assert expected == repack([ready, not_ready])
    assert expected == repack([not_ready, ready])


def test_too_many_addresses_are_cut_in_proportion_with_ready_ones_first() -> None:
    """A thousand addresses fit; not-ready ones go first, and subsets share what is left."""
    few = [{"ip": f"10.0.0.{n}"} for n in range(300)]
    many = [{"ip": f"10.1.0.{n}"} for n in range(900)]
    kept, cut = truncate([{"addresses": few, "notReadyAddresses": few}, {"addresses": many}])
    assert cut
    assert [250, 750] == [len(subset["addresses"]) for subset in kept]
    assert "notReadyAddresses" not in kept[0]
    kept, cut = truncate([{"addresses": many, "notReadyAddresses": few}])
    assert [900, 100] == [len(kept[0]["addresses"]), len(kept[0]["notReadyAddresses"])]
    assert ([{"addresses": few}], False) == truncate([{"addresses": few}])
    assert MAX_CAPACITY == 1000


class Emptying(EndpointsController):
    """Swapped in below: lists no pods."""

    def selected_pods(self, service: Any) -> list[Any]:
        """None at all."""
        return []


def test_a_subclass_takes_part_by_its_role() -> None:
    """One overridden method of the role `endpoints` is what runs."""
    plane = ControlPlane(swaps={"endpoints": Emptying})
    plane.create(service())
    add_pod(plane, "a", "10.0.0.1")
    plane.settle()
    assert [] == addresses(plane)
