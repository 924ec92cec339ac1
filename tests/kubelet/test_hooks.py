"""preStop and postStart hooks."""

from __future__ import annotations

from typing import Any

import pytest

from tests.kubelet.small_cluster import SmallCluster, container, history, pod_json
from windtunnel.model.facts import Physical
from windtunnel.model.kubelet.behaviour import IGNORES
from windtunnel.model.objects.json import Json


def hooked(hook: str, seconds: int, name: str = "c") -> Json:
    """A container with a hook that sleeps."""
    return container(name, lifecycle={hook: {"sleep": {"seconds": seconds}}})


def exits(cluster: SmallCluster) -> list[tuple[str, int, str]]:
    """From now on: who exits, how many milliseconds from now, and how."""
    told: list[tuple[str, int, str]] = []
    began_ms = cluster.cluster.now_ms

    def note(fact: Physical) -> None:
        if fact.what == "container-exited":
            told.append((fact.container, fact.now_ms - began_ms, fact.detail))

    cluster.cluster.facts.subscribe(Physical, note)
    return told


def deletion(cluster: SmallCluster, **spec: Any) -> list[tuple[str, int, str]]:
    """Create pod p and delete it: how its containers exit, in tenths of seconds."""
    cluster.create(pod_json("p", **spec))
    told = exits(cluster)
    cluster.delete_pod("p")
    cluster.settle()
    assert cluster.find_pod("p") is None
    return [(name, after_ms // 100, detail) for name, after_ms, detail in told]


def test_a_pre_stop_hook_comes_before_the_end(cluster: SmallCluster) -> None:
    """The container is asked to end when its hook has run."""
    assert [("c", 52, "exit code 0")] == deletion(cluster, containers=[hooked("preStop", 5)])


def test_a_pre_stop_hook_is_part_of_the_grace_period(cluster: SmallCluster) -> None:
    """After a hook of eight seconds, a grace period of ten has two left."""
    cluster.create(
        pod_json("p", containers=[hooked("preStop", 8)], terminationGracePeriodSeconds=10)
    )
    cluster.machine().set_ending(cluster.pod("p").uid, "c", IGNORES)
    told = exits(cluster)
    cluster.delete_pod("p")
    cluster.settle()
    assert [("c", 100, "exit code 137")] == [(n, ms // 100, how) for n, ms, how in told]


def test_a_pre_stop_hook_that_takes_too_long_is_cut(cluster: SmallCluster) -> None:
    """When the grace period is over the hook is, too, and the container still has two seconds."""
    spec: Json = {"containers": [hooked("preStop", 60)], "terminationGracePeriodSeconds": 10}
    assert [("c", 102, "exit code 0")] == deletion(cluster, **spec)


def test_a_container_without_a_hook_does_not_wait_for_one_that_has(cluster: SmallCluster) -> None:
    """The containers of a pod end at the same time, each after its own hook."""
    told = deletion(cluster, containers=[hooked("preStop", 5), container("d")])
    assert [("d", 2, "exit code 0"), ("c", 52, "exit code 0")] == told


def test_the_pre_stop_hook_of_a_sidecar_runs_beside_the_main_containers_end(
    cluster: SmallCluster,
) -> None:
    """A sidecar's hook begins at once, and what waits for the main containers is only its end."""
    sidecar = {**hooked("preStop", 5, "s"), "restartPolicy": "Always"}
    told = deletion(cluster, initContainers=[sidecar], containers=[hooked("preStop", 4)])
    assert [("c", 42, "exit code 0"), ("s", 52, "exit code 0")] == told


def test_a_liveness_kill_runs_the_pre_stop_hook(cluster: SmallCluster) -> None:
    """Whoever ends a container, its hook comes first."""
    probe = {
        "livenessProbe": {"exec": {"command": ["x"]}, "periodSeconds": 1, "failureThreshold": 1}
    }
    cluster.create(pod_json("p", containers=[{**hooked("preStop", 5), **probe}]))
    uid = cluster.pod("p").uid
    cluster.machine().set_probe(uid, "c", "liveness", "failure")
    cluster.run_for(4_000)
    assert ["c"] == cluster.machine().running_containers(uid)
    cluster.machine().set_probe(uid, "c", "liveness", "success")
    cluster.settle()
    assert (1, True) == (cluster.status("p").restart_count, cluster.pod("p").ready)


def test_a_crash_runs_no_hook(cluster: SmallCluster) -> None:
    """A container that ends of itself is not waited for."""
    cluster.create(pod_json("p", containers=[hooked("preStop", 20)]))
    began_ms = cluster.cluster.now_ms
    cluster.machine().crash_container(cluster.pod("p").uid, "c", 1)
    cluster.settle()
    assert cluster.cluster.now_ms - began_ms < 1_000
    assert cluster.pod("p").ready


def test_a_container_runs_for_others_when_its_post_start_hook_has_ended(
    cluster: SmallCluster,
) -> None:
    """Until then the container is creating, and the containers after it are not started."""
    pod = pod_json("p", containers=[hooked("postStart", 7), container("d")])
    cluster.do(cluster.cluster.client.create(pod))
    cluster.run_for(6_000)
    uid = cluster.pod("p").uid
    assert ["c"] == cluster.machine().running_containers(uid)
    assert "ContainerCreating" == cluster.status("p").state["waiting"]["reason"]
    assert "Pending" == cluster.pod("p").status.phase
    assert "default/p waits for a hook" in str(cluster.kubelet().busy())
    cluster.settle()
    assert ["c", "d"] == cluster.machine().running_containers(uid)
    assert cluster.pod("p").ready


def test_a_post_start_hook_that_fails_kills_its_container(cluster: SmallCluster) -> None:
    """The container is ended, says PostStartHookError, and is started again with a back-off."""
    pod = pod_json("p", nodeName="node-1", containers=[hooked("postStart", 1)])
    cluster.do(cluster.cluster.client.create(pod))
    uid = cluster.pod("p").uid
    cluster.machine().set_hook(uid, "c", "postStart", "failure")
    cluster.machine().set_ending(uid, "c", IGNORES)
    changes = history(cluster)
    cluster.run_for(30_000)
    assert "ContainerCreating" == cluster.status("p").state["waiting"]["reason"]
    cluster.run_for(36_000)
    statuses = [each.record.raw["status"]["containerStatuses"][0] for each in changes]
    reasons = [each["state"].get("waiting", {}).get("reason") for each in statuses]
    expected = ["ContainerCreating", "PostStartHookError", "CrashLoopBackOff"]
    assert expected == list(dict.fromkeys(reason for reason in reasons if reason))
    assert not any(each["ready"] for each in statuses)
    cluster.machine().set_hook(uid, "c", "postStart", "success")
    cluster.settle()
    assert (2, True) == (cluster.status("p").restart_count, cluster.pod("p").ready)


def test_a_pod_that_is_deleted_during_its_post_start_hook_ends(cluster: SmallCluster) -> None:
    """Nobody waits for the hook of a pod that is to go."""
    pod = pod_json("p", containers=[hooked("postStart", 1_000), container("d")])
    cluster.do(cluster.cluster.client.create(pod))
    cluster.run_for(3_000)
    cluster.delete_pod("p")
    cluster.run_for(1_000)
    cluster.settle()
    assert (None, {}) == (cluster.find_pod("p"), cluster.machine().pods)


def test_a_kubelet_that_restarts_during_a_post_start_hook_does_not_run_it_again(
    cluster: SmallCluster,
) -> None:
    """The next kubelet finds the container running, says so, and starts the others."""
    pod = pod_json("p", containers=[hooked("postStart", 1_000), container("d")])
    cluster.do(cluster.cluster.client.create(pod))
    cluster.run_for(3_000)
    kubelet = cluster.process("kubelet-node-1")
    kubelet.crash()
    kubelet.start()
    cluster.run_for(1_000)
    assert (True, 0) == (cluster.pod("p").ready, cluster.status("p").restart_count)


@pytest.mark.parametrize("outcome", ["success", "failure"])
def test_what_comes_of_a_pre_stop_hook_changes_nothing(cluster: SmallCluster, outcome: str) -> None:
    """A hook that fails is told as a fact, and the container is ended all the same."""
    handler = {"preStop": {"exec": {"command": ["bye"]}}}
    cluster.create(pod_json("p", containers=[container(lifecycle=handler)]))
    told: list[str] = []

    def note(fact: Physical) -> None:
        if fact.what == "hook-ran":
            told.append(fact.detail)

    cluster.cluster.facts.subscribe(Physical, note)
    cluster.machine().set_hook(cluster.pod("p").uid, "c", "preStop", outcome, 3_000)
    cluster.delete_pod("p")
    cluster.settle()
    assert ([f"preStop {outcome}"], None) == (told, cluster.find_pod("p"))


def test_probes_turn_to_an_instance_when_its_hook_has_ended(cluster: SmallCluster) -> None:
    """During the hook of a container that is started again its probes rest, and nothing goes round in circles."""
    probe = {"livenessProbe": {"httpGet": {"port": 1}}, "readinessProbe": {"httpGet": {"port": 1}}}
    cluster.create(pod_json("p", containers=[{**hooked("postStart", 3), **probe}]))
    before = cluster.cluster.loop.step
    cluster.machine().crash_container(cluster.pod("p").uid, "c", 1)
    cluster.settle()
    assert (1, True) == (cluster.status("p").restart_count, cluster.pod("p").ready)
    assert cluster.cluster.loop.step - before < 100
