"""Promises about EndpointSlices, mirrors and addresses, on facts made by hand."""

from __future__ import annotations

from types import SimpleNamespace

from tests.invariants.bench import USER, Bench, endpoints, pod, service
from windtunnel.invariants.promises.services import ServicesShareNothing, WhatServicesLeaveIsFree
from windtunnel.invariants.promises.slices import (
    MIRRORED,
    SELECTED,
    SLICES,
    addresses_are_those_of_their_pods,
    addresses_lead_to_their_pods,
    hand_written_endpoints_are_mirrored,
    slices_are_selected_pods,
    slices_match,
)
from windtunnel.model.facts import ProcessDown
from windtunnel.model.objects.json import Json
from windtunnel.model.outcome import Verdict

HELD, VIOLATED = Verdict.HELD, Verdict.VIOLATED
WEB = {"app": "web"}
CONTROLLER = "system:serviceaccount:kube-system:endpointslice-controller"


def endpoint_slice(
    name: str, ip: str, *, ready: bool = True, serving: bool = True, terminating: bool = False
) -> Json:
    """A slice of the service web with one endpoint."""
    conditions = {"ready": ready, "serving": serving, "terminating": terminating}
    return {
        "metadata": {
            "labels": {
                "kubernetes.io/service-name": "web",
                "endpointslice.kubernetes.io/managed-by": SELECTED,
            }
        },
        "addressType": "IPv4",
        "endpoints": [
            {
                "addresses": [ip],
                "conditions": conditions,
                "targetRef": {"kind": "Pod", "name": name, "uid": f"uid-{name}"},
            }
        ],
        "ports": [{"name": "", "port": 8080, "protocol": "TCP"}],
    }


def world(*promises: object) -> Bench:
    """A node, a service, and one pod of it."""
    bench = Bench(*promises)
    bench.put("nodes", "", "node-1", {})
    bench.put("services", "default", "web", service(WEB))
    bench.put("pods", "default", "a", pod(WEB, ip="10.0.0.1", ready=True))
    return bench


def test_slices_must_show_each_pod_as_it_is() -> None:
    """Address, port and all three conditions count."""
    bench = world(slices_match)
    bench.put(SLICES, "default", "web-1", endpoint_slice("a", "10.0.0.1"), CONTROLLER)
    bench.heal_and_finish()
    assert HELD == bench.verdict(slices_match)
    leaving = pod(WEB, ip="10.0.0.1", ready=True, deleting=True)
    bench.put("pods", "default", "a", leaving)
    bench.finish()
    finding = bench.monitor.findings()[0]
    assert "1 endpoints, lacking: 10.0.0.1 (serving, terminating) at port 8080" == finding.expected
    assert "Service default/web" == finding.subject


def test_a_pod_of_a_node_that_does_not_exist_is_left_out() -> None:
    """Unless the service publishes unready addresses."""
    bench = world(slices_match)
    bench.put(SLICES, "default", "web-1", endpoint_slice("a", "10.0.0.1"), CONTROLLER)
    bench.delete("nodes", "", "node-1")
    bench.heal_and_finish()
    assert VIOLATED == bench.verdict(slices_match)


def test_a_slice_may_be_behind_but_not_make_things_up() -> None:
    """What was so at some time may be written late; what never was may not."""
    bench = world(slices_are_selected_pods)
    bench.put("pods", "default", "a", pod(WEB, ip="10.0.0.1", ready=False))
    bench.put(SLICES, "default", "web-1", endpoint_slice("a", "10.0.0.1"), CONTROLLER)
    assert HELD == bench.verdict(slices_are_selected_pods)
    made_up = endpoint_slice("a", "10.0.0.1", ready=True, terminating=True)
    bench.put(SLICES, "default", "web-1", made_up, CONTROLLER)
    assert VIOLATED == bench.verdict(slices_are_selected_pods)


def test_what_people_write_into_slices_is_their_own_affair() -> None:
    """Only the controller promises anything."""
    bench = world(slices_are_selected_pods, addresses_are_those_of_their_pods)
    bench.put(SLICES, "default", "web-1", endpoint_slice("b", "10.0.0.9"), USER)
    assert 0 == bench.result(slices_are_selected_pods).violations
    assert 0 == bench.result(addresses_are_those_of_their_pods).violations


def test_an_address_that_was_used_again_is_not_the_first_pods_any_more() -> None:
    """The same address, another pod: each is known by its uid."""
    bench = world(addresses_are_those_of_their_pods)
    bench.put("pods", "default", "b", pod(WEB, ip="10.0.0.2"))
    bench.put(SLICES, "default", "web-1", endpoint_slice("a", "10.0.0.1"), CONTROLLER)
    assert HELD == bench.verdict(addresses_are_those_of_their_pods)
    bench.put(SLICES, "default", "web-1", endpoint_slice("b", "10.0.0.1"), CONTROLLER)
    assert "10.0.0.1" == bench.monitor.findings()[0].found


def test_a_listed_address_must_lead_to_the_pod_that_it_is_listed_for() -> None:
    """What the machine says counts, not what the store says."""
    bench = world(addresses_lead_to_their_pods)
    there = SimpleNamespace(uid="uid-a", ip="10.0.0.1")
    bench.machines["node-1"] = SimpleNamespace(pods={"uid-a": there})
    bench.put(SLICES, "default", "web-1", endpoint_slice("a", "10.0.0.1"), CONTROLLER)
    bench.heal_and_finish()
    assert HELD == bench.verdict(addresses_lead_to_their_pods)
    there.uid = "uid-b"
    bench.put("configmaps", "default", "later", {})
    bench.finish()
    assert "it leads to the pod of uid uid-b" == bench.monitor.findings()[0].found


def mirror(ip: str) -> Json:
    """A mirroring slice of the service web."""
    made = endpoint_slice("", ip)
    made["metadata"]["labels"]["endpointslice.kubernetes.io/managed-by"] = MIRRORED
    return {**made, "endpoints": [{"addresses": [ip], "conditions": {"ready": True}}]}


def test_only_hand_written_endpoints_are_mirrored() -> None:
    """A mirror shows the same addresses, and goes when the service gets a selector."""
    bench = Bench(hand_written_endpoints_are_mirrored)
    bench.put("services", "default", "web", service(None))
    bench.put("endpoints", "default", "web", endpoints(("192.0.2.1", "x")))
    bench.put(SLICES, "default", "web-1", mirror("192.0.2.1"))
    bench.heal_and_finish()
    assert HELD == bench.verdict(hand_written_endpoints_are_mirrored)
    bench.put("services", "default", "web", service(WEB))
    bench.finish()
    assert "1 of them, with nothing to mirror" == bench.monitor.findings()[0].found


def test_two_services_do_not_share_an_address_or_a_node_port() -> None:
    """One may have what another one has given up."""
    bench = Bench(ServicesShareNothing)
    ported = service(WEB)
    ported["spec"]["ports"][0]["nodePort"] = 30080
    bench.put("services", "default", "one", ported)
    bench.delete("services", "default", "one")
    bench.put("services", "default", "two", ported)
    assert HELD == bench.verdict(ServicesShareNothing)
    bench.put("services", "default", "three", ported)
    found = [finding.expected for finding in bench.monitor.findings()]
    assert ["address 10.96.0.7 is its own", "node port 30080 is its own"] == found


def test_what_no_service_has_must_be_free() -> None:
    """Unless an API server died, which may have kept something for a service that was never stored."""
    bench = Bench(WhatServicesLeaveIsFree)
    bench.environment.apiservers = ("apiserver-0",)
    bench.put("services", "default", "web", service(WEB))
    for address in ("10.96.0.7", "10.96.0.8"):
        bench.put("ipaddresses.networking.k8s.io", "", address, {})
    bench.heal_and_finish()
    expected = [finding.expected for finding in bench.monitor.findings()]
    assert ["address 10.96.0.8 is free"] == list(dict.fromkeys(expected))
    bench = Bench(WhatServicesLeaveIsFree)
    bench.environment.apiservers = ("apiserver-0",)
    bench.put("ipaddresses.networking.k8s.io", "", "10.96.0.8", {})
    bench.emit(ProcessDown, "apiserver-0", 1)
    bench.heal_and_finish()
    assert HELD == bench.verdict(WhatServicesLeaveIsFree)
