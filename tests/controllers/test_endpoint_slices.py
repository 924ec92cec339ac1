"""EndpointSlices of services with a selector, run against a real API server and store of the model."""

from __future__ import annotations

from typing import Any

import pytest

from tests.controllers.control_plane import ControlPlane
from tests.controllers.test_endpoints import add_pod, service, set_ready
from windtunnel.model.controllers.endpoint_slice.controller import EndpointSliceController
from windtunnel.model.objects.endpoint_slice import EndpointSlice
from windtunnel.model.objects.json import Json
from windtunnel.model.settings import ControllerManagerSettings, Settings

CONTROLLERS = (
    "service-account",
    "endpoints",
    "endpointslice",
    "endpointslice-mirroring",
    "garbage-collector",
)
TRIGGER_TIME = "endpoints.kubernetes.io/last-change-trigger-time"


def plane_with_node(**options: Any) -> ControlPlane:
    """A control plane with the node n1 in zone z1, and the controllers that have to do with services."""
    plane = ControlPlane(CONTROLLERS, **options)
    labels = {"topology.kubernetes.io/zone": "z1"}
    plane.create({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n1", "labels": labels}})
    return plane


@pytest.fixture
def plane() -> ControlPlane:
    """A control plane with one node."""
    return plane_with_node()


def slices(plane: ControlPlane) -> list[EndpointSlice]:
    """The slices of the service `web`."""
    return plane.list("EndpointSlice", "kubernetes.io/service-name=web")


def states(plane: ControlPlane) -> dict[str, tuple[bool, bool, bool]]:
    """Address to (ready, serving, terminating), over all slices."""
    return {
        endpoint.addresses[0]: (endpoint.ready, endpoint.serving, endpoint.terminating)
        for each in slices(plane)
        for endpoint in each.endpoints
    }


def sizes(plane: ControlPlane) -> list[int]:
    """How many endpoints each slice has, sorted."""
    return sorted(len(each.endpoints) for each in slices(plane))


def versions(plane: ControlPlane) -> dict[str, str]:
    """The version of each slice."""
    return {each.name: each.metadata.resource_version for each in slices(plane)}


def limited(limit: int) -> ControlPlane:
    """A control plane whose slices have few endpoints."""
    manager = ControllerManagerSettings(max_endpoints_per_slice=limit)
    return plane_with_node(settings=Settings(controller_manager=manager))


def test_a_slice_says_whose_it_is_and_where_its_endpoints_are(plane: ControlPlane) -> None:
    """Name, labels, owner, ports and endpoints are those that kube-proxy and the garbage collector rely on."""
    made = plane.create({**service(), "metadata": {**service()["metadata"], "labels": {"a": "b"}}})
    add_pod(plane, "a", "10.0.0.1")
    plane.settle()
    (found,) = slices(plane)
    assert found.name.startswith("web-")
    assert {
        "a": "b",
        "kubernetes.io/service-name": "web",
        "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io",
    } == found.metadata.labels
    owner = found.metadata.controller
    assert owner is not None
    assert ("Service", made.uid) == (owner.kind, owner.uid)
    assert [{"name": "", "port": 80, "protocol": "TCP"}] == found.raw["ports"]
    expected = {
        "addresses": ["10.0.0.1"],
        "conditions": {"ready": True, "serving": True, "terminating": False},
        "nodeName": "n1",
        "targetRef": {
            "kind": "Pod",
            "namespace": "default",
            "name": "a",
            "uid": plane.get("Pod", "a").uid,
        },
        "zone": "z1",
    }
    assert [expected] == found.raw["endpoints"]


def test_a_terminating_pod_stays_until_it_is_gone(plane: ControlPlane) -> None:
    """It is not ready any more, but serving as long as it is; Endpoints have dropped it by then."""
    plane.create(service())
    add_pod(plane, "a", "10.0.0.1")
    add_pod(plane, "b", "10.0.0.2", ready=False)
    plane.settle()
    assert {"10.0.0.1": (True, True, False), "10.0.0.2": (False, False, False)} == states(plane)
    plane.delete("Pod", "a")
    plane.settle()
    assert (False, True, True) == states(plane)["10.0.0.1"]
    assert "addresses" not in plane.get("Endpoints", "web").raw["subsets"][0]
    set_ready(plane, "a", "10.0.0.1", False)
    plane.settle()
    assert (False, False, True) == states(plane)["10.0.0.1"]
    plane.delete("Pod", "a", grace_period_seconds=0)
    plane.settle()
    assert ["10.0.0.2"] == list(states(plane))


def test_one_change_is_one_write(plane: ControlPlane) -> None:
    """A change of one pod raises the slice's generation by one, and no change and no restart writes anything."""
    plane.create(service())
    add_pod(plane, "a", "10.0.0.1")
    add_pod(plane, "b", "10.0.0.2")
    plane.settle()
    (before,) = slices(plane)
    set_ready(plane, "a", "10.0.0.1", False)
    plane.settle()
    (after,) = slices(plane)
    assert before.name == after.name
    assert before.metadata.generation + 1 == after.metadata.generation
    plane.patch("Pod", "a", {"metadata": {"annotations": {"x": "y"}}})
    plane.settle()
    plane.manager.crash()
    plane.manager.start()
    plane.settle()
    assert versions(plane) == {after.name: after.metadata.resource_version}


def test_endpoints_are_packed_with_few_writes() -> None:
    """New ones fill the slice that fits best, one that loses endpoints is filled up, an emptied one goes."""
    plane = limited(3)
    plane.create(service())
    for number in range(1, 5):
        add_pod(plane, f"p{number}", f"10.0.0.{number}")
        plane.settle()
    assert [1, 3] == sizes(plane)
    before = versions(plane)
    add_pod(plane, "p5", "10.0.0.5")
    plane.settle()
    assert [2, 3] == sizes(plane)
    assert 1 == sum(before[name] == version for name, version in versions(plane).items())
    plane.delete("Pod", "p4", grace_period_seconds=0)
    plane.delete("Pod", "p5", grace_period_seconds=0)
    plane.settle()
    assert [3] == sizes(plane)
    assert {"10.0.0.1", "10.0.0.2", "10.0.0.3"} == set(states(plane))


def test_a_service_without_pods_has_an_empty_slice_that_is_used_later(plane: ControlPlane) -> None:
    """The placeholder is written to, not replaced, and comes back when the last pod goes."""
    plane.create(service())
    plane.settle()
    (empty,) = slices(plane)
    assert [0] == sizes(plane)
    assert () == empty.ports
    add_pod(plane, "a", "10.0.0.1")
    plane.settle()
    (used,) = slices(plane)
    assert (empty.name, [80]) == (used.name, [port.port for port in used.ports])
    plane.delete("Pod", "a", grace_period_seconds=0)
    plane.settle()
    (again,) = slices(plane)
    assert (empty.name, (), ()) == (again.name, again.endpoints, again.ports)


def test_pods_with_other_ports_have_a_slice_of_their_own(plane: ControlPlane) -> None:
    """A named target port is looked up on each pod."""
    plane.create(service(ports=[{"port": 80, "targetPort": "http"}]))
    for name, number in (("a", 8080), ("b", 9090), ("c", 8080)):
        port = {"name": "http", "containerPort": number}
        spec: Json = {
            "nodeName": "n1",
            "containers": [{"name": "c", "image": "i", "ports": [port]}],
        }
        metadata = {"name": name, "namespace": "default", "labels": {"app": "web"}}
        plane.create({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec})
        set_ready(plane, name, f"10.0.0.{ord(name) - 96}", True)
    plane.settle()
    found = {each.ports[0].port: len(each.endpoints) for each in slices(plane)}
    assert {8080: 2, 9090: 1} == found


def test_somebody_elses_edits_and_deletions_are_undone(plane: ControlPlane) -> None:
    """A slice that was edited by hand is as it should be a second later, and so is one that was deleted."""
    plane.create(service())
    add_pod(plane, "a", "10.0.0.1")
    plane.settle()
    (found,) = slices(plane)
    plane.patch("EndpointSlice", found.name, {"endpoints": [{"addresses": ["10.9.9.9"]}]})
    plane.settle()
    assert ["10.0.0.1"] == list(states(plane))
    plane.delete("EndpointSlice", found.name)
    plane.settle()
    assert ["10.0.0.1"] == list(states(plane))


def test_slices_go_with_their_service_and_not_before(plane: ControlPlane) -> None:
    """The garbage collector takes them; a service that comes again under the name gets slices of its own."""
    first = plane.create(service())
    add_pod(plane, "a", "10.0.0.1")
    plane.settle()
    plane.delete("Service", "web")
    second = plane.create(service())
    plane.settle()
    owners = [each.metadata.owner_references[0].uid for each in slices(plane)]
    assert first.uid != second.uid
    assert [second.uid] == owners
    assert ["10.0.0.1"] == list(states(plane))
    plane.delete("Service", "web")
    plane.settle()
    assert [] == slices(plane)


def test_a_service_that_loses_its_selector_keeps_its_slices(plane: ControlPlane) -> None:
    """They no longer follow the pods; external names never have any."""
    plane.create(service())
    add_pod(plane, "a", "10.0.0.1")
    plane.settle()
    plane.patch("Service", "web", {"spec": {"selector": None}})
    plane.settle()
    plane.delete("Pod", "a", grace_period_seconds=0)
    plane.settle()
    mine = [each for each in slices(plane) if each.managed_by == "endpointslice-controller.k8s.io"]
    assert ["10.0.0.1"] == [each.endpoints[0].addresses[0] for each in mine]


def test_a_pod_on_a_missing_node_is_listed_when_the_node_shows_up() -> None:
    """The slice is written without it, and again with it; publishNotReadyAddresses lists it at once."""
    plane = ControlPlane(CONTROLLERS)
    plane.create(service())
    add_pod(plane, "a", "10.0.0.1")
    other = service(publishNotReadyAddresses=True)
    plane.create({**other, "metadata": {"name": "all", "namespace": "default"}})
    plane.settle()
    assert {} == states(plane)
    (all_of_them,) = plane.list("EndpointSlice", "kubernetes.io/service-name=all")
    assert 1 == len(all_of_them.endpoints)
    plane.create({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n1"}})
    plane.settle()
    assert ["10.0.0.1"] == list(states(plane))


def test_a_quick_flip_of_readiness_ends_as_the_pod_is(plane: ControlPlane) -> None:
    """A cache that does not show the last write yet is not trusted, and the sync comes again."""
    plane.create(service())
    add_pod(plane, "a", "10.0.0.1")
    plane.settle()

    async def flip() -> None:
        for status in ("False", "True", "False"):
            body = {"status": {"conditions": [{"type": "Ready", "status": status}]}}
            await plane.client.patch("Pod", "default/a", body, "merge", "status")

    plane.do(flip())
    plane.settle()
    assert {"10.0.0.1": (False, False, False)} == states(plane)


def test_the_annotation_tells_when_the_change_happened(plane: ControlPlane) -> None:
    """The last-change-trigger-time is the transition of the pod that changed."""
    plane.create(service())
    add_pod(plane, "a", "10.0.0.1")
    plane.settle()
    moment = "2024-01-01T01:00:00Z"
    condition = {"type": "Ready", "status": "False", "lastTransitionTime": moment}
    plane.patch("Pod", "a", {"status": {"conditions": [condition]}}, "status")
    plane.settle()
    (found,) = slices(plane)
    assert moment == found.metadata.annotations[TRIGGER_TIME]


class Emptying(EndpointSliceController):
    """Swapped in below: lists no pods."""

    def selected_pods(self, service: Any) -> list[Any]:
        """None at all."""
        return []


def test_a_subclass_takes_part_by_its_role() -> None:
    """One overridden method of the role `endpointslice` is what runs."""
    plane = plane_with_node(swaps={"endpointslice": Emptying})
    plane.create(service())
    add_pod(plane, "a", "10.0.0.1")
    plane.settle()
    assert [0] == sizes(plane)
