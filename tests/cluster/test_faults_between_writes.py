"""Crashes around a write, names that are taken, and nodes that return with old pods."""

from __future__ import annotations

import pytest

from tests.cluster.questions import pods, pods_on, ready_condition, ready_pods
from windtunnel.model.cluster.action import NotApplicable
from windtunnel.model.cluster.actions.faults import CrashAroundWrite, NameCollision, NodeIsolation
from windtunnel.model.cluster.actions.operations import DeleteByForce, Scale, SetOutOfService
from windtunnel.model.cluster.cluster import Cluster
from windtunnel.model.cluster.targets import pod_of
from windtunnel.model.facts import Committed

MANAGER = "controller-manager-0"


def created(cluster: Cluster) -> list[str]:
    """From now on: the names of the pods that are created."""
    names: list[str] = []

    def note(fact: Committed) -> None:
        change = fact.change
        if change.key.resource == "pods" and change.before is None:
            names.append(change.key.name)

    cluster.facts.subscribe(Committed, note)
    return names


@pytest.mark.parametrize(("when", "there"), [("before", 1), ("after", 2)])
def test_a_crash_around_the_second_creation_leaves_it_undone_or_done(
    when: str, there: int, cluster: Cluster
) -> None:
    """Reads do not count; of two pods that are to be made one is there, or both, and the rest follows."""
    cluster.apply(Scale("rc/page", 0))
    cluster.settle()
    names = created(cluster)
    cluster.apply(CrashAroundWrite(MANAGER, 2, when))
    with pytest.raises(NotApplicable, match="is to crash already"):
        cluster.apply(CrashAroundWrite(MANAGER, 1, when))
    # The first create goes alone, and the next two together: the replication manager starts slowly.
    cluster.apply(Scale("rc/page", 3))
    cluster.run_for(5_000)
    assert not cluster.processes[MANAGER].alive
    assert there == len(names)
    cluster.heal_all()
    assert cluster.settle().settled
    assert 6 == ready_pods(cluster)
    assert 3 == len(names)


def test_an_api_server_crashes_around_its_writes_to_the_store(cluster: Cluster) -> None:
    """What it had asked of the store is carried out, and the user does not hear of it."""
    cluster.apply(CrashAroundWrite("apiserver-0", 1, "after"))
    cluster.apply(Scale("rc/page", 4))
    cluster.run_for(1_000)
    assert not cluster.processes["apiserver-0"].alive
    cluster.heal_all()
    assert cluster.settle().settled
    assert 7 == ready_pods(cluster)


def test_a_crash_that_has_not_come_is_called_off(cluster: Cluster) -> None:
    """The end of the fault takes the trap away."""
    cluster.apply(CrashAroundWrite(MANAGER, 3, "before"))
    cluster.heal_all()
    cluster.apply(Scale("rc/page", 5))
    assert cluster.settle().settled
    assert cluster.processes[MANAGER].alive
    assert 8 == ready_pods(cluster)


def test_a_name_that_is_taken_is_tried_again_by_the_api_server(cluster: Cluster) -> None:
    """One collision is nobody's business; there are as many pods as wanted, all with names of their own."""
    requests = cluster.network.next_number()
    cluster.apply(NameCollision("rc/page#1", 1))
    cluster.apply(Scale("rc/page", 4))
    assert cluster.settle().settled
    assert 7 == ready_pods(cluster)
    assert {} == cluster.environment.disturbances.names
    assert cluster.network.next_number() > requests


def test_a_controller_goes_on_after_eight_names_that_were_taken(cluster: Cluster) -> None:
    """Its create fails with 409 AlreadyExists; it makes the pod at the next try."""
    names = created(cluster)
    cluster.apply(NameCollision("rc/page#1", 8))
    cluster.apply(Scale("rc/page", 4))
    assert cluster.settle().settled
    assert {} == cluster.environment.disturbances.names
    assert 7 == ready_pods(cluster)
    assert 1 == len(names)


def test_a_name_that_is_free_again_is_given_to_another_pod(cluster: Cluster) -> None:
    """Same name, another UID, and everybody notices."""
    before = pod_of(cluster, "rc/page#1")
    assert before is not None
    cluster.apply(NameCollision("rc/page#1", 1))
    cluster.apply(DeleteByForce("rc/page#1"))
    assert cluster.settle().settled
    same = [pod for pod in pods(cluster) if pod.name == before.name]
    assert [False] == [pod.uid == before.uid for pod in same]
    assert 6 == ready_pods(cluster)


def test_a_healed_collision_leaves_names_to_chance(cluster: Cluster) -> None:
    """What was not used up is gone."""
    cluster.apply(NameCollision("rc/page#1", 8))
    cluster.heal_all()
    assert {} == cluster.environment.disturbances.names


def test_an_isolated_node_returns_with_old_pods_and_ends_them(cluster: Cluster) -> None:
    """Its pods are replaced after their toleration, are Terminating until it returns, and run until then."""
    before = [pod.uid for pod in pods_on(cluster, "node-1")]
    cluster.apply(NodeIsolation("node-1"))
    assert "node-1" not in [choice.node for choice in NodeIsolation.choices(cluster)]
    cluster.run_for(420_000)
    assert ("Unknown", "NodeStatusUnknown") == ready_condition(cluster, "node-1")
    old = pods_on(cluster, "node-1")
    assert before == [pod.uid for pod in old]
    assert all(pod.metadata.deleting for pod in old)
    assert 6 == ready_pods(cluster)
    machine = cluster.machines["node-1"]
    assert all(machine.running_containers(uid) for uid in before)
    cluster.heal_all()
    assert cluster.settle().settled
    cluster.run_for(60_000)
    assert not any(machine.running_containers(uid) for uid in before)
    assert not {*before} & {pod.uid for pod in pods(cluster)}
    assert [] == cluster.network.cuts()


def test_pods_of_a_node_out_of_service_are_given_up_and_run_on_until_it_returns(
    cluster: Cluster,
) -> None:
    """Pod GC removes them without their kubelet; the kubelet ends them as soon as it hears."""
    before = [pod.uid for pod in pods_on(cluster, "node-1")]
    cluster.apply(NodeIsolation("node-1"))
    cluster.run_for(120_000)
    cluster.apply(SetOutOfService("node-1", "out"))
    cluster.run_for(120_000)
    assert [] == pods_on(cluster, "node-1")
    assert 6 == ready_pods(cluster)
    machine = cluster.machines["node-1"]
    assert all(machine.running_containers(uid) for uid in before)
    cluster.heal_all()
    cluster.run_for(60_000)
    assert not any(machine.running_containers(uid) for uid in before)
    cluster.apply(SetOutOfService("node-1", "back"))
    assert [] == [each for each in SetOutOfService.choices(cluster) if each.change == "back"]
