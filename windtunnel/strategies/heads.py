"""The head of a scenario of the swarm: shape, starting objects, deviations and salt, all by one generator.

Deviations are messages that take longer than others and caches that take things in late. They are drawn from the points
that a rehearsal heard, informers more often than the rest: anywhere, or all around what follows the first operation.
"""

from __future__ import annotations

from collections.abc import Mapping

from attrs import evolve, frozen

from windtunnel.model.cluster.action import Action
from windtunnel.model.cluster.scenario import Scenario
from windtunnel.model.cluster.shape import ClusterShape
from windtunnel.model.sim.choices import Heard
from windtunnel.strategies.alternatives import workload_objects
from windtunnel.strategies.generator import Generator, Weights
from windtunnel.strategies.mix import Mix
from windtunnel.strategies.moments import Moments
from windtunnel.strategies.plan import RunPlan

NOWHERE, ANYWHERE, AROUND_THE_FIRST_OPERATION = "nowhere", "anywhere", "around the first operation"
WHERE = (NOWHERE, NOWHERE, ANYWHERE, ANYWHERE, AROUND_THE_FIRST_OPERATION)
MOST_DEVIATIONS = 6
LATER = 40
"""Askings after the starting objects have come to rest that deviations may fall on."""
LONGEST_LAG = 8
"""So many deliveries in a row may find a cache late."""
LAG = "informer lag "
COUNTS = (1, 2, 2)
"""How many API servers, managers or schedulers there are, where there may be two."""


@frozen
class Head:
    """What a scenario begins with. opening: the operation that comes first, once the starting objects are at rest."""

    scenario: Scenario
    opening: type[Action] | None = None


def draw_head(generator: Generator, plan: RunPlan, mix: Mix, moments: Moments) -> Head:
    """The head of a scenario. O(points)."""
    shape = draw_shape(generator, plan)
    objects = plan.objects or workload_objects(generator.below)
    where = generator.one_of(WHERE)
    opening = None
    deviations: Mapping[str, Mapping[int, int]] = {}
    if where == ANYWHERE:
        begin = dict.fromkeys(moments.points, 0)
        width = {p: Heard(h.asked + LATER, h.answers) for p, h in moments.points.items()}
        deviations = _deviations(generator, begin, width)
    elif where == AROUND_THE_FIRST_OPERATION and mix.operations:
        first = generator.heavy(mix.operations)
        width = dict(moments.asked.get(first.action_name, {}))
        begin = {point: moments.points[point].asked for point in width if point in moments.points}
        deviations = _deviations(generator, begin, width)
        opening = first if deviations else None
    salt = str(generator.below(1_000)) if generator.chance(0.5) else ""
    return Head(Scenario(shape, objects, deviations=deviations, salt=salt), opening)


def draw_shape(generator: Generator, plan: RunPlan) -> ClusterShape:
    """The shape of a scenario's cluster: what the plan says, and sometimes two of some servers if it may draw them."""
    if not plan.draws_servers or generator.chance(0.5):
        return plan.shape
    apiservers, managers, schedulers = (generator.one_of(COUNTS) for _ in range(3))
    return evolve(
        plan.shape, apiservers=apiservers, controller_managers=managers, schedulers=schedulers
    )


def _deviations(
    generator: Generator, begin: Mapping[str, int], width: Mapping[str, Heard]
) -> dict[str, dict[int, int]]:
    """A few deviations in stretches of askings: from begin on, so many of them (width)."""
    points = Weights([(point, 3 if point.startswith(LAG) else 1) for point in width])
    found: dict[str, dict[int, int]] = {}
    if not points:
        return found
    for _ in range(1 + generator.below(MOST_DEVIATIONS)):
        point = generator.heavy(points)
        asked, answers = width[point]
        first = begin.get(point, 0) + generator.below(asked)
        times = 1 + generator.below(LONGEST_LAG) if point.startswith(LAG) else 1
        for nth in range(first, first + times):
            found.setdefault(point, {})[nth] = 1 + generator.below(max(1, answers - 1))
    return found
