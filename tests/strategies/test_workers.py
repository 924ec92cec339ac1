"""Workers: equal findings whatever their number; one that dies ends the search, and none is left behind."""

from __future__ import annotations

import multiprocessing
import os
import signal
from functools import partial
from itertools import count
from typing import Any

import pytest
from attrs import evolve

from windtunnel.examples import guestbook
from windtunnel.model.cluster.shape import ClusterShape
from windtunnel.model.controllers.replication.controller import ReplicationManager
from windtunnel.model.outcome import Failure, RunOutcome
from windtunnel.strategies import collector
from windtunnel.strategies.plan import RunPlan
from windtunnel.strategies.search import search
from windtunnel.strategies.shrinking import shrink
from windtunnel.strategies.tally import Tally
from windtunnel.strategies.workers import WorkerDied
from windtunnel.zoo.catalogue import PLANTED

(DEFECT,) = (each for each in PLANTED if each.id == "endpoints-ignoring-readiness")
BROKEN = RunPlan(
    ClusterShape(nodes=1), DEFECT.scenario.objects, swaps={DEFECT.role: DEFECT.cls}, steps=3
)


class Unbuildable(ReplicationManager):
    """Cannot be made."""

    def __init__(self, *arguments: Any) -> None:
        raise RuntimeError("cannot be built")


@pytest.fixture(autouse=True)
def shrinking_is_short(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few runs of it are enough here."""
    monkeypatch.setattr(collector, "shrink", partial(shrink, limit_runs=4))


@pytest.fixture(autouse=True)
def none_is_left() -> Any:
    """No worker outlives its search."""
    yield
    assert [] == multiprocessing.active_children()


def outcomes(plan: RunPlan, **options: Any) -> list[RunOutcome]:
    """The search with one, two and three workers."""
    return [search(plan, explorer="swarm", workers=workers, **options) for workers in (1, 2, 3)]


def test_findings_are_equal_whatever_the_number_of_workers() -> None:
    """Equal seed and scenarios: equal sums, digest, findings and counts."""
    one, two, three = outcomes(BROKEN, scenarios=4, seed_number=4, max_failures=100)
    assert 4 == one.scenarios
    assert one.failures
    assert one == two
    assert one == three


def test_max_failures_ends_a_search_at_the_same_scenario() -> None:
    """A finding that another worker made beyond the last one that was asked for is not counted."""
    one, two, three = outcomes(BROKEN, scenarios=40, seed_number=4, max_failures=2)
    assert 2 == len(one.failures)
    assert one.scenarios < 40
    assert one == two
    assert one == three


def test_progress_is_told_in_the_order_of_scenarios() -> None:
    """The bar moves by one scenario after the other."""
    told: list[int] = []

    def advance(tally: Tally) -> None:
        told.append(tally.scenarios)

    plan = RunPlan(ClusterShape(nodes=1), guestbook(), steps=2)
    search(plan, explorer="swarm", workers=2, scenarios=5, on_progress=advance)
    assert [1, 2, 3, 4, 5] == told


def test_a_search_stops_when_time_is_up() -> None:
    """Each worker looks at the clock before each scenario; what was done is summed up."""
    asked = count()
    plan = RunPlan(ClusterShape(nodes=1), guestbook(), steps=2)
    outcome = search(
        plan,
        explorer="swarm",
        workers=2,
        endless=True,
        out_of_time=lambda: next(asked) >= 2,
    )
    assert 1 <= outcome.scenarios <= 5


def test_a_worker_that_dies_is_an_error_and_not_a_hang() -> None:
    """Killed from outside, as by a system that is out of memory."""

    def killed(failure: Failure) -> Failure:
        os.kill(os.getpid(), signal.SIGKILL)
        return failure

    with pytest.raises(WorkerDied, match=r"worker . of 2 died \(signal 9\)"):
        search(BROKEN, explorer="swarm", workers=2, scenarios=40, on_failure=killed)


def test_an_error_in_a_scenario_is_raised_here() -> None:
    """The very error, from the code that raised it, so that it can be told whose code that is."""
    plan = evolve(BROKEN, swaps={"replication": Unbuildable})
    with pytest.raises(RuntimeError, match="cannot be built"):
        search(plan, explorer="swarm", workers=2, scenarios=4)


def test_an_error_that_only_a_worker_has_is_one_sentence() -> None:
    """Saving can fail in a worker, where there is no room for instance; here the scenario runs well."""
    here = os.getpid()

    def full(failure: Failure) -> Failure:
        if os.getpid() != here:
            raise OSError("no space left")
        return failure

    with pytest.raises(WorkerDied, match=r"scenario \d+ failed .*no space left"):
        search(BROKEN, explorer="swarm", workers=2, scenarios=40, on_failure=full)


def test_hypothesis_cannot_share_its_work() -> None:
    """Its scenarios depend on those before."""
    with pytest.raises(ValueError, match="hypothesis cannot share"):
        search(BROKEN, explorer="hypothesis", workers=2)
