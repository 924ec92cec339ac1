"""What comes of a probe by its handler, and how long it takes."""

from __future__ import annotations

import pytest

from tests.kubelet.small_cluster import SmallCluster, container, pod_json
from windtunnel.model.kubelet.behaviour import Answer
from windtunnel.model.kubelet.probe_handlers import outcome_of
from windtunnel.model.objects.building import build
from windtunnel.model.objects.json import Json
from windtunnel.model.objects.pod import Container, Probe
from windtunnel.model.settings import KubeletSettings

WEB = build(Container, {"name": "c", "ports": [{"name": "web", "containerPort": 80}]})
EXEC: Json = {"exec": {}}
GRPC: Json = {"grpc": {"port": 1}}
SOCKET: Json = {"tcpSocket": {"port": 1}}


def http(port: int | str) -> Json:
    """An HTTP handler."""
    return {"httpGet": {"port": port}}


@pytest.mark.parametrize(
    ("handler", "answer", "expected"),
    [
        (http(80), "200", "success"),
        (http(80), "399", "warning"),
        (http(80), "400", "failure"),
        (http("web"), "204", "success"),
        (http("81"), "204", "success"),
        (http("nobody"), "204", "error"),
        ({"tcpSocket": {"port": "nobody"}}, "success", "error"),
        (EXEC, "0", "success"),
        (EXEC, "3", "failure"),
        (GRPC, "1", "success"),
        (GRPC, "2", "failure"),
        (SOCKET, "500", "success"),
        (SOCKET, "failure", "failure"),
    ],
)
def test_each_handler_sees_it_its_own_way(handler: Json, answer: str, expected: str) -> None:
    """HTTP by its status, commands by their exit code, sockets by the connection, gRPC by what the service says."""
    probe = build(Probe, handler)
    assert expected == outcome_of(probe, WEB, Answer(answer), runtime_up=True)


def test_a_command_cannot_be_run_without_a_runtime() -> None:
    """Only exec probes need the runtime; those that cannot be made do not count."""
    for handler, expected in ((EXEC, "error"), (http(80), "success"), (SOCKET, "success")):
        assert expected == outcome_of(build(Probe, handler), WEB, Answer(), runtime_up=False)


def test_an_answer_after_the_timeout_is_a_failure() -> None:
    """Whatever it would have been."""
    probe = build(Probe, {**http(80), "timeoutSeconds": 2})
    assert "success" == outcome_of(probe, WEB, Answer("200", 2_000), runtime_up=True)
    assert "failure" == outcome_of(probe, WEB, Answer("200", 2_001), runtime_up=True)


def ready_pod(cluster: SmallCluster, **probe: object) -> str:
    """Pod p with a readiness probe; its UID."""
    fields: Json = {**http(80), "periodSeconds": 5, "failureThreshold": 1, **probe}
    cluster.create(pod_json("p", containers=[container(readinessProbe=fields)]))
    assert cluster.pod("p").ready
    return cluster.pod("p").uid


def test_a_container_that_answers_too_late_is_not_ready(cluster: SmallCluster) -> None:
    """A probe that runs into its timeout fails; one that is merely slow does not."""
    uid = ready_pod(cluster, timeoutSeconds=3)
    cluster.machine().set_probe(uid, "c", "readiness", "success", takes_ms=2_500)
    cluster.run_for(60_000)
    assert cluster.pod("p").ready
    cluster.machine().set_probe(uid, "c", "readiness", "success", takes_ms=3_500)
    cluster.settle()
    assert not cluster.pod("p").ready
    cluster.machine().set_probe(uid, "c", "readiness", "success")
    cluster.settle()
    assert cluster.pod("p").ready


def test_a_result_comes_when_the_probe_is_over(cluster: SmallCluster) -> None:
    """A failure that takes two seconds to show shows two seconds after the tick."""
    moments = []
    for takes_ms in (0, 2_000):
        cluster = SmallCluster()
        uid = ready_pod(cluster, timeoutSeconds=4)
        cluster.machine().set_probe(uid, "c", "readiness", "failure", takes_ms=takes_ms)
        while cluster.pod("p").ready:
            cluster.run_for(1)
        moments.append(cluster.cluster.now_ms)
    assert 2_000 == moments[1] - moments[0]


def test_an_answer_of_an_instance_that_is_gone_counts_for_nobody(cluster: SmallCluster) -> None:
    """A probe that was begun before a restart says nothing about the new instance."""
    uid = ready_pod(cluster, timeoutSeconds=20, periodSeconds=30)
    cluster.machine().set_probe(uid, "c", "readiness", "failure", takes_ms=15_000)
    cluster.run_for(31_000)
    cluster.machine().crash_container(uid, "c", 1)
    cluster.machine().set_probe(uid, "c", "readiness", "success")
    cluster.run_for(1_000)
    for _ in range(40):
        cluster.run_for(1_000)
    assert cluster.pod("p").ready


def moments_of_slow_change(elide: bool) -> list[int]:
    """When a pod's readiness follows answers that take a while."""
    cluster = SmallCluster(kubelet=KubeletSettings(elide_steady_probes=elide))
    uid = ready_pod(cluster, timeoutSeconds=3, periodSeconds=7, failureThreshold=2)
    moments = []
    for outcome in ("failure", "success", "failure"):
        cluster.run_for(20_300)
        cluster.machine().set_probe(uid, "c", "readiness", outcome, takes_ms=1_100)
        while cluster.pod("p").ready is not (outcome == "success"):
            cluster.run_for(1)
        moments.append(cluster.cluster.now_ms)
    return moments


def test_slow_steady_ticks_can_be_left_out() -> None:
    """Running every steady tick or none comes to the same, at the same moments."""
    assert moments_of_slow_change(elide=False) == moments_of_slow_change(elide=True)


def test_a_readiness_gate_is_somebody_elses_word(cluster: SmallCluster) -> None:
    """A pod with a gate is ready when its condition is, and no longer when it is taken back."""
    gates = [{"conditionType": "example.com/lb"}]
    cluster.create(pod_json("p", readinessGates=gates))
    assert "ReadinessGatesNotReady" == cluster.condition("p", "Ready")["reason"]
    for status in ("True", "False"):
        condition = {"type": "example.com/lb", "status": status}
        cluster.patch_pod("p", {"status": {"conditions": [condition]}}, "status")
        assert (status == "True") == cluster.pod("p").ready
    assert "True" == cluster.condition("p", "ContainersReady")["status"]
