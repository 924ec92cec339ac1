"""A container runtime that is down while the kubelet lives."""

from __future__ import annotations

from tests.kubelet.small_cluster import SmallCluster, container, pod_json
from windtunnel.model.objects.meta import Condition, condition


def ready(cluster: SmallCluster) -> Condition:
    """The node's Ready condition."""
    found = condition(cluster.node().status.conditions, "Ready")
    assert found is not None
    return found


def test_the_node_says_that_its_runtime_is_down(cluster: SmallCluster) -> None:
    """NotReady after half a minute, and after three minutes that nothing is heard of containers either."""
    cluster.machine().stop_runtime()
    cluster.run_for(25_000)
    assert "True" == ready(cluster).status
    cluster.run_for(20_000)
    assert ("False", "KubeletNotReady", "container runtime is down") == (
        ready(cluster).status,
        ready(cluster).reason,
        ready(cluster).message,
    )
    cluster.run_for(150_000)
    assert "PLEG is not healthy" in ready(cluster).message
    cluster.machine().start_runtime()
    cluster.settle()
    assert ("True", "KubeletReady") == (ready(cluster).status, ready(cluster).reason)


def test_the_node_is_not_silent_meanwhile(cluster: SmallCluster) -> None:
    """The kubelet renews its lease as before, so that nobody takes the node for dead."""
    cluster.machine().stop_runtime()
    cluster.run_for(200_000)
    keys = [taint.key for taint in cluster.node().spec.taints]
    assert "node.kubernetes.io/unreachable" not in keys
    assert "node.kubernetes.io/not-ready" in keys


def test_what_ended_meanwhile_is_started_when_the_runtime_is_back(cluster: SmallCluster) -> None:
    """Nothing is started or reported without a runtime, and everything afterwards."""
    cluster.create(pod_json("p"))
    cluster.machine().stop_runtime()
    cluster.machine().crash_container(cluster.pod("p").uid, "c", 1)
    cluster.run_for(10_000)
    assert ([], True) == (cluster.machine().containers(), cluster.pod("p").ready)
    cluster.machine().start_runtime()
    cluster.settle()
    assert (1, True) == (cluster.status("p").restart_count, cluster.pod("p").ready)


def test_a_deletion_waits_for_the_runtime(cluster: SmallCluster) -> None:
    """A pod cannot be ended without a runtime; its grace period counts from when it can."""
    cluster.create(pod_json("p"))
    cluster.machine().stop_runtime()
    cluster.delete_pod("p")
    cluster.run_for(100_000)
    assert cluster.pod("p").metadata.deleting
    assert ["c"] == [each.name for each in cluster.machine().containers()]
    cluster.machine().start_runtime()
    cluster.settle()
    assert cluster.find_pod("p") is None


def test_commands_as_probes_do_not_count_without_a_runtime(cluster: SmallCluster) -> None:
    """A liveness probe by command does not kill anybody while it cannot be run."""
    probe = {"exec": {"command": ["x"]}, "periodSeconds": 1, "failureThreshold": 1}
    cluster.create(pod_json("p", containers=[container(livenessProbe=probe)]))
    cluster.machine().stop_runtime()
    cluster.machine().set_probe(cluster.pod("p").uid, "c", "liveness", "failure")
    cluster.run_for(20_000)
    cluster.machine().set_probe(cluster.pod("p").uid, "c", "liveness", "success")
    cluster.machine().start_runtime()
    cluster.settle()
    assert 0 == cluster.status("p").restart_count
