"""Init containers that run on beside the main ones."""

from __future__ import annotations

from typing import Any

from tests.kubelet.small_cluster import SmallCluster, container, history, pod_json
from windtunnel.model.facts import Physical
from windtunnel.model.kubelet.behaviour import IGNORES
from windtunnel.model.objects.json import Json
from windtunnel.model.objects.record import StoreKey


def sidecar(name: str = "s", **fields: Any) -> Json:
    """An init container that runs on."""
    return container(name, restartPolicy="Always", **fields)


def lives(cluster: SmallCluster) -> list[str]:
    """From now on: which containers start (+) and exit (-)."""
    told: list[str] = []

    def note(fact: Physical) -> None:
        if fact.what in ("container-started", "container-exited"):
            told.append(f"{'+' if fact.what == 'container-started' else '-'}{fact.container}")

    cluster.cluster.facts.subscribe(Physical, note)
    return told


def test_sidecars_and_init_containers_start_in_their_order(cluster: SmallCluster) -> None:
    """A sidecar must have started before what comes after it begins, and runs on."""
    told = lives(cluster)
    inits = [sidecar("s1"), container("i"), sidecar("s2")]
    cluster.create(pod_json("p", initContainers=inits))
    assert ["+s1", "+i", "-i", "+s2", "+c"] == told
    assert cluster.pod("p").ready


def test_a_sidecar_that_has_not_started_holds_the_rest(cluster: SmallCluster) -> None:
    """Without a startup probe running is enough; with one, its success is awaited, and the pod is Pending meanwhile."""
    slow = sidecar(startupProbe={"tcpSocket": {"port": 1}, "failureThreshold": 99})
    cluster.do(cluster.cluster.client.create(pod_json("p", initContainers=[slow])))
    while cluster.find_pod("p") is None:
        cluster.run_for(1)
    uid = cluster.pod("p").uid
    cluster.machine().set_probe(uid, "s", "startup", "failure")
    cluster.run_for(60_000)
    assert ["s"] == cluster.machine().running_containers(uid)
    assert "Pending" == cluster.pod("p").status.phase
    assert (
        "containers with incomplete status: [s]" == cluster.condition("p", "Initialized")["message"]
    )
    cluster.machine().set_probe(uid, "s", "startup", "success")
    cluster.settle()
    assert ("Running", True) == (cluster.pod("p").status.phase, cluster.pod("p").ready)


def test_main_containers_end_first_and_sidecars_in_reverse_order(cluster: SmallCluster) -> None:
    """When a pod is deleted, its sidecars serve its main containers to the last, and the first of them longest."""
    cluster.create(pod_json("p", initContainers=[sidecar("s1"), sidecar("s2")]))
    told = lives(cluster)
    cluster.delete_pod("p")
    cluster.settle()
    assert ["-c", "-s2", "-s1"] == told
    assert cluster.find_pod("p") is None


def test_sidecars_do_not_wait_beyond_the_grace_period(cluster: SmallCluster) -> None:
    """A main container that has to be killed takes the whole grace period; the sidecars then have two seconds."""
    cluster.create(pod_json("p", initContainers=[sidecar("s1"), sidecar("s2")]))
    uid = cluster.pod("p").uid
    cluster.machine().set_ending(uid, "c", IGNORES)
    cluster.machine().set_ending(uid, "s1", IGNORES)
    told, began_ms = lives(cluster), cluster.cluster.now_ms
    cluster.delete_pod("p")
    cluster.settle()
    assert ["-c", "-s2", "-s1"] == told
    assert 32_000 <= cluster.cluster.now_ms - began_ms < 32_300


def test_a_sidecar_is_started_again_whatever_the_restart_policy(cluster: SmallCluster) -> None:
    """Beside a main container that runs, a sidecar that ends comes back, and the pod stays Running."""
    cluster.create(pod_json("p", initContainers=[sidecar()], restartPolicy="Never"))
    phases = history(cluster)
    assert cluster.machine().crash_container(cluster.pod("p").uid, "s", 0)
    cluster.settle()
    assert (1, True) == (cluster.status("p", "s").restart_count, cluster.pod("p").ready)
    assert {"Running"} == {each.record.raw["status"]["phase"] for each in phases}


def test_a_pod_completes_without_its_sidecar(cluster: SmallCluster) -> None:
    """When the main containers are done for good, the sidecar is ended, and only then the pod is said to be over."""
    cluster.create(pod_json("p", initContainers=[sidecar()], restartPolicy="Never"))
    uid, changes = cluster.pod("p").uid, history(cluster)
    cluster.machine().set_ending(uid, "s", IGNORES)
    cluster.machine().crash_container(uid, "c", 0)
    cluster.run_for(20_000)
    assert "Running" == cluster.pod("p").status.phase
    assert cluster.kubelet().busy()
    cluster.settle()
    pod = cluster.pod("p")
    assert ("Succeeded", []) == (pod.status.phase, cluster.machine().containers())
    assert "terminated" in cluster.status("p", "s").state
    assert all(
        each.record.raw["status"]["phase"] == "Running"
        or "terminated" in each.record.raw["status"]["initContainerStatuses"][0]["state"]
        for each in changes
    )


def test_a_failed_init_container_ends_the_sidecars_before_it(cluster: SmallCluster) -> None:
    """With restartPolicy Never, a failed init container fails the pod, and what already runs is ended first."""
    inits = [sidecar(), container("i")]
    cluster.do(
        cluster.cluster.client.create(pod_json("p", initContainers=inits, restartPolicy="Never"))
    )
    while "i" not in cluster.machine().running_containers(cluster.pod("p").uid):
        cluster.run_for(1)
    cluster.machine().crash_container(cluster.pod("p").uid, "i", 1)
    cluster.settle()
    assert ("Failed", []) == (cluster.pod("p").status.phase, cluster.machine().containers())
    assert "waiting" in cluster.status("p").state


def test_a_sidecar_that_is_not_ready_makes_its_pod_unready(cluster: SmallCluster) -> None:
    """The readiness of sidecars counts like that of main containers."""
    probe = {"httpGet": {"port": 1}, "periodSeconds": 1, "failureThreshold": 1}
    cluster.create(pod_json("p", initContainers=[sidecar(readinessProbe=probe)]))
    assert cluster.pod("p").ready
    cluster.machine().set_probe(cluster.pod("p").uid, "s", "readiness", "failure")
    cluster.settle()
    assert not cluster.pod("p").ready
    assert "containers with unready status: [s]" == cluster.condition("p", "Ready")["message"]


def test_a_sidecar_that_fails_liveness_is_replaced(cluster: SmallCluster) -> None:
    """The main container runs on meanwhile, even under restartPolicy Never."""
    probe = {"httpGet": {"port": 1}, "periodSeconds": 1, "failureThreshold": 1}
    cluster.create(
        pod_json("p", initContainers=[sidecar(livenessProbe=probe)], restartPolicy="Never")
    )
    uid = cluster.pod("p").uid
    cluster.machine().set_probe(uid, "s", "liveness", "failure")
    cluster.run_for(1_500)
    cluster.machine().set_probe(uid, "s", "liveness", "success")
    cluster.settle()
    assert (1, True) == (cluster.status("p", "s").restart_count, cluster.pod("p").ready)
    assert 0 == cluster.status("p").restart_count


def test_after_a_boot_everything_begins_from_the_first_init_container(
    cluster: SmallCluster,
) -> None:
    """A new sandbox is initialised afresh, and the pod is Pending meanwhile."""
    cluster.create(pod_json("p", initContainers=[sidecar(), container("i")]))
    kubelet, told = cluster.process("kubelet-node-1"), lives(cluster)
    kubelet.crash()
    cluster.machine().power_off()
    cluster.machine().boot()
    changes = history(cluster)
    kubelet.start()
    cluster.settle()
    assert ["-s", "-c", "+s", "+i", "-i", "+c"] == told
    phases = [each.record.raw["status"]["phase"] for each in changes]
    assert "Pending" in phases
    assert "Running" == phases[-1]


def test_a_kubelet_restart_leaves_sidecars_alone(cluster: SmallCluster) -> None:
    """A kubelet that comes back finds a pod with sidecars as it should be."""
    cluster.create(pod_json("p", initContainers=[sidecar(), container("i")]))
    version, told = cluster.pod("p").metadata.resource_version, lives(cluster)
    kubelet = cluster.process("kubelet-node-1")
    kubelet.crash()
    kubelet.start()
    cluster.settle()
    assert ([], version) == (told, cluster.pod("p").metadata.resource_version)


def test_what_sidecars_ask_for_counts_at_admission(cluster: SmallCluster) -> None:
    """A sidecar runs beside the main containers, so that its CPU is counted with theirs."""
    cpu: Json = {"resources": {"requests": {"cpu": "3"}}}
    cluster.create(
        pod_json(
            "p", nodeName="node-1", initContainers=[sidecar(**cpu)], containers=[container(**cpu)]
        )
    )
    assert "OutOfcpu" == cluster.pod("p").status.reason
    assert cluster.cluster.store.get(StoreKey("pods", "default", "p")) is not None
