"""Promises about dying nodes, their taints and their pods, on facts made by hand."""

from __future__ import annotations

from tests.invariants.bench import Bench, pod
from windtunnel.invariants.promises.lost_nodes import PodsOfLostNodesGo
from windtunnel.invariants.promises.node_death import (
    KNOWN_AFTER_MS,
    EvictionsAreCalledFor,
    TaintedNodesAreEmptied,
    ZonesInTroubleAreSpared,
    taints_follow_conditions,
)
from windtunnel.model.cluster.actions.faults import NodeCrash, ProcessCrash
from windtunnel.model.facts import ActionBegun
from windtunnel.model.objects.json import Json
from windtunnel.model.outcome import Verdict

HELD, VIOLATED = Verdict.HELD, Verdict.VIOLATED
CONTROLLER = "system:serviceaccount:kube-system:node-controller"
UNREACHABLE = "node.kubernetes.io/unreachable"


def node(ready: str = "True", *taints: tuple[str, str], zone: str = "", **spec: object) -> Json:
    """A node with taints of (key, effect)."""
    listed = [{"key": key, "effect": effect} for key, effect in taints]
    labels = {"topology.kubernetes.io/zone": zone} if zone else {}
    return {
        "kind": "Node",
        "metadata": {"labels": labels},
        "spec": {"taints": listed, **spec},
        "status": {"conditions": [{"type": "Ready", "status": ready}]},
    }


def tolerating(seconds: int | None) -> Json:
    """A pod that tolerates what makes a node unreachable, for some time or for ever."""
    toleration: Json = {"key": UNREACHABLE, "operator": "Exists", "effect": "NoExecute"}
    if seconds is not None:
        toleration["tolerationSeconds"] = seconds
    made = pod()
    return {**made, "spec": {**made["spec"], "tolerations": [toleration]}}


DRIVING = (UNREACHABLE, "NoExecute")
KEEPING = (UNREACHABLE, "NoSchedule")


def test_at_rest_taints_say_what_is_wrong_with_a_node() -> None:
    """Each too many or too few is named; people's own taints are not asked about."""
    bench = Bench(taints_follow_conditions)
    bench.environment.faults = {}
    bench.put("nodes", "", "good", node("True", ("own", "NoExecute")))
    bench.put("nodes", "", "silent", node("Unknown", KEEPING, DRIVING))
    bench.heal_and_finish()
    assert HELD == bench.verdict(taints_follow_conditions)
    bench.put("nodes", "", "good", node("True", DRIVING, unschedulable=True))
    bench.finish()
    assert [
        ("NoSchedule taints node.kubernetes.io/unschedulable", "no NoSchedule taint"),
        ("no NoExecute taint", f"NoExecute taints {UNREACHABLE}"),
    ] == [(finding.expected, finding.found) for finding in bench.monitor.findings()]


def test_at_rest_a_node_may_lack_the_taint_that_drives_out_while_none_is_ready() -> None:
    """Then it is rather the network."""
    bench = Bench(taints_follow_conditions)
    bench.put("nodes", "", "silent", node("Unknown", KEEPING))
    bench.heal_and_finish()
    assert HELD == bench.verdict(taints_follow_conditions)


def evict(bench: Bench, name: str) -> None:
    """The controller deletes a pod."""
    bench.delete("pods", "default", name, CONTROLLER)


def test_a_pod_may_be_evicted_when_its_time_is_over_and_not_before() -> None:
    """The time counts from when both the taint and the pod were there."""
    for waits_ms, verdict in ((59_999, VIOLATED), (60_000, HELD)):
        bench = Bench(EvictionsAreCalledFor)
        bench.put("nodes", "", "node-1", node("Unknown", DRIVING))
        bench.advance(30_000)
        bench.put("pods", "default", "a", tolerating(60))
        bench.advance(waits_ms)
        evict(bench, "a")
        assert verdict == bench.verdict(EvictionsAreCalledFor)


def test_a_pod_that_tolerates_everything_is_never_evicted() -> None:
    """Nor one on a node that never had a taint."""
    bench = Bench(EvictionsAreCalledFor)
    bench.put("nodes", "", "node-1", node("Unknown", DRIVING))
    bench.put("pods", "default", "a", tolerating(None))
    bench.advance(3_600_000)
    evict(bench, "a")
    assert VIOLATED == bench.verdict(EvictionsAreCalledFor)
    bench = Bench(EvictionsAreCalledFor)
    bench.put("nodes", "", "node-1", node())
    bench.put("pods", "default", "a", pod())
    evict(bench, "a")
    assert VIOLATED == bench.verdict(EvictionsAreCalledFor)


def test_a_late_eviction_may_be_for_a_taint_that_is_gone() -> None:
    """The controller may not have heard of it."""
    bench = Bench(EvictionsAreCalledFor)
    bench.put("nodes", "", "node-1", node("Unknown", DRIVING))
    bench.put("pods", "default", "a", pod())
    bench.put("nodes", "", "node-1", node())
    evict(bench, "a")
    assert HELD == bench.verdict(EvictionsAreCalledFor)


def test_a_tainted_node_is_emptied_in_time() -> None:
    """Of pods that do not tolerate the taint for ever."""
    bench = Bench(TaintedNodesAreEmptied)
    bench.put("nodes", "", "node-1", node("Unknown", DRIVING))
    bench.put("pods", "default", "stays", tolerating(None))
    bench.put("pods", "default", "goes", {**tolerating(300), **pod(deleting=True)})
    bench.heal_and_finish()
    assert HELD == bench.verdict(TaintedNodesAreEmptied)
    bench.put("pods", "default", "late", tolerating(300))
    bench.finish()
    assert HELD == bench.verdict(TaintedNodesAreEmptied)
    bench.advance(900_000)
    bench.put("configmaps", "default", "later", {})
    bench.finish()
    assert "Pod default/late" == bench.monitor.findings()[0].subject


def silent_zone(bench: Bench, *, ready: int = 0) -> None:
    """Four nodes of one zone, of which some are ready, and stay so."""
    bench.faults = {}
    for number in range(4):
        bench.put("nodes", "", f"node-{number}", node("True" if number < ready else "Unknown"))
    bench.advance(KNOWN_AFTER_MS)


def taint(bench: Bench) -> Verdict:
    """The controller drives pods out of a silent node."""
    bench.put("nodes", "", "node-3", node("Unknown", DRIVING), CONTROLLER)
    return bench.verdict(ZonesInTroubleAreSpared)


def test_nobody_is_driven_out_while_a_zone_is_in_trouble() -> None:
    """No node is ready, or three of four are not; two of four may be emptied."""
    for ready, verdict in ((0, VIOLATED), (1, VIOLATED), (2, HELD)):
        bench = Bench(ZonesInTroubleAreSpared)
        silent_zone(bench, ready=ready)
        assert verdict == taint(bench)


def test_what_the_controller_cannot_know_yet_is_no_breach() -> None:
    """A zone whose state is new, or a controller that was just restarted."""
    bench = Bench(ZonesInTroubleAreSpared)
    silent_zone(bench)
    bench.put("nodes", "", "node-0", node())
    bench.put("nodes", "", "node-0", node("Unknown"))
    assert HELD == taint(bench)
    bench = Bench(ZonesInTroubleAreSpared)
    silent_zone(bench)
    bench.emit(ActionBegun, 1, ProcessCrash("controller-manager-0"))
    assert HELD == taint(bench)
    bench = Bench(ZonesInTroubleAreSpared)
    silent_zone(bench)
    bench.emit(ActionBegun, 1, NodeCrash("node-1"))
    assert VIOLATED == taint(bench)


def test_a_pod_does_not_stay_without_its_node() -> None:
    """But for one that a finalizer holds, and one that has just been bound."""
    bench = Bench(PodsOfLostNodesGo)
    held = pod(node="gone")
    held["metadata"]["finalizers"] = ["example.com/held"]
    bench.put("pods", "default", "held", held)
    bench.heal_and_finish()
    bench.put("pods", "default", "new", pod(node="gone"))
    bench.finish()
    assert HELD == bench.verdict(PodsOfLostNodesGo)
    bench.advance(900_000)
    bench.put("configmaps", "default", "later", {})
    bench.finish()
    assert "Pod default/new" == bench.monitor.findings()[0].subject
