"""The search: silent on the healthy model, quick with a defect, small in what it shows, the same every time."""

from __future__ import annotations

import pytest
from attrs import evolve
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.stateful import run_state_machine_as_test

from windtunnel.examples import guestbook
from windtunnel.model.api.kinds import BUILT_IN, KindRegistry
from windtunnel.model.cluster.actions.faults import FAULTS, NodeCrash
from windtunnel.model.cluster.actions.time import Advance
from windtunnel.model.cluster.scenario import Scenario
from windtunnel.model.cluster.shape import ClusterShape
from windtunnel.model.controllers.endpoints.controller import EndpointsController
from windtunnel.model.objects.meta import Condition
from windtunnel.model.objects.pod import Pod
from windtunnel.model.outcome import Failure, RunOutcome, Verdict
from windtunnel.model.sim.choices import Choices
from windtunnel.strategies.machine import ControlPlaneMachine, PromiseBroken, choice_points
from windtunnel.strategies.manifests import check_object
from windtunnel.strategies.objects import workloads
from windtunnel.strategies.plan import RunPlan
from windtunnel.strategies.running import run_scenario
from windtunnel.strategies.search import search
from windtunnel.strategies.shrinking import shrink


class IgnoresReadiness(EndpointsController):
    """A planted defect: every pod counts as ready."""

    def selected_pods(self, service):  # type: ignore[no-untyped-def]
        """All pods, as if they were ready."""
        return [_as_ready(pod) for pod in super().selected_pods(service)]


def _as_ready(pod: Pod) -> Pod:
    others = tuple(c for c in pod.status.conditions if c.type != "Ready")
    ready = Condition(type="Ready", status="True")
    return evolve(pod, status=evolve(pod.status, conditions=(*others, ready)))


@pytest.mark.parametrize(
    ("objects", "seed"), [(guestbook(), 3), ((), 4)], ids=["guestbook", "drawn"]
)
def test_the_healthy_model_breaks_no_promise(
    objects: tuple[dict[str, object], ...], seed: int
) -> None:
    """No false alarm in some dozen scenarios with every fault; longer searches are for nightly runs."""
    outcome = search(RunPlan(objects=objects), scenarios=12, seed_number=seed)
    broken = [str(f) for failure in outcome.failures for f in failure.outcome.findings]
    assert [] == broken
    assert 12 == outcome.scenarios


def found_with_the_defect(seed: int = 0) -> tuple[RunOutcome, list[Failure]]:
    """Search with the defect swapped in; every failure as it was handed over."""
    seen: list[Failure] = []

    def keep(failure: Failure) -> Failure:
        seen.append(failure)
        return failure

    plan = RunPlan(objects=guestbook(), swaps={"endpoints": IgnoresReadiness})
    return search(plan, scenarios=30, seed_number=seed, on_failure=keep), seen


def test_a_defect_is_found_handed_over_at_once_and_shrunk() -> None:
    """The failure comes twice: as it was found, then as small as it can be; no single action can go."""
    outcome, seen = found_with_the_defect()
    assert Verdict.VIOLATED is outcome.verdict
    assert 2 == len(seen)
    small = outcome.failures[0].outcome
    assert len(small.scenario.actions) <= len(seen[0].outcome.scenario.actions)
    invariant = small.findings[0].invariant
    plan = RunPlan(objects=guestbook(), swaps={"endpoints": IgnoresReadiness})
    for number in range(len(small.scenario.actions)):
        actions = small.scenario.actions[:number] + small.scenario.actions[number + 1 :]
        again = run_scenario(small.scenario.with_actions(actions), plan)
        assert invariant not in [finding.invariant for finding in again.findings]


def test_a_found_scenario_replays_to_the_same_digest() -> None:
    """What the machine ran step by step and what a replay runs are one and the same."""
    _, seen = found_with_the_defect()
    plan = RunPlan(objects=guestbook(), swaps={"endpoints": IgnoresReadiness})
    for failure in seen:
        assert failure.outcome.digest == run_scenario(failure.outcome.scenario, plan).digest


def test_an_outcome_without_findings_is_not_shrunk() -> None:
    """There is nothing to keep broken."""
    plan = RunPlan(shape=ClusterShape(nodes=1))
    outcome = run_scenario(Scenario(plan.shape, actions=(Advance(20),)), plan)
    assert outcome is shrink(outcome, plan)


def test_an_equal_seed_gives_an_equal_search() -> None:
    """The digest of the whole search is a function of the seed."""
    plan = RunPlan(objects=guestbook(), steps=10)
    one, other = (search(plan, scenarios=4, seed_number=9).digest for _ in range(2))
    assert one == other
    assert one != search(plan, scenarios=4, seed_number=10).digest


def test_a_search_stops_when_time_is_up() -> None:
    """out_of_time is asked after each scenario, also in an endless search."""
    asked = iter([False, False, True])
    plan = RunPlan(shape=ClusterShape(nodes=1), objects=guestbook(), steps=3)
    outcome = search(plan, endless=True, out_of_time=lambda: next(asked))
    assert 3 == outcome.scenarios


def test_only_the_given_faults_are_tried() -> None:
    """A plan with one fault applies no other."""
    plan = RunPlan(objects=guestbook(), faults=(NodeCrash,), steps=30)
    outcome = search(plan, scenarios=5, seed_number=1)
    names = {fault.action_name for fault in FAULTS}
    assert {"node-crash"} == names & set(outcome.coverage)


def test_a_run_that_uses_up_its_events_is_an_outcome() -> None:
    """The limit ends the run with a reason, and nothing is proved by it."""
    plan = RunPlan(objects=guestbook(), limit_events=400)
    outcome = run_scenario(Scenario(plan.shape, plan.objects), plan)
    assert "the limit of 400 events is reached" == outcome.reason
    assert Verdict.UNKNOWN is outcome.verdict


class HealthyMachine(ControlPlaneMachine):
    """As a user would write it."""

    nodes = 2


HealthyMachine.TestCase.settings = settings(
    max_examples=5,
    stateful_step_count=15,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
TestHealthyMachine = HealthyMachine.TestCase


class BrokenMachine(ControlPlaneMachine):
    """The same with the defect."""

    plan = RunPlan(objects=guestbook(), swaps={"endpoints": IgnoresReadiness})


def test_in_a_test_suite_a_broken_promise_is_a_failure_with_the_finding() -> None:
    """The machine raises, and the message is promise, expected, found and where."""
    options = settings(
        max_examples=30,
        phases=(Phase.generate,),
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    with pytest.raises(PromiseBroken, match=r"expected: .*\n.*found: "):
        run_state_machine_as_test(BrokenMachine, settings=options)


def test_every_choice_point_that_is_drawn_is_one_that_is_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A deviation at a point that nobody asks would never matter."""
    asked: dict[str, None] = {}
    answer = Choices.__call__

    def listen(choices: Choices, point: str, n: int) -> int:
        asked[point] = None
        return answer(choices, point, n)

    monkeypatch.setattr(Choices, "__call__", listen)
    plan = RunPlan(objects=guestbook())
    # Points are asked in earnest only where a scenario deviates at all.
    somewhere = {"a point that is never asked": {0: 1}}
    run_scenario(Scenario(plan.shape, plan.objects, deviations=somewhere), plan)
    assert [] == [point for point in choice_points(plan.shape) if point not in asked]


def test_what_is_drawn_is_valid() -> None:
    """Every strategy gives objects that the API server accepts."""
    kinds = KindRegistry(BUILT_IN)

    @settings(max_examples=100, deadline=None, database=None, derandomize=True)
    @given(workloads())
    def valid(objects: tuple[dict[str, object], ...]) -> None:
        for obj in objects:
            check_object(kinds.for_object(obj), obj, "drawn")

    valid()
