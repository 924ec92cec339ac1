"""A RunPlan: what is tried, on what, with which promises. Everything that is the same for all scenarios of a search."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import evolve, field, frozen

from windtunnel.invariants.promise import Promise
from windtunnel.invariants.promises import BUILT_IN as PROMISES
from windtunnel.invariants.promises.differential import same_end_without_faults
from windtunnel.model.api.kinds import BUILT_IN as KINDS
from windtunnel.model.api.kinds import KindRegistry
from windtunnel.model.cluster.action import Action
from windtunnel.model.cluster.actions.faults import FAULTS
from windtunnel.model.cluster.actions.operations import OPERATIONS
from windtunnel.model.cluster.shape import ClusterShape
from windtunnel.model.objects.json import Json
from windtunnel.model.settings import Settings


@frozen
class RunPlan:
    """The fixed part of a search; an explorer fills in the actions."""

    shape: ClusterShape = ClusterShape()
    objects: tuple[Json, ...] = ()
    promises: tuple[Promise, ...] = PROMISES
    operations: tuple[type[Action], ...] = OPERATIONS
    faults: tuple[type[Action], ...] = FAULTS
    swaps: Mapping[str, type] = field(factory=dict)
    controllers: tuple[type, ...] = ()
    kinds: KindRegistry = field(factory=lambda: KindRegistry(KINDS))
    settings: Settings = Settings()
    draws_servers: bool = False
    """Whether a swarm may draw how many API servers, controller managers and schedulers a scenario has, instead of
    those of the shape."""
    steps: int = 50
    """Actions in a scenario, at most (not counting the pauses between them)."""
    limit_events: int = 500_000
    """Events in a scenario, at most; reaching it is an outcome."""
    compare_every: int = 0
    """Every how many-th scenario with faults is also run without them, to compare their ends; 0: none, 1: each. Only
    who asks for that promise by name gets it: an operation that a fault delays can still mean something else."""

    def looking_for(self, invariant: str) -> RunPlan:
        """The plan for runs that only ask whether one promise is broken: a comparison each time, or never. O(1)."""
        return evolve(self, compare_every=int(invariant == same_end_without_faults.id))
