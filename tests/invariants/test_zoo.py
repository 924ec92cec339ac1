"""Every planted defect is caught by the promise that it is named for, and the healthy model is silent."""

from __future__ import annotations

import pytest

from windtunnel.invariants.promise import SOMETIMES
from windtunnel.invariants.promises import BUILT_IN
from windtunnel.model.outcome import Verdict
from windtunnel.model.roles import BUILT_IN as ROLES
from windtunnel.strategies.plan import RunPlan
from windtunnel.strategies.running import run_scenario
from windtunnel.zoo.catalogue import PLANTED, PlantedDefect

SEEN_ONLY = tuple(promise.id for promise in BUILT_IN if promise.kind == SOMETIMES)
"""Promises that something happens at least once: they are never broken, only not kept."""


@pytest.mark.parametrize("defect", PLANTED, ids=lambda defect: defect.id)
def test_a_planted_defect_is_caught_by_its_promise(defect: PlantedDefect) -> None:
    """With the defect in its role, the promise breaks in the scenario that the catalogue gives."""
    plan = RunPlan(swaps={defect.role: defect.cls}).looking_for(defect.promise)
    outcome = run_scenario(defect.scenario, plan)
    broken = [result.id for result in outcome.promises if result.verdict is Verdict.VIOLATED]
    assert () == outcome.not_applied
    assert defect.promise in broken


@pytest.mark.parametrize("defect", PLANTED, ids=lambda defect: defect.id)
def test_the_healthy_model_is_silent_in_the_same_scenario(defect: PlantedDefect) -> None:
    """Without the defect nothing is broken, and what applies was checked."""
    outcome = run_scenario(defect.scenario, RunPlan().looking_for(defect.promise))
    assert [] == [f"{f.invariant}: {f.expected}, {f.found} ({f.subject})" for f in outcome.findings]
    assert Verdict.HELD == outcome.verdict


def test_every_promise_has_caught_a_planted_defect() -> None:
    """A promise is trusted only since it has caught one."""
    caught = {defect.promise for defect in PLANTED}
    assert [] == [p.id for p in BUILT_IN if p.id not in caught and p.id not in SEEN_ONLY]


def test_the_catalogue_is_in_order() -> None:
    """Each id once, each role known, each class documented, each promise one of ours."""
    ids = [defect.id for defect in PLANTED]
    assert len(ids) == len(dict.fromkeys(ids))
    promises = {promise.id for promise in BUILT_IN}
    for defect in PLANTED:
        assert defect.role in ROLES
        assert defect.cls.__doc__
        assert defect.promise in promises


def test_a_controller_that_replaces_nothing_leaves_the_sometimes_promise_unseen() -> None:
    """What never happened, although it should have, is unknown."""
    defect = next(defect for defect in PLANTED if defect.id == "replication-not-replacing")
    outcome = run_scenario(defect.scenario, RunPlan(swaps={defect.role: defect.cls}))
    result = next(result for result in outcome.promises if result.id == "a-lost-pod-is-replaced")
    assert (True, Verdict.UNKNOWN) == (result.applicable, result.verdict)
