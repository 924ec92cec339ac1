"""What operations on nodes do, as Kubernetes and kubectl do it."""

from __future__ import annotations

from tests.cluster.questions import node_of, pods, pods_on, raw, ready_condition, ready_pods, told
from windtunnel.model.cluster.actions.operations import (
    AddNode,
    Cordon,
    CreatePod,
    Drain,
    RemoveNode,
    Scale,
    TaintNode,
    Uncordon,
    UntaintNode,
    send,
)
from windtunnel.model.cluster.cluster import Cluster
from windtunnel.model.objects.json import Json

NODES = ("node-1", "node-2", "node-3")


def test_a_cordoned_node_keeps_its_pods_and_gets_no_others(cluster: Cluster) -> None:
    """It is filled again only after it is uncordoned."""
    before = pods_on(cluster, "node-1")
    cluster.apply(Cordon("node-1"))
    cluster.apply(Scale("rc/page", 12))
    cluster.settle()
    assert [pod.uid for pod in before] == [pod.uid for pod in pods_on(cluster, "node-1")]
    cluster.apply(Uncordon("node-1"))
    cluster.apply(Scale("rc/page", 20))
    cluster.settle()
    assert len(pods_on(cluster, "node-1")) > len(before)


def test_a_drained_node_is_cordoned_and_empty(cluster: Cluster) -> None:
    """All pods are evicted at once and replaced elsewhere."""
    assert pods_on(cluster, "node-1")
    cluster.apply(Drain("node-1", "managed"))
    cluster.settle()
    assert [] == pods_on(cluster, "node-1")
    assert raw(cluster, "node/node-1")["spec"]["unschedulable"]
    assert 6 == ready_pods(cluster)


def test_a_drain_without_force_stops_before_pods_that_nobody_makes_again(cluster: Cluster) -> None:
    """The node is cordoned, and every pod stays; by force all of them go."""
    for node in ("node-2", "node-3"):
        cluster.apply(Cordon(node))
    cluster.apply(CreatePod("extra-1", "", ""))
    cluster.settle()
    before = pods_on(cluster, "node-1")
    assert [Drain("node-1", "force")] == Drain.choices(cluster)[3:]
    cluster.apply(Drain("node-1", "managed"))
    cluster.settle()
    assert before == pods_on(cluster, "node-1")
    assert ["is told that nobody would make extra-1 again"] == told(cluster)
    cluster.apply(Drain("node-1", "force"))
    cluster.settle()
    assert [] == pods_on(cluster, "node-1")


def test_a_drain_tries_again_for_as_long_as_a_budget_refuses(cluster: Cluster) -> None:
    """No pod goes until the budget does, then all."""
    budget: Json = {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": {"name": "all", "namespace": "default"},
        "spec": {"minAvailable": 6, "selector": {"matchLabels": {"app": "guestbook"}}},
    }
    status = {
        "observedGeneration": 1,
        "disruptionsAllowed": 0,
        "currentHealthy": 6,
        "desiredHealthy": 6,
        "expectedPods": 6,
    }
    send(cluster, cluster.client.create(budget), "create budget")
    send(cluster, cluster.client.update_status({**budget, "status": status}), "write its status")
    before = [pod.uid for pod in pods_on(cluster, "node-1")]
    cluster.apply(Drain("node-1", "managed"))
    cluster.run_for(60_000)
    assert before == [pod.uid for pod in pods_on(cluster, "node-1")]
    send(cluster, cluster.client.delete("PodDisruptionBudget", "default/all"), "delete budget")
    cluster.settle()
    assert [] == pods_on(cluster, "node-1")
    assert 6 == ready_pods(cluster)


def test_whoever_drains_gives_up_after_a_while(cluster: Cluster) -> None:
    """Pods on a machine that is off never confirm; the user waits two minutes, and no longer."""
    cluster.processes["kubelet-node-1"].crash()
    cluster.machines["node-1"].power_off()
    cluster.apply(Drain("node-1", "managed"))
    cluster.run_for(125_000)
    steps = [
        step.what for step in cluster.loop.trace.steps if step.what.startswith("gives up to wait")
    ]
    assert len(pods_on(cluster, "node-1")) == len(steps) > 0


def test_a_taint_drives_pods_away_only_if_it_says_no_execute(cluster: Cluster) -> None:
    """NoSchedule and PreferNoSchedule leave what is there."""
    before = pods_on(cluster, "node-1")
    for effect in ("PreferNoSchedule", "NoSchedule"):
        cluster.apply(TaintNode("node-1", effect))
    cluster.settle()
    assert before == pods_on(cluster, "node-1")
    cluster.apply(TaintNode("node-1", "NoExecute"))
    cluster.settle()
    assert [] == pods_on(cluster, "node-1")
    assert 6 == ready_pods(cluster)
    for effect in ("PreferNoSchedule", "NoSchedule", "NoExecute"):
        cluster.apply(UntaintNode("node-1", effect))
    node = node_of(cluster, "node-1")
    assert node is not None
    assert () == tuple(node.spec.taints)


def test_a_node_that_is_added_registers_and_gets_pods(cluster: Cluster) -> None:
    """The next name; two more are offered, and no third."""
    assert [AddNode("node-4")] == AddNode.choices(cluster)
    cluster.apply(AddNode("node-4"))
    cluster.settle()
    assert ("True", "KubeletReady") == ready_condition(cluster, "node-4")
    cluster.apply(Scale("rc/page", 12))
    cluster.settle()
    assert pods_on(cluster, "node-4")
    cluster.apply(AddNode("node-5"))
    cluster.settle()
    assert [] == AddNode.choices(cluster)


def test_a_removed_node_loses_its_pods_and_does_not_register_by_itself(cluster: Cluster) -> None:
    """Pod GC deletes them, the kubelet stops what runs, and only its restart makes the Node again."""
    before = [pod.uid for pod in pods_on(cluster, "node-1")]
    cluster.apply(RemoveNode("node-1", "runs"))
    cluster.run_for(180_000)
    cluster.settle()
    assert node_of(cluster, "node-1") is None
    assert [] == pods_on(cluster, "node-1")
    assert [] == cluster.machines["node-1"].containers()
    assert 6 == ready_pods(cluster)
    cluster.apply(AddNode("node-1"))
    cluster.settle()
    assert ("True", "KubeletReady") == ready_condition(cluster, "node-1")
    assert before


def test_a_machine_that_was_taken_away_comes_back_empty(cluster: Cluster) -> None:
    """Its pods are gone with its Node; added again, it has another identity and no images."""
    identity = raw(cluster, "node/node-1")["status"]["nodeInfo"]["machineID"]
    cluster.apply(RemoveNode("node-1", "off"))
    cluster.run_for(180_000)
    cluster.settle()
    assert {"node-2", "node-3"} == {pod.spec.node_name for pod in pods(cluster)}
    assert 6 == ready_pods(cluster)
    cluster.apply(AddNode("node-1"))
    cluster.settle()
    assert {} == cluster.machines["node-1"].images
    assert identity != raw(cluster, "node/node-1")["status"]["nodeInfo"]["machineID"]
