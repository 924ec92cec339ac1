"""Deleting something and creating it again under the same name."""

from __future__ import annotations

import pytest

from tests.cluster.questions import addresses, pods, raw, ready_pods
from windtunnel.model.cluster.action import NotApplicable
from windtunnel.model.cluster.actions.operations import CreatePod, DeleteAndRecreate
from windtunnel.model.cluster.cluster import Cluster


@pytest.mark.parametrize("how", ["gracefully", "by-force"])
def test_a_bare_pod_comes_back_as_another(how: str, cluster: Cluster) -> None:
    """Same name, another UID, scheduled anew, and it runs."""
    cluster.apply(CreatePod("extra-1", "", ""))
    cluster.settle()
    before = raw(cluster, "pod/extra-1")["metadata"]["uid"]
    cluster.apply(DeleteAndRecreate("pod/extra-1", how))
    assert cluster.settle().settled
    assert before != raw(cluster, "pod/extra-1")["metadata"]["uid"]
    assert 7 == ready_pods(cluster)
    running = [each.pod_uid for m in cluster.machines.values() for each in m.containers()]
    assert before not in running


@pytest.mark.parametrize(("how", "kept"), [("gracefully", 0), ("orphan", 3)])
def test_a_workload_comes_back_with_new_pods_or_takes_its_orphans(
    how: str, kept: int, cluster: Cluster
) -> None:
    """Background deletion takes the old pods along; orphans are adopted by the controller of the same name."""
    before = {pod.uid for pod in pods(cluster) if pod.metadata.labels.get("role") == "page"}
    uid = raw(cluster, "rc/page")["metadata"]["uid"]
    cluster.apply(DeleteAndRecreate("rc/page", how))
    assert cluster.settle().settled
    cluster.run_for(60_000)
    assert uid != raw(cluster, "rc/page")["metadata"]["uid"]
    assert 6 == ready_pods(cluster)
    assert kept == len(before & {pod.uid for pod in pods(cluster)})


def test_a_service_comes_back_with_another_address_and_its_endpoints(cluster: Cluster) -> None:
    """What the cluster gave it is given anew."""
    before = addresses(cluster, "page")
    uid = raw(cluster, "svc/page")["metadata"]["uid"]
    cluster.apply(DeleteAndRecreate("svc/page", "gracefully"))
    assert cluster.settle().settled
    assert uid != raw(cluster, "svc/page")["metadata"]["uid"]
    assert before == addresses(cluster, "page")
    assert raw(cluster, "svc/page")["spec"]["clusterIP"]


@pytest.mark.parametrize(
    ("target", "how", "reason"),
    [
        ("rc/page#1", "by-force", "has a controller"),
        ("rc/page", "by-force", "cannot be recreated"),
        ("svc/page", "orphan", "cannot be recreated"),
        ("pod/nobody", "gracefully", "does not exist"),
    ],
)
def test_what_cannot_be_recreated_says_why(
    target: str, how: str, reason: str, cluster: Cluster
) -> None:
    """Pods of a controller are its business, and each kind has its own ways."""
    with pytest.raises(NotApplicable, match=reason):
        cluster.apply(DeleteAndRecreate(target, how))
