"""Less time: waits that follow each other become one, long ones become a rest, and the others as short as will do."""

from __future__ import annotations

from attrs import evolve

from windtunnel.model.cluster.action import Action
from windtunnel.model.cluster.actions.time import STEPS_MS, Advance, Settle
from windtunnel.strategies.shrinking.arguments import replaced
from windtunnel.strategies.shrinking.trials import Trials

LONG_MS = 2_000


def less_time(trials: Trials) -> None:
    """Merge, replace and shorten waits. O(waits * values) tries."""
    _merge(trials)
    number = 0
    while number < len(trials.scenario.actions):
        _shorten(trials, number)
        number += 1


def _merge(trials: Trials) -> None:
    number = 1
    while number < len(trials.scenario.actions):
        before, after = trials.scenario.actions[number - 1 : number + 1]
        if isinstance(before, Advance) and isinstance(after, Advance):
            merged: list[Action] = [Advance(before.duration_ms + after.duration_ms)]
            actions = trials.scenario.actions
            rest = (*actions[: number - 1], *merged, *actions[number + 1 :])
            if trials.attempt(evolve(trials.scenario, actions=rest)):
                continue
        number += 1


def _shorten(trials: Trials, number: int) -> None:
    wait = trials.scenario.actions[number]
    if not isinstance(wait, Advance):
        return
    shorter: list[Action] = [Advance(ms) for ms in STEPS_MS if ms < wait.duration_ms]
    if wait.duration_ms >= LONG_MS:
        shorter.insert(0, Settle())
    for each in shorter:
        if trials.attempt(replaced(trials.scenario, number, each)):
            return
