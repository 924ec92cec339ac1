"""The node lifecycle controller: silence, conditions, taints, zones."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve

from tests.controllers.node_world import NodeWorld
from windtunnel.model.client.informer import Informer
from windtunnel.model.cluster.actions.faults import NodeCrash
from windtunnel.model.cluster.cluster import Cluster
from windtunnel.model.cluster.shape import ClusterShape
from windtunnel.model.controllers.node_lifecycle.controller import NodeLifecycle
from windtunnel.model.controllers.node_lifecycle.eviction_queue import EvictionQueue
from windtunnel.model.controllers.node_lifecycle.health import unknown_conditions
from windtunnel.model.controllers.node_lifecycle.zones import ZoneState, assess
from windtunnel.model.objects.meta import condition
from windtunnel.model.objects.record import Key
from windtunnel.model.objects.views import build_view
from windtunnel.model.settings import ControllerManagerSettings

LOST = ["unreachable:NoSchedule", "unreachable:NoExecute"]


def test_a_silent_node_is_given_up_after_the_grace_period_and_before_the_second_check_after_it() -> (
    None
):
    """Ready turns Unknown 50 to 60 s after the last heartbeat, and both taints follow."""
    world = NodeWorld()
    silent_ms = world.silence("a")
    unknown_ms = world.until(lambda: world.ready("a") == "Unknown")
    assert 50_000 <= unknown_ms - silent_ms <= 60_000
    tainted_ms = world.until(lambda: world.taints("a") == LOST)
    assert 0 < tainted_ms - unknown_ms <= 6_000
    assert [] == world.taints("b")


def test_every_condition_of_the_kubelet_turns_unknown() -> None:
    """A silent node's pressure conditions are Unknown too, with the reason for it."""
    world = NodeWorld()
    world.silence("a")
    world.until(lambda: world.ready("a") == "Unknown")
    found = [(c.type, c.status, c.reason) for c in world.node("a").status.conditions]
    kinds = ("MemoryPressure", "DiskPressure", "PIDPressure", "Ready")
    assert [(kind, "Unknown", "NodeStatusUnknown") for kind in kinds] == found


def test_the_pods_of_a_silent_node_are_marked_not_ready() -> None:
    """Endpoints lose the pods of a node that is given up, and keep those of the others."""
    world = NodeWorld()
    world.bind("p", "a")
    world.bind("q", "b")
    world.silence("a")
    world.until(lambda: world.ready("a") == "Unknown")
    world.run_for(1_000)
    assert (False, True) == (world.pod("p").ready, world.pod("q").ready)


def test_a_pod_that_turns_ready_on_a_silent_node_is_marked_too() -> None:
    """What a kubelet wrote just before it fell silent does not keep a pod in the endpoints."""
    world = NodeWorld()
    world.bind("p", "a")
    world.silence("a")
    world.until(lambda: world.ready("a") == "Unknown")
    world.run_for(1_000)
    world.report("p")
    world.bind("late", "a")
    world.run_for(1_000)
    assert (False, False) == (world.pod("p").ready, world.pod("late").ready)


def test_a_controller_that_dies_between_the_two_writes_marks_the_pods_when_it_is_back() -> None:
    """A crash after the node's status and before its pods' loses nothing."""
    world = NodeWorld()
    world.bind("p", "a")
    world.silence("a")
    world.until(lambda: world.ready("a") == "Unknown")
    world.manager.crash()
    world.run_for(1_000)
    assert world.pod("p").ready
    world.manager.start()
    world.run_for(10_000)
    assert not world.pod("p").ready
    assert LOST == world.taints("a")


def test_a_node_that_was_not_ready_before_it_fell_silent_has_its_pods_marked() -> None:
    """From False to Unknown is a transition like any other."""
    world = NodeWorld()
    world.bind("p", "a")
    world.conditions("a", Ready="False")
    world.run_for(10_000)
    assert ["not-ready:NoSchedule", "not-ready:NoExecute"] == world.taints("a")
    world.report("p")
    world.silence("a")
    world.until(lambda: world.ready("a") == "Unknown")
    world.run_for(10_000)
    assert not world.pod("p").ready
    assert sorted(LOST) == sorted(world.taints("a"))


def test_a_node_without_its_lease_is_still_heard_of() -> None:
    """Deleting a lease does nothing as long as the status is posted."""
    world = NodeWorld()
    world.silence("a")
    world.do(world.client.delete("Lease", "kube-node-lease/a"))
    for _ in range(12):
        world.run_for(10_000)
        world.nodes.report("a")
    assert "True" == world.ready("a")


def test_a_node_that_returns_loses_its_taints() -> None:
    """NoSchedule goes at once, NoExecute within a check."""
    world = NodeWorld()
    world.silence("a")
    world.until(lambda: world.taints("a") == LOST)
    world.nodes.start("a")
    world.run_for(100)
    assert ["unreachable:NoExecute"] == world.taints("a")
    world.run_for(5_000)
    assert [] == world.taints("a")


def test_taints_mirror_conditions_and_cordons_and_leave_others_alone() -> None:
    """Pressure and unschedulable become NoSchedule taints, and a foreign taint stays."""
    world = NodeWorld("a")
    world.taint("a", {"key": "mine", "effect": "NoSchedule"})
    world.conditions("a", MemoryPressure="True", NetworkUnavailable="True")
    world.do(world.client.patch("Node", "a", {"spec": {"unschedulable": True}}))
    world.run_for(1_000)
    mirrored = ["memory-pressure", "network-unavailable", "unschedulable"]
    expected = ["mine:NoSchedule", *[f"{each}:NoSchedule" for each in mirrored]]
    assert sorted(expected) == sorted(world.taints("a"))
    world.conditions("a", MemoryPressure="False", NetworkUnavailable="False")
    world.do(world.client.patch("Node", "a", {"spec": {"unschedulable": None}}))
    world.run_for(1_000)
    assert ["mine:NoSchedule"] == world.taints("a")


def test_nobody_is_driven_out_while_all_nodes_are_silent() -> None:
    """With all zones down there are NoSchedule taints only; when a node is back the others follow the rules again."""
    world = NodeWorld("ab")
    world.silence("a", "b")
    world.run_for(200_000)
    assert [[LOST[0]], [LOST[0]]] == [world.taints("a"), world.taints("b")]
    world.nodes.start("a")
    world.run_for(20_000)
    assert [[], LOST] == [world.taints("a"), world.taints("b")]


def test_a_no_execute_taint_that_slipped_through_is_taken_back_while_all_nodes_are_silent() -> None:
    """A taint that comes while everything is down does not stay."""
    world = NodeWorld("ab")
    world.silence("a", "b")
    world.run_for(80_000)
    taint = {"key": "node.kubernetes.io/unreachable", "effect": "NoExecute"}
    world.taint("a", taint)
    world.run_for(10_000)
    assert [LOST[0]] == world.taints("a")


def test_a_small_zone_that_is_mostly_down_keeps_its_pods() -> None:
    """Three of five nodes down is a partial disruption, and a small zone is then left alone; other zones are not."""
    zones = {**dict.fromkeys("abcde", "one"), **dict.fromkeys("xy", "two")}
    world = NodeWorld("abcdexy", zones=zones)
    world.silence("a", "b", "c", "x")
    world.run_for(300_000)
    assert [[LOST[0]]] * 3 == [world.taints(name) for name in "abc"]
    assert LOST == world.taints("x")


def test_nodes_of_one_zone_are_tainted_ten_seconds_apart() -> None:
    """The eviction rate of 0.1 a second holds between two nodes of a zone."""
    world = NodeWorld("abcdef")
    world.silence("a", "b")
    first_ms = world.until(lambda: LOST in (world.taints("a"), world.taints("b")))
    second_ms = world.until(lambda: LOST == world.taints("a") == world.taints("b"))
    assert 10_000 <= second_ms - first_ms <= 10_200


class StalledLeases(Informer):
    """Takes in no leases after the first list."""

    def changed(self, event: Any) -> None:
        """Drop it."""
        if not self.resource.startswith("leases") or self.process.now_ms < 20_000:
            super().changed(event)


def test_a_stalled_cache_of_leases_gives_no_node_up() -> None:
    """Before a node is given up its lease is read from the API server."""
    world = NodeWorld(swaps={"informer": StalledLeases})
    world.run_for(200_000)
    assert ["True"] * 3 == [world.ready(name) for name in "abc"]
    world.silence("a")
    world.run_for(120_000)
    assert ["Unknown", "True"] == [world.ready(name) for name in "ab"]


def test_a_node_that_never_posted_a_status_is_given_up_after_the_startup_grace_period() -> None:
    """60 s after its creation a node without conditions has them all, Unknown."""
    world = NodeWorld("ab")
    world.do(world.client.create({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "new"}}))
    created_ms = world.now_ms
    unknown_ms = world.until(lambda: world.ready("new") == "Unknown")
    # The creation time is cut to whole seconds.
    assert 59_000 <= unknown_ms - created_ms <= 66_000
    ready = condition(world.node("new").status.conditions, "Ready")
    assert ready is not None
    assert "NodeStatusNeverUpdated" == ready.reason


def test_a_failed_tainting_is_tried_again() -> None:
    """While the API server is away nothing is lost."""
    world = NodeWorld("ab")
    world.conditions("a", DiskPressure="True")
    world.world.apiserver.crash()
    world.run_for(2_000)
    world.world.apiserver.start()
    world.run_for(20_000)
    assert ["disk-pressure:NoSchedule"] == world.taints("a")


class EveryPeriod(NodeLifecycle):
    """Looks at the nodes every period, whether or not there is anything to see."""

    def plan_check(self) -> None:
        """Always the next one."""
        self.check_wanted = True
        super().plan_check()


def history(swaps: dict[str, type]) -> list[tuple[int, str, list[str]]]:
    """When which node was what, over silence, return, and the silence of all."""
    # A rate at which no node's turn comes in the very moment of a check, where either may be first.
    manager = evolve(ControllerManagerSettings(), node_eviction_rate=0.13)
    world = NodeWorld(swaps=swaps, manager=manager)
    world.bind("p", "a")
    found: list[tuple[int, str, list[str]]] = []
    steps = [
        ("stop", "a"),
        ("start", "a"),
        ("stop", "b"),
        ("stop", "a"),
        ("stop", "c"),
        ("start", "c"),
    ]
    for number, (what, name) in enumerate(steps):
        getattr(world.nodes, what)(name)
        for _ in range(700 + 13 * number):
            world.run_for(100)
            for node in "abc":
                found.append((world.now_ms, world.ready(node), world.taints(node)))
    return found


def test_checks_that_see_nothing_can_be_left_out() -> None:
    """Looking only when it can matter has the same outcome, at the same moments, as looking every five seconds."""
    assert history({"node-lifecycle": EveryPeriod}) == history({})


def test_quiet_time_is_cheap() -> None:
    """While all nodes are heard of, no check takes place."""
    world = NodeWorld()
    before = world.world.loop.step
    world.run_for(600_000)
    steps = world.world.loop.trace.steps[before:]
    mine = [step.what for step in steps if "node-lifecycle" in step.what]
    assert len(mine) <= 15
    assert not [what for what in mine if "check" in what]


def test_a_cluster_is_settled_only_when_a_dead_node_is_missed_and_its_pods_are_replaced() -> None:
    """Settling after a power cut takes as long as it takes to notice, and to evict; and it ends."""
    cluster = Cluster(ClusterShape(nodes=3))
    cluster.start()
    manifest = {
        "apiVersion": "v1",
        "kind": "ReplicationController",
        "metadata": {"name": "w"},
        "spec": {
            "replicas": 3,
            "selector": {"app": "w"},
            "template": {
                "metadata": {"labels": {"app": "w"}},
                "spec": {"containers": [{"name": "c", "image": "i:1"}]},
            },
        },
    }
    cluster.run_user(cluster.client.create(manifest), "create w")
    assert cluster.settle().settled
    node = cluster.store.range("pods")[0][0].view.spec.node_name
    cluster.apply(NodeCrash(node))
    settlement = cluster.settle()
    pods = [record.view for record in cluster.store.range("pods")[0]]
    assert (True, "") == (settlement.settled, settlement.reason)
    assert 350_000 <= settlement.took_ms <= 380_000
    assert 3 == sum(pod.ready and not pod.metadata.deleting for pod in pods)
    assert {node} == {pod.spec.node_name for pod in pods if pod.metadata.deleting}


def test_the_queue_passes_one_node_an_interval() -> None:
    """A node passes at once, the next one after the interval, and a removed one not at all."""
    queue = EvictionQueue(0.1)
    for name in "abc":
        queue.add(name, 0)
    queue.check()
    assert ("a", None) == (queue.take(0), queue.take(9_999))
    queue.remove("b")
    assert "c" == queue.take(10_000)
    assert not queue.add("c", 10_000)
    queue.retry("c", 30_000)
    assert (30_000, None) == (queue.ready_at_ms(), queue.take(29_000))
    queue.remove("c")
    assert queue.add("c", 40_000)
    queue.check()


def test_a_new_rate_does_not_let_anybody_pass_early() -> None:
    """Who had to wait under the old rate waits a whole interval of the new one."""
    queue = EvictionQueue(0.1)
    queue.add("a", 0)
    queue.set_rate(0.0, 0)
    assert (None, None) == (queue.ready_at_ms(), queue.take(99_000))
    queue.set_rate(1.0, 100_000)
    assert (None, "a") == (queue.take(100_500), queue.take(101_000))


@pytest.mark.parametrize(
    ("before", "ready", "all_down", "recovered", "changed"),
    [
        ({}, {"z": ["True"]}, False, False, ("z",)),
        ({"z": ZoneState.NORMAL}, {"z": ["False"]}, True, False, ("z",)),
        ({"z": ZoneState.FULL}, {"z": ["Unknown"]}, True, False, ()),
        ({"z": ZoneState.FULL}, {"z": ["True", "False"]}, False, True, ("z",)),
        ({"z": ZoneState.FULL, "gone": ZoneState.NORMAL}, {"z": ["True"]}, False, True, ("z",)),
        ({}, {}, False, False, ()),
    ],
)
def test_zones_are_compared_with_what_they_were(
    before: dict[str, ZoneState],
    ready: dict[str, list[str]],
    all_down: bool,
    recovered: bool,
    changed: tuple[str, ...],
) -> None:
    """Entering and leaving the state in which all zones are down is told apart from a zone's own change."""
    found = assess(before, ready, 0.55)
    assert (all_down, recovered, changed) == (found.all_down, found.recovered, found.changed)


def test_network_unavailable_is_not_the_kubelets() -> None:
    """A silent node keeps that condition as it is."""
    raw = {"status": {"conditions": [{"type": "NetworkUnavailable", "status": "False"}]}}
    node: Any = build_view("nodes", raw)
    found = {each["type"]: each["status"] for each in unknown_conditions(node, 0)}
    assert "False" == found.pop("NetworkUnavailable")
    assert (
        dict.fromkeys(("Ready", "MemoryPressure", "DiskPressure", "PIDPressure"), "Unknown")
        == found
    )


def test_a_large_zone_that_is_mostly_down_is_emptied_slowly() -> None:
    """Above the threshold for large clusters the secondary rate holds."""
    manager = evolve(
        ControllerManagerSettings(),
        large_cluster_size_threshold=4,
        secondary_node_eviction_rate=0.02,
    )
    world = NodeWorld("abcde", manager=manager)
    world.silence("a", "b", "c")
    world.run_for(60_000)
    moments = [
        world.until(
            lambda count=count: sum(world.taints(n) == LOST for n in "abc") >= count, 300_000
        )
        for count in (1, 2, 3)
    ]
    assert moments[2] - moments[1] >= 50_000


def test_the_lease_of_another_namespace_is_nobodys_heartbeat() -> None:
    """A leader's lease with a node's name does not keep the node alive."""
    world = NodeWorld("ab")
    world.silence("a")
    lease = {
        "apiVersion": "coordination.k8s.io/v1",
        "kind": "Lease",
        "metadata": {"name": "a", "namespace": "default"},
    }
    world.do(world.client.create(lease))
    for second in range(70):
        world.run_for(1_000)
        patch = {"spec": {"renewTime": world.nodes.micro_time(), "leaseTransitions": second}}
        world.do(world.client.patch("Lease", Key("default", "a"), patch))
    assert "Unknown" == world.ready("a")
