"""Preemption carried out, through the API and beside everything else."""

from __future__ import annotations

from typing import Any

from tests.kubelet.small_cluster import SmallCluster, container, history, pod_json, requests
from windtunnel.model.facts import SchedulerDecided
from windtunnel.model.settings import KubeletSettings


def cluster_of(nodes: int = 1, cpu: str = "2") -> SmallCluster:
    """A small cluster with two priority classes beside the default."""
    cluster = SmallCluster(nodes=nodes, kubelet=KubeletSettings(cpu=cpu))
    for name, value in (("middle", 100), ("high", 1000)):
        body = {
            "apiVersion": "scheduling.k8s.io/v1",
            "kind": "PriorityClass",
            "metadata": {"name": name},
            "value": value,
        }
        cluster.do(cluster.cluster.client.create(body))
    cluster.settle()
    return cluster


def asking(name: str, cpu: str, priority: str = "", **spec: Any) -> Any:
    """A pod that asks for CPU, of a priority class."""
    if priority:
        spec["priorityClassName"] = priority
    return pod_json(name, containers=[container(resources=requests(cpu=cpu))], **spec)


def check(cluster: SmallCluster) -> None:
    """Nothing is left over."""
    scheduler: Any = cluster.scheduler
    scheduler.cache.check()
    scheduler.queue.check()
    scheduler.nominator.check()


def test_a_more_important_pod_gets_the_place_of_a_less_important_one() -> None:
    """The whole story: nomination, the victim's condition and grace, the binding, and the nomination gone."""
    cluster = cluster_of()
    cluster.create(asking("low", "2"))
    changes = history(cluster)
    cluster.do(cluster.cluster.client.create(asking("p", "2", "high")))
    cluster.run_for(20)
    waiting, victim = cluster.pod("p"), cluster.pod("low")
    assert ("", "node-1") == (waiting.spec.node_name, waiting.status.nominated_node_name)
    condition = cluster.condition("p", "PodScheduled")
    assert "0/1 nodes are available: 1 Insufficient cpu." == condition["message"]
    assert victim.metadata.deleting
    target = cluster.condition("low", "DisruptionTarget")
    expected = (
        "True",
        "PreemptionByScheduler",
        "default-scheduler: preempting to accommodate a higher priority pod",
    )
    assert expected == (target["status"], target["reason"], target["message"])
    cluster.settle()
    assert cluster.find_pod("low") is None
    assert ("node-1", "") == (
        cluster.pod("p").spec.node_name,
        cluster.pod("p").status.nominated_node_name,
    )
    assert 1 == sum(
        change.verb == "delete" and change.by == "system:kube-scheduler" for change in changes
    )
    check(cluster)


def test_a_pod_of_the_same_priority_does_not_slip_into_the_room_that_was_made() -> None:
    """The nomination counts from the moment of the decision, and the latecomer waits."""
    cluster = cluster_of()
    cluster.create(asking("low", "2"))
    cluster.do(cluster.cluster.client.create(asking("p", "2", "high")))
    cluster.do(cluster.cluster.client.create(asking("late", "2", "high")))
    cluster.settle()
    assert ("node-1", "") == (cluster.pod("p").spec.node_name, cluster.pod("late").spec.node_name)
    check(cluster)


def test_only_as_many_victims_as_needed_and_all_of_them() -> None:
    """Two of three small pods go for a big one."""
    cluster = cluster_of(cpu="3")
    for number in range(3):
        cluster.create(asking(f"low-{number}", "1"))
    cluster.create(asking("p", "2", "middle"))
    assert "node-1" == cluster.pod("p").spec.node_name
    assert 1 == sum(cluster.find_pod(f"low-{number}") is not None for number in range(3))
    check(cluster)


def test_a_still_more_important_pod_takes_the_nomination_away() -> None:
    """Room is made for the most important; who was nominated there loses that, and waits."""
    cluster = cluster_of()
    cluster.create(asking("low", "2", terminationGracePeriodSeconds=60))
    cluster.do(cluster.cluster.client.create(asking("m", "2", "middle")))
    cluster.run_for(20)
    assert "node-1" == cluster.pod("m").status.nominated_node_name
    cluster.do(cluster.cluster.client.create(asking("p", "2", "high")))
    cluster.settle()
    assert ("node-1", "") == (cluster.pod("p").spec.node_name, cluster.pod("m").spec.node_name)
    assert "" == cluster.pod("m").status.nominated_node_name
    check(cluster)


def test_a_deleted_preemptor_leaves_no_nomination_behind() -> None:
    """A pod that waits for the same room gets it when the nominated pod goes."""
    cluster = cluster_of()
    cluster.create(asking("low", "2"))
    cluster.do(cluster.cluster.client.create(asking("p", "2", "high")))
    cluster.do(cluster.cluster.client.create(asking("q", "2", "high")))
    cluster.delete_pod("p", 0)
    cluster.settle()
    assert "node-1" == cluster.pod("q").spec.node_name
    check(cluster)


def test_a_new_scheduler_knows_the_nominations_of_the_old_one() -> None:
    """They stand in the pods' status, and hold while the victims are going."""
    cluster = cluster_of()
    cluster.create(asking("low", "2"))
    cluster.do(cluster.cluster.client.create(asking("p", "2", "high")))
    cluster.run_for(20)
    scheduler = cluster.process("scheduler-0")
    scheduler.crash()
    cluster.do(cluster.cluster.client.create(asking("late", "2", "high")))
    scheduler.start()
    cluster.settle()
    assert ("node-1", "") == (cluster.pod("p").spec.node_name, cluster.pod("late").spec.node_name)
    check(cluster)


def test_a_preemption_that_fails_half_way_is_tried_again() -> None:
    """When the scheduler loses its connection to the API while it makes room, the pod is bound in the end."""
    cluster = cluster_of(nodes=2)
    cluster.create(asking("low-1", "2"))
    cluster.create(asking("low-2", "2"))
    cluster.cluster.network.lose_answers("scheduler-0", 3)
    cluster.create(asking("p", "2", "high"))
    assert cluster.pod("p").spec.node_name
    check(cluster)


def test_the_scheduler_follows_what_plugins_read_and_the_fact_shows_it() -> None:
    """A decision is published with the whole cluster that it was made on, namespaces' labels included."""
    cluster = cluster_of(nodes=2)
    decided: list[SchedulerDecided] = []
    cluster.cluster.facts.subscribe(SchedulerDecided, decided.append)
    cluster.create(asking("p", "1"))
    cluster.create(asking("q", "1"))
    first, second = (fact.cluster for fact in decided)
    assert [0, 0] == [len(info.pods) for info in first.nodes.values()]
    assert [1, 0] == [len(info.pods) for info in second.nodes.values()]
    assert "default" in first.namespace_labels
