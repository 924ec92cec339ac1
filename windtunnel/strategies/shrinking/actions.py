"""Fewer actions: whole sorts and kinds at once, then pieces, then single ones, then pairs that only go together."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from attrs import evolve

from windtunnel.model.cluster.action import FAULT, OPERATION, TIME, Action
from windtunnel.model.cluster.actions.time import HealFault
from windtunnel.model.cluster.scenario import Scenario
from windtunnel.strategies.shrinking.chunks import fewer
from windtunnel.strategies.shrinking.trials import Trials

FEW = 6
"""Up to so many actions every pair is tried, above it pairs that have a name in common."""


def whole_sorts(trials: Trials) -> None:
    """Leave out all faults, all operations, all waits, or everything that ends a fault. Four tries."""
    for sort in (FAULT, OPERATION, TIME):
        _without(trials, lambda action, sort=sort: action.action_sort == sort)  # type: ignore[misc]
    _without(trials, lambda action: isinstance(action, HealFault))


def whole_kinds(trials: Trials) -> None:
    """Leave out everything of a kind, the most frequent kinds first. O(kinds) tries."""
    counts: dict[str, int] = {}
    for action in trials.scenario.actions:
        counts[action.action_name] = counts.get(action.action_name, 0) + 1
    for name in sorted(counts, key=lambda name: -counts[name]):
        if counts[name] > 1:
            _without(trials, lambda action, name=name: action.action_name == name)  # type: ignore[misc]


def pieces(trials: Trials) -> None:
    """Leave out ever smaller stretches. O(n log n) tries."""
    half = len(trials.scenario.actions) // 2
    fewer(trials, _actions, with_actions, half)


def single_actions(trials: Trials) -> None:
    """Leave out single actions. O(n) tries."""
    fewer(trials, _actions, with_actions, 1)


def pairs(trials: Trials) -> bool:
    """Leave out two actions where neither can go alone, such as one that makes what the other needs. O(n²) tries."""
    actions = trials.scenario.actions
    return any(
        trials.attempt(
            with_actions(trials.scenario, [a for k, a in enumerate(actions) if k not in (i, j)])
        )
        for i in range(len(actions))
        for j in range(i + 1, len(actions))
        if len(actions) <= FEW or _names(actions[i]) & _names(actions[j])
    )


def _without(trials: Trials, leaves: Callable[[Action], bool]) -> None:
    kept = [action for action in trials.scenario.actions if not leaves(action)]
    if len(kept) < len(trials.scenario.actions):
        trials.attempt(with_actions(trials.scenario, kept))


def with_actions(scenario: Scenario, actions: Sequence[Action]) -> Scenario:
    """The scenario with these actions only. What ends a fault that is not there goes with it. O(actions)."""
    begun: dict[str, None] = {}
    kept = []
    for action in actions:
        if isinstance(action, HealFault) and action.fault not in begun:
            continue
        if action.action_sort == FAULT:
            begun[str(action)] = None
        kept.append(action)
    return evolve(scenario, actions=tuple(kept))


def _names(action: Action) -> set[str]:
    return {value for value in action.parameters().values() if isinstance(value, str) and value}


def _actions(scenario: Scenario) -> Sequence[Action]:
    return scenario.actions
