"""Pause, ClockJump and ClockSkew: what they do to a cluster that works, and that nothing of them is left."""

from __future__ import annotations

from tests.cluster.questions import ready_condition, ready_pods
from windtunnel.model.cluster.actions.faults import ClockJump, ClockSkew, NodeCrash, Pause
from windtunnel.model.cluster.actions.operations import Delete, Scale
from windtunnel.model.cluster.cluster import Cluster
from windtunnel.model.cluster.shape import ClusterShape
from windtunnel.model.facts import Committed
from windtunnel.model.objects.json import Json
from windtunnel.model.objects.meta import condition
from windtunnel.model.objects.node import Node
from windtunnel.model.objects.record import StoreKey
from windtunnel.model.objects.time import parse_time
from windtunnel.model.settings import Settings
from windtunnel.model.store.change import Change

MANAGER, KUBELET = "controller-manager-0", "kubelet-node-1"


def test_a_stopped_manager_does_nothing_and_then_everything(cluster: Cluster) -> None:
    """What was asked of it meanwhile is done as soon as it goes on; settling waits for that."""
    cluster.apply(Pause(MANAGER))
    cluster.apply(Scale("rc/page", 5))
    cluster.run_for(30_000)
    assert 6 == ready_pods(cluster)
    assert not cluster.settle(10_000).settled
    cluster.heal_all()
    assert cluster.settle().settled
    assert 8 == ready_pods(cluster)


def test_containers_run_on_under_a_stopped_kubelet(cluster: Cluster) -> None:
    """Its node falls silent, and what happened to its pods is noticed when it goes on."""
    machine = cluster.machines["node-1"]
    running = len(machine.containers())
    assert running
    cluster.apply(Pause(KUBELET))
    cluster.run_for(70_000)
    assert "Unknown" == ready_condition(cluster, "node-1")[0]
    assert running == len(machine.containers())
    instance = machine.containers()[0]
    machine.crash_container(instance.pod_uid, instance.name)
    cluster.run_for(5_000)
    assert running - 1 == len(machine.containers())
    cluster.heal_all()
    assert cluster.settle().settled
    assert "True" == ready_condition(cluster, "node-1")[0]
    assert running == len(machine.containers())


def test_a_stopped_process_dies_like_any_other(cluster: Cluster) -> None:
    """A node that loses power takes its stopped kubelet along; the one that boots is not stopped."""
    cluster.apply(Pause(KUBELET))
    cluster.apply(NodeCrash("node-1"))
    assert not cluster.processes[KUBELET].paused
    cluster.heal_all()
    assert cluster.settle().settled
    assert 6 == ready_pods(cluster)


def test_what_can_be_stopped(cluster: Cluster) -> None:
    """Every client process that lives and is not stopped; no server."""
    stopped = Pause(MANAGER)
    cluster.apply(stopped)
    assert f"{MANAGER} is already stopped" == stopped.why_not(cluster)
    assert "no process" in Pause("apiserver-0").why_not(cluster)
    assert stopped not in Pause.choices(cluster)
    assert 4 == len(Pause.choices(cluster))
    cluster.heal_all()
    cluster.processes[MANAGER].crash()
    assert f"{MANAGER} is down" == stopped.why_not(cluster)


def lease(cluster: Cluster) -> Json:
    """The Lease of node-1."""
    key = StoreKey("leases.coordination.k8s.io", "kube-node-lease", "node-1")
    record = cluster.store.get(key)
    assert record is not None
    spec: Json = record.raw["spec"]
    return spec


def test_a_kubelet_writes_the_time_of_its_own_wall_clock() -> None:
    """Renewals go on in their rhythm with times of another day, and go back when the clock is set right."""
    cluster = Cluster(ClusterShape(1), settings=Settings(elide_steady_work=False))
    cluster.start()
    cluster.apply(ClockJump(KUBELET, 60_000))
    cluster.run_for(30_000)
    ahead_ms = parse_time(lease(cluster)["renewTime"]) - cluster.now_ms
    assert 49_000 < ahead_ms <= 60_000
    cluster.heal_all()
    cluster.run_for(20_000)
    assert -11_000 < parse_time(lease(cluster)["renewTime"]) - cluster.now_ms <= 0
    assert "True" == ready_condition(cluster, "node-1")[0]


def test_a_clock_that_goes_back_makes_its_node_look_silent_for_a_while(cluster: Cluster) -> None:
    """The node controller takes only a later renewTime for news; afterwards everything is well again."""
    said: list[str] = []
    cluster.facts.subscribe(Committed, lambda fact: said.append(_ready(fact.change)))
    cluster.run_for(100_000)
    cluster.apply(ClockJump(KUBELET, -120_000))
    assert "Unknown" not in said
    cluster.run_for(130_000)
    assert "Unknown" in said
    said.clear()
    cluster.heal_all()
    cluster.run_for(60_000)
    assert "Unknown" not in said
    assert "True" == ready_condition(cluster, "node-1")[0]


def _ready(change: Change) -> str:
    """What a write says of node-1's Ready condition."""
    if change.after is None or change.key.name != "node-1" or change.key.resource != "nodes":
        return ""
    node = change.after.view
    assert isinstance(node, Node)
    found = condition(node.status.conditions, "Ready")
    return found.status if found is not None else ""


def test_a_manager_ahead_of_time_writes_so_and_waits_no_less(cluster: Cluster) -> None:
    """Its conditions are of the future; a node is missed no sooner than after its grace period."""
    cluster.apply(ClockJump(MANAGER, 60_000))
    cluster.processes[KUBELET].crash()
    cluster.run_for(35_000)
    assert "True" == ready_condition(cluster, "node-1")[0]
    cluster.run_for(40_000)
    assert "Unknown" == ready_condition(cluster, "node-1")[0]
    record = cluster.store.get(StoreKey("nodes", "", "node-1"))
    assert record is not None
    [when] = [
        c["lastTransitionTime"] for c in record.raw["status"]["conditions"] if c["type"] == "Ready"
    ]
    assert parse_time(when) > cluster.now_ms


def test_a_manager_that_measures_too_fast_misses_a_node_early(cluster: Cluster) -> None:
    """At twice the speed the grace period of 50 s is over after half of it, and all is well once the rate is right."""
    cluster.apply(ClockSkew(MANAGER, 2_000))
    cluster.processes[KUBELET].crash()
    cluster.run_for(35_000)
    assert "Unknown" == ready_condition(cluster, "node-1")[0]
    cluster.processes[KUBELET].start()
    cluster.heal_all()
    cluster.apply(Delete("rc/page#1", ""))
    assert cluster.settle().settled
    assert 6 == ready_pods(cluster)


def test_which_clocks_can_be_wrong(cluster: Cluster) -> None:
    """Those of client processes; one rate at a time, and any number of jumps, each healed on its own."""
    skew, jump = ClockSkew(MANAGER, 500), ClockJump(MANAGER, 5_000)
    for fault in (skew, jump):
        assert "" == fault.why_not(cluster)
    assert "measures time wrongly already" in _refused(cluster, skew, ClockSkew(MANAGER, 800))
    assert "no process" in ClockSkew("store", 800).why_not(cluster)
    assert "no process" in ClockJump("apiserver-0", 800).why_not(cluster)
    assert "not 1000" in ClockSkew(MANAGER, 1_000).why_not(cluster)
    assert "by_ms" in ClockJump(MANAGER, 0).why_not(cluster)
    cluster.apply(jump)
    cluster.apply(ClockJump(MANAGER, -60_000))
    process = cluster.processes[MANAGER]
    assert -55_000 == process.wall_ms - cluster.now_ms
    cluster.heal(str(jump))
    assert -60_000 == process.wall_ms - cluster.now_ms
    cluster.heal_all()
    assert cluster.now_ms == process.wall_ms
    assert 5 * 4 == len(ClockSkew.choices(cluster)) == len(ClockJump.choices(cluster))


def _refused(cluster: Cluster, first: ClockSkew, second: ClockSkew) -> str:
    cluster.apply(first)
    try:
        return second.why_not(cluster)
    finally:
        cluster.heal_all()
