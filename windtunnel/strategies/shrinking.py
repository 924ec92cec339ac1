"""A smaller scenario that breaks the same promise: delta debugging over its actions and deviations.

Chunks of actions are left out, large ones first, for as long as the same promise is still broken; names in actions are
symbolic, so what remains keeps its meaning. It ends when no single action and no single deviation can be left out, or
when the limit of runs is reached.

Not modelled: smaller arguments, fewer nodes or objects, less time.
"""

from __future__ import annotations

from collections.abc import Callable

from attrs import evolve

from windtunnel.model.cluster.scenario import Scenario
from windtunnel.model.outcome import ScenarioOutcome
from windtunnel.strategies.plan import RunPlan
from windtunnel.strategies.running import run_scenario

LIMIT_RUNS = 300


class Shrinker:
    """Tries smaller scenarios. runs counts them."""

    def __init__(
        self,
        plan: RunPlan,
        invariant: str,
        limit_runs: int = LIMIT_RUNS,
        out_of_time: Callable[[], bool] = lambda: False,
    ) -> None:
        self.plan = plan.looking_for(invariant)
        self.invariant = invariant
        self.limit_runs = limit_runs
        self.out_of_time = out_of_time
        self.runs = 0

    def shrink(self, outcome: ScenarioOutcome) -> ScenarioOutcome:
        """The smallest found outcome that breaks the invariant; the given one where nothing can go. O(limit) runs."""
        best = self._try(outcome.scenario) or outcome
        while True:
            size = self._size(best.scenario)
            best = self._fewer_actions(best)
            best = self._fewer_deviations(best)
            if self._size(best.scenario) == size or self.runs >= self.limit_runs:
                return best

    @staticmethod
    def _size(scenario: Scenario) -> int:
        return len(scenario.actions) + sum(len(answers) for answers in scenario.deviations.values())

    def _try(self, scenario: Scenario) -> ScenarioOutcome | None:
        if self.runs >= self.limit_runs or self.out_of_time():
            return None
        self.runs += 1
        outcome = run_scenario(scenario, self.plan)
        broken = any(finding.invariant == self.invariant for finding in outcome.findings)
        return outcome if broken else None

    def _fewer_actions(self, best: ScenarioOutcome) -> ScenarioOutcome:
        chunk = max(1, len(best.scenario.actions) // 2)
        while chunk:
            # From the end: later actions depend on earlier ones more often than the other way round.
            end = len(best.scenario.actions)
            while end > 0:
                actions = best.scenario.actions
                begin = max(0, end - chunk)
                found = self._try(evolve(best.scenario, actions=actions[:begin] + actions[end:]))
                best = found or best
                end = min(begin, len(best.scenario.actions))
            chunk //= 2
        return best

    def _fewer_deviations(self, best: ScenarioOutcome) -> ScenarioOutcome:
        for point, answers in list(best.scenario.deviations.items()):
            for nth in list(answers):
                kept = {k: v for k, v in best.scenario.deviations[point].items() if k != nth}
                others = {p: a for p, a in best.scenario.deviations.items() if p != point}
                deviations = {**others, point: kept} if kept else others
                best = self._try(evolve(best.scenario, deviations=deviations)) or best
        return best


def shrink(
    outcome: ScenarioOutcome,
    plan: RunPlan,
    *,
    limit_runs: int = LIMIT_RUNS,
    out_of_time: Callable[[], bool] = lambda: False,
) -> ScenarioOutcome:
    """Shrink an outcome for the first promise it breaks; an outcome that breaks none is returned as it is."""
    if not outcome.findings:
        return outcome
    shrinker = Shrinker(plan, outcome.findings[0].invariant, limit_runs, out_of_time)
    smallest = shrinker.shrink(outcome)
    return run_scenario(smallest.scenario, shrinker.plan, draw=True)
