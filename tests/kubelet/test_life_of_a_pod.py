"""A pod's way: bound, starting, running, ending, gone."""

from __future__ import annotations

from tests.kubelet.small_cluster import SmallCluster, container, history, pod_json


def test_a_bound_pod_runs_and_is_ready(cluster: SmallCluster) -> None:
    """A plain pod becomes Running and Ready with an address of its node."""
    cluster.create(pod_json("p"))
    pod = cluster.pod("p")
    assert ("Running", True, "10.244.1.2") == (pod.status.phase, pod.ready, pod.status.pod_ip)
    assert ["c"] == cluster.machine().running_containers(pod.uid)
    status = cluster.status("p")
    assert (True, True, 0) == (status.ready, status.started, status.restart_count)


def test_the_statuses_on_the_way_are_those_of_kubernetes(cluster: SmallCluster) -> None:
    """Pending and creating without an address first, then Running with one; nothing is written twice."""
    changes = history(cluster)
    cluster.create(pod_json("p"))
    seen = []
    for change in changes:
        assert change.after is not None
        status = change.after.raw["status"]
        states = [list(each["state"]) for each in status.get("containerStatuses", ())]
        seen.append((status["phase"], states, "podIP" in status))
    assert [
        ("Pending", [], False),
        ("Pending", [], False),
        ("Pending", [["waiting"]], False),
        ("Running", [["running"]], True),
    ] == seen


def test_a_condition_that_is_true_says_no_more_why_it_was_not(cluster: SmallCluster) -> None:
    """Reason and message of an earlier state go when the state goes."""
    cluster.create(pod_json("p"))
    for type_ in ("PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady"):
        condition = cluster.condition("p", type_)
        assert ("True", None, None) == (
            condition["status"],
            condition.get("reason"),
            condition.get("message"),
        )


def test_a_deleted_pod_goes_only_when_its_containers_have_ended(cluster: SmallCluster) -> None:
    """Graceful deletion: containers end, the last status is written, then the pod is removed by its kubelet."""
    cluster.create(pod_json("p"))
    uid = cluster.pod("p").uid
    changes = history(cluster)
    cluster.delete_pod("p")
    cluster.run_for(100)
    assert cluster.pod("p").metadata.deleting
    assert ["c"] == cluster.machine().running_containers(uid)
    cluster.settle()
    assert cluster.find_pod("p") is None
    assert cluster.machine().pod(uid) is None
    last = changes[-1].record.raw["status"]
    assert ["terminated"] == list(last["containerStatuses"][0]["state"])
    assert changes[-1].by.startswith("system:node:node-1")


def test_a_pod_stays_ready_while_it_ends(cluster: SmallCluster) -> None:
    """Until its containers have ended, a terminating pod is as ready as it was."""
    cluster.create(pod_json("p"))
    cluster.delete_pod("p")
    cluster.run_for(100)
    assert cluster.pod("p").ready


def test_a_pod_removed_by_force_does_not_run_on(cluster: SmallCluster) -> None:
    """The containers of a pod that is gone from the API are stopped all the same."""
    cluster.create(pod_json("p"))
    uid = cluster.pod("p").uid
    cluster.delete_pod("p", 0)
    assert cluster.find_pod("p") is None
    cluster.settle()
    assert cluster.machine().pod(uid) is None
    assert {} == cluster.kubelet().workers


def test_a_pod_of_the_same_name_is_another_pod(cluster: SmallCluster) -> None:
    """A pod made anew gets a worker, a sandbox and a status of its own."""
    cluster.create(pod_json("p"))
    first = cluster.pod("p")
    cluster.delete_pod("p", 0)
    cluster.create(pod_json("p"))
    second = cluster.pod("p")
    assert first.uid != second.uid
    assert first.status.pod_ip != second.status.pod_ip
    assert [second.uid] == list(cluster.machine().pods)


def test_init_containers_come_one_after_the_other(cluster: SmallCluster) -> None:
    """Main containers wait until every init container has succeeded."""
    cluster.create(pod_json("p", initContainers=[container("i1"), container("i2")]))
    assert cluster.is_running("p")
    first, second = cluster.status("p", "i1"), cluster.status("p", "i2")
    main = cluster.status("p")
    assert first.state["terminated"]["finishedAt"] <= second.state["terminated"]["startedAt"]
    assert second.state["terminated"]["finishedAt"] <= main.state["running"]["startedAt"]


def test_a_failed_init_container_of_a_pod_that_never_restarts_fails_the_pod(
    cluster: SmallCluster,
) -> None:
    """With restartPolicy Never, one failed init container is the end, and no main container runs."""
    cluster.do(
        cluster.cluster.client.create(
            pod_json("p", initContainers=[container("i1")], restartPolicy="Never")
        )
    )
    cluster.run_for(420)
    assert cluster.machine().crash_container(cluster.pod("p").uid, "i1", 1)
    cluster.settle()
    assert "Failed" == cluster.pod("p").status.phase
    assert [] == cluster.machine().containers()


def test_a_sidecar_runs_beside_the_main_container(cluster: SmallCluster) -> None:
    """An init container with restartPolicy Always starts first and runs on."""
    cluster.create(pod_json("p", initContainers=[container("s", restartPolicy="Always")]))
    assert cluster.pod("p").ready
    assert ["s", "c"] == cluster.machine().running_containers(cluster.pod("p").uid)


def test_a_pod_that_completes_is_over_for_good(cluster: SmallCluster) -> None:
    """With restartPolicy OnFailure, exit code 0 makes the pod Succeeded, and it never runs again."""
    cluster.create(pod_json("p", restartPolicy="OnFailure"))
    cluster.machine().crash_container(cluster.pod("p").uid, "c", 0)
    cluster.settle()
    pod = cluster.pod("p")
    assert ("Succeeded", False, "10.244.1.2") == (pod.status.phase, pod.ready, pod.status.pod_ip)
    assert "PodCompleted" == cluster.condition("p", "Ready")["reason"]
    kubelet = cluster.process("kubelet-node-1")
    kubelet.crash()
    kubelet.start()
    cluster.settle()
    assert ("Succeeded", []) == (cluster.pod("p").status.phase, cluster.machine().containers())


def test_a_pod_that_somebody_declared_over_stays_over(cluster: SmallCluster) -> None:
    """When another writer sets a terminal phase, the kubelet ends the pod and never takes the phase back."""
    cluster.create(pod_json("p"))
    cluster.patch_pod("p", {"status": {"phase": "Failed", "reason": "Evicted"}}, "status")
    pod = cluster.pod("p")
    assert ("Failed", "Evicted") == (pod.status.phase, pod.status.reason)
    assert [] == cluster.machine().containers()


def test_what_comes_from_the_api_during_a_write_is_no_reason_to_write_again(
    cluster: SmallCluster,
) -> None:
    """A version from before the kubelet's own write does not look like somebody else's change."""
    began_ms = cluster.cluster.now_ms
    cluster.create(pod_json("p"))
    assert cluster.pod("p").ready
    assert cluster.cluster.now_ms - began_ms < 1_000


def test_what_somebody_else_wrote_over_a_status_is_mended(cluster: SmallCluster) -> None:
    """The kubelet says again what it said, after a while."""
    cluster.create(pod_json("p"))
    began_ms = cluster.cluster.now_ms
    cluster.patch_pod("p", {"status": {"podIP": "10.9.9.9", "podIPs": None}}, "status")
    assert "10.244.1.2" == cluster.pod("p").status.pod_ip
    assert cluster.cluster.now_ms - began_ms < 11_000
