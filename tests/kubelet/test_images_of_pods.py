"""Images: when they are pulled, and what happens when they cannot be."""

from __future__ import annotations

from typing import Any

from tests.kubelet.small_cluster import SmallCluster, container, pod_json


def bound(cluster: SmallCluster, **fields: Any) -> None:
    """Create pod p on the node, and no more."""
    pod = pod_json("p", nodeName="node-1", containers=[container(**fields)])
    cluster.do(cluster.cluster.client.create(pod))


def reasons(cluster: SmallCluster, until_ms: int) -> list[tuple[str, int]]:
    """Which reasons for waiting are seen in turn, and for how many seconds."""
    seen: list[tuple[str, int]] = []
    while cluster.cluster.now_ms < until_ms:
        cluster.run_for(1_000)
        waiting = cluster.status("p").state.get("waiting") or {}
        reason = waiting.get("reason", "")
        if seen and seen[-1][0] == reason:
            seen[-1] = (reason, seen[-1][1] + 1)
        else:
            seen.append((reason, 1))
    return seen


def test_failed_pulls_back_off_from_ten_seconds_to_five_minutes(cluster: SmallCluster) -> None:
    """ErrImagePull until the pod is looked at again, then ImagePullBackOff until the next attempt."""
    cluster.machine().break_image("img:1")
    began_ms = cluster.cluster.now_ms
    bound(cluster)
    seen = reasons(cluster, began_ms + 1_400_000)
    assert "ErrImagePull" == seen[0][0]
    assert {"ErrImagePull", "ImagePullBackOff"} == {reason for reason, _ in seen}
    backed_off = [round(n, -1) for reason, n in seen if reason == "ImagePullBackOff"]
    assert [10, 30, 70, 150, 290, 290] == backed_off[:6]
    assert "Pending" == cluster.pod("p").status.phase


def test_an_image_that_can_be_pulled_again_starts_the_container(cluster: SmallCluster) -> None:
    """The back-off is waited for, and then the pod runs."""
    cluster.machine().break_image("img:1")
    bound(cluster)
    cluster.run_for(100_000)
    cluster.machine().break_image("img:1", broken=False)
    cluster.settle()
    assert cluster.pod("p").ready


def test_an_image_that_is_there_is_not_pulled(cluster: SmallCluster) -> None:
    """IfNotPresent starts a second pod without its registry; Always does not."""
    cluster.create(pod_json("first"))
    cluster.machine().break_image("img:1")
    bound(cluster, imagePullPolicy="IfNotPresent")
    cluster.settle()
    assert cluster.pod("p").ready
    cluster.delete_pod("p")
    cluster.settle()
    bound(cluster, imagePullPolicy="Always")
    cluster.run_for(2_000)
    assert "ErrImagePull" == cluster.status("p").state["waiting"]["reason"]


def test_an_image_that_must_not_be_pulled_is_waited_for_in_the_background(
    cluster: SmallCluster,
) -> None:
    """Never means ErrImageNeverPull until the image is there by other ways, and nobody waits for that."""
    bound(cluster, imagePullPolicy="Never")
    cluster.settle()
    assert "ErrImageNeverPull" == cluster.status("p").state["waiting"]["reason"]
    cluster.create(pod_json("other"))
    cluster.run_for(61_000)
    assert cluster.pod("p").ready


def test_a_name_that_is_none_is_said_to_be_none(cluster: SmallCluster) -> None:
    """InvalidImageName, and the container is never started."""
    bound(cluster, image="No:Image:Name")
    cluster.settle()
    assert "InvalidImageName" == cluster.status("p").state["waiting"]["reason"]


def test_a_container_whose_image_cannot_be_had_does_not_hold_the_others(
    cluster: SmallCluster,
) -> None:
    """Each container starts as soon as it can."""
    cluster.machine().break_image("bad:1")
    containers = [container("bad", image="bad:1"), container("good")]
    cluster.do(cluster.cluster.client.create(pod_json("p", containers=containers)))
    cluster.run_for(5_000)
    uid = cluster.pod("p").uid
    assert ["good"] == cluster.machine().running_containers(uid)
    assert "Pending" == cluster.pod("p").status.phase


def test_a_changed_image_that_cannot_be_had_says_so(cluster: SmallCluster) -> None:
    """The container that was stopped for its new image waits with ErrImagePull, and its last end beside it."""
    cluster.create(pod_json("p"))
    cluster.machine().break_image("img:2")
    client = cluster.cluster.client
    patch = {"spec": {"containers": [{"name": "c", "image": "img:2"}]}}
    cluster.do(client.patch("Pod", "default/p", patch, "strategic"))
    cluster.run_for(5_000)
    status = cluster.status("p")
    assert "ErrImagePull" == status.state["waiting"]["reason"]
    assert (0, False) == (status.last_state["terminated"]["exitCode"], cluster.pod("p").ready)
