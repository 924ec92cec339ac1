"""Containers that end, kubelets that crash, nodes that lose power."""

from __future__ import annotations

import pytest

from tests.kubelet.small_cluster import SmallCluster, pod_json
from windtunnel.model.kubelet.back_off import format_duration


def crash(cluster: SmallCluster, exit_code: int = 1) -> None:
    """Container c of pod p ends."""
    assert cluster.machine().crash_container(cluster.pod("p").uid, "c", exit_code)


def test_the_first_restart_comes_at_once_and_keeps_the_address(cluster: SmallCluster) -> None:
    """A container that ends is started again without delay, in the same sandbox."""
    cluster.create(pod_json("p"))
    began_ms, address = cluster.cluster.now_ms, cluster.pod("p").status.pod_ip
    crash(cluster)
    cluster.settle()
    status = cluster.status("p")
    assert (1, True) == (status.restart_count, status.ready)
    assert 1 == status.last_state["terminated"]["exitCode"]
    assert address == cluster.pod("p").status.pod_ip
    assert cluster.cluster.now_ms - began_ms < 1_000


def test_restarts_back_off_from_ten_seconds_to_five_minutes(cluster: SmallCluster) -> None:
    """Each further restart waits twice as long, at most five minutes, and says so."""
    cluster.create(pod_json("p"))
    waits = []
    for _ in range(8):
        crash(cluster)
        crashed_ms = cluster.cluster.now_ms
        cluster.settle()
        latest = cluster.machine().pods[cluster.pod("p").uid].latest("c")
        assert latest is not None
        waits.append((latest.started_ms - crashed_ms) // 1000)
    assert [0, 10, 20, 40, 80, 160, 300, 300] == waits
    assert 8 == cluster.status("p").restart_count


def test_a_container_in_back_off_says_so(cluster: SmallCluster) -> None:
    """CrashLoopBackOff is a reason for waiting, with the last end beside it, and the pod stays Running."""
    cluster.create(pod_json("p"))
    for _ in range(2):
        crash(cluster)
        cluster.run_for(500)
    status, pod = cluster.status("p"), cluster.pod("p")
    waiting = status.state["waiting"]
    assert "CrashLoopBackOff" == waiting["reason"]
    expected = f"back-off 10s restarting failed container=c pod=p_default({pod.uid})"
    assert expected == waiting["message"]
    assert "terminated" in status.last_state
    assert ("Running", False) == (pod.status.phase, pod.ready)
    assert "ContainersNotReady" == cluster.condition("p", "Ready")["reason"]


def test_ten_good_minutes_are_forgiven(cluster: SmallCluster) -> None:
    """After more than ten minutes of running, a crash is a first crash again."""
    cluster.create(pod_json("p"))
    crash(cluster)
    cluster.run_for(700_000)
    crash(cluster)
    cluster.run_for(500)
    assert (2, True) == (cluster.status("p").restart_count, cluster.status("p").ready)


def test_a_kubelet_that_restarts_has_forgotten_the_back_off_and_kept_the_count(
    cluster: SmallCluster,
) -> None:
    """Back-off is memory, restart counts are not."""
    cluster.create(pod_json("p"))
    for _ in range(2):
        crash(cluster)
        cluster.run_for(500)
    kubelet = cluster.process("kubelet-node-1")
    kubelet.crash()
    kubelet.start()
    cluster.run_for(500)
    assert (2, True) == (cluster.status("p").restart_count, cluster.status("p").ready)


@pytest.mark.parametrize(
    ("policy", "exit_code", "phase", "restarts"),
    [
        ("Always", 0, "Running", 1),
        ("OnFailure", 0, "Succeeded", 0),
        ("OnFailure", 1, "Running", 1),
        ("Never", 0, "Succeeded", 0),
        ("Never", 1, "Failed", 0),
    ],
)
def test_the_restart_policy_decides(
    cluster: SmallCluster, policy: str, exit_code: int, phase: str, restarts: int
) -> None:
    """Always, OnFailure and Never do what they say."""
    cluster.create(pod_json("p", restartPolicy=policy))
    crash(cluster, exit_code)
    cluster.settle()
    assert phase == cluster.pod("p").status.phase
    assert restarts == cluster.status("p").restart_count


def test_containers_survive_their_kubelet(cluster: SmallCluster) -> None:
    """A kubelet that crashes and comes back finds its pods running and writes nothing about them."""
    cluster.create(pod_json("p"))
    before, started = cluster.pod("p"), cluster.machine().containers()
    kubelet = cluster.process("kubelet-node-1")
    kubelet.crash()
    cluster.run_for(5_000)
    kubelet.start()
    cluster.settle()
    assert started == cluster.machine().containers()
    assert before.metadata.resource_version == cluster.pod("p").metadata.resource_version


def test_what_was_being_started_is_found_by_the_next_kubelet(cluster: SmallCluster) -> None:
    """A kubelet that dies while a pod starts leaves no second instance behind."""
    cluster.do(cluster.cluster.client.create(pod_json("p")))
    kubelet = cluster.process("kubelet-node-1")
    while not cluster.machine().pods:
        cluster.run_for(1)
    kubelet.crash()
    kubelet.start()
    cluster.settle()
    assert (0, True) == (cluster.status("p").restart_count, cluster.pod("p").ready)
    assert 1 == len(cluster.machine().containers())


def test_a_container_that_ended_unseen_is_started_again(cluster: SmallCluster) -> None:
    """What happened while the kubelet was down is made good when it is back."""
    cluster.create(pod_json("p"))
    kubelet = cluster.process("kubelet-node-1")
    kubelet.crash()
    crash(cluster)
    kubelet.start()
    cluster.settle()
    assert (1, True) == (cluster.status("p").restart_count, cluster.pod("p").ready)


def test_a_pod_deleted_unseen_is_stopped_by_the_next_kubelet(cluster: SmallCluster) -> None:
    """Containers of pods that went while the kubelet was down do not run on."""
    cluster.create(pod_json("p"))
    kubelet = cluster.process("kubelet-node-1")
    kubelet.crash()
    cluster.delete_pod("p", 0)
    kubelet.start()
    cluster.settle()
    assert {} == cluster.machine().pods


def test_a_kubelet_that_restarts_during_a_deletion_finishes_it(cluster: SmallCluster) -> None:
    """A pod that was ending when the kubelet crashed ends, and is removed."""
    cluster.create(pod_json("p"))
    cluster.delete_pod("p")
    cluster.run_for(50)
    kubelet = cluster.process("kubelet-node-1")
    kubelet.crash()
    cluster.run_for(1_000)
    assert cluster.pod("p").metadata.deleting
    kubelet.start()
    cluster.settle()
    assert cluster.find_pod("p") is None
    assert {} == cluster.machine().pods


def test_after_a_boot_pods_run_again_with_new_addresses(cluster: SmallCluster) -> None:
    """Pods still bound to a node that lost power get new sandboxes, and their restarts are counted."""
    cluster.create(pod_json("p"))
    address = cluster.pod("p").status.pod_ip
    kubelet = cluster.process("kubelet-node-1")
    kubelet.crash()
    cluster.machine().power_off()
    cluster.run_for(3_000)
    cluster.machine().boot()
    kubelet.start()
    cluster.settle()
    pod = cluster.pod("p")
    assert (True, 1) == (pod.ready, cluster.status("p").restart_count)
    assert address != pod.status.pod_ip
    assert (pod.status.pod_ip,) == tuple(each.ip for each in pod.status.pod_ips)
    assert 255 == cluster.status("p").last_state["terminated"]["exitCode"]


def test_a_changed_image_replaces_the_container(cluster: SmallCluster) -> None:
    """The image is the one thing of a running container that can be changed in place."""
    cluster.create(pod_json("p"))
    cluster.patch_pod("p", {"spec": {"containers": [{"name": "c", "image": "img:2"}]}})
    status = cluster.status("p")
    assert ("img:2", 1, True) == (status.image, status.restart_count, status.ready)


def test_an_image_that_cannot_be_pulled_holds_the_container(cluster: SmallCluster) -> None:
    """Failed pulls back off, and the container starts when the image can be pulled."""
    cluster.machine().break_image("img:1")
    cluster.do(cluster.cluster.client.create(pod_json("p")))
    cluster.run_for(1_000)
    assert cluster.status("p").state["waiting"]["reason"] in ("ErrImagePull", "ImagePullBackOff")
    cluster.run_for(5_000)
    assert "Pending" == cluster.pod("p").status.phase
    cluster.machine().break_image("img:1", broken=False)
    cluster.settle()
    assert cluster.pod("p").ready


def test_durations_are_written_as_go_writes_them() -> None:
    """Back-off messages read like Kubernetes' own."""
    durations = [format_duration(ms) for ms in (10_000, 80_000, 300_000, 3_600_000)]
    assert ["10s", "1m20s", "5m0s", "1h0m0s"] == durations
