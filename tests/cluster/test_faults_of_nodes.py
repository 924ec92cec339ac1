"""What faults of nodes, containers and images do while they last, and how they end."""

from __future__ import annotations

import pytest

from tests.cluster.questions import addresses, node_of, pods, pods_on, ready_condition, ready_pods
from windtunnel.model.cluster.actions.faults import (
    ContainerCrash,
    ImagePullFailure,
    NodeCrash,
    NodeLoss,
    ProcessCrash,
    RuntimeFailure,
)
from windtunnel.model.cluster.actions.operations import (
    AddNode,
    ChangeTemplate,
    Delete,
    DeleteByForce,
    RemoveNode,
    Scale,
)
from windtunnel.model.cluster.cluster import Cluster
from windtunnel.model.cluster.targets import pod_of

PAGE = "registry.example/guestbook/page:windtunnel-2"


def test_pods_of_a_lost_node_stay_terminating_until_it_is_removed(cluster: Cluster) -> None:
    """They are evicted and replaced after five minutes; the Node's removal lets them go."""
    lost = [pod.uid for pod in pods_on(cluster, "node-1")]
    cluster.apply(NodeLoss("node-1", "removed"))
    cluster.run_for(500_000)
    left = pods_on(cluster, "node-1")
    assert lost == [pod.uid for pod in left]
    assert all(pod.metadata.deleting for pod in left)
    assert 6 == ready_pods(cluster)
    cluster.heal_all()
    cluster.run_for(120_000)
    assert node_of(cluster, "node-1") is None
    assert [] == pods_on(cluster, "node-1")
    assert not cluster.machines["node-1"].powered


def test_a_replaced_machine_starts_its_pods_anew(cluster: Cluster) -> None:
    """Before the eviction the same pods run on the new machine, in new containers that are counted as restarts."""
    before = {pod.uid: pod for pod in pods_on(cluster, "node-1")}
    cluster.apply(NodeLoss("node-1", "replaced"))
    cluster.run_for(60_000)
    assert ("Unknown", "NodeStatusUnknown") == ready_condition(cluster, "node-1")
    cluster.heal_all()
    cluster.settle()
    assert 6 == ready_pods(cluster)
    for pod in pods_on(cluster, "node-1"):
        old, new = before[pod.uid].status, pod.status
        assert [1] == [each.restart_count for each in new.container_statuses]
        assert old.container_statuses[0].container_id != new.container_statuses[0].container_id


def test_a_lost_node_that_somebody_replaced_is_not_removed_again(cluster: Cluster) -> None:
    """The end of the fault finds another machine there, and leaves it."""
    cluster.apply(NodeLoss("node-1", "removed"))
    cluster.apply(RemoveNode("node-1", "off"))
    cluster.apply(AddNode("node-1"))
    cluster.settle()
    cluster.heal_all()
    cluster.settle()
    assert ("True", "KubeletReady") == ready_condition(cluster, "node-1")


def test_a_lost_node_is_removed_although_the_api_server_is_down(cluster: Cluster) -> None:
    """The deletion is tried until it is carried out."""
    cluster.apply(NodeLoss("node-1", "removed"))
    cluster.processes["apiserver-0"].crash()
    cluster.heal_all()
    cluster.processes["apiserver-0"].start()
    cluster.settle()
    assert node_of(cluster, "node-1") is None


def test_a_node_without_its_runtime_is_not_ready_while_its_kubelet_lives(cluster: Cluster) -> None:
    """The containers run on, the pods leave the Endpoints, and come back with the runtime."""
    running = len(cluster.machines["node-1"].containers())
    cluster.apply(RuntimeFailure("node-1"))
    cluster.run_for(20_000)
    assert ("True", "KubeletReady") == ready_condition(cluster, "node-1")
    cluster.run_for(60_000)
    assert ("False", "KubeletNotReady") == ready_condition(cluster, "node-1")
    assert running == len(cluster.machines["node-1"].containers()) > 0
    addresses_there = [pod.status.pod_ip for pod in pods_on(cluster, "node-1")]
    listed = [ip for name in ("leader", "follower", "page") for ip in addresses(cluster, name)]
    assert not set(addresses_there) & set(listed)
    cluster.heal_all()
    cluster.settle()
    cluster.run_for(60_000)
    assert ("True", "KubeletReady") == ready_condition(cluster, "node-1")
    assert 6 == ready_pods(cluster)
    listed = [ip for name in ("leader", "follower", "page") for ip in addresses(cluster, name)]
    assert set(addresses_there) <= set(listed)


def test_nothing_ends_or_restarts_without_the_runtime(cluster: Cluster) -> None:
    """A deleted pod stays Terminating, a crashed container stays down; both are seen to afterwards."""
    node = "node-1"
    names = [f"rc/{owner}#{n}" for owner in ("page", "follower", "leader") for n in (1, 2, 3)]
    first, *_ = [
        name for name in names if (pod := pod_of(cluster, name)) and pod.spec.node_name == node
    ]
    victim = pod_of(cluster, first)
    assert victim is not None
    cluster.apply(RuntimeFailure(node))
    cluster.apply(ContainerCrash(first, victim.spec.containers[0].name))
    cluster.run_for(10_000)
    seen = pod_of(cluster, first)
    assert seen is not None
    assert "running" in (seen.status.container_statuses[0].state or {})
    cluster.apply(Delete(first))
    cluster.run_for(120_000)
    assert victim.uid in [pod.uid for pod in pods(cluster)]
    cluster.heal_all()
    cluster.settle()
    assert victim.uid not in [pod.uid for pod in pods(cluster)]
    assert 6 == ready_pods(cluster)


@pytest.mark.parametrize("first", ["runtime", "kubelet"])
def test_a_kubelet_that_restarts_without_a_runtime_waits_for_it(
    first: str, cluster: Cluster
) -> None:
    """Whichever of the two comes back first, all pods are taken in again, and none is started twice."""
    before = {pod.uid for pod in pods(cluster)}
    runtime, kubelet = RuntimeFailure("node-1"), ProcessCrash("kubelet-node-1")
    cluster.apply(runtime)
    cluster.apply(kubelet)
    cluster.run_for(5_000)
    order = [runtime, kubelet] if first == "runtime" else [kubelet, runtime]
    for fault in order:
        cluster.heal(str(fault))
        cluster.run_for(5_000)
    cluster.settle()
    assert before == {pod.uid for pod in pods(cluster)}
    assert 6 == ready_pods(cluster)
    assert [0] * 6 == [pod.status.container_statuses[0].restart_count for pod in pods(cluster)]


def test_a_reboot_brings_the_runtime_back(cluster: Cluster) -> None:
    """A node that lost its power meanwhile has a runtime, whether its failure was healed or not."""
    runtime, power = RuntimeFailure("node-1"), NodeCrash("node-1")
    cluster.apply(runtime)
    cluster.apply(power)
    cluster.heal(str(power))
    cluster.settle()
    assert cluster.machines["node-1"].runtime_up
    assert 6 == ready_pods(cluster)
    cluster.heal_all()
    assert cluster.machines["node-1"].runtime_up


def test_containers_wait_for_an_image_that_cannot_be_pulled(cluster: Cluster) -> None:
    """The new pod waits, the others run; it starts once the image is there."""
    cluster.apply(ChangeTemplate("rc/page", "image"))
    assert ImagePullFailure(PAGE) in ImagePullFailure.choices(cluster)
    cluster.apply(ImagePullFailure(PAGE))
    assert ImagePullFailure(PAGE) not in ImagePullFailure.choices(cluster)
    cluster.apply(Scale("rc/page", 4))
    cluster.run_for(30_000)
    pod = pod_of(cluster, "rc/page#4")
    assert pod is not None
    waiting = (pod.status.container_statuses[0].state or {})["waiting"]
    assert waiting["reason"] in ("ErrImagePull", "ImagePullBackOff")
    assert 6 == ready_pods(cluster)
    cluster.heal_all()
    cluster.settle()
    assert 7 == ready_pods(cluster)


def test_a_replaced_machine_has_to_pull_again(cluster: Cluster) -> None:
    """What was pulled went with the disk, so that a broken image hits the pods of before."""
    image = "registry.example/guestbook/store:2"
    pod = pod_of(cluster, "rc/leader#1")
    assert pod is not None
    node = pod.spec.node_name
    loss, broken = NodeLoss(node, "replaced"), ImagePullFailure(image)
    cluster.apply(loss)
    cluster.apply(broken)
    cluster.heal(str(loss))
    cluster.run_for(20_000)
    assert not cluster.machines[node].has_image(image)
    assert ready_pods(cluster) < 6
    cluster.heal_all()
    cluster.settle()
    assert cluster.machines[node].has_image(image)
    assert 6 == ready_pods(cluster)
    cluster.apply(DeleteByForce("rc/leader#1"))
    cluster.settle()
    assert 6 == ready_pods(cluster)


def test_an_image_that_is_lost_is_lost_for_nodes_that_come_later(cluster: Cluster) -> None:
    """The registry has it no more, whoever asks; afterwards everybody can pull it again."""
    cluster.apply(ImagePullFailure(PAGE))
    cluster.apply(AddNode("node-9"))
    assert cluster.machines["node-9"].image_is_broken(PAGE)
    cluster.heal_all()
    assert not any(machine.image_is_broken(PAGE) for machine in cluster.machines.values())
