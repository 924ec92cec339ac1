"""Smaller arguments of actions: numbers towards their least, texts to their defaults, pods to their owner's first."""

from __future__ import annotations

import attrs
from attrs import evolve

from windtunnel.model.cluster.action import Action
from windtunnel.model.cluster.actions.time import Advance, HealFault
from windtunnel.model.cluster.scenario import Scenario
from windtunnel.strategies.shrinking.chunks import least
from windtunnel.strategies.shrinking.size import NUMBER, default_of, fields_of, is_number
from windtunnel.strategies.shrinking.trials import Trials


def smaller_arguments(trials: Trials) -> None:
    """Try smaller values for each argument of each action. O(actions * arguments) tries."""
    number = 0
    while number < len(trials.scenario.actions):
        action = trials.scenario.actions[number]
        for name in action.parameters():
            _smaller_argument(trials, number, name)
        number += 1


def _smaller_argument(trials: Trials, number: int, name: str) -> None:
    if number >= len(trials.scenario.actions):
        # A try has left out what came after the violation.
        return
    action = trials.scenario.actions[number]
    if isinstance(action, Advance | HealFault):
        return
    field, value = next(each for each in fields_of(action) if each[0].name == name)

    def attempt(smaller: object) -> bool:
        try:
            changed: Action = evolve(action, **{name: smaller})  # type: ignore[misc]
        except (TypeError, ValueError):
            return False
        return trials.attempt(replaced(trials.scenario, number, changed))

    default = default_of(field)
    if default not in (attrs.NOTHING, value) and attempt(default):
        return
    if is_number(value):
        least(value, attempt)
    elif isinstance(value, str):
        found = NUMBER.search(value)
        if found is not None and int(found[1]) > 1:
            attempt(f"{value[: found.start()]}#1")


def replaced(scenario: Scenario, number: int, action: Action) -> Scenario:
    """The scenario with another action in the place of one; what ends a fault names it as it is now. O(actions)."""
    before = str(scenario.actions[number])
    actions = [
        HealFault(str(action)) if isinstance(each, HealFault) and each.fault == before else each
        for each in scenario.actions
    ]
    actions[number] = action
    return evolve(scenario, actions=tuple(actions))
