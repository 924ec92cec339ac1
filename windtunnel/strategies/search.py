"""The search of `windtunnel run`: an explorer makes scenario after scenario, and outcomes are summed up.

A broken promise is recorded, shrunk by our own delta debugging and handed over at once; the search goes on until
enough failures, scenarios or time. Hypothesis only generates here. Scenarios of the swarm are each drawn by themselves,
so that workers can share them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count

from windtunnel.model.outcome import Failure, RunOutcome, ScenarioOutcome
from windtunnel.strategies.collecting import collect, rare_collections
from windtunnel.strategies.collector import Collector, Ran, Shrunk, examine
from windtunnel.strategies.explorers import DEFAULT_EXPLORER, HYPOTHESIS, SPLITTING
from windtunnel.strategies.moments import rehearse
from windtunnel.strategies.plan import RunPlan
from windtunnel.strategies.swarm import SwarmScenario
from windtunnel.strategies.tally import Tally, judge, merge
from windtunnel.strategies.workers import Work, Workers

__all__ = ["Tally", "judge", "merge", "search"]

BATCH = 100


class StopSearch(BaseException):
    """Ends Hypothesis' generation from within; not an Exception, so that Hypothesis lets it through."""


def search(
    plan: RunPlan,
    *,
    explorer: str = DEFAULT_EXPLORER,
    workers: int = 1,
    scenarios: int = 200,
    seed_number: int = 0,
    max_failures: int = 1,
    out_of_time: Callable[[], bool] = lambda: False,
    endless: bool = False,
    on_failure: Callable[[Failure], Failure] = lambda failure: failure,
    on_progress: Callable[[Tally], None] = lambda tally: None,
) -> RunOutcome:
    """Search for violations. With endless, scenarios is ignored and out_of_time ends the search.

    on_failure is called at once with each failure as found, then with the shrunk one; what it returns is kept. With
    several workers, which only some explorers can use, it is called in the one that found it.
    """
    if workers > 1 and explorer not in SPLITTING:
        raise ValueError(f"the explorer {explorer} cannot share its work among workers")
    collector = Collector(None if endless else scenarios, max_failures, on_progress)
    one = _Search(plan, seed_number, on_failure, out_of_time, collector)
    try:
        with rare_collections():
            if explorer == HYPOTHESIS:
                one.by_hypothesis()
            elif workers > 1:
                one.by_workers(workers)
            else:
                one.by_swarm()
    except KeyboardInterrupt:
        pass
    return collector.outcome(seed_number, explorer)


class _Search:
    """One search under way."""

    def __init__(
        self,
        plan: RunPlan,
        seed_number: int,
        on_failure: Callable[[Failure], Failure],
        out_of_time: Callable[[], bool],
        collector: Collector,
    ) -> None:
        self._plan = plan
        self._seed_number = seed_number
        self._on_failure = on_failure
        self._out_of_time = out_of_time
        self._collector = collector

    def by_hypothesis(self) -> None:
        """Have Hypothesis draw scenarios in batches, until one raises StopSearch."""
        from windtunnel.strategies.machine import explore

        numbers = count()

        def take(outcome: ScenarioOutcome) -> None:
            if self._take(next(numbers), outcome):
                raise StopSearch

        try:
            for batch in count():
                explore(self._plan, self._seed_number * 1_000_003 + batch, BATCH, take)
        except StopSearch:
            pass

    def by_swarm(self) -> None:
        """Draw and run scenario after scenario, here."""
        run = self._swarm()
        for number in count():
            if self._take(number, run(number)):
                return

    def by_workers(self, workers: int) -> None:
        """Have workers draw and run the scenarios of the swarm."""
        work = Work(self._swarm(), self._examine, self._out_of_time)
        with Workers(workers, work) as crew:
            try:
                crew.collect(self._collector)
            except KeyboardInterrupt:
                crew.rest(self._collector)

    def _swarm(self) -> Callable[[int], ScenarioOutcome]:
        plan, seed_number, moments = self._plan, self._seed_number, rehearse(self._plan)
        collect()

        def run(number: int) -> ScenarioOutcome:
            outcome = SwarmScenario(plan, moments, seed_number, number).outcome()
            collect()
            return outcome

        return run

    def _examine(
        self, number: int, outcome: ScenarioOutcome, out_of_time: Callable[[], bool]
    ) -> Iterator[Ran | Shrunk]:
        return examine(
            number, outcome, self._plan, self._seed_number, self._on_failure, out_of_time
        )

    def _take(self, number: int, outcome: ScenarioOutcome) -> bool:
        """Take in the outcome of a scenario, and say whether the search is over."""
        for message in self._examine(number, outcome, self._out_of_time):
            self._collector.take(message)
        collect()
        return self._collector.enough or self._out_of_time()
