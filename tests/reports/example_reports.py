"""Reports made by hand: a run that held, one that is violated, one that proved nothing, and one with hostile names."""

from __future__ import annotations

from attrs import evolve

from windtunnel.model.cluster.actions.faults import NodeCrash, Partition, ProcessCrash
from windtunnel.model.cluster.actions.operations import Delete, Scale
from windtunnel.model.cluster.actions.time import Advance, HealFault, Settle
from windtunnel.model.cluster.scenario import Scenario
from windtunnel.model.outcome import (
    Failure,
    Finding,
    PromiseResult,
    RunOutcome,
    ScenarioOutcome,
    Verdict,
)
from windtunnel.model.timeline import Span
from windtunnel.reports.report import Report

HOSTILE = "<script>alert('x')</script>\x1b[31m|`*[red]\x00&"

REPLICAS = PromiseResult(
    "replica-count", "eventually", "Every controller has exactly as many active pods as its spec asks for.",
    True, Verdict.HELD, 412, 0,
)  # fmt: skip
FOREIGN = PromiseResult(
    "foreign-pods-are-left-alone", "always", "A controller deletes only pods that it owns.",
    True, Verdict.HELD, 9_031, 0,
)  # fmt: skip
BINDING = PromiseResult(
    "bound-once", "always", "A pod that has a node keeps it for as long as it exists.",
    False, Verdict.HELD, 0, 0, "nothing in this scenario is concerned",
)  # fmt: skip

SCENARIO = Scenario(
    objects=({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings"}},),
    actions=(
        Scale("rc/frontend", 5),
        ProcessCrash("controller-manager-0", 2),
        Partition("node-1", "apiserver-0", "both"),
        Advance(20_000),
        HealFault("process-crash process=controller-manager-0 after_requests=2"),
        Delete("rc/frontend#1"),
        Settle(),
    ),
    deviations={"latency controller-manager-0>apiserver-0": {7: 3}},
)

FINDING = Finding(
    invariant="foreign-pods-are-left-alone",
    promise="A controller deletes only pods that it owns.",
    expected="ReplicationController frontend leaves pod frontend-x7f2k alone, which rc/backend owns",
    found="it deleted the pod",
    subject="pod default/frontend-x7f2k",
    revision=141,
    step=907,
    now_ms=23_204,
    causes=(
        "step 311 at 1.204 s, action: #1 scale target=rc/frontend replicas=5",
        "step 312 at 1.204 s, user: sends PATCH replicationcontrollers frontend",
        "step 907 at 23.204 s, store: delete pods default/frontend-x7f2k",
    ),
)

SPANS = (
    Span("actions", 1_204, 1_204, "operation", "#1 scale target=rc/frontend replicas=5", 311),
    Span("actions", 1_260, 21_400, "fault", "#2 process-crash process=controller-manager-0", 330),
    Span("controller-manager-0", 1_262, 21_400, "down", "controller-manager-0 is down", 334),
    Span("actions", 1_300, 23_204, "fault", "#3 partition host=node-1 other=apiserver-0", 340),
    Span("node-1 → apiserver-0", 1_300, 23_204, "cut", "nothing gets from node-1 to apiserver-0", 341),
    Span("apiserver-0", 1_310, 1_310, "write", "creates pods/default/frontend-x7f2k (revision 120)", 350),
    Span("node-2", 1_500, 1_500, "physical", "container-started php", 360),
    Span("actions", 21_400, 21_400, "heal", "#5 heal-fault", 800),
    Span("actions", 23_200, 23_200, "operation", "#6 delete target=rc/frontend#1", 900),
)  # fmt: skip


def scenario_outcome(finding: Finding = FINDING, scenario: Scenario = SCENARIO) -> ScenarioOutcome:
    """The run of one failing scenario."""
    return ScenarioOutcome(
        scenario=scenario,
        verdict=Verdict.VIOLATED,
        promises=(REPLICAS, evolve(FOREIGN, verdict=Verdict.VIOLATED, violations=1), BINDING),
        findings=(finding,),
        not_applied=(),
        settled=False,
        reason="a promise was broken before",
        actions=len(scenario.actions),
        events=4_112,
        virtual_ms=23_204,
        digest="0123456789abcdef0123456789abcdef",
        spans=SPANS,
    )


def held() -> Report:
    """A run in which everything held."""
    outcome = RunOutcome(
        verdict=Verdict.HELD, explorer="hypothesis", seed=0, scenarios=200, actions=8_124, events=312_001,
        digest="fedcba9876543210fedcba9876543210", promises=(REPLICAS, FOREIGN, BINDING), failures=(),
        coverage={"node-crash": 120, "scale": 911},
        notices=("Widget big is kept as a plain object",),
    )  # fmt: skip
    return Report(
        outcome, "0.1.0", 20.14, options=(("nodes", "5"), ("faults", "node-crash,partition"))
    )


def violated(finding: Finding = FINDING, scenario: Scenario = SCENARIO) -> Report:
    """A run with one failure."""
    report = held()
    outcome = scenario_outcome(finding, scenario)
    failure = Failure(outcome, 7, ".windtunnel/foreign-pods-are-left-alone-01234567.scenario.json")
    return evolve(
        report,
        outcome=evolve(
            report.outcome, verdict=Verdict.VIOLATED, seed=7, promises=outcome.promises, failures=(failure,)
        ),
        replay_options=("--swap", "replication=broken rc.py:Broken"),
    )  # fmt: skip


def nothing_proved() -> Report:
    """A run that held and proves nothing."""
    report = held()
    unknown = evolve(REPLICAS, verdict=Verdict.UNKNOWN, checked=0, reason="it was never exercised")
    return evolve(
        report,
        outcome=evolve(
            report.outcome,
            verdict=Verdict.UNKNOWN,
            promises=(unknown, FOREIGN, BINDING),
            nothing_proved=("Deployment web made no pods", "replica-count proved nothing"),
        ),
    )


def hostile() -> Report:
    """A run whose every text tries to be markup, or to steer a terminal."""
    finding = evolve(
        FINDING, invariant=HOSTILE, promise=HOSTILE, expected=HOSTILE, found=HOSTILE, subject=HOSTILE,
        causes=(HOSTILE, "```\n" + HOSTILE),
    )  # fmt: skip
    scenario = evolve(SCENARIO, actions=(NodeCrash(HOSTILE), *SCENARIO.actions))
    report = violated(finding, scenario)
    span = Span(HOSTILE, 1, 5_000, "down", HOSTILE)
    failure = evolve(
        report.outcome.failures[0],
        outcome=evolve(report.outcome.failures[0].outcome, spans=(span, *SPANS)),
        file=f"out/{HOSTILE}.scenario.json",
    )
    promise = PromiseResult(HOSTILE, HOSTILE, HOSTILE, True, Verdict.VIOLATED, 1, 1, HOSTILE)
    outcome = evolve(
        report.outcome, promises=(promise,), failures=(failure,), notices=(HOSTILE,), coverage={HOSTILE: 1},
        nothing_proved=(HOSTILE,), digest=HOSTILE,
    )  # fmt: skip
    return evolve(report, outcome=outcome, version=HOSTILE, options=((HOSTILE, HOSTILE),))


def long_winded() -> Report:
    """A failure with fifty causes, hundreds of actions and endless sentences."""
    causes = tuple(f"step {n} at 1.000 s, somebody: {'does something ' * 20}" for n in range(50))
    words = "much too long " * 100
    finding = evolve(
        FINDING, causes=causes, expected=words, found=words, promise=words, subject=words
    )
    return violated(finding, evolve(SCENARIO, actions=SCENARIO.actions * 60))
