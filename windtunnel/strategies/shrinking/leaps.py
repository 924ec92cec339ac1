"""Leaps: what the violation is about, and the last few actions before it, are often all that it takes.

Each leap that fails costs a short run; one that succeeds makes every later try short.
"""

from __future__ import annotations

from attrs import evolve

from windtunnel.model.cluster.scenario import Scenario
from windtunnel.model.objects.json import Json
from windtunnel.strategies.shrinking.actions import with_actions
from windtunnel.strategies.shrinking.trials import Trials


def leap(trials: Trials) -> None:
    """The objects that the finding names, or else all, with the last 1, 2, 4, 8, … actions and no deviation; then no
    deviation alone. O(log actions) tries."""
    for objects in (_concerned(trials), trials.scenario.objects):
        if _last_actions(trials, evolve(trials.scenario, objects=objects, deviations={})):
            return
    trials.attempt(evolve(trials.scenario, deviations={}))


def _last_actions(trials: Trials, scenario: Scenario) -> bool:
    kept = 1
    while kept < len(scenario.actions):
        if trials.attempt(with_actions(scenario, scenario.actions[-kept:])):
            return True
        kept *= 2
    return trials.attempt(scenario)


def _concerned(trials: Trials) -> tuple[Json, ...]:
    """The starting objects whose names are in the name of what the finding is about. O(objects)."""
    return tuple(
        obj for obj in trials.scenario.objects if obj["metadata"].get("name", "") in trials.subject
    )
