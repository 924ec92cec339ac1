"""One attempt: which node, and the words when there is none."""

from __future__ import annotations

from typing import Any

from tests.scheduler.values import node, obj, pod, snapshot_of
from windtunnel.model.objects.node import Node
from windtunnel.model.objects.pod import Pod
from windtunnel.model.scheduler.decision import Decision, Profile
from windtunnel.model.scheduler.listers import Listers, listers_of
from windtunnel.model.scheduler.node_info import PodInfo, node_info
from windtunnel.model.scheduler.ranking import TIE_POINT
from windtunnel.model.scheduler.scores.balanced_allocation import NodeResourcesBalancedAllocation
from windtunnel.model.sim.choices import Choices


def decide(
    waiting: Pod,
    nodes: list[Node],
    *there: Pod,
    choices: Choices | None = None,
    listers: Listers | None = None,
) -> Decision:
    """Try a pod on nodes with these pods."""
    return Profile().decide(
        PodInfo(waiting), snapshot_of(nodes, there, listers), choices or Choices()
    )


def chosen(decision: Decision) -> str:
    """The name of the node that was chosen."""
    assert decision.node is not None
    return decision.node.name


def message(decision: Decision) -> str:
    """The sentence of a failure, without what preemption has to say."""
    assert decision.error is not None
    return decision.error.message()


def test_of_equal_nodes_the_first_is_taken_unless_the_scenario_says_otherwise() -> None:
    """A tie is a choice point, and the node that was looked at first where there is no deviation."""
    nodes = [node("b"), node("a"), node("c")]
    assert "b" == chosen(decide(pod("p"), nodes))
    deviating = Choices({TIE_POINT: {0: 2}})
    assert "c" == chosen(decide(pod("p"), nodes, choices=deviating))


def test_the_emptier_node_is_better() -> None:
    """Pods spread because LeastAllocated likes free nodes."""
    nodes = [node("a"), node("b")]
    assert "b" == chosen(decide(pod("p", cpu="1"), nodes, pod("q", "a", cpu="1")))


def test_a_tainted_node_is_only_less_liked_for_prefer_no_schedule() -> None:
    """PreferNoSchedule moves a pod elsewhere if there is an elsewhere."""
    tainted = node("a", taints=[{"key": "k", "effect": "PreferNoSchedule"}])
    assert "b" == chosen(decide(pod("p"), [tainted, node("b")]))
    assert "a" == chosen(decide(pod("p"), [tainted]))


def test_a_preferred_node_is_taken_and_not_insisted_on() -> None:
    """Preferred node affinity outweighs emptiness, and blocks nothing."""

    def preferring(value: str) -> Pod:
        term = {"matchExpressions": [{"key": "z", "operator": "In", "values": [value]}]}
        preferred = [{"weight": 100, "preference": term}]
        key = "preferredDuringSchedulingIgnoredDuringExecution"
        return pod("p", affinity={"nodeAffinity": {key: preferred}})

    nodes = [node("a", labels={"z": "1"}), node("b", labels={"z": "2"})]
    assert "b" == chosen(decide(preferring("2"), nodes))
    assert "a" == chosen(decide(preferring("9"), nodes))


def test_a_pod_that_names_its_node_by_affinity_is_shown_no_other() -> None:
    """The other nodes are counted as not satisfying the plugin, whatever else is the matter with them."""
    terms = [{"matchFields": [{"key": "metadata.name", "operator": "In", "values": ["b"]}]}]
    key = "requiredDuringSchedulingIgnoredDuringExecution"
    affinity: Any = {"nodeAffinity": {key: {"nodeSelectorTerms": terms}}}
    nodes = [node("a", unschedulable=True), node("b"), node("c")]
    assert "b" == chosen(decide(pod("p", affinity=affinity), nodes))
    nodes[1] = node("b", unschedulable=True)
    expected = (
        "0/3 nodes are available: 1 node(s) were unschedulable, "
        "2 node(s) didn't satisfy plugin(s) [NodeAffinity]."
    )
    assert expected == message(decide(pod("p", affinity=affinity), nodes))


def test_reasons_are_counted_by_node_in_alphabetical_order() -> None:
    """Each node is counted once, under what the first filter found."""
    nodes = [
        node("a", cpu="1", labels={"z": "1"}),
        node("b", cpu="8", labels={"z": "1"}, taints=[{"key": "d", "effect": "NoSchedule"}]),
        node("c"),
    ]
    expected = (
        "0/3 nodes are available: 1 Insufficient cpu, 1 node(s) didn't match Pod's node affinity/selector, "
        "1 node(s) had untolerated taint(s)."
    )
    assert expected == message(decide(pod("p", cpu="3", nodeSelector={"z": "1"}), nodes))


def test_without_nodes_the_sentence_is_short() -> None:
    """No nodes, no reasons."""
    assert "no nodes available to schedule pods" == message(decide(pod("p"), []))


def test_an_over_committed_resource_does_not_matter_to_who_does_not_ask_for_it() -> None:
    """A pod that asks for nothing fits on a node whose CPU is over-committed, as long as a pod more is allowed."""
    crowded = [pod("q", "a", cpu="8")]
    assert "a" == chosen(decide(pod("p"), [node("a")], *crowded))
    assert "Too many pods" in message(decide(pod("p"), [node("a", pods="1")], *crowded))


def test_host_ports_of_sidecars_count() -> None:
    """Two pods whose sidecars take the same port of the host do not share a node."""
    sidecar = {
        "name": "s",
        "image": "img:1",
        "restartPolicy": "Always",
        "ports": [{"containerPort": 80, "hostPort": 8080}],
    }
    first, second = pod("p", initContainers=[sidecar]), pod("q", "a", initContainers=[sidecar])
    assert "free ports" in message(decide(first, [node("a")], second))


def test_the_pods_of_a_service_are_spread_over_hosts_and_zones_by_default() -> None:
    """A pod that belongs to a service goes to the zone with fewer of its peers, though other nodes are emptier."""
    nodes = [
        node(name, labels={"kubernetes.io/hostname": name, "topology.kubernetes.io/zone": zone})
        for name, zone in (("a", "1"), ("b", "1"), ("c", "2"))
    ]
    web = {"app": "web"}
    there = [pod("p1", "a", labels=web), pod("p2", "b", labels=web), pod("q", "c", cpu="1")]
    service = obj("services", "web", spec={"selector": web})
    waiting = pod("p3", labels=web, cpu="100m")
    assert "a" == chosen(decide(waiting, nodes, *there))
    listers = listers_of({"services": [service]})
    assert "c" == chosen(decide(waiting, nodes, *there, listers=listers))


def test_a_node_that_the_pod_would_balance_is_better() -> None:
    """Balanced allocation is about what the pod changes: 75 for nothing, more for balance, less for a tilt."""
    balanced = NodeResourcesBalancedAllocation()
    asks = PodInfo(pod("p", cpu="2"))
    empty = node_info("a", node("a"))
    full_of_memory = node_info("b", node("b"), (pod("q", "b", memory="4Gi"),))
    assert 62 == balanced.score(None, asks, empty)
    assert 87 == balanced.score(None, asks, full_of_memory)
