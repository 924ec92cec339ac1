"""Fewer starting objects, fewer nodes and servers, fewer replicas."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import orjson
from attrs import evolve

from windtunnel.model.cluster.action import Action
from windtunnel.model.cluster.scenario import Scenario
from windtunnel.model.objects.json import Json
from windtunnel.strategies.shrinking.chunks import fewer, least
from windtunnel.strategies.shrinking.size import NODE, numbers_of, replicas_of
from windtunnel.strategies.shrinking.trials import Trials


def unnamed_objects(trials: Trials) -> None:
    """Leave out all objects that no action names, at once. One try."""
    words = [
        str(value) for action in trials.scenario.actions for value in action.parameters().values()
    ]
    kept = [
        obj
        for obj in trials.scenario.objects
        if any(obj.get("metadata", {}).get("name", "") in word for word in words)
    ]
    if len(kept) < len(trials.scenario.objects):
        trials.attempt(evolve(trials.scenario, objects=tuple(kept)))


def fewer_objects(trials: Trials) -> None:
    """Leave out objects, and with each the actions that need it. O(n log n) tries."""
    fewer(trials, _objects, _with_objects)


def single_objects(trials: Trials) -> None:
    """Leave out single objects. O(n) tries."""
    fewer(trials, _objects, _with_objects, 1)


def smaller_shape(trials: Trials) -> None:
    """As few nodes, servers and namespaces as will do. O(fields * log values) tries."""
    trials.attempt(lowest_nodes(trials.scenario))
    for name, value in numbers_of(trials.scenario.shape):
        least(value, lambda number, name=name: _try_shape(trials, name, number))  # type: ignore[misc]
    fewer(
        trials,
        lambda scenario: scenario.shape.namespaces,
        lambda scenario, names: evolve(
            scenario, shape=evolve(scenario.shape, namespaces=tuple(names))
        ),
    )


def fewer_replicas(trials: Trials) -> None:
    """As few replicas of each starting object as will do. O(objects * log values) tries."""
    for number, obj in enumerate(trials.scenario.objects):
        least(replicas_of(obj) or 0, lambda n, number=number: _try_replicas(trials, number, n))  # type: ignore[misc]


def _try_shape(trials: Trials, name: str, number: int) -> bool:
    try:
        changed: dict[str, Any] = {name: number}
        shape = evolve(trials.scenario.shape, **changed)
    except ValueError:
        # Below what the field allows.
        return False
    return trials.attempt(evolve(trials.scenario, shape=shape))


def _try_replicas(trials: Trials, number: int, replicas: int) -> bool:
    objects = list(trials.scenario.objects)
    obj: Json = objects[number]
    objects[number] = {**obj, "spec": {**obj["spec"], "replicas": replicas}}
    return trials.attempt(evolve(trials.scenario, objects=tuple(objects)))


def _objects(scenario: Scenario) -> Sequence[Json]:
    return scenario.objects


def _with_objects(scenario: Scenario, objects: Sequence[Json]) -> Scenario:
    return evolve(scenario, objects=tuple(objects))


def lowest_nodes(scenario: Scenario) -> Scenario:
    """The scenario with the nodes that it names called node-1, node-2 and so on, so that the others can go. O(size)."""
    used: dict[int, None] = {}
    for action in scenario.actions:
        for value in action.parameters().values():
            if isinstance(value, str):
                used.update((int(number), None) for _, number in NODE.findall(value))
    own = sorted(number for number in used if 1 <= number <= scenario.shape.nodes)
    renamed = {old: new for new, old in enumerate(own, 1)}

    def rename(text: str) -> str:
        return NODE.sub(lambda m: f"{m[1]}{renamed.get(int(m[2]), int(m[2]))}", text)

    objects = orjson.loads(rename(orjson.dumps(scenario.objects).decode()))
    return evolve(
        scenario,
        objects=tuple(objects),
        actions=tuple(_renamed(action, rename) for action in scenario.actions),
        deviations={rename(point): answers for point, answers in scenario.deviations.items()},
    )


def _renamed(action: Action, rename: Callable[[str], str]) -> Action:
    changed = {
        name: rename(value) for name, value in action.parameters().items() if isinstance(value, str)
    }
    made: Action = evolve(action, **changed)  # type: ignore[misc]
    return made
