"""Promises about binding and kubelets, on facts made by hand: what each lets pass, and what it catches."""

from __future__ import annotations

from tests.invariants.bench import (
    KUBELET,
    Bench,
    pod,
)
from windtunnel.invariants.promises.binding import (
    CONTINUOUSLY_MS,
    FittingPodsAreBound,
    bound_once,
    filters_held,
)
from windtunnel.invariants.promises.kubelet import (
    AddressComesWithSandbox,
    RestartCountGrows,
    TerminalPhaseIsFinal,
    addresses_are_not_shared,
    bound_pods_run,
    terminating_pods_go,
)
from windtunnel.model.facts import (
    Physical,
    ProcessDown,
    SchedulerDecided,
)
from windtunnel.model.objects.json import Json
from windtunnel.model.outcome import Verdict
from windtunnel.model.scheduler.node_info import node_info

HELD, UNKNOWN, VIOLATED = Verdict.HELD, Verdict.UNKNOWN, Verdict.VIOLATED
RC, RS = "replicationcontrollers", "replicasets.apps"
WEB = {"app": "web"}


def node(cpu: str = "1", pods: str = "2", **spec: object) -> Json:
    """A node."""
    return {
        "kind": "Node",
        "spec": spec,
        "status": {"allocatable": {"cpu": cpu, "memory": "1Gi", "pods": pods}},
    }


def asking(cpu: str) -> Json:
    """An unbound pod that asks for so much processor time."""
    raw = pod(WEB, node="")
    raw["spec"]["containers"][0]["resources"] = {"requests": {"cpu": cpu}}
    return raw


def test_a_pod_that_is_bound_again_is_caught() -> None:
    """Binding once is fine, and so is any later write that leaves the node alone."""
    bench = Bench(bound_once)
    for name in ("", "node-1", "node-1"):
        bench.put("pods", "default", "a", pod(WEB, node=name))
    assert HELD == bench.verdict(bound_once)
    bench.put("pods", "default", "a", pod(WEB, node="node-2"))
    assert VIOLATED == bench.verdict(bound_once)


def test_decisions_are_checked_on_the_scheduler_own_snapshot() -> None:
    """Room, pod count, cordon and taints, each with a reason in words."""
    taint = [{"key": "dedicated", "value": "db", "effect": "NoSchedule"}]
    cases = (
        (node(), "100m", ""),
        (node(cpu="1"), "600m", "node-1 has 0.5 of cpu left, and 0.6 are asked for"),
        (node(pods="1"), "100m", "node-1 has room for 1 pods and has 1"),
        (node(unschedulable=True), "100m", "node-1 is cordoned"),
        (node(taints=taint), "100m", "node-1 has the taint dedicated=db:NoSchedule"),
    )
    for raw, cpu, reason in cases:
        bench = Bench(filters_held)
        there = bench.put("nodes", "", "node-1", raw).view
        other = bench.put("pods", "default", "other", asking("500m")).view
        asked = bench.put("pods", "default", "asked", asking(cpu)).view
        info = node_info("node-1", there, (other,))  # type: ignore[arg-type]
        bench.emit(SchedulerDecided, "scheduler-0", asked, "node-1", info)
        assert reason == "".join(f.found for f in bench.monitor.findings())


def test_at_rest_a_pod_that_fits_is_bound() -> None:
    """One that fits nowhere may wait."""
    bench = Bench(FittingPodsAreBound)
    bench.put("nodes", "", "node-1", node())
    bench.put("pods", "default", "big", asking("2"))
    bench.heal_and_finish()
    assert HELD == bench.verdict(FittingPodsAreBound)
    bench.put("pods", "default", "small", asking("500m"))
    bench.advance(CONTINUOUSLY_MS)
    bench.finish()
    assert "a node, since node-1 has room for it" == bench.monitor.findings()[0].expected


def test_a_restart_count_that_falls_is_caught() -> None:
    """Unless it is the late word of an incarnation that is gone."""
    bench = Bench(RestartCountGrows)
    bench.up("kubelet-node-1")
    for restarts in (0, 2, 2):
        bench.put("pods", "default", "a", pod(restarts=restarts), KUBELET)
    call = bench.begin("kubelet-node-1", "patch", "pods", "a")
    bench.emit(ProcessDown, "kubelet-node-1", 1)
    bench.put("pods", "default", "a", pod(restarts=1), KUBELET, call=call)
    assert HELD == bench.verdict(RestartCountGrows)
    bench.put("pods", "default", "a", pod(restarts=1), KUBELET)
    assert VIOLATED == bench.verdict(RestartCountGrows)


def test_a_pod_that_comes_back_from_the_dead_is_caught() -> None:
    """A kubelet may not do that; anybody else may."""
    bench = Bench(TerminalPhaseIsFinal)
    bench.put("pods", "default", "a", pod(phase="Failed"), KUBELET)
    bench.put("pods", "default", "a", pod(phase="Running"))
    bench.put("pods", "default", "a", pod(phase="Succeeded"), KUBELET)
    assert HELD == bench.verdict(TerminalPhaseIsFinal)
    bench.put("pods", "default", "a", pod(phase="Failed"), KUBELET)
    assert VIOLATED == bench.verdict(TerminalPhaseIsFinal)


def test_an_address_that_changes_without_a_new_sandbox_is_caught() -> None:
    """With one it may."""
    bench = Bench(AddressComesWithSandbox)
    bench.emit(Physical, "node-1", "sandbox-up", "uid-a", "", "")
    bench.put("pods", "default", "a", pod(ip="10.0.0.1"), KUBELET)
    bench.emit(Physical, "node-1", "sandbox-up", "uid-a", "", "")
    bench.put("pods", "default", "a", pod(ip="10.0.0.2"), KUBELET)
    assert HELD == bench.verdict(AddressComesWithSandbox)
    bench.put("pods", "default", "a", pod(ip="10.0.0.3"), KUBELET)
    assert VIOLATED == bench.verdict(AddressComesWithSandbox)


def test_at_rest_pods_run_go_and_have_addresses_of_their_own() -> None:
    """On nodes that the cluster has."""
    kubelet = (bound_pods_run, terminating_pods_go, addresses_are_not_shared)
    bench = Bench(*kubelet)
    bench.put("pods", "default", "a", pod(ip="10.0.0.1", ready=True))
    bench.put("pods", "default", "lost", pod(node="node-9", deleting=True))
    bench.heal_and_finish()
    assert [HELD, HELD, HELD] == [bench.verdict(each) for each in kubelet]
    bench.put("pods", "default", "b", pod(ip="10.0.0.1"))
    bench.put("pods", "default", "c", pod(deleting=True))
    bench.finish()
    assert [VIOLATED, VIOLATED, VIOLATED] == [bench.verdict(each) for each in kubelet]
