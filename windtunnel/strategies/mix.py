"""The mix of one scenario: which operations and faults it has at all, how often each, and in what rhythm.

A scenario that does a little of everything finds less than many that each do a few things a lot: what one action
builds up another takes away. So each scenario leaves most of what there is out, by chance, and weights the rest by
chance. It may be in a hurry or wait until things have come to rest, may have no fault at all, and may have a habit:
the same place in the list of choices again and again, and so the same node or pod.
"""

from __future__ import annotations

from collections.abc import Iterable

from attrs import frozen

from windtunnel.model.cluster.action import Action
from windtunnel.model.cluster.actions.faults import ContainerCrash, ProbeFlip
from windtunnel.model.cluster.actions.operations import Apply
from windtunnel.model.cluster.actions.time import STEPS_MS
from windtunnel.strategies.generator import Generator, Weights
from windtunnel.strategies.plan import RunPlan

OPERATE, PUT_BACK, BREAK, DISTURB, HEAL, SETTLE = (
    "operate",
    "put back",
    "break",
    "disturb",
    "heal",
    "settle",
)
DISTURBANCES: tuple[type[Action], ...] = (ContainerCrash, ProbeFlip)
"""Faults of a single container: mild, and always at hand."""
SHARES_OF_OPERATIONS = (0.2, 0.5, 1.0)
SHARES_OF_FAULTS = (0.0, 0.1, 0.1, 0.25, 0.25, 0.5, 1.0)
WEIGHTS = (1, 1, 2, 4, 8)
AIMS = (0.0, 0.3, 0.8)
HABITS = (0.0, 0.0, 0.5, 0.9)
LENGTHS = (0.2, 0.4, 0.7, 1.0)
AT_REST = -1
"""A pause until the cluster has come to rest."""
RHYTHMS: tuple[tuple[tuple[int, float], ...], ...] = (
    ((0, 6), (2, 2), (20, 1), (200, 1)),
    ((0, 3), *((step_ms, 1) for step_ms in STEPS_MS)),
    ((0, 2), (20, 1), (2_000, 2), (20_000, 1), (AT_REST, 4)),
)
"""In a hurry, anyhow, and patient: pauses after an action in milliseconds, with weights."""


@frozen
class Mix:
    """What one scenario is made of."""

    groups: Weights[str]
    operations: Weights[type[Action]]
    breaks: Weights[type[Action]]
    disturbances: Weights[type[Action]]
    faults: tuple[type[Action], ...]
    pauses: Weights[int]
    length: int
    """Actions at most, not counting pauses."""
    aim: float
    """How often an operation or a fault is aimed at a moment that matters."""
    heal_soon: float
    """How often a fault that was aimed is healed before anything else is done."""
    habit: float
    """How often a choice falls on the same place of its list as always."""
    place: float
    """The place of the habit, from 0 to 1."""


def draw_mix(generator: Generator, plan: RunPlan) -> Mix:
    """The mix of a scenario. O(operations + faults)."""
    operations = [each for each in plan.operations if each is not Apply]
    chosen = _subset(generator, operations, generator.one_of(SHARES_OF_OPERATIONS))
    faults = _subset(generator, plan.faults, generator.one_of(SHARES_OF_FAULTS))
    breaks = [fault for fault in faults if fault not in DISTURBANCES]
    disturbances = [fault for fault in faults if fault in DISTURBANCES]
    groups = (
        (OPERATE, generator.one_of((2, 4, 8)) if chosen else 0),
        (PUT_BACK, generator.one_of((1, 1, 3)) if Apply in plan.operations else 0),
        (BREAK, generator.one_of((1, 3, 6)) if breaks else 0),
        (DISTURB, generator.one_of((1, 2)) if disturbances else 0),
        (HEAL, generator.one_of((1, 2, 4)) if faults else 0),
        (SETTLE, generator.one_of((1, 2))),
    )
    return Mix(
        groups=Weights(groups),
        operations=_weighted(generator, chosen),
        breaks=_weighted(generator, breaks),
        disturbances=_weighted(generator, disturbances),
        faults=tuple(faults),
        pauses=Weights(generator.one_of(RHYTHMS)),
        length=max(1, round(plan.steps * generator.one_of(LENGTHS))),
        aim=generator.one_of(AIMS),
        heal_soon=generator.one_of((0.2, 0.7)),
        habit=generator.one_of(HABITS),
        place=generator.share(),
    )


def _subset(
    generator: Generator, classes: Iterable[type[Action]], share: float
) -> list[type[Action]]:
    """Some of the classes; at least one, unless there is to be none."""
    every = list(classes)
    if not every or not share:
        return []
    return generator.some_of(every, share) or [generator.one_of(every)]


def _weighted(generator: Generator, classes: Iterable[type[Action]]) -> Weights[type[Action]]:
    return Weights([(each, generator.one_of(WEIGHTS)) for each in classes])
