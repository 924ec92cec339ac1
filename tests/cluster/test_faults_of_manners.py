"""What programs do that do not end, whose hooks fail, or that answer too late, and how that ends."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cluster.questions import pods, raw
from windtunnel.model.cluster.action import NotApplicable
from windtunnel.model.cluster.actions.faults import (
    FailingHook,
    ProbeFlip,
    SlowProbe,
    StuckTermination,
)
from windtunnel.model.cluster.cluster import Cluster
from windtunnel.model.cluster.shape import ClusterShape

POD = "pod/web"


def pod_cluster(**container: Any) -> Cluster:
    """One node with one running pod of one container and a grace period of five seconds."""
    cluster = Cluster(ClusterShape(nodes=1))
    cluster.start()
    spec = {
        "terminationGracePeriodSeconds": 5,
        "containers": [{"name": "main", "image": "registry.example/web:1", **container}],
    }
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web"}, "spec": spec}
    cluster.run_user(cluster.client.create(pod, namespace="default"), "create")
    cluster.settle()
    return cluster


def delete(cluster: Cluster) -> None:
    """The user deletes the pod."""
    cluster.run_user(cluster.client.delete("Pod", "default/web"), "delete")


def restarts(cluster: Cluster) -> int:
    """How often the container was restarted, by the pod's status."""
    return int(raw(cluster, POD)["status"]["containerStatuses"][0]["restartCount"])


def test_a_container_that_ignores_the_wish_to_end_is_killed_after_its_grace_period() -> None:
    """The pod is gone once its five seconds are over, and not before."""
    cluster = pod_cluster()
    cluster.apply(StuckTermination(POD, "main", "ignores"))
    delete(cluster)
    cluster.run_for(3_500)
    assert 1 == len(pods(cluster))
    cluster.run_for(3_000)
    assert [] == pods(cluster)


def test_a_container_that_hangs_keeps_its_pod_terminating_until_it_is_healed() -> None:
    """Not even a kill ends it; the end of the fault does, at once."""
    cluster = pod_cluster()
    cluster.apply(StuckTermination(POD, "main", "hangs"))
    delete(cluster)
    cluster.run_for(120_000)
    assert [True] == [pod.metadata.deleting for pod in pods(cluster)]
    assert ["main"] == [each.name for each in cluster.machines["node-1"].containers()]
    cluster.heal_all()
    cluster.run_for(5_000)
    assert [] == pods(cluster)


def test_a_slow_pre_stop_hook_delays_the_end_by_no_more_than_the_grace_period() -> None:
    """The hook would take twenty seconds; the pod is gone after its five and the two that a hook gets on top."""
    cluster = pod_cluster(lifecycle={"preStop": {"exec": {"command": ["true"]}}})
    cluster.apply(FailingHook(POD, "main", "preStop", "is slow"))
    delete(cluster)
    cluster.run_for(3_500)
    assert 1 == len(pods(cluster))
    cluster.run_for(5_000)
    assert [] == pods(cluster)


def test_a_pre_stop_hook_that_never_ends_is_let_go_by_healing() -> None:
    """Long before the grace period would cut it, the pod is gone."""
    cluster = pod_cluster(lifecycle={"preStop": {"exec": {"command": ["true"]}}})
    cluster.apply(FailingHook(POD, "main", "preStop", "never ends"))
    delete(cluster)
    cluster.run_for(2_000)
    assert 1 == len(pods(cluster))
    cluster.heal_all()
    cluster.run_for(1_000)
    assert [] == pods(cluster)


def test_a_post_start_hook_that_never_ends_keeps_its_pod_from_being_ready() -> None:
    """The container runs and is not restarted; healing ends the hook, and the cluster comes to rest."""
    cluster = pod_cluster(lifecycle={"postStart": {"exec": {"command": ["true"]}}})
    cluster.apply(FailingHook(POD, "main", "postStart", "never ends"))
    cluster.machines["node-1"].crash_container(pods(cluster)[0].uid, "main")
    cluster.run_for(300_000)
    assert (False, 1) == (
        pods(cluster)[0].ready,
        cluster.machines["node-1"].containers()[0].attempt,
    )
    cluster.heal_all()
    assert cluster.settle(5_000).settled
    assert (True, 1) == (pods(cluster)[0].ready, restarts(cluster))


def test_a_slow_probe_and_a_failing_one_end_each_for_itself() -> None:
    """The end of the one leaves the other in force."""
    probe = {"httpGet": {"port": 80}, "periodSeconds": 1, "failureThreshold": 2}
    cluster = pod_cluster(readinessProbe=probe)
    slow, flip = SlowProbe(POD, "main", "readiness", 500), ProbeFlip(POD, "main", "readiness")
    cluster.apply(slow)
    cluster.apply(flip)
    cluster.run_for(30_000)
    cluster.heal(str(slow))
    cluster.run_for(30_000)
    assert not pods(cluster)[0].ready
    cluster.apply(SlowProbe(POD, "main", "readiness", 1_500))
    cluster.heal(str(flip))
    cluster.run_for(30_000)
    assert not pods(cluster)[0].ready
    cluster.heal_all()
    cluster.run_for(30_000)
    assert pods(cluster)[0].ready


def test_a_failing_post_start_hook_kills_the_container_again_and_again() -> None:
    """Its next start fails by the hook, until the fault is healed and the back-off over."""
    cluster = pod_cluster(lifecycle={"postStart": {"exec": {"command": ["true"]}}})
    cluster.apply(FailingHook(POD, "main", "postStart", "fails"))
    cluster.machines["node-1"].crash_container(pods(cluster)[0].uid, "main")
    cluster.run_for(60_000)
    assert restarts(cluster) > 1
    assert not pods(cluster)[0].ready
    cluster.heal_all()
    cluster.run_for(300_000)
    assert pods(cluster)[0].ready


@pytest.mark.parametrize("probe", ["readiness", "liveness"])
def test_a_probe_that_is_answered_too_late_fails(probe: str) -> None:
    """An answer after the timeout counts as none: the pod gets unready, or the container is restarted."""
    handler = {"httpGet": {"port": 80}, "periodSeconds": 1, "failureThreshold": 2}
    cluster = pod_cluster(**{f"{probe}Probe": handler})
    assert pods(cluster)[0].ready
    cluster.apply(SlowProbe(POD, "main", probe, 1_500))
    cluster.run_for(30_000)
    if probe == "readiness":
        assert (False, 0) == (pods(cluster)[0].ready, restarts(cluster))
    else:
        assert restarts(cluster) > 0
    cluster.heal_all()
    cluster.run_for(300_000)
    assert pods(cluster)[0].ready


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (StuckTermination(POD, "other", "hangs"), "does not run"),
        (StuckTermination(POD, "main", "sleeps"), "no manner"),
        (FailingHook(POD, "main", "preStop", "fails"), "no preStop hook"),
        (FailingHook(POD, "main", "preStop", "is odd"), "says not how"),
        (SlowProbe(POD, "main", "liveness", 1_500), "no liveness probe"),
        (SlowProbe(POD, "main", "liveness", 0), "takes_ms must be"),
    ],
)
def test_what_does_not_apply_says_why(fault: Any, reason: str) -> None:
    """The sentence names what is missing or wrong."""
    with pytest.raises(NotApplicable, match=reason):
        pod_cluster().apply(fault)


def test_choices_are_the_hooks_and_probes_that_there_are() -> None:
    """Each way to do it is one that applies."""
    cluster = pod_cluster(
        lifecycle={"preStop": {"exec": {"command": ["true"]}}},
        startupProbe={"tcpSocket": {"port": 80}},
    )
    assert ["ignores", "hangs"] == [each.manner for each in StuckTermination.choices(cluster)]
    assert {"preStop"} == {each.hook for each in FailingHook.choices(cluster)}
    assert {"startup"} == {each.probe for each in SlowProbe.choices(cluster)}
