"""A Scenario: everything a run is a function of, beside the code. It is what a scenario file holds."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import evolve, field, frozen

from windtunnel.model.cluster.action import Action
from windtunnel.model.cluster.shape import ClusterShape
from windtunnel.model.objects.json import Json


@frozen
class Scenario:
    """Cluster shape, starting objects, actions, sparse deviations and salt.

    deviations: point of choice -> {nth asking, from 0: answer}. Everything not listed is answered with 0.
    """

    shape: ClusterShape = ClusterShape()
    objects: tuple[Json, ...] = ()
    actions: tuple[Action, ...] = ()
    deviations: Mapping[str, Mapping[int, int]] = field(factory=dict)
    salt: str = ""

    def with_actions(self, actions: tuple[Action, ...]) -> Scenario:
        """The same scenario with other actions."""
        return evolve(self, actions=actions)
