"""Slices that mirror hand-written Endpoints of services without a selector."""

from __future__ import annotations

from typing import Any

import pytest

from tests.controllers.control_plane import ControlPlane
from tests.controllers.test_endpoint_slices import CONTROLLERS, slices
from tests.controllers.test_endpoints import service
from windtunnel.model.objects.json import Json
from windtunnel.model.settings import ControllerManagerSettings, Settings

NAME = "endpointslicemirroring-controller.k8s.io"


@pytest.fixture
def plane() -> ControlPlane:
    """A control plane with a service without a selector."""
    made = ControlPlane(CONTROLLERS)
    made.create(service(selector={}))
    return made


def endpoints(*subsets: Json, **metadata: Any) -> Json:
    """Endpoints of the service `web`."""
    return {
        "apiVersion": "v1",
        "kind": "Endpoints",
        "metadata": {"name": "web", "namespace": "default", **metadata},
        "subsets": list(subsets),
    }


def subset(*ips: str, port: int = 80, name: str = "addresses") -> Json:
    """A subset with these addresses."""
    return {name: [{"ip": ip} for ip in ips], "ports": [{"port": port}]}


def addresses(plane: ControlPlane) -> dict[tuple[str, int | None], list[tuple[str, bool]]]:
    """Address type and port to the addresses of a slice and whether they are ready."""
    return {
        (each.address_type, each.ports[0].port): [(e.addresses[0], e.ready) for e in each.endpoints]
        for each in slices(plane)
    }


def test_each_set_of_ports_and_address_type_has_a_slice(plane: ControlPlane) -> None:
    """Ready and not-ready addresses are mirrored, with the labels and annotations of the Endpoints."""
    annotations = {"mine": "x", "kubectl.kubernetes.io/last-applied-configuration": "{}"}
    written = endpoints(
        subset("10.1.1.1", "fd00::1"),
        subset("10.1.1.2", name="notReadyAddresses"),
        subset("10.1.1.3", port=81),
        labels={"a": "b"},
        annotations=annotations,
    )
    made = plane.create(written)
    plane.settle()
    assert {
        ("IPv4", 80): [("10.1.1.1", True), ("10.1.1.2", False)],
        ("IPv6", 80): [("fd00::1", True)],
        ("IPv4", 81): [("10.1.1.3", True)],
    } == addresses(plane)
    for each in slices(plane):
        assert {
            "a": "b",
            "kubernetes.io/service-name": "web",
            "endpointslice.kubernetes.io/managed-by": NAME,
        } == each.metadata.labels
        assert {"mine": "x"} == each.metadata.annotations
        assert [("Endpoints", made.uid)] == [
            (owner.kind, owner.uid) for owner in each.metadata.owner_references
        ]


def test_edits_are_followed_in_place_and_nothing_is_written_otherwise(plane: ControlPlane) -> None:
    """The slice keeps its name when addresses, ports or labels change; a restart writes nothing."""
    plane.create(endpoints(subset("10.1.1.1")))
    plane.settle()
    (first,) = slices(plane)
    plane.patch("Endpoints", "web", {"subsets": [subset("10.1.1.2", port=81)]})
    plane.patch("Endpoints", "web", {"metadata": {"labels": {"a": "b"}}})
    plane.settle()
    (second,) = slices(plane)
    assert first.name == second.name
    assert {("IPv4", 81): [("10.1.1.2", True)]} == addresses(plane)
    assert "b" == second.metadata.labels["a"]
    plane.manager.crash()
    plane.manager.start()
    plane.settle()
    assert [second.metadata.resource_version] == [
        each.metadata.resource_version for each in slices(plane)
    ]


@pytest.mark.parametrize(
    "metadata",
    [
        {"labels": {"endpointslice.kubernetes.io/skip-mirror": "true"}},
        {"annotations": {"control-plane.alpha.kubernetes.io/leader": "{}"}},
    ],
)
def test_what_asks_not_to_be_mirrored_is_not(plane: ControlPlane, metadata: Json) -> None:
    """A label and the annotation of a leader's lock keep the mirror off, also afterwards."""
    plane.create(endpoints(subset("10.1.1.1"), **metadata))
    plane.settle()
    assert [] == slices(plane)
    plane.patch("Endpoints", "web", {"metadata": dict.fromkeys(metadata)})
    plane.settle()
    assert 1 == len(slices(plane))
    plane.patch("Endpoints", "web", {"metadata": metadata})
    plane.settle()
    assert [] == slices(plane)


def test_the_mirror_ends_with_endpoints_or_a_selector(plane: ControlPlane) -> None:
    """Deleted Endpoints leave no slice; a service that gets a selector has only slices of its pods."""
    plane.create(endpoints(subset("10.1.1.1")))
    plane.settle()
    plane.delete("Endpoints", "web")
    plane.settle()
    assert [] == slices(plane)
    plane.create(endpoints(subset("10.1.1.1")))
    plane.settle()
    plane.patch("Service", "web", {"spec": {"selector": {"app": "web"}}})
    plane.settle()
    assert ["endpointslice-controller.k8s.io"] == [each.managed_by for each in slices(plane)]


def test_deleting_a_slice_brings_it_back_and_deleting_the_service_does_not(
    plane: ControlPlane,
) -> None:
    """The mirror repairs itself as long as there is something to mirror."""
    plane.create(endpoints(subset("10.1.1.1")))
    plane.settle()
    plane.delete("EndpointSlice", slices(plane)[0].name)
    plane.settle()
    assert {("IPv4", 80): [("10.1.1.1", True)]} == addresses(plane)
    plane.delete("Service", "web")
    plane.settle()
    assert [] == slices(plane)


def test_no_more_addresses_are_mirrored_than_the_limit() -> None:
    """Ready addresses come first."""
    manager = ControllerManagerSettings(mirroring_max_endpoints_per_subset=2)
    plane = ControlPlane(CONTROLLERS, settings=Settings(controller_manager=manager))
    plane.create(service(selector={}))
    plane.create(
        endpoints(
            {
                **subset("10.1.1.3", name="notReadyAddresses"),
                **subset("10.1.1.1"),
            },
            subset("10.1.1.2", name="notReadyAddresses"),
        )
    )
    plane.settle()
    assert {("IPv4", 80): [("10.1.1.1", True), ("10.1.1.2", False)]} == addresses(plane)
