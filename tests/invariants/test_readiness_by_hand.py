"""The promise about readiness, on facts made by hand: startup probes, sidecars, and machines without a runtime."""

from __future__ import annotations

from types import SimpleNamespace

from tests.invariants.bench import Bench, pod
from windtunnel.invariants.promises.probes import ReadinessFollowsProbes
from windtunnel.model.facts import Physical, ProbeRan, ProcessUp
from windtunnel.model.objects.json import Json
from windtunnel.model.outcome import PromiseResult

KUBELET = "kubelet-node-1"
BOTH: Json = {
    "startupProbe": {"successThreshold": 1, "failureThreshold": 2},
    "readinessProbe": {"successThreshold": 1, "failureThreshold": 1},
}


class Starting(Bench):
    """A pod on a machine with probes that say when its container has started and when it is ready."""

    def __init__(self, probes: Json = BOTH, *, sidecar: bool = False) -> None:
        super().__init__(ReadinessFollowsProbes)
        self.emit(ProcessUp, KUBELET, 1)
        self.instance = SimpleNamespace(id="one", started_ms=0)
        self.machine = SimpleNamespace(
            runtime_up=True, pod=lambda uid: SimpleNamespace(instances={"main": [self.instance]})
        )
        self.machines["node-1"] = self.machine
        self.sidecar = sidecar
        made = pod()
        main = {**made["spec"]["containers"][0], **probes}
        spec = {**made["spec"], "containers": [main]}
        if sidecar:
            other = {"name": "other"}
            first = {"name": "first", "readinessProbe": {}}
            spec |= {
                "containers": [other],
                "initContainers": [first, {**main, "restartPolicy": "Always"}],
            }
        self.raw: Json = {**made, "spec": spec}
        self.put("pods", "default", "a", self.raw)

    def probe(self, kind: str, *outcomes: str) -> None:
        """The kubelet probes, once a second."""
        for outcome in outcomes:
            self.advance(1_000)
            self.emit(ProbeRan, "node-1", "uid-a", "main", self.instance.id, kind, outcome)
        self.advance(1_000)

    def report(self, ready: bool, name: str = "main", state: str = "running") -> PromiseResult:
        """The kubelet reports the container; returns what the promise has come to."""
        status = {
            "name": name,
            "containerID": self.instance.id,
            "ready": ready,
            "state": {state: {}},
        }
        group = "initContainerStatuses" if self.sidecar else "containerStatuses"
        self.send({"metadata": {"uid": "uid-a"}, "status": {group: [status]}})
        return self.result(ReadinessFollowsProbes)

    def send(self, body: Json, process: str = KUBELET, **more: str) -> None:
        """A process sends a status."""
        self.begin(process, "patch", "pods", "a", body=body, **{"subresource": "status", **more})


def test_a_container_that_has_not_started_is_not_ready() -> None:
    """Its startup probe comes first; after it, the readiness probe decides alone."""
    bench = Starting()
    bench.probe("readiness", "success")
    assert 1 == bench.report(True).violations
    bench.probe("startup", "success")
    assert 1 == bench.report(True).violations
    bench.probe("readiness", "failure")
    assert 2 == bench.report(True).violations
    assert (2, 4) == (bench.report(False).violations, bench.result(ReadinessFollowsProbes).checked)


def test_a_container_without_a_readiness_probe_is_ready_once_it_has_started() -> None:
    """And a liveness probe has no say in it."""
    bench = Starting({"startupProbe": BOTH["startupProbe"], "livenessProbe": {}})
    bench.probe("startup", "failure")
    assert 0 == bench.report(False).violations
    bench.probe("startup", "success")
    bench.probe("liveness", "failure", "failure", "failure")
    assert (0, 1) == (bench.report(True).violations, bench.report(False).violations)


def test_a_container_that_is_killed_for_not_starting_begins_anew() -> None:
    """Its failures are counted afresh."""
    bench = Starting()
    bench.probe("startup", "failure", "failure")
    bench.instance = SimpleNamespace(id="two", started_ms=bench.loop.now_ms)
    bench.probe("startup", "failure")
    assert 0 == bench.report(False).violations
    bench.probe("startup", "success")
    bench.probe("readiness", "success")
    assert (0, 1) == (bench.report(True).violations, bench.report(False).violations)


def test_a_sidecar_is_judged_and_an_ordinary_init_container_is_not() -> None:
    """An init container that runs to its end has no readiness."""
    bench = Starting(sidecar=True)
    assert 0 == bench.report(True, "first").checked
    assert 0 == bench.report(True, "nobody").checked
    assert 1 == bench.report(True).violations


def test_a_container_that_does_not_run_is_not_judged() -> None:
    """Nor is the moment in which a probe changes its mind."""
    bench = Starting()
    assert 0 == bench.report(True, state="waiting").checked
    bench.advance(1_000)
    bench.emit(ProbeRan, "node-1", "uid-a", "main", "one", "startup", "success")
    bench.emit(ProbeRan, "node-1", "uid-a", "main", "one", "readiness", "success")
    assert (0, 0) == (bench.report(True).violations, bench.report(False).violations)


def test_a_pod_that_is_ending_counts_as_started() -> None:
    """Only its readiness is still probed."""
    bench = Starting()
    bench.put("pods", "default", "a", {**bench.raw, "metadata": pod(deleting=True)["metadata"]})
    bench.probe("readiness", "success")
    assert (0, 0) == (bench.report(True).violations, bench.report(False).violations)
    bench.probe("readiness", "failure")
    assert 1 == bench.report(True).violations


def test_a_kubelet_without_a_runtime_only_repeats_what_it_knew() -> None:
    """Until the moment after the runtime is back."""
    bench = Starting()
    bench.machine.runtime_up = False
    assert 0 == bench.report(True).checked
    bench.machine.runtime_up = True
    bench.advance(1_000)
    bench.emit(Physical, "node-1", "runtime-up", "", "", "")
    assert 0 == bench.report(True).checked
    bench.advance(1_000)
    assert 1 == bench.report(True).violations


def test_a_container_that_was_there_before_its_kubelet_is_not_judged_until_probes_decide() -> None:
    """One that began under it is; what the machine had before was another instance."""
    bench = Starting()
    bench.advance(1_000)
    bench.up(KUBELET, 2)
    bench.advance(1_000)
    assert 0 == bench.report(True).checked
    old, bench.instance = bench.instance, SimpleNamespace(id="two", started_ms=bench.loop.now_ms)
    assert 1 == bench.report(True).violations
    bench.machine.pod = lambda uid: SimpleNamespace(instances={"main": [old]})
    assert 1 == bench.report(True).checked


def test_only_what_a_kubelet_says_of_a_pods_status_is_judged() -> None:
    """Once, however often the same request is sent, and of a pod that exists."""
    bench = Starting()
    status = {"name": "main", "containerID": "one", "ready": True, "state": {"running": {}}}
    body: Json = {"metadata": {"uid": "uid-a"}, "status": {"containerStatuses": [status]}}
    bench.send(body, "controller-manager-0")
    bench.send(body, subresource="")
    bench.send({**body, "metadata": {"uid": "uid-gone"}})
    bench.send({"metadata": {"uid": "uid-a"}})
    assert 0 == bench.result(ReadinessFollowsProbes).checked
    bench.send(body)
    assert 1 == bench.result(ReadinessFollowsProbes).violations
    bench.emit(ProbeRan, "node-1", "uid-a", "nobody", "one", "readiness", "success")
    bench.emit(ProbeRan, "node-1", "uid-gone", "main", "one", "readiness", "success")
    bench.send({**body})
    assert 2 == bench.result(ReadinessFollowsProbes).violations
