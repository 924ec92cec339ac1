"""What the swarm costs: `python -m benchmarks.swarm`, and a part of `make bench`.

Scenarios a second on one core, the share of that time that is the swarm's own (drawing, not running), and what two
workers gain over one process beside what two processes that know nothing of each other gain with the same scenarios.
"""

from __future__ import annotations

import multiprocessing
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.measure import wall_seconds
from windtunnel.examples import guestbook
from windtunnel.model.outcome import RunOutcome
from windtunnel.strategies.collecting import collect, rare_collections
from windtunnel.strategies.moments import rehearse
from windtunnel.strategies.plan import RunPlan
from windtunnel.strategies.running import Run
from windtunnel.strategies.search import search
from windtunnel.strategies.swarm import SwarmScenario

SCENARIOS = 60
STEPS = 50
SEED = 1


class RunMeter:
    """CPU time inside of runs, by wrapping their methods; the rest of a scenario is the swarm's own."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __enter__(self) -> RunMeter:
        self._methods = {
            name: getattr(Run, name) for name in ("__init__", "begin", "apply", "finish")
        }
        for name, method in self._methods.items():
            setattr(Run, name, self._measured(method))
        return self

    def __exit__(self, *_: object) -> None:
        for name, method in self._methods.items():
            setattr(Run, name, method)

    def _measured(self, method: Callable[..., Any]) -> Callable[..., Any]:
        def measured(*arguments: Any) -> Any:
            begin = time.process_time()
            try:
                return method(*arguments)
            finally:
                self.seconds += time.process_time() - begin

        return measured


def run_numbers(plan: RunPlan, numbers: Sequence[int]) -> None:
    """Run the scenarios of some numbers, one after the other."""
    with rare_collections():
        moments = rehearse(plan)
        for number in numbers:
            SwarmScenario(plan, moments, SEED, number).outcome()
            collect()


def bare_processes(plan: RunPlan, scenarios: int) -> None:
    """The same scenarios in two processes, every other one in each."""
    context = multiprocessing.get_context("fork")
    both = [
        context.Process(target=run_numbers, args=(plan, range(first, scenarios, 2)))
        for first in (0, 1)
    ]
    for process in both:
        process.start()
    for process in both:
        process.join()


def one_search(plan: RunPlan, workers: int, scenarios: int) -> RunOutcome:
    """A search that goes on whatever it finds."""
    return search(
        plan,
        explorer="swarm",
        workers=workers,
        scenarios=scenarios,
        seed_number=SEED,
        max_failures=scenarios,
    )


def main() -> None:
    """Measure and print."""
    scenarios = int(sys.argv[1]) if len(sys.argv) > 1 else SCENARIOS
    plan = RunPlan(objects=guestbook(), steps=STEPS)
    rehearse(plan)  # what is loaded when it is first asked for is loaded now
    begin = time.process_time()
    rehearse(plan)
    learning = time.process_time() - begin
    with RunMeter() as meter:
        begin = time.process_time()
        run_numbers(plan, range(scenarios))
        cpu = time.process_time() - begin - learning
    begin = time.process_time()
    outcome = one_search(plan, 1, scenarios)
    whole = time.process_time() - begin
    alone = wall_seconds(lambda: one_search(plan, 1, scenarios))
    shared = wall_seconds(lambda: one_search(plan, 2, scenarios))
    bare = wall_seconds(lambda: bare_processes(plan, scenarios))
    table = Table("figure", "value", title=f"Swarm (guestbook, up to {STEPS} steps, all faults)")
    rows = (
        ("scenarios a CPU second", f"{scenarios / whole:,.1f}"),
        ("events a CPU second", f"{outcome.events / whole:,.0f}"),
        ("actions a scenario, pauses among them", f"{outcome.actions / scenarios:,.1f}"),
        ("events a scenario", f"{outcome.events / scenarios:,.0f}"),
        ("rehearsal, once a search, ms", f"{learning * 1000:,.0f}"),
        ("drawing and collecting, share of the time (aim < 5 %)", f"{1 - meter.seconds / cpu:.1%}"),
        ("two workers, times as fast as one process", f"{alone / shared:,.2f}"),
        ("two bare processes, times as fast", f"{alone / bare:,.2f}"),
        ("two workers ÷ two bare processes (aim ≥ 0.9)", f"{bare / shared:,.2f}"),
    )
    for name, value in rows:
        table.add_row(name, value)
    Console().print(table)


if __name__ == "__main__":
    main()
