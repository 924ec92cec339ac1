"""The fair twin of a run: the same scenario without its faults and deviations, and how it ends.

It is judged by nobody. It ends when it has come to rest and everything has had its time, as nodes that were removed
leave pods behind for a while.
"""

from __future__ import annotations

from attrs import evolve

from windtunnel.invariants.meaning.ends import End, end_of
from windtunnel.model.cluster.action import FAULT, Action
from windtunnel.model.cluster.actions.time import HealFault
from windtunnel.model.cluster.cluster import Cluster
from windtunnel.model.cluster.scenario import Scenario
from windtunnel.model.sim.loop import EventLimit

LIMIT_MS = 1_800_000
ENOUGH_MS = 700_000
"""How long everything has time that happens by itself at rest, of which tolerations of up to ten minutes are the
longest."""


def has_faults(scenario: Scenario) -> bool:
    """Whether a scenario differs from its fair twin. O(actions)."""
    return bool(scenario.deviations) or any(map(_is_unfair, scenario.actions))


def fair_twin(scenario: Scenario) -> Scenario:
    """The same operations at the same moments, and no faults. O(actions)."""
    actions = tuple(action for action in scenario.actions if not _is_unfair(action))
    return evolve(scenario, actions=actions, deviations={})


def rest_of(cluster: Cluster) -> End | None:
    """Let a cluster without faults come to its end; None where it does not. O(its events)."""
    try:
        if not cluster.settle(LIMIT_MS).settled:
            return None
        cluster.run_for(ENOUGH_MS)
        if not cluster.settle(LIMIT_MS).settled:
            return None
    except EventLimit:
        return None
    return end_of(lambda resource: cluster.store.range(resource)[0])


def _is_unfair(action: Action) -> bool:
    return action.action_sort == FAULT or isinstance(action, HealFault)
