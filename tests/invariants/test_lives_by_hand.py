"""Promises about ends and beginnings on facts made by hand: probes, machines, namespaces, budgets, surplus pods."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from tests.invariants.bench import KUBELET, MANAGER, Bench, pod, workload
from windtunnel.invariants.promises.disruption import (
    BUDGETS,
    EvictionsUseTheBudget,
    budgets_are_counted,
)
from windtunnel.invariants.promises.machines import OneSandboxEach, TheEndIsFinal
from windtunnel.invariants.promises.namespaces import NamespacesAreEmptied
from windtunnel.invariants.promises.probes import ReadinessFollowsProbes
from windtunnel.invariants.promises.replicas import NoSurplusIsCreated
from windtunnel.model.apiserver.request import Request
from windtunnel.model.facts import Physical, ProbeRan, ProcessUp
from windtunnel.model.objects.json import Json
from windtunnel.model.outcome import Verdict
from windtunnel.model.sim.network import ConnectionLost

HELD, UNKNOWN, VIOLATED = Verdict.HELD, Verdict.UNKNOWN, Verdict.VIOLATED
WEB = {"app": "web"}
NAMESPACES = "system:serviceaccount:kube-system:namespace-controller"


# -- probes ------------------------------------------------------------------------------------------------------------


class Probed(Bench):
    """A pod on a machine, whose probe decides after two successes or two failures."""

    def __init__(self) -> None:
        super().__init__(ReadinessFollowsProbes)
        self.emit(ProcessUp, "kubelet-node-1", 1)
        self.instance = SimpleNamespace(id="one", started_ms=0)
        self.machines["node-1"] = SimpleNamespace(
            runtime_up=True, pod=lambda uid: SimpleNamespace(instances={"main": [self.instance]})
        )
        made = pod()
        main = {
            **made["spec"]["containers"][0],
            "readinessProbe": {"successThreshold": 2, "failureThreshold": 2},
        }
        self.put("pods", "default", "a", {**made, "spec": {**made["spec"], "containers": [main]}})

    def probe(self, *outcomes: str) -> None:
        """The kubelet probes, once a second."""
        for outcome in outcomes:
            self.advance(1_000)
            self.emit(ProbeRan, "node-1", "uid-a", "main", self.instance.id, "readiness", outcome)
        self.advance(1_000)

    def report(self, ready: bool) -> Verdict:
        """The kubelet reports the container as running."""
        status = {
            "name": "main",
            "containerID": self.instance.id,
            "ready": ready,
            "state": {"running": {}},
        }
        body: Json = {"metadata": {"uid": "uid-a"}, "status": {"containerStatuses": [status]}}
        self.begin("kubelet-node-1", "patch", "pods", "a", subresource="status", body=body)
        return self.verdict(ReadinessFollowsProbes)


def test_a_container_becomes_ready_after_enough_successes() -> None:
    """One is not enough where two are asked for, and a probe that could not be made does not count."""
    for outcomes, ready in (
        ((), False),
        (("success",), False),
        (("success", "error", "success"), True),
        (("success", "success", "failure"), True),
        (("success", "success", "failure", "failure"), False),
        (("success", "failure", "success"), False),
    ):
        bench = Probed()
        bench.probe(*outcomes)
        assert HELD == bench.report(ready)
        assert VIOLATED == bench.report(not ready)


def test_the_next_instance_begins_unready_and_goes_on_counting() -> None:
    """As in Kubernetes one more success is enough after many."""
    bench = Probed()
    bench.probe("success", "success")
    bench.instance = SimpleNamespace(id="two", started_ms=bench.loop.now_ms)
    assert HELD == bench.report(False)
    bench.probe("success")
    assert HELD == bench.report(True)


def test_what_a_restarted_kubelet_takes_over_is_not_judged() -> None:
    """Until its own probes have decided."""
    bench = Probed()
    bench.probe("success", "success")
    bench.emit(ProcessUp, "kubelet-node-1", 2)
    bench.report(False)
    bench.report(True)
    assert 0 == bench.result(ReadinessFollowsProbes).violations
    bench.probe("failure", "failure")
    assert VIOLATED == bench.report(True)


# -- machines ----------------------------------------------------------------------------------------------------------


def physical(bench: Bench, what: str, node: str = "node-1", detail: str = "10.0.0.1") -> None:
    """Something happens on a machine."""
    bench.emit(Physical, node, what, "uid-a", "main", detail)


def test_nothing_is_started_once_the_pods_kubelet_has_said_that_it_is_over() -> None:
    """What others say of a pod does not bind a kubelet that has not heard of it."""
    bench = Bench(TheEndIsFinal)
    bench.put("pods", "default", "a", pod(phase="Failed"))
    physical(bench, "container-started")
    assert HELD == bench.verdict(TheEndIsFinal)
    bench.up("kubelet-node-1")
    bench.put("pods", "default", "a", pod(phase="Failed"), KUBELET)
    physical(bench, "container-started")
    assert VIOLATED == bench.verdict(TheEndIsFinal)


def test_a_second_sandbox_comes_only_after_the_first_is_down() -> None:
    """On whichever machine."""
    bench = Bench(OneSandboxEach)
    bench.put("pods", "default", "a", pod())
    physical(bench, "sandbox-up")
    physical(bench, "sandbox-down")
    physical(bench, "sandbox-up", "node-2")
    assert HELD == bench.verdict(OneSandboxEach)
    physical(bench, "sandbox-up")
    assert "only the sandbox on node-2 with 10.0.0.1" == bench.monitor.findings()[0].expected


# -- namespaces --------------------------------------------------------------------------------------------------------


def test_a_namespace_is_let_go_only_when_what_was_in_it_is_gone() -> None:
    """What slipped in after its deletion began is nobody's breach."""
    for when, verdict in (("before", VIOLATED), ("after", HELD)):
        bench = Bench(NamespacesAreEmptied)
        bench.put("namespaces", "", "shop", {"spec": {"finalizers": ["kubernetes"]}})
        if when == "before":
            bench.put("configmaps", "shop", "a", {})
        going: Json = {"metadata": {"deletionTimestamp": "2024-01-01T00:00:00Z"}}
        bench.put("namespaces", "", "shop", {**going, "spec": {"finalizers": ["kubernetes"]}})
        if when == "after":
            bench.put("configmaps", "shop", "a", {})
        bench.put("namespaces", "", "shop", {**going, "spec": {}}, NAMESPACES)
        assert verdict == bench.verdict(NamespacesAreEmptied)


# -- budgets -----------------------------------------------------------------------------------------------------------


def budget(allowed: int, *disrupted: str, healthy: int = 0, **spec: Any) -> Json:
    """A budget with a status."""
    return {
        "metadata": {},
        "spec": {"selector": {"matchLabels": WEB}, **(spec or {"minAvailable": 1})},
        "status": {
            "disruptionsAllowed": allowed,
            "currentHealthy": healthy,
            "disruptedPods": dict.fromkeys(disrupted, "2024-01-01T00:00:00Z"),
        },
    }


def evict(bench: Bench, *, takes: bool) -> Verdict:
    """The API server evicts a pod, with or without a disruption of its budget."""
    call = bench.begin("user", "create", "pods", "a", subresource="eviction")
    if takes:
        allowed = bench.store.range(BUDGETS)[0][0].raw["status"]["disruptionsAllowed"]
        bench.put(BUDGETS, "default", "web", budget(allowed - 1, "a"), call=call)
    bench.delete("pods", "default", "a", call=call, subresource="eviction")
    return bench.verdict(EvictionsUseTheBudget)


def test_an_eviction_takes_a_disruption_that_is_allowed() -> None:
    """Without one, or with one that was not there, it is a breach; a pod that is pending serves nobody."""
    for allowed, takes, phase, violations in (
        (1, True, "Running", 0),
        (1, False, "Running", 1),
        (0, True, "Running", 1),
        (0, False, "Pending", 0),
    ):
        bench = Bench(EvictionsUseTheBudget)
        bench.put(BUDGETS, "default", "web", budget(allowed))
        bench.put("pods", "default", "a", pod(WEB, ready=True, phase=phase))
        evict(bench, takes=takes)
        assert violations == bench.result(EvictionsUseTheBudget).violations


def test_at_rest_a_budget_is_counted() -> None:
    """Ready pods that nobody has asked to go."""
    bench = Bench(budgets_are_counted)
    bench.put("pods", "default", "a", pod(WEB, ready=True))
    bench.put("pods", "default", "b", pod(WEB, ready=True))
    bench.put("pods", "default", "c", pod(WEB, ready=True, deleting=True))
    bench.put(BUDGETS, "default", "web", budget(1, healthy=2))
    bench.heal_and_finish()
    assert HELD == bench.verdict(budgets_are_counted)
    bench.put(BUDGETS, "default", "web", budget(2, healthy=3))
    bench.finish()
    assert "its status says 3 and 2" == bench.monitor.findings()[0].found


# -- surplus pods ------------------------------------------------------------------------------------------------------


def create(bench: Bench, name: str, process: str = "controller-manager-0") -> int:
    """The replication manager creates a pod of the controller web."""
    call = bench.begin(process, "create", "pods")
    bench.put("pods", "default", name, pod(WEB, "web"), MANAGER, call=call)
    return call


def surplus() -> Bench:
    """A controller that wants one pod and has it."""
    bench = Bench(NoSurplusIsCreated)
    bench.up("controller-manager-0")
    bench.up("controller-manager-1")
    bench.put("replicationcontrollers", "default", "web", workload(1, WEB))
    create(bench, "a")
    return bench


def test_each_lost_answer_explains_one_surplus_pod_and_no_more() -> None:
    """It is charged once."""
    bench = surplus()
    bench.answer(
        "controller-manager-0",
        Request("create", "pods"),
        None,
        call=bench.calls,
        error=ConnectionLost("x"),
    )
    call = create(bench, "b")
    bench.answer("controller-manager-0", Request("create", "pods"), "made", call=call)
    assert HELD == bench.verdict(NoSurplusIsCreated)
    create(bench, "c")
    assert VIOLATED == bench.verdict(NoSurplusIsCreated)
    assert bench.monitor.findings()[0].expected.startswith("at most 2 active pods of Rep")


def test_a_surplus_pod_may_be_another_controllers_or_of_an_expired_expectation() -> None:
    """Two that act at a time do not know of each other's pods."""
    bench = surplus()
    create(bench, "b", "controller-manager-1")
    assert HELD == bench.verdict(NoSurplusIsCreated)
    bench = surplus()
    bench.advance(300_000)
    create(bench, "b")
    assert HELD == bench.verdict(NoSurplusIsCreated)
    bench = surplus()
    create(bench, "b")
    assert VIOLATED == bench.verdict(NoSurplusIsCreated)
