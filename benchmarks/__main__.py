"""Prints every figure of the project from one run."""

from __future__ import annotations

import platform
import time
from collections import defaultdict
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test
from rich.console import Console
from rich.table import Table

from benchmarks.hours import day_to_hour, hours_a_second
from benchmarks.measure import (
    pod_deletion_seconds,
    scale_up_seconds,
    scheduling_seconds,
    wall_seconds,
)
from windtunnel.examples import guestbook
from windtunnel.model.cluster.action import Action
from windtunnel.model.cluster.cluster import Cluster
from windtunnel.strategies.collecting import rare_collections
from windtunnel.strategies.plan import RunPlan
from windtunnel.strategies.search import Tally, search

SCENARIOS = 40
STEPS = 50


class EmptyMachine(RuleBasedStateMachine):
    """Rules like those of the real machine that do nothing: what Hypothesis itself costs."""

    picks = st.integers(0, 2**12 - 1)

    @rule(which=picks, pick=picks)
    def operate(self, which: int, pick: int) -> None:
        """Nothing."""

    @rule(which=picks, pick=picks)
    def break_something(self, which: int, pick: int) -> None:
        """Nothing."""

    @rule(which=picks, pick=picks)
    def disturb(self, which: int, pick: int) -> None:
        """Nothing."""

    @rule(pick=picks)
    def heal(self, pick: int) -> None:
        """Nothing."""

    @rule(duration_ms=st.sampled_from((2, 20, 200)))
    def pass_time(self, duration_ms: int) -> None:
        """Nothing."""

    @rule()
    def settle(self) -> None:
        """Nothing."""


class ActionMeter:
    """Wall time and events by type of action, by wrapping Cluster.apply."""

    def __init__(self) -> None:
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self.events: defaultdict[str, int] = defaultdict(int)
        self.times: defaultdict[str, int] = defaultdict(int)

    def wrap(self, apply: Callable[[Cluster, Action], None]) -> Callable[[Cluster, Action], None]:
        """Apply, with the clock running."""

        def measured(cluster: Cluster, action: Action) -> None:
            begin, step = time.perf_counter(), cluster.loop.step
            try:
                apply(cluster, action)
            finally:
                name = action.action_name
                self.seconds[name] += time.perf_counter() - begin
                self.events[name] += cluster.loop.step - step
                self.times[name] += 1

        return measured


def main() -> None:
    """Measure and print."""
    console = Console()
    console.print(
        f"windtunnel benchmarks, Python {platform.python_version()}, {platform.machine()}"
    )
    meter = ActionMeter()
    original = Cluster.apply
    Cluster.apply = meter.wrap(original)  # type: ignore[assignment, method-assign]
    plan = RunPlan(objects=guestbook(), steps=STEPS)
    begin = time.perf_counter()
    outcome = search(plan, scenarios=SCENARIOS, on_progress=_dot(console))
    seconds = time.perf_counter() - begin
    Cluster.apply = original  # type: ignore[method-assign]
    console.print()
    console.print(_actions(meter))
    console.print(_totals(outcome, seconds))


def _dot(console: Console) -> Callable[[Tally], None]:
    return lambda _: console.print(".", end="")


def _actions(meter: ActionMeter) -> Table:
    table = Table(
        "action", "times", "µs each", "events each", title="Actions (guestbook, all faults)"
    )
    for name in sorted(meter.times):
        times = meter.times[name]
        each = meter.seconds[name] / times * 1e6
        table.add_row(name, str(times), f"{each:,.0f}", f"{meter.events[name] / times:,.1f}")
    return table


def _totals(outcome: Any, seconds: float) -> Table:
    options = settings(
        max_examples=SCENARIOS,
        stateful_step_count=STEPS,
        phases=(Phase.generate,),
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    empty = wall_seconds(lambda: run_state_machine_as_test(EmptyMachine, settings=options))
    with rare_collections():
        small, large = pod_deletion_seconds((10, 10_000), 10)
        few, many = scheduling_seconds((10, 5_000))
        scaling = scale_up_seconds()
        day = day_to_hour(1_000)
        quick, slow = hours_a_second(10, 24), hours_a_second(1_000, 8)
    table = Table("figure", "value", title="Totals")
    rows = (
        ("scenarios a second under Hypothesis", f"{outcome.scenarios / seconds:,.2f}"),
        ("events a second under Hypothesis", f"{outcome.events / seconds:,.0f}"),
        ("actions a scenario", f"{outcome.actions / outcome.scenarios:,.1f}"),
        ("the same machine with empty rules, scenarios a second", f"{SCENARIOS / empty:,.1f}"),
        ("one pod deletion at 10 pods, ms", f"{small * 1000:,.2f}"),
        ("one pod deletion at 10,000 pods, ms", f"{large * 1000:,.2f}"),
        ("one pod deletion, 10,000 ÷ 10 pods (aim ≤ 1.5)", f"{large / small:,.2f}"),
        ("scheduling one pod at 10 nodes, ms", f"{few.warm_seconds * 1000:,.2f}"),
        ("scheduling one pod at 5,000 nodes, ms", f"{many.warm_seconds * 1000:,.2f}"),
        (
            "scheduling one pod, 5,000 ÷ 10 nodes (aim ≤ 3)",
            f"{many.warm_seconds / few.warm_seconds:,.2f}",
        ),
        (
            "scheduling the first pod of its sort, 5,000 ÷ 10 nodes (aim ≤ 3)",
            f"{many.first_seconds / few.first_seconds:,.2f}",
        ),
        (
            "replication controller 0→200 until all bound, ms (aim ≤ 60)",
            f"{scaling * 1000:,.0f}",
        ),
        ("24 idle hours ÷ 1 idle hour at 1,000 pods, start included (aim ≤ 1.2)", f"{day:,.2f}"),
        ("virtual hours a CPU second, 10 pods, a fault an hour (aim ≥ 50)", f"{quick:,.0f}"),
        ("virtual hours a CPU second, 1,000 pods, a fault an hour (aim ≥ 5)", f"{slow:,.1f}"),
    )
    for name, value in rows:
        table.add_row(name, value)
    return table


if __name__ == "__main__":
    main()
