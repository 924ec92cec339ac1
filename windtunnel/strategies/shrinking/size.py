"""How large a scenario is: in numbers for people, and as a weight that every step of the shrinking lowers.

The weight is a tuple, compared from its beginning: one action less is worth any number of milliseconds.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TypeGuard

import attrs
from attrs import frozen

from windtunnel.model.cluster.action import FAULT, Action
from windtunnel.model.cluster.actions.time import Advance
from windtunnel.model.cluster.scenario import Scenario
from windtunnel.model.cluster.shape import ClusterShape
from windtunnel.model.objects.json import Json

NUMBER = re.compile(r"#(\d+)$")
"""Which of the pods of an owner a target names."""
NODE = re.compile(r"(?<![\w-])((?:kubelet-)?node-)(\d+)(?![\w-])")
"""A node, or the process of its kubelet, in any text."""


@frozen
class Size:
    """What people count of a scenario."""

    actions: int
    faults: int
    nodes: int
    objects: int
    deviations: int


def size_of(scenario: Scenario) -> Size:
    """Count a scenario. O(size)."""
    return Size(
        actions=len(scenario.actions),
        faults=sum(action.action_sort == FAULT for action in scenario.actions),
        nodes=scenario.shape.nodes,
        objects=len(scenario.objects),
        deviations=_deviations(scenario),
    )


def weight_of(scenario: Scenario) -> tuple[int, ...]:
    """What is compared: things first, then their numbers, then time. O(size)."""
    arguments = [_arguments(action) for action in scenario.actions]
    return (
        len(scenario.actions),
        _deviations(scenario),
        len(scenario.objects),
        len(scenario.shape.namespaces) + sum(value for _, value in numbers_of(scenario.shape)),
        sum(replicas_of(each) or 0 for each in scenario.objects),
        sum(other for other, _, _ in arguments),
        sum(number for _, number, _ in arguments),
        sum(node for _, _, node in arguments),
        sum(a.duration_ms for a in scenario.actions if isinstance(a, Advance)),
        sum(answer for answers in scenario.deviations.values() for answer in answers.values()),
    )


def numbers_of(shape: ClusterShape) -> list[tuple[str, int]]:
    """The fields of a shape that count something, in their order: nodes, servers. O(fields)."""
    found = [(field.name, getattr(shape, field.name)) for field in attrs.fields(ClusterShape)]
    return [(name, value) for name, value in found if is_number(value)]


def replicas_of(obj: Json) -> int | None:
    """The replicas that an object asks for; 1 where it leaves them out and makes pods; None where it makes none."""
    spec = obj.get("spec")
    if not isinstance(spec, dict) or "template" not in spec:
        return None
    replicas = spec.get("replicas", 1)
    return replicas if is_number(replicas) else None


def is_number(value: object) -> TypeGuard[int]:
    """Whether a value counts something: a whole number that is no truth value."""
    return isinstance(value, int) and not isinstance(value, bool)


def default_of(field: attrs.Attribute[object]) -> object:
    """What a field is when nobody says; attrs.NOTHING where it must be said. O(1)."""
    return attrs.NOTHING if isinstance(field.default, attrs.Factory) else field.default  # type: ignore[arg-type]


def _deviations(scenario: Scenario) -> int:
    return sum(len(answers) for answers in scenario.deviations.values())


def _arguments(action: Action) -> tuple[int, int, int]:
    """Arguments that are not their defaults, numbers, and the numbers of nodes, of one action."""
    if isinstance(action, Advance):
        return 0, 0, 0
    other = number = node = 0
    for field, value in fields_of(action):
        other += value != default_of(field)
        if is_number(value):
            number += value
        elif isinstance(value, str):
            number += sum(int(found) for found in NUMBER.findall(value))
            node += sum(int(found) for _, found in NODE.findall(value))
    return other, number, node


def fields_of(action: Action) -> Iterator[tuple[attrs.Attribute[object], object]]:
    """The fields of an action with their values, in order. O(fields)."""
    for field in attrs.fields(type(action)):  # type: ignore[arg-type]
        yield field, getattr(action, field.name)
