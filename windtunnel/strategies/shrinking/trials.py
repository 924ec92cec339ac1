"""Tries: does a lighter scenario still break the promise? The lightest that does is kept, whatever was tried is known.

A try runs the scenario as every run does, all promises judged, and ends at once when the promise in question breaks.
What turns out not to matter on the way goes for nothing: actions that did not apply, or would have come after the
violation, and deviations that were never asked for.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

import orjson
from attrs import evolve, frozen

from windtunnel.invariants.running import Found
from windtunnel.model.cluster.scenario import Scenario
from windtunnel.strategies.collecting import collect
from windtunnel.strategies.plan import RunPlan
from windtunnel.strategies.running import Run
from windtunnel.strategies.shrinking.size import weight_of

COLLECT_EVERY = 8
"""Runs between two collections of the clusters that are over."""
LONGER, LONGER_BY = 1.5, 1_500
"""A try may take so many times the events of the lightest so far, and so many more: what takes longer is no help."""

_WORD = re.compile(r"[A-Za-z][A-Za-z.-]*")


@frozen
class Broken:
    """A scenario that broke the promise, without what did not matter; subject: what for; events: until then."""

    scenario: Scenario
    subject: str
    events: int


def sort_of(subject: str) -> str:
    """What sort of thing a finding is about: its first word, without the numbers of names. O(1)."""
    word = _WORD.match(subject)
    return word[0].lower().rstrip("-.") if word else ""


class Trials:
    """Owns the lightest scenario so far, the memory of what was tried, and the count of runs."""

    def __init__(
        self,
        plan: RunPlan,
        invariant: str,
        first: Broken,
        limit_runs: int,
        out_of_time: Callable[[], bool] = lambda: False,
        on_try: Callable[[Trials], None] = lambda trials: None,
    ) -> None:
        self.plan = plan
        self.invariant = invariant
        self.limit_runs = limit_runs
        self.runs = 0
        self.strict = True
        """Whether the finding must be about the same sort of thing as the first one."""
        self.cut_short = False
        """Whether something was left untried because no more scenarios may be run."""
        self._out_of_time = out_of_time
        self._on_try = on_try
        self._known: dict[bytes, Broken | None] = {}
        self._keep(first)

    @property
    def scenario(self) -> Scenario:
        """The lightest scenario so far that breaks the promise."""
        return self._best.scenario

    @property
    def subject(self) -> str:
        """What the promise broke for in it."""
        return self._best.subject

    @property
    def weight(self) -> tuple[int, ...]:
        """Its weight."""
        return self._weight

    def attempt(self, scenario: Scenario) -> bool:
        """Keep a scenario if it is lighter and breaks the promise, and say whether. A run, unless it is known."""
        if weight_of(scenario) >= self._weight:
            return False
        key = _key(scenario)
        if key not in self._known:
            if self.runs >= self.limit_runs or self._out_of_time():
                self.cut_short = True
                return False
            self._known[key] = self._run(scenario)
        broken = self._known[key]
        if broken is None or (self.strict and sort_of(broken.subject) != sort_of(self.subject)):
            return False
        self._keep(broken)
        return True

    def _keep(self, broken: Broken) -> None:
        self._best = broken
        self._weight = weight_of(broken.scenario)

    def _run(self, scenario: Scenario) -> Broken | None:
        self.runs += 1
        self._on_try(self)
        if self.runs % COLLECT_EVERY == 0:
            collect()
        most = min(self.plan.limit_events, int(self._best.events * LONGER) + LONGER_BY)
        try:
            return run_until_broken(scenario, self.plan, self.invariant, most)
        except Exception:  # noqa: BLE001 - code of one's own that cannot take this scenario: it is no smaller finding
            return None


def run_until_broken(
    scenario: Scenario, plan: RunPlan, invariant: str, limit_events: int
) -> Broken | None:
    """Run a scenario until it breaks the promise; None where it does not. O(the run)."""
    run = Run(plan, evolve(scenario, actions=()))
    loop = run.cluster.loop
    loop.limit_steps = limit_events
    subjects: list[str] = []

    def found(each: Found) -> None:
        run.broken(each)
        if each.promise.id == invariant and not subjects:
            subjects.append(each.violation.object)
            # The loop runs no further event.
            loop.limit_steps = 0

    run.monitor.on_found = found
    run.begin()
    for action in scenario.actions:
        if run.over:
            break
        run.apply(action)
    unasked = run.cluster.choices.deviations
    run.complete()
    if not subjects:
        return None
    lighter = evolve(run.scenario, deviations=_without(scenario.deviations, unasked))
    return Broken(lighter, subjects[0], loop.step)


def _without(
    deviations: Mapping[str, Mapping[int, int]], unasked: Mapping[str, Mapping[int, int]]
) -> dict[str, dict[int, int]]:
    left = {
        point: {nth: answer for nth, answer in answers.items() if nth not in unasked.get(point, ())}
        for point, answers in deviations.items()
    }
    return {point: answers for point, answers in left.items() if answers}


def _key(scenario: Scenario) -> bytes:
    """A scenario in its canonical form. O(size)."""
    return orjson.dumps(
        [
            repr(scenario.shape),
            scenario.objects,
            [str(action) for action in scenario.actions],
            {point: sorted(answers.items()) for point, answers in scenario.deviations.items()},
        ],
        option=orjson.OPT_SORT_KEYS,
    )
