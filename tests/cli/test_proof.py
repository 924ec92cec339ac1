"""What a run proved, and the exit status that says so."""

from __future__ import annotations

import pytest
from attrs import evolve

from tests.reports import example_reports
from tests.reports.example_reports import BINDING, FOREIGN, REPLICAS
from windtunnel.cli.proof import exit_status, unproved_promises, unproved_workloads, with_reasons
from windtunnel.model.outcome import RunOutcome, Verdict

HELD = example_reports.held().outcome
UNKNOWN = evolve(REPLICAS, verdict=Verdict.UNKNOWN, checked=0, reason="it was never exercised")


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (0, HELD),
        (1, example_reports.violated().outcome),
        (3, example_reports.nothing_proved().outcome),
        (3, with_reasons(HELD, ["a reason"])),
        (1, with_reasons(example_reports.violated().outcome, ["a reason"])),
        (0, with_reasons(HELD, [])),
    ],
)
def test_the_exit_status_says_how_it_went(status: int, outcome: RunOutcome) -> None:
    """A violation outweighs that something was not proved, which outweighs that the rest held."""
    assert status == exit_status(outcome)


def test_an_applicable_promise_that_was_never_exercised_is_a_reason() -> None:
    """A promise that applied and was never put to the test is not passed over."""
    assert [] == unproved_promises([REPLICAS, FOREIGN, BINDING])
    expected = ["replica-count: it was never exercised"]
    assert expected == unproved_promises([UNKNOWN, FOREIGN, BINDING])


def test_a_named_promise_that_does_not_apply_is_a_reason() -> None:
    """Whoever names a promise wants to know about that one."""
    expected = ["--invariant bound-* was never exercised: nothing in this scenario is concerned"]
    assert expected == unproved_promises([FOREIGN, BINDING], ["foreign-*", "bound-*"])
    assert [] == unproved_promises([FOREIGN, BINDING], ["*"])


def test_a_named_promise_is_complained_about_once() -> None:
    """A promise that applied, was named and never exercised gives one sentence."""
    assert 1 == len(unproved_promises([UNKNOWN], ["replica-count"]))


def test_workloads_that_are_not_run_are_a_reason_only_if_nothing_else_makes_pods() -> None:
    """Deployments alone prove nothing about pods; beside a ReplicationController something does."""
    config = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}}
    controller = {"apiVersion": "v1", "kind": "ReplicationController", "metadata": {"name": "a"}}
    (sentence,) = unproved_workloads(["Deployment web", "Deployment db"], [config])
    assert sentence.startswith("Deployment web, Deployment db made no pods")
    assert "kind Deployment" in sentence
    assert [] == unproved_workloads(["Deployment web"], [controller])
    assert [] == unproved_workloads([], [config])
