"""What a search should come to see, on facts made by hand: each is seen when it happens, and not before."""

from __future__ import annotations

from tests.invariants.bench import KUBELET, USER, Bench, pod
from windtunnel.invariants.promises.exercise import (
    a_silent_node_is_tainted,
    a_tainted_node_loses_a_pod,
    an_ending_pod_stays_in_its_slice,
)
from windtunnel.invariants.promises.slices import SLICES
from windtunnel.model.objects.json import Json

CONTROLLER = "system:serviceaccount:kube-system:node-controller"
POD_COLLECTOR = "system:serviceaccount:kube-system:pod-garbage-collector"


def tainted(key: str) -> Json:
    """A node with one taint."""
    return {"kind": "Node", "spec": {"taints": [{"key": key, "effect": "NoSchedule"}]}}


def test_a_silent_node_is_seen_when_the_controller_taints_it_as_unreachable() -> None:
    """Neither somebody's own hand nor a node that says that it is not ready is one."""
    bench = Bench(a_silent_node_is_tainted)
    unreachable, not_ready = (f"node.kubernetes.io/{each}" for each in ("unreachable", "not-ready"))
    bench.put("nodes", "", "node-1", tainted(unreachable), USER)
    bench.put("nodes", "", "node-1", tainted(not_ready), CONTROLLER)
    assert not bench.result(a_silent_node_is_tainted).applicable
    bench.put("nodes", "", "node-1", tainted(unreachable), CONTROLLER)
    bench.delete("nodes", "", "node-1", CONTROLLER)
    assert 1 == bench.result(a_silent_node_is_tainted).checked


def test_a_pod_is_lost_to_a_taint_when_the_controller_deletes_it() -> None:
    """What others delete, and what the controller only reports of a pod, is not that."""
    bench = Bench(a_tainted_node_loses_a_pod)
    for name in ("a", "b"):
        bench.put("pods", "default", name, pod(ready=True), KUBELET)
    bench.put("pods", "default", "a", pod(), CONTROLLER)
    bench.delete("pods", "default", "b", POD_COLLECTOR)
    assert not bench.result(a_tainted_node_loses_a_pod).applicable
    bench.put("pods", "default", "a", pod(deleting=True), CONTROLLER, verb="delete")
    assert 1 == bench.result(a_tainted_node_loses_a_pod).checked


def test_an_ending_pod_is_seen_in_its_slice_by_its_condition() -> None:
    """One that is merely not ready is not ending."""
    bench = Bench(an_ending_pod_stays_in_its_slice)
    for terminating, seen in ((False, 0), (True, 1)):
        conditions = {"ready": False, "serving": True, "terminating": terminating}
        endpoint = {"addresses": ["10.0.0.1"], "conditions": conditions}
        bench.put(SLICES, "default", "web-1", {"addressType": "IPv4", "endpoints": [endpoint]})
        assert seen == bench.result(an_ending_pod_stays_in_its_slice).checked
    bench.delete(SLICES, "default", "web-1")
    assert 1 == bench.result(an_ending_pod_stays_in_its_slice).checked
