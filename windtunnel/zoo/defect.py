"""A planted defect as a value, and what its scenario is made of: a short way to show it."""

from __future__ import annotations

import json
from importlib import import_module

from attrs import frozen

from windtunnel.model.cluster.action import Action
from windtunnel.model.cluster.actions.faults import Partition
from windtunnel.model.cluster.actions.time import Advance, HealFault, Settle
from windtunnel.model.cluster.scenario import Scenario
from windtunnel.model.cluster.shape import ClusterShape
from windtunnel.model.objects.json import Json
from windtunnel.zoo.requests import Patch

A_WHILE = Advance(2_000)
CUT_OFF = Partition("apiserver-0", "controller-manager-0")


@frozen
class PlantedDefect:
    """One defect: the class in `place` (a module of windtunnel.zoo.planted, and a name in it) plays `role`."""

    id: str
    role: str
    place: str
    promise: str
    about: str
    scenario: Scenario

    @property
    def cls(self) -> type:
        """The class. Imports its module."""
        module, _, name = self.place.partition(":")
        found: type = getattr(import_module(f"windtunnel.zoo.planted.{module}"), name)
        return found


def scenario(
    objects: tuple[Json, ...],
    *actions: Action,
    nodes: int = 1,
    namespaces: tuple[str, ...] = (),
    managers: int = 1,
) -> Scenario:
    """These objects, a while for them to come up, the actions, and a while for what follows."""
    shape = ClusterShape(nodes, namespaces, controller_managers=managers)
    return Scenario(shape, objects, (A_WHILE, *actions, A_WHILE))


def patch(target: str, **body: object) -> Patch:
    """A merge patch by the user."""
    return Patch(target, json.dumps(body))


def back_after(fault: Action, *meanwhile: Action) -> tuple[Action, ...]:
    """A fault, what happens meanwhile, its end, and rest."""
    return (fault, *meanwhile, HealFault(str(fault)), Settle())
