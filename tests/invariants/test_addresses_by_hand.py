"""Promises about addresses and ports, on facts made by hand: who need not have them, and who may still list them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from tests.invariants.bench import USER, Bench, endpoints, pod, service
from windtunnel.invariants.promises.endpoints import (
    endpoints_are_selected_pods,
    endpoints_match,
    hand_written_endpoints_are_left_alone,
)
from windtunnel.invariants.promises.kubelet import addresses_are_not_shared, bound_pods_run
from windtunnel.invariants.promises.services import ServicesShareNothing, WhatServicesLeaveIsFree
from windtunnel.invariants.promises.slices import (
    MIRRORED,
    SELECTED,
    SKIP_MIRROR,
    SLICES,
    addresses_are_those_of_their_pods,
    addresses_lead_to_their_pods,
    hand_written_endpoints_are_mirrored,
    slices_are_selected_pods,
    slices_match,
)
from windtunnel.model.objects.json import Json
from windtunnel.model.objects.record import StoreKey
from windtunnel.model.outcome import Verdict
from windtunnel.model.sim.network import ConnectionLost
from windtunnel.model.store.requests import Delete

HELD, VIOLATED = Verdict.HELD, Verdict.VIOLATED
WEB = {"app": "web"}
DELETED = "2024-01-01T00:00:00Z"
SLICER = "system:serviceaccount:kube-system:endpointslice-controller"
ENDPOINTER = "system:serviceaccount:kube-system:endpoint-controller"


def sliced(*ips: str, managed_by: str = SELECTED, pods: tuple[str, ...] = ("a",)) -> Json:
    """A slice of the service web that lists pods as ready."""
    conditions = {"ready": True, "serving": True, "terminating": False}
    listed = [
        {
            "addresses": [ip],
            "conditions": conditions,
            "targetRef": {"kind": "Pod", "name": name, "uid": f"uid-{name}"},
        }
        for ip, name in zip(ips, pods * len(ips), strict=False)
    ]
    labels = {
        "kubernetes.io/service-name": "web",
        "endpointslice.kubernetes.io/managed-by": managed_by,
    }
    ports = [{"name": "", "port": 8080, "protocol": "TCP"}]
    return {
        "metadata": {"labels": labels}, "addressType": "IPv4", "endpoints": listed, "ports": ports,
    }  # fmt: skip


# -- services ----------------------------------------------------------------------------------------------------------


def test_a_node_port_that_no_service_has_must_be_free() -> None:
    """One that a service has, as a port or for health checks, is taken."""
    bench = Bench(WhatServicesLeaveIsFree)
    bench.environment.apiservers = ("apiserver-0",)
    raw = service(WEB)
    raw["spec"]["ports"][0]["nodePort"] = 30080
    raw["spec"]["healthCheckNodePort"] = 30081
    bench.put("services", "default", "web", raw)
    bench.put("rangeallocations", "", "servicenodeports", {"ports": [30080, 30081]})
    bench.heal_and_finish()
    assert HELD == bench.verdict(WhatServicesLeaveIsFree)
    bench.put("rangeallocations", "", "servicenodeports", {"ports": [30080, 30081, 30082]})
    bench.finish()
    assert "node port 30082 is free" == bench.monitor.findings()[0].expected


def test_a_server_that_lost_the_stores_answer_may_keep_an_address() -> None:
    """One that was told of an error may not."""
    request = Delete(StoreKey("services", "default", "web"), None, call=7)
    for error, verdict in ((ConnectionLost("x"), HELD), (ValueError("x"), VIOLATED)):
        bench = Bench(WhatServicesLeaveIsFree)
        bench.environment.apiservers = ("apiserver-0",)
        bench.put("ipaddresses.networking.k8s.io", "", "10.96.0.8", {})
        bench.answer("apiserver-0", request, None, error=error)
        bench.heal_and_finish()
        assert verdict == bench.verdict(WhatServicesLeaveIsFree)


def test_headless_services_and_those_of_a_name_have_no_address_to_share() -> None:
    """None is no address, so a run with nothing else has nothing to prove; the second address of two stacks is one."""
    bench = Bench(ServicesShareNothing)
    for name in ("one", "two"):
        bench.put("services", "default", name, {"spec": {"clusterIP": "None"}})
        bench.put("services", "default", f"{name}-name", {"spec": {"type": "ExternalName"}})
    assert not bench.result(ServicesShareNothing).applicable
    both = {"spec": {"clusterIP": "10.96.0.7", "clusterIPs": ["10.96.0.7", "fd00::7"]}}
    bench.put("services", "default", "both", both)
    bench.put("services", "default", "other", {"spec": {"clusterIP": "fd00::7"}})
    assert ["address fd00::7 is its own"] == [each.expected for each in bench.monitor.findings()]


# -- what services list ------------------------------------------------------------------------------------------------


def listing(*promises: object) -> Bench:
    """A node, a service, and a pod of it with two addresses in its life."""
    bench = Bench(*promises)
    bench.put("nodes", "", "node-1", {})
    bench.put("services", "default", "web", service(WEB))
    bench.put("pods", "default", "a", pod(WEB, ip="10.0.0.1", ready=True))
    return bench


def test_a_service_that_is_going_need_not_be_listed_any_more() -> None:
    """Nor one in a namespace that goes, nor one that is only a name."""
    for namespace, spec, metadata in (
        ({}, {}, {"deletionTimestamp": DELETED}),
        ({"deletionTimestamp": DELETED}, {}, {}),
        ({}, {"type": "ExternalName"}, {}),
    ):
        bench = listing(slices_match, endpoints_match)
        raw = service(WEB)
        bench.put(
            "services",
            "default",
            "web",
            {**raw, "metadata": metadata, "spec": {**raw["spec"], **spec}},
        )
        bench.put("namespaces", "", "default", {"metadata": namespace})
        bench.heal_and_finish()
        assert [HELD, HELD] == [bench.verdict(each) for each in (slices_match, endpoints_match)]


def test_a_service_without_endpoints_lacks_them() -> None:
    """Even one that selects nobody gets an empty object of its name."""
    bench = Bench(endpoints_match)
    bench.put("services", "default", "web", service(WEB))
    bench.heal_and_finish()
    assert "there are none" == bench.monitor.findings()[0].found


def test_many_wrong_endpoints_are_shown_as_a_few() -> None:
    """The message stays one that can be read."""
    bench = listing(slices_match)
    ips = tuple(f"10.9.0.{number}" for number in range(6))
    bench.put(SLICES, "default", "web-1", sliced("10.0.0.1", *ips), SLICER)
    bench.heal_and_finish()
    assert bench.monitor.findings()[0].found.endswith("at port 8080 and 2 more")


@pytest.mark.parametrize(
    ("why", "raw"),
    [
        ("its address changed", pod(WEB, ip="10.0.0.2", ready=True)),
        ("it was over", pod(WEB, ip="10.0.0.1", ready=True, phase="Failed")),
    ],
)
def test_what_a_pod_was_may_be_written_late_but_not_mixed_up(why: str, raw: Json) -> None:
    """Its address then, with its readiness then; never with those of another time."""
    promised = (slices_are_selected_pods, endpoints_are_selected_pods)
    bench = listing(*promised)
    bench.put("pods", "default", "a", raw)
    bench.put(SLICES, "default", "web-1", sliced("10.0.0.1"), SLICER)
    bench.put("endpoints", "default", "web", endpoints(("10.0.0.1", "a")), ENDPOINTER)
    assert [HELD, HELD] == [bench.verdict(each) for each in promised]
    bench.put("pods", "default", "b", {**raw, "metadata": {"labels": {"app": "other"}}})
    bench.put(SLICES, "default", "web-1", sliced("10.0.0.1", pods=("b",)), SLICER)
    bench.put("endpoints", "default", "web", endpoints(("10.0.0.2", "b")), ENDPOINTER)
    assert [VIOLATED, VIOLATED] == [bench.verdict(each) for each in promised]


def test_a_service_that_publishes_everybody_lists_the_unready_as_ready() -> None:
    """And others do not."""
    raw = service(WEB)
    for publishes, verdict in ((True, HELD), (False, VIOLATED)):
        bench = Bench(slices_are_selected_pods)
        spec = {**raw["spec"], "publishNotReadyAddresses": publishes}
        bench.put("services", "default", "web", {**raw, "spec": spec})
        bench.put("pods", "default", "a", pod(WEB, ip="10.0.0.1", ready=False))
        listed = sliced("10.0.0.1")
        listed["endpoints"][0]["conditions"]["serving"] = False
        bench.put(SLICES, "default", "web-1", listed, SLICER)
        assert verdict == bench.verdict(slices_are_selected_pods)


def test_a_message_says_whose_address_it_is_not() -> None:
    """A pod that is there, one that is gone, or one that never was."""
    bench = listing(endpoints_are_selected_pods)
    bench.put("pods", "default", "gone", pod(ip="10.0.0.9"))
    bench.delete("pods", "default", "gone")
    for name in ("a", "gone", "never"):
        bench.put("endpoints", "default", "web", endpoints(("10.9.9.9", name)), ENDPOINTER)
    assert [
        "10.9.9.9 (ready), which names Pod default/a",
        "10.9.9.9 (ready), which names a pod that is gone",
        "10.9.9.9 (ready), which names no pod",
    ] == [finding.found for finding in bench.monitor.findings()]


def test_each_pod_of_endpoints_is_known_by_its_uid_too() -> None:
    """As in slices."""
    bench = listing(addresses_are_those_of_their_pods)
    bench.put("endpoints", "default", "web", endpoints(("10.0.0.1", "a")), ENDPOINTER)
    assert HELD == bench.verdict(addresses_are_those_of_their_pods)
    bench.put("endpoints", "default", "web", endpoints(("10.0.0.1", "b")), ENDPOINTER)
    assert VIOLATED == bench.verdict(addresses_are_those_of_their_pods)


def test_endpoints_of_a_service_that_lost_its_selector_are_their_authors() -> None:
    """Once it never had one in a cache that could be behind, the controller has no business there."""
    bench = Bench(hand_written_endpoints_are_left_alone)
    bench.put("services", "default", "both", service(WEB))
    bench.put("services", "default", "both", service(None))
    bench.put("endpoints", "default", "both", endpoints(("10.0.0.1", "a")), ENDPOINTER)
    assert HELD == bench.verdict(hand_written_endpoints_are_left_alone)
    bench.put("services", "default", "own", service(None))
    bench.put("endpoints", "default", "own", endpoints(("192.0.2.1", "x")), USER)
    bench.put("endpoints", "default", "own", endpoints(("192.0.2.2", "x")), ENDPOINTER)
    assert "the controller wrote them" == bench.monitor.findings()[0].found


def leads(service_raw: Json | None, pod_raw: Json | None) -> Verdict:
    """A slice lists an address that leads nowhere: whether that is a breach."""
    bench = listing(addresses_lead_to_their_pods)
    bench.machines["node-1"] = SimpleNamespace(pods={"uid-x": SimpleNamespace(uid="uid-x", ip="")})
    bench.put(SLICES, "default", "web-1", sliced("10.0.0.1"), SLICER)
    for resource, name, raw in (("services", "web", service_raw), ("pods", "a", pod_raw)):
        if raw is None:
            bench.delete(resource, "default", name)
        else:
            bench.put(resource, "default", name, raw)
    bench.heal_and_finish()
    return bench.verdict(addresses_lead_to_their_pods)


def test_an_address_must_lead_somewhere_only_where_a_machine_gives_it() -> None:
    """Not for a pod on its host's own, nor of a machine outside, nor in slices that nobody keeps any more."""
    there = pod(WEB, ip="10.0.0.1", ready=True)
    asked: list[tuple[Any, Any, Verdict]] = [
        (service(WEB), there, VIOLATED),
        (service(WEB), None, VIOLATED),
        (service(WEB), {**there, "spec": {**there["spec"], "hostNetwork": True}}, HELD),
        (service(WEB), {**there, "spec": {**there["spec"], "nodeName": "outside"}}, HELD),
        (service(None), there, HELD),
        (None, there, HELD),
        ({**service(WEB), "metadata": {"deletionTimestamp": DELETED}}, there, HELD),
    ]
    assert [verdict for *_, verdict in asked] == [leads(raw, of) for raw, of, _ in asked]


def mirrored(metadata: Json, slices: bool, *, namespace: Json | None = None) -> Verdict:
    """Endpoints that somebody wrote, with or without mirroring slices."""
    bench = Bench(hand_written_endpoints_are_mirrored)
    bench.put("services", "default", "web", service(None))
    own = {**endpoints(("192.0.2.1", "x")), "metadata": metadata}
    bench.put("endpoints", "default", "web", own)
    if slices:
        bench.put(SLICES, "default", "web-1", sliced("192.0.2.1", managed_by=MIRRORED))
    if namespace is not None:
        bench.put("namespaces", "", "default", {"metadata": namespace})
    bench.heal_and_finish()
    return bench.verdict(hand_written_endpoints_are_mirrored)


def test_endpoints_are_mirrored_unless_their_author_says_otherwise() -> None:
    """By a label, or since they are a lock of leaders; those that are going need no mirror and may have one."""
    skip: Json = {"labels": {SKIP_MIRROR: "true"}}
    lock: Json = {"annotations": {"control-plane.alpha.kubernetes.io/leader": "{}"}}
    going: Json = {"deletionTimestamp": DELETED}
    assert [VIOLATED, HELD, HELD] == [mirrored(each, False) for each in ({}, skip, lock)]
    assert [HELD, VIOLATED, VIOLATED] == [mirrored(each, True) for each in ({}, skip, lock)]
    assert [HELD, HELD] == [mirrored(going, slices) for slices in (True, False)]
    assert HELD == mirrored(skip, True, namespace=going)


# -- pods --------------------------------------------------------------------------------------------------------------


def test_pods_on_their_hosts_own_network_share_its_address() -> None:
    """As do pods of machines that are not the cluster's, and pods that are over."""
    on_host = pod(ip="10.0.0.1", ready=True)
    on_host["spec"]["hostNetwork"] = True
    bench = Bench(addresses_are_not_shared)
    bench.put("pods", "default", "a", on_host)
    bench.put("pods", "default", "b", on_host)
    bench.put("pods", "default", "c", pod(ip="10.0.0.1", phase="Succeeded"))
    bench.put("pods", "default", "d", pod(ip="10.0.0.1", node="outside"))
    bench.put("pods", "default", "e", pod(ip="10.0.0.1"))
    bench.heal_and_finish()
    assert HELD == bench.verdict(addresses_are_not_shared)


def waiting(**spec: object) -> Json:
    """A pod whose container cannot run."""
    made = pod(phase="Pending")
    main = {**made["spec"]["containers"][0], "imagePullPolicy": spec.pop("pulls", "Always")}
    state = {"waiting": {"reason": "ErrImagePull"}}
    status = {"name": "main", "restartCount": 0, "state": spec.pop("state", state)}
    return {
        **made,
        "spec": {**made["spec"], "containers": [main], **spec},
        "status": {**made["status"], "containerStatuses": [status]},
    }


def test_a_pod_that_does_not_run_says_what_it_waits_for() -> None:
    """One that need not run is not asked: its gates are other people's, its image may never be pulled, it has ended."""
    bench = Bench(bound_pods_run)
    bench.put("pods", "default", "gated", waiting(readinessGates=[{"conditionType": "x"}]))
    bench.put("pods", "default", "never", waiting(pulls="Never"))
    bench.put("pods", "default", "ended", waiting(restartPolicy="Never", state={"terminated": {}}))
    bench.heal_and_finish()
    assert HELD == bench.verdict(bound_pods_run)
    bench.put("pods", "default", "stuck", waiting())
    bench.finish()
    assert "Pending, not ready; main waits: ErrImagePull" == bench.monitor.findings()[0].found
