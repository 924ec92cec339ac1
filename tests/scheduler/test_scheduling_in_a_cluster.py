"""The scheduler at work in a whole cluster."""

from __future__ import annotations

from typing import Any

from tests.kubelet.small_cluster import SmallCluster, container, history, pod_json, requests
from windtunnel.model.facts import SchedulerDecided
from windtunnel.model.objects.json import Json
from windtunnel.model.objects.pod import Pod
from windtunnel.model.scheduler.decision import Profile
from windtunnel.model.scheduler.filters import default_filters
from windtunnel.model.scheduler.framework import SKIP
from windtunnel.model.scheduler.node_info import NodeInfo, PodInfo
from windtunnel.model.scheduler.snapshot import Snapshot
from windtunnel.model.settings import KubeletSettings


def asking(name: str, cpu: str, **spec: Any) -> Json:
    """A pod that asks for CPU."""
    return pod_json(name, containers=[container(resources=requests(cpu=cpu))], **spec)


def check(cluster: SmallCluster) -> None:
    """The scheduler's carried sums and places are right."""
    cluster.scheduler.cache.check()
    cluster.scheduler.queue.check()


def test_a_pod_is_bound_and_the_condition_comes_with_it() -> None:
    """One write has the node and PodScheduled True, and it is the scheduler's."""
    cluster = SmallCluster()
    changes = history(cluster)
    cluster.create(pod_json("p"))
    binding = changes[1]
    assert binding.after is not None
    assert "node-1" == binding.after.raw["spec"]["nodeName"]
    assert "True" == cluster.condition("p", "PodScheduled")["status"]
    assert ("system:kube-scheduler", "binding") == (binding.by, binding.subresource)
    check(cluster)


def test_a_pod_that_does_not_fit_waits_for_a_place() -> None:
    """The recorded story: too big for now, says so, and is bound when another pod goes."""
    cluster = SmallCluster(kubelet=KubeletSettings(cpu="2"))
    cluster.create(asking("p1", "1500m"))
    cluster.create(asking("p2", "1"))
    assert "" == cluster.pod("p2").spec.node_name
    condition = cluster.condition("p2", "PodScheduled")
    expected = (
        "0/1 nodes are available: 1 Insufficient cpu. no new claims to deallocate, preemption: "
        "0/1 nodes are available: 1 No preemption victims found for incoming pod."
    )
    assert ("False", "Unschedulable", expected) == (
        condition["status"],
        condition["reason"],
        condition["message"],
    )
    cluster.create(asking("p3", "500m"))
    assert "node-1" == cluster.pod("p3").spec.node_name
    cluster.delete_pod("p1", 0)
    cluster.settle()
    assert "node-1" == cluster.pod("p2").spec.node_name
    check(cluster)


def test_the_same_failure_is_written_once() -> None:
    """Trying again and failing for the same reason writes nothing."""
    cluster = SmallCluster()
    changes = history(cluster)
    cluster.create(pod_json("p", nodeSelector={"no": "such"}))
    cluster.run_for(700_000)
    assert 2 == len(changes)


def test_a_completed_pod_gives_its_place_back() -> None:
    """Pods that are over no longer count, although they are still there."""
    cluster = SmallCluster(kubelet=KubeletSettings(cpu="2"))
    cluster.create(asking("p1", "2", restartPolicy="Never"))
    cluster.create(asking("p2", "2"))
    cluster.machine().crash_container(cluster.pod("p1").uid, "c", 0)
    cluster.settle()
    assert "node-1" == cluster.pod("p2").spec.node_name
    check(cluster)


def test_labels_and_cordons_of_nodes_wake_who_waits_for_them() -> None:
    """A node that begins to match, and one that is uncordoned, get the pods that waited."""
    cluster = SmallCluster()
    cluster.create(pod_json("p", nodeSelector={"disk": "tape"}))
    cluster.patch_node("node-1", {"metadata": {"labels": {"disk": "tape"}}})
    cluster.settle()
    assert "node-1" == cluster.pod("p").spec.node_name
    cluster.patch_node("node-1", {"spec": {"unschedulable": True}})
    cluster.create(pod_json("q"))
    assert "" == cluster.pod("q").spec.node_name
    cluster.patch_node("node-1", {"spec": {"unschedulable": None}})
    cluster.settle()
    assert "node-1" == cluster.pod("q").spec.node_name


def test_gated_pods_and_pods_of_other_schedulers_are_left_alone() -> None:
    """No node until the gates are gone, and none ever for who names another scheduler."""
    cluster = SmallCluster()
    cluster.create(pod_json("gated", schedulingGates=[{"name": "x.io/wait"}]))
    cluster.create(pod_json("other", schedulerName="mine"))
    assert ("", "") == (cluster.pod("gated").spec.node_name, cluster.pod("other").spec.node_name)
    cluster.do(
        cluster.cluster.client.patch("Pod", "default/gated", {"spec": {"schedulingGates": []}})
    )
    cluster.settle()
    assert "node-1" == cluster.pod("gated").spec.node_name


def test_pods_spread_over_equal_nodes() -> None:
    """Six pods on three nodes are two on each, although no binding was confirmed in between."""
    cluster = SmallCluster(nodes=3)
    for number in range(6):
        cluster.do(cluster.cluster.client.create(asking(f"p{number}", "500m")))
    cluster.settle()
    nodes = [cluster.pod(f"p{number}").spec.node_name for number in range(6)]
    assert [2, 2, 2] == [nodes.count(f"node-{number}") for number in (1, 2, 3)]


def test_a_lost_answer_to_a_binding_does_not_bind_twice() -> None:
    """A binding that was carried out although nobody heard of it is found by the informer."""
    cluster = SmallCluster(nodes=2)
    cluster.cluster.network.lose_answers("scheduler-0", 1)
    changes = history(cluster)
    cluster.create(asking("p", "1"))
    assert cluster.pod("p").ready
    assert 1 == sum(change.subresource == "binding" for change in changes)
    check(cluster)


def test_a_pod_deleted_while_it_is_bound_leaves_nothing_behind() -> None:
    """Its place is free again at once, and its failed binding disturbs nobody."""
    cluster = SmallCluster()
    cluster.do(cluster.cluster.client.create(asking("p", "4")))
    while not cluster.scheduler.queue.in_flight:
        cluster.run_for(1)
    cluster.delete_pod("p", 0)
    cluster.create(asking("q", "4"))
    assert cluster.pod("q").ready
    assert cluster.find_pod("p") is None
    check(cluster)


def test_a_new_scheduler_knows_what_the_old_one_bound() -> None:
    """After a crash the cache is built from what is stored, and no node is over-committed."""
    cluster = SmallCluster(kubelet=KubeletSettings(cpu="2"))
    cluster.create(asking("p1", "1500m"))
    scheduler = cluster.process("scheduler-0")
    scheduler.crash()
    cluster.do(cluster.cluster.client.create(asking("p2", "1")))
    scheduler.start()
    cluster.settle()
    assert "" == cluster.pod("p2").spec.node_name
    check(cluster)


def test_a_node_deleted_and_made_again_keeps_its_load() -> None:
    """Pods that live through the re-registration of their node are still counted."""
    cluster = SmallCluster(kubelet=KubeletSettings(cpu="2"))
    cluster.create(asking("p1", "1500m"))
    cluster.do(cluster.cluster.client.delete("Node", "node-1"))
    kubelet = cluster.process("kubelet-node-1")
    kubelet.crash()
    kubelet.start()
    cluster.settle()
    cluster.patch_node("node-1", {"spec": {"taints": None}})
    cluster.create(asking("p2", "1"))
    assert "" == cluster.pod("p2").spec.node_name
    check(cluster)


def test_each_decision_can_be_checked_from_what_it_was_made_on() -> None:
    """The fact carries the node as the filters saw it, and the filters agree when asked again."""
    cluster = SmallCluster(nodes=2)
    decided: list[SchedulerDecided] = []
    cluster.cluster.facts.subscribe(SchedulerDecided, decided.append)
    for number in range(4):
        cluster.do(cluster.cluster.client.create(asking(f"p{number}", "1")))
    cluster.settle()
    assert 4 == len(decided)
    for fact in decided:
        assert isinstance(fact.pod, Pod)
        assert isinstance(fact.snapshot, NodeInfo)
        assert fact.pod.uid not in fact.snapshot.pods
        info, snapshot = PodInfo(fact.pod), Snapshot([fact.snapshot])
        for filter_ in default_filters():
            state = filter_.prepare(info, snapshot)
            assert state is SKIP or filter_.filter(state, info, fact.snapshot) is None
    assert Profile().filters[0].name == "NodeUnschedulable"
