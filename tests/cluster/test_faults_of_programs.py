"""What containers that do not end, hooks that go wrong and slow probes do, and how that ends."""

from __future__ import annotations

import pytest

from tests.cluster.questions import addresses, pods, ready_pods
from windtunnel.model.cluster.action import NotApplicable
from windtunnel.model.cluster.actions.faults import (
    HookFailure,
    NodeLoss,
    ProbeFlip,
    SlowProbe,
    StuckTermination,
)
from windtunnel.model.cluster.actions.operations import ChangeTemplate, Delete
from windtunnel.model.cluster.actions.time import HealFault
from windtunnel.model.cluster.cluster import Cluster
from windtunnel.model.cluster.targets import pod_of
from windtunnel.model.objects.pod import Pod


def target(cluster: Cluster, name: str) -> Pod:
    """The pod of a name, which is there."""
    pod = pod_of(cluster, name)
    assert pod is not None
    return pod


def hooked(cluster: Cluster) -> str:
    """Give the page hooks; the name of a pod that has them."""
    cluster.apply(ChangeTemplate("rc/page", "hooks"))
    cluster.apply(Delete("rc/page#1"))
    cluster.settle()
    return "rc/page#3"


def names(cluster: Cluster) -> list[str]:
    """The names of all pods."""
    return [pod.name for pod in pods(cluster)]


def test_a_container_that_hangs_keeps_its_pod_terminating(cluster: Cluster) -> None:
    """Long after its grace period the pod is still there, replaced; healing lets it go at once."""
    pod = target(cluster, "rc/follower#1")
    cluster.apply(StuckTermination("rc/follower#1", "store", "hangs"))
    cluster.apply(Delete("rc/follower#1"))
    cluster.run_for(300_000)
    assert pod.name in names(cluster)
    assert 6 == ready_pods(cluster)
    assert ["store"] == cluster.machines[pod.spec.node_name].running_containers(pod.uid)
    assert pod.status.pod_ip not in addresses(cluster, "follower")
    cluster.heal_all()
    cluster.run_for(1_000)
    assert pod.name not in names(cluster)
    assert cluster.settle().settled


def test_a_container_that_ignores_the_wish_is_killed_after_its_grace_period(
    cluster: Cluster,
) -> None:
    """A follower has five seconds."""
    pod = target(cluster, "rc/follower#1")
    cluster.apply(StuckTermination("rc/follower#1", "store", "ignores"))
    cluster.apply(Delete("rc/follower#1"))
    cluster.run_for(3_500)
    assert pod.name in names(cluster)
    cluster.run_for(2_500)
    assert pod.name not in names(cluster)


def test_a_machine_that_was_replaced_knows_nothing_of_it(cluster: Cluster) -> None:
    """What hung went with the hardware, and the end of the fault leaves the new machine alone."""
    pod = target(cluster, "rc/follower#1")
    cluster.apply(StuckTermination("rc/follower#1", "store", "hangs"))
    loss = NodeLoss(pod.spec.node_name, "replaced")
    cluster.apply(loss)
    cluster.run_for(1_000)
    cluster.apply(HealFault(str(loss)))
    cluster.settle()
    cluster.apply(Delete("rc/follower#1"))
    assert cluster.settle().settled
    cluster.heal_all()
    assert cluster.settle().settled
    assert 6 == ready_pods(cluster)


def test_a_pre_stop_hook_that_never_ends_takes_the_grace_period(cluster: Cluster) -> None:
    """The page has thirty seconds; healing ends the hook, and the pod, before."""
    for heal_after_ms, gone in ((35_000, True), (5_000, False)):
        name = hooked(cluster)
        pod = target(cluster, name)
        cluster.apply(HookFailure(name, "page", "preStop", "never-ends"))
        cluster.apply(Delete(name))
        cluster.run_for(heal_after_ms)
        assert (pod.name not in names(cluster)) == gone
        cluster.heal_all()
        cluster.run_for(1_000)
        assert pod.name not in names(cluster)


@pytest.mark.parametrize(("how", "restarts"), [("fails", range(3, 9)), ("never-ends", range(1, 2))])
def test_a_post_start_hook_that_goes_wrong_keeps_its_pod_from_being_ready(
    how: str, restarts: range, cluster: Cluster
) -> None:
    """It fails again at each start, or keeps the first waiting; healing brings the pod back."""
    name = hooked(cluster)
    pod = target(cluster, name)
    cluster.apply(HookFailure(name, "page", "postStart", how))
    cluster.machines[pod.spec.node_name].crash_container(pod.uid, "page", 1)
    cluster.run_for(300_000)
    assert 5 == ready_pods(cluster)
    cluster.heal_all()
    assert cluster.settle().settled
    assert 6 == ready_pods(cluster)
    assert target(cluster, name).status.container_statuses[0].restart_count in restarts


def test_an_answer_within_the_timeout_counts_and_a_later_one_fails(cluster: Cluster) -> None:
    """Half a second is in time for the usual timeout of one, three seconds are not."""
    for takes_ms, ready in ((500, 6), (3_000, 5)):
        slow = SlowProbe("rc/page#1", "page", "readiness", takes_ms)
        cluster.apply(slow)
        cluster.run_for(60_000)
        assert ready == ready_pods(cluster)
        cluster.apply(HealFault(str(slow)))
        cluster.settle()
        assert 6 == ready_pods(cluster)


def test_a_container_whose_liveness_probe_is_slow_is_restarted(cluster: Cluster) -> None:
    """Three failures in a row, each by its timeout, end it."""
    cluster.apply(SlowProbe("rc/page#1", "page", "liveness", 20_000))
    cluster.run_for(60_000)
    assert 1 <= target(cluster, "rc/page#1").status.container_statuses[0].restart_count
    cluster.heal_all()
    assert cluster.settle().settled
    assert 6 == ready_pods(cluster)


def test_a_slow_probe_and_a_failing_one_end_each_for_itself(cluster: Cluster) -> None:
    """The end of the one leaves the other in force."""
    slow = SlowProbe("rc/page#1", "page", "readiness", 500)
    flip = ProbeFlip("rc/page#1", "page", "readiness")
    cluster.apply(slow)
    cluster.apply(flip)
    cluster.run_for(30_000)
    cluster.apply(HealFault(str(slow)))
    cluster.run_for(30_000)
    assert 5 == ready_pods(cluster)
    cluster.apply(slow)
    cluster.apply(HealFault(str(flip)))
    cluster.run_for(30_000)
    assert 6 == ready_pods(cluster)
    with pytest.raises(NotApplicable, match="takes its time already"):
        cluster.apply(SlowProbe("rc/page#1", "page", "readiness", 3_000))
