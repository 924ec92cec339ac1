"""How pods end: grace periods, containers that do not want to end, deadlines."""

from __future__ import annotations

from tests.kubelet.small_cluster import SmallCluster, container, history, pod_json
from windtunnel.model.kubelet.behaviour import HANGS, IGNORES, OBEYS


def running(cluster: SmallCluster) -> list[str]:
    """What runs on the node."""
    return [each.name for each in cluster.machine().containers()]


def test_a_container_that_ignores_the_wish_is_killed_after_its_grace_period(
    cluster: SmallCluster,
) -> None:
    """Until then the pod is terminating and runs; then it was killed, says so, and goes."""
    cluster.create(pod_json("p"))
    cluster.machine().set_ending(cluster.pod("p").uid, "c", IGNORES)
    changes = history(cluster)
    cluster.delete_pod("p")
    cluster.run_for(29_000)
    assert (["c"], True) == (running(cluster), cluster.pod("p").metadata.deleting)
    cluster.settle()
    assert cluster.find_pod("p") is None
    last = changes[-1].record.raw["status"]["containerStatuses"][0]
    assert (137, "Error") == (
        last["state"]["terminated"]["exitCode"],
        last["state"]["terminated"]["reason"],
    )


def test_a_shorter_grace_period_brings_the_end_forward(cluster: SmallCluster) -> None:
    """A second deletion with less grace counts from then; one with more changes nothing."""
    cluster.create(pod_json("p", terminationGracePeriodSeconds=600))
    cluster.machine().set_ending(cluster.pod("p").uid, "c", IGNORES)
    cluster.delete_pod("p")
    cluster.run_for(10_000)
    cluster.delete_pod("p", 5)
    cluster.run_for(4_000)
    assert ["c"] == running(cluster)
    cluster.run_for(2_000)
    assert [] == running(cluster)


def test_even_the_shortest_grace_period_leaves_two_seconds(cluster: SmallCluster) -> None:
    """A grace period of one second kills after two."""
    cluster.create(pod_json("p"))
    cluster.machine().set_ending(cluster.pod("p").uid, "c", IGNORES)
    cluster.delete_pod("p", 1)
    cluster.run_for(1_900)
    assert ["c"] == running(cluster)
    cluster.run_for(200)
    assert [] == running(cluster)


def test_a_container_that_hangs_outlives_its_kill_until_it_is_let_go(cluster: SmallCluster) -> None:
    """A pod with a container that cannot be killed stays Terminating, and the node says what it waits for."""
    cluster.create(pod_json("p", terminationGracePeriodSeconds=5))
    uid = cluster.pod("p").uid
    cluster.machine().set_ending(uid, "c", HANGS)
    cluster.delete_pod("p")
    cluster.run_for(100_000)
    assert (["c"], True) == (running(cluster), cluster.pod("p").metadata.deleting)
    assert "default/p is ending" == cluster.kubelet().busy()
    cluster.machine().set_ending(uid, "c", OBEYS)
    cluster.settle()
    assert ([], None) == (running(cluster), cluster.find_pod("p"))


def test_a_container_that_hangs_does_not_survive_its_machine(cluster: SmallCluster) -> None:
    """Losing power ends what nothing else could."""
    cluster.create(pod_json("p", terminationGracePeriodSeconds=1))
    cluster.machine().set_ending(cluster.pod("p").uid, "c", HANGS)
    cluster.delete_pod("p")
    cluster.run_for(10_000)
    kubelet = cluster.process("kubelet-node-1")
    kubelet.crash()
    cluster.machine().power_off()
    cluster.machine().boot()
    kubelet.start()
    cluster.settle()
    assert ({}, None) == (cluster.machine().pods, cluster.find_pod("p"))


def test_a_kubelet_that_restarts_gives_no_new_grace_period(cluster: SmallCluster) -> None:
    """What was asked of the runtime stands, whoever asked."""
    cluster.create(pod_json("p"))
    cluster.machine().set_ending(cluster.pod("p").uid, "c", IGNORES)
    cluster.delete_pod("p")
    cluster.run_for(20_000)
    kubelet = cluster.process("kubelet-node-1")
    kubelet.crash()
    kubelet.start()
    cluster.run_for(9_000)
    assert ["c"] == running(cluster)
    cluster.run_for(2_000)
    assert [] == running(cluster)


def test_a_probe_has_a_grace_period_of_its_own(cluster: SmallCluster) -> None:
    """A container that fails liveness has the probe's grace period; its deletion has the pod's."""
    probe = {
        "httpGet": {"port": 1},
        "periodSeconds": 1,
        "failureThreshold": 1,
        "terminationGracePeriodSeconds": 4,
    }
    cluster.create(pod_json("p", containers=[container(livenessProbe=probe)]))
    uid = cluster.pod("p").uid
    cluster.machine().set_ending(uid, "c", IGNORES)
    cluster.machine().set_probe(uid, "c", "liveness", "failure")
    began_ms = cluster.cluster.now_ms
    while running(cluster):
        cluster.run_for(10)
    assert 4_000 <= cluster.cluster.now_ms - began_ms <= 5_100
    cluster.machine().set_probe(uid, "c", "liveness", "success")
    cluster.settle()
    cluster.delete_pod("p")
    cluster.run_for(20_000)
    assert ["c"] == running(cluster)


def test_a_container_that_is_replaced_starts_again_however_it_ended(cluster: SmallCluster) -> None:
    """With restartPolicy OnFailure, a container that fails liveness and ends well is started again all the same."""
    probe = {"httpGet": {"port": 1}, "periodSeconds": 1, "failureThreshold": 1}
    cluster.create(
        pod_json("p", restartPolicy="OnFailure", containers=[container(livenessProbe=probe)])
    )
    uid = cluster.pod("p").uid
    cluster.machine().set_probe(uid, "c", "liveness", "failure")
    cluster.run_for(1_300)
    cluster.machine().set_probe(uid, "c", "liveness", "success")
    cluster.settle()
    assert (1, 0) == (
        cluster.status("p").restart_count,
        cluster.status("p").last_state["terminated"]["exitCode"],
    )
    assert cluster.pod("p").ready


def test_a_container_that_fails_liveness_and_must_not_restart_is_the_end(
    cluster: SmallCluster,
) -> None:
    """With restartPolicy Never, the kill is the end of the container, and of the pod where there is no other."""
    probe = {"httpGet": {"port": 1}, "periodSeconds": 1, "failureThreshold": 1}
    cluster.create(
        pod_json("p", restartPolicy="Never", containers=[container(livenessProbe=probe)])
    )
    uid = cluster.pod("p").uid
    cluster.machine().set_ending(uid, "c", IGNORES)
    cluster.machine().set_probe(uid, "c", "liveness", "failure")
    cluster.settle()
    assert ("Failed", 0) == (cluster.pod("p").status.phase, cluster.status("p").restart_count)


def test_a_pod_that_was_active_for_too_long_is_failed(cluster: SmallCluster) -> None:
    """At the deadline its containers are ended, and then it is Failed with DeadlineExceeded."""
    cluster.create(pod_json("p", activeDeadlineSeconds=60, terminationGracePeriodSeconds=20))
    began_ms = cluster.cluster.now_ms
    assert cluster.pod("p").ready
    assert began_ms < 30_000, "nobody waits for a deadline"
    cluster.machine().set_ending(cluster.pod("p").uid, "c", IGNORES)
    cluster.run_for(70_000)
    assert ("Running", "") == (cluster.pod("p").status.phase, cluster.pod("p").status.reason)
    cluster.settle()
    status = cluster.pod("p").status
    assert ("Failed", "DeadlineExceeded") == (status.phase, status.reason)
    assert "Pod was active on the node longer than the specified deadline" == status.message
    assert 78_000 < cluster.cluster.now_ms - began_ms < 82_000
    assert ([], False) == (running(cluster), cluster.pod("p").ready)


def test_a_deadline_outlives_the_kubelet(cluster: SmallCluster) -> None:
    """The time counts from the pod's start as it was reported, not from when this kubelet saw it."""
    cluster.create(pod_json("p", activeDeadlineSeconds=60))
    began_ms = cluster.cluster.now_ms
    kubelet = cluster.process("kubelet-node-1")
    kubelet.crash()
    cluster.run_for(50_000)
    kubelet.start()
    while not cluster.pod("p").terminal:
        cluster.run_for(100)
    assert 58_000 < cluster.cluster.now_ms - began_ms < 62_000


def test_a_deadline_that_is_brought_forward_counts(cluster: SmallCluster) -> None:
    """A deadline set later, or cut, is looked at as soon as it is known."""
    cluster.create(pod_json("p", activeDeadlineSeconds=6_000))
    cluster.run_for(100_000)
    cluster.patch_pod("p", {"spec": {"activeDeadlineSeconds": 90}})
    assert "DeadlineExceeded" == cluster.pod("p").status.reason


def test_a_pod_that_is_over_before_its_deadline_stays_as_it_is(cluster: SmallCluster) -> None:
    """What has succeeded does not fail later, not even for a kubelet that comes back after the deadline."""
    cluster.create(pod_json("p", activeDeadlineSeconds=60, restartPolicy="Never"))
    cluster.machine().crash_container(cluster.pod("p").uid, "c", 0)
    cluster.settle()
    kubelet = cluster.process("kubelet-node-1")
    kubelet.crash()
    cluster.run_for(100_000)
    kubelet.start()
    cluster.settle()
    assert ("Succeeded", "") == (cluster.pod("p").status.phase, cluster.pod("p").status.reason)
