"""The order of the passes, the proof that nothing can go any more, and what a shrinking came to.

First whatever makes every later try cheaper: whole kinds of actions, objects, nodes. The passes are repeated until none
of them finds anything. Only then may the finding be about another sort of thing, if something can go for it.
"""

from __future__ import annotations

from collections.abc import Callable

from attrs import frozen

from windtunnel.model.outcome import ScenarioOutcome
from windtunnel.strategies.plan import RunPlan
from windtunnel.strategies.running import run_scenario
from windtunnel.strategies.shrinking.actions import (
    pairs,
    pieces,
    single_actions,
    whole_kinds,
    whole_sorts,
)
from windtunnel.strategies.shrinking.arguments import smaller_arguments
from windtunnel.strategies.shrinking.deviations import single_deviations, smaller_deviations
from windtunnel.strategies.shrinking.leaps import leap
from windtunnel.strategies.shrinking.objects import (
    fewer_objects,
    fewer_replicas,
    single_objects,
    smaller_shape,
    unnamed_objects,
)
from windtunnel.strategies.shrinking.time import less_time
from windtunnel.strategies.shrinking.trials import Broken, Trials

LIMIT_RUNS = 1_000
LARGE = (leap, whole_sorts, unnamed_objects, fewer_objects, smaller_shape, whole_kinds, pieces)
"""Once, while the scenario is large: what makes every later try cheaper comes first."""
SINGLE = (single_actions, single_objects, single_deviations)
"""Until a whole round of them finds nothing: then nothing can be left out."""
SIMPLER = (smaller_shape, fewer_replicas, smaller_deviations, less_time, smaller_arguments)
"""Nothing is left out, but what stays becomes smaller."""


@frozen
class Shrinking:
    """What a shrinking came to. minimal: no single action, deviation or object can be left out, as was tried."""

    outcome: ScenarioOutcome
    runs: int
    minimal: bool


def shrink(
    outcome: ScenarioOutcome,
    plan: RunPlan,
    *,
    limit_runs: int = LIMIT_RUNS,
    out_of_time: Callable[[], bool] = lambda: False,
) -> ScenarioOutcome:
    """Shrink an outcome for the first promise it breaks; one that breaks none is returned as it is. O(limit) runs."""
    return shrink_fully(outcome, plan, limit_runs=limit_runs, out_of_time=out_of_time).outcome


def shrink_fully(
    outcome: ScenarioOutcome,
    plan: RunPlan,
    *,
    limit_runs: int = LIMIT_RUNS,
    out_of_time: Callable[[], bool] = lambda: False,
    on_try: Callable[[Trials], None] = lambda trials: None,
) -> Shrinking:
    """As shrink, and say how many runs it took and whether it is minimal. on_try is told before every run."""
    if not outcome.findings:
        return Shrinking(outcome, 0, False)
    about = outcome.findings[0]
    plan = plan.looking_for(about.invariant)
    first = Broken(outcome.scenario, about.subject, outcome.events)
    trials = Trials(plan, about.invariant, first, limit_runs, out_of_time, on_try)
    _reduce(trials)
    minimal = not trials.cut_short
    if trials.scenario is outcome.scenario:
        return Shrinking(outcome, trials.runs, minimal)
    smallest = run_scenario(trials.scenario, plan, draw=True).about(about.invariant)
    if smallest.findings and smallest.findings[0].invariant == about.invariant:
        return Shrinking(smallest, trials.runs, minimal)
    # Code of one's own that is not deterministic: what was found at first is worth more.
    return Shrinking(outcome, trials.runs, False)


def _reduce(trials: Trials) -> None:
    for large in LARGE:
        large(trials)
    while True:
        _leave_out(trials)
        for simpler in SIMPLER:
            simpler(trials)
        if _leave_out(trials) or pairs(trials):
            continue
        if not trials.strict:
            return
        trials.strict = False


def _leave_out(trials: Trials) -> bool:
    """Leave out single things until nothing can go; whether something went."""
    began = trials.weight
    while True:
        weight = trials.weight
        for single in SINGLE:
            single(trials)
        if trials.weight == weight:
            return weight != began
