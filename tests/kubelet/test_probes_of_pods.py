"""Probes at work: readiness that comes and goes, containers that are killed, instances that start afresh."""

from __future__ import annotations

from typing import Any

from tests.kubelet.small_cluster import SmallCluster, container, pod_json
from windtunnel.model.objects.json import Json
from windtunnel.model.settings import KubeletSettings

HANDLER = {"httpGet": {"port": 80}}


def probed_pod(**probes: Json) -> Json:
    """Pod p with these probes."""
    fields: dict[str, Any] = {
        f"{kind}Probe": {**HANDLER, **probe} for kind, probe in probes.items()
    }
    return pod_json("p", containers=[container(**fields)])


def answer(cluster: SmallCluster, kind: str, outcome: str) -> None:
    """From now on the container answers like that."""
    cluster.machine().set_probe(cluster.pod("p").uid, "c", kind, outcome)


def test_a_pod_is_ready_only_after_its_probe_succeeded(cluster: SmallCluster) -> None:
    """Running comes first, ready with the first success."""
    cluster.do(cluster.cluster.client.create(probed_pod(readiness={"initialDelaySeconds": 5})))
    cluster.run_for(4_000)
    assert (True, False) == (cluster.is_running("p"), cluster.pod("p").ready)
    cluster.run_for(8_000)
    assert cluster.pod("p").ready


def test_readiness_goes_after_the_failure_threshold_and_comes_back(cluster: SmallCluster) -> None:
    """Three failures in a row make a pod unready, one success makes it ready, and nothing is restarted."""
    cluster.create(probed_pod(readiness={"periodSeconds": 5, "failureThreshold": 3}))
    answer(cluster, "readiness", "failure")
    cluster.run_for(9_000)
    assert cluster.pod("p").ready
    cluster.settle()
    assert (False, True) == (cluster.pod("p").ready, cluster.is_running("p"))
    answer(cluster, "readiness", "success")
    cluster.settle()
    assert (True, 0) == (cluster.pod("p").ready, cluster.status("p").restart_count)


def test_a_short_failure_is_overlooked(cluster: SmallCluster) -> None:
    """Failures that end before the threshold change nothing, and are not remembered."""
    cluster.create(probed_pod(readiness={"periodSeconds": 5, "failureThreshold": 3}))
    for _ in range(3):
        answer(cluster, "readiness", "failure")
        cluster.run_for(9_000)
        answer(cluster, "readiness", "success")
        cluster.settle()
        assert cluster.pod("p").ready


def test_failed_liveness_restarts_the_container(cluster: SmallCluster) -> None:
    """After the threshold the container is stopped and started again, at first without delay."""
    cluster.create(probed_pod(liveness={"periodSeconds": 5, "failureThreshold": 2}))
    answer(cluster, "liveness", "failure")
    cluster.run_for(11_000)
    answer(cluster, "liveness", "success")
    cluster.settle()
    assert (1, True) == (cluster.status("p").restart_count, cluster.pod("p").ready)


def test_each_instance_has_its_own_failures(cluster: SmallCluster) -> None:
    """After a liveness restart, one failed probe does not kill the new container."""
    cluster.create(probed_pod(liveness={"periodSeconds": 10, "failureThreshold": 3}))
    answer(cluster, "liveness", "failure")
    while not cluster.status("p").restart_count:
        cluster.run_for(1_000)
    cluster.run_for(25_000)
    assert 1 == cluster.status("p").restart_count


def test_other_probes_wait_for_the_startup_probe_of_this_instance(cluster: SmallCluster) -> None:
    """A slow starter is not killed by its liveness probe, not even after a restart."""
    startup = {"periodSeconds": 5, "failureThreshold": 10}
    cluster.create(
        probed_pod(startup=startup, liveness={"periodSeconds": 1, "failureThreshold": 1})
    )
    assert cluster.pod("p").ready
    answer(cluster, "startup", "failure")
    answer(cluster, "liveness", "failure")
    cluster.run_for(3_000)
    status = cluster.status("p")
    assert (1, False) == (status.restart_count, status.started)
    cluster.run_for(30_000)
    assert 1 == cluster.status("p").restart_count
    answer(cluster, "liveness", "success")
    answer(cluster, "startup", "success")
    cluster.settle()
    assert (1, True) == (cluster.status("p").restart_count, cluster.pod("p").ready)


def test_a_startup_probe_that_never_succeeds_restarts_the_container(cluster: SmallCluster) -> None:
    """The startup probe's threshold is how long a container may take to start."""
    cluster.do(
        cluster.cluster.client.create(
            probed_pod(startup={"periodSeconds": 2, "failureThreshold": 3})
        )
    )
    while cluster.find_pod("p") is None:
        cluster.run_for(1)
    answer(cluster, "startup", "failure")
    cluster.run_for(9_000)
    assert cluster.status("p").restart_count >= 1
    assert not cluster.pod("p").ready


def test_a_kubelet_restart_does_not_make_a_healthy_pod_unready(cluster: SmallCluster) -> None:
    """What a running instance has shown before counts for the next kubelet."""
    cluster.create(probed_pod(readiness={"periodSeconds": 5}, startup={"periodSeconds": 5}))
    before = cluster.pod("p").metadata.resource_version
    kubelet = cluster.process("kubelet-node-1")
    kubelet.crash()
    cluster.run_for(2_000)
    kubelet.start()
    cluster.settle()
    cluster.run_for(30_000)
    assert before == cluster.pod("p").metadata.resource_version


def test_a_failure_that_began_while_the_kubelet_was_down_is_found(cluster: SmallCluster) -> None:
    """The next kubelet probes what it inherits."""
    cluster.create(probed_pod(readiness={"periodSeconds": 5}))
    kubelet = cluster.process("kubelet-node-1")
    kubelet.crash()
    answer(cluster, "readiness", "failure")
    kubelet.start()
    cluster.settle()
    assert not cluster.pod("p").ready


def moments_of_change(elide: bool) -> list[int]:
    """When a pod's readiness follows its container's answers."""
    cluster = SmallCluster(kubelet=KubeletSettings(elide_steady_probes=elide))
    cluster.create(probed_pod(readiness={"periodSeconds": 7, "failureThreshold": 2}, liveness={}))
    moments = []
    for outcome in ("failure", "success", "failure"):
        cluster.run_for(20_300)
        answer(cluster, "readiness", outcome)
        while cluster.pod("p").ready is not (outcome == "success"):
            cluster.run_for(1)
        moments.append(cluster.cluster.now_ms)
    return moments


def test_steady_ticks_can_be_left_out() -> None:
    """Running every steady tick or none comes to the same, at the same moments."""
    assert moments_of_change(elide=False) == moments_of_change(elide=True)
