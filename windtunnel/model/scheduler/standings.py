"""Standings: how all nodes stand for pods that look the same to every plugin, kept from one attempt to the next.

Where each verdict and each score depends only on the pod and on the node it is about, a node's result holds until the
node changes. So the nodes are kept in order, and an attempt looks at those that changed since the last one for such a
pod, instead of at all. What is scaled over all nodes together is worked out by trait: equal nodes have equal traits,
and there are few different ones. The result is the same as that of asking every node, which a test compares.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any

from sortedcontainers import SortedList

from windtunnel.model.scheduler.framework import Rejection
from windtunnel.model.scheduler.node_info import NodeInfo, PodInfo
from windtunnel.model.scheduler.snapshot import Snapshot

Traits = tuple[Hashable, ...]
Tally = Mapping[Hashable, int]
FilterCall = Callable[[Any, PodInfo, NodeInfo], Rejection | None]


class Ranking:
    """A score whose values are scaled over all nodes: how to get a node's trait, and what each trait is worth."""

    __slots__ = ("rank", "state", "trait", "weight")

    def __init__(
        self,
        state: Any,
        weight: int,
        trait: Callable[[Any, PodInfo, NodeInfo], Hashable],
        rank: Callable[[Any, Tally, Tally], Mapping[Any, int]],
    ) -> None:
        self.state = state
        self.weight = weight
        self.trait = trait
        self.rank = rank


class _Entry:
    """Where a node stands."""

    __slots__ = ("points", "rejection", "traits")

    def __init__(self, rejection: Rejection | None, points: int, traits: Traits) -> None:
        self.rejection = rejection
        self.points = points
        self.traits = traits


class Standings:
    """Owns the order of the nodes for one signature of pods.

    filters are (filter, state), scores (score, state, weight) of which the values add up, rankings the others.
    """

    def __init__(
        self,
        pod: PodInfo,
        filters: Sequence[tuple[FilterCall, Any]],
        scores: Sequence[tuple[Callable[[Any, PodInfo, NodeInfo], int], Any, int]],
        rankings: Sequence[Ranking],
    ) -> None:
        self._pod = pod
        self._filters = tuple(filters)
        self._scores = tuple(scores)
        self._rankings = tuple(rankings)
        self._position = -1
        self._entries: dict[str, _Entry] = {}
        self._everywhere: dict[Traits, int] = {}
        # Points are sums of a few scores of 0..100, so there are few different ones, and max() finds the best.
        self._order: dict[Traits, dict[int, SortedList[str]]] = {}
        self._feasible: dict[Traits, int] = {}

    def update(self, snapshot: Snapshot) -> None:
        """Take in what changed since the last time. O((changed nodes) * (plugins + log n)), O(nodes) at first."""
        changes = snapshot.changes_since(self._position) if self._position >= 0 else None
        if changes is None:
            self._judge_all(snapshot)
        elif len(changes) == 1:
            self._take_in(*changes[0])
        else:
            for name, info in dict(changes).items():
                self._take_in(name, info)
        self._position = snapshot.position

    @property
    def rejections(self) -> dict[str, Rejection]:
        """Why which node does not take such a pod. O(nodes)."""
        return {
            name: entry.rejection
            for name, entry in self._entries.items()
            if entry.rejection is not None
        }

    def best(self, choose: Callable[[int], int]) -> str | None:
        """The name of the node with the highest total; of equals the one that choose falls on, by name. O(traits)."""
        orders = self._order
        if not orders:
            return None
        extra = self._worth() if len(orders) > 1 else {}
        highest = -1
        equals: list[SortedList[str]] = []
        for traits, order in orders.items():
            points = max(order)
            names = order[points]
            points += extra.get(traits, 0)
            if points > highest:
                highest, equals = points, [names]
            elif points == highest:
                equals.append(names)
        count = sum([len(names) for names in equals])
        chosen = choose(count) if count > 1 else 0
        if chosen == 0:
            return min([str(names[0]) for names in equals])
        return sorted(name for names in equals for name in names)[chosen]

    def _worth(self) -> dict[Traits, int]:
        """What the rankings add to nodes with these traits; what all have alike is left out."""
        found = dict.fromkeys(self._order, 0)
        for place, each in enumerate(self._rankings):
            feasible = _part(self._feasible, place)
            if len(feasible) == 1:
                continue
            values = each.rank(each.state, feasible, _part(self._everywhere, place))
            for traits in found:
                found[traits] += each.weight * values[traits[place]]
        return found

    def _judge_all(self, snapshot: Snapshot) -> None:
        self._entries = {}
        self._everywhere, self._feasible = {}, {}
        places: dict[Traits, dict[int, list[str]]] = {}
        for name, info in snapshot.nodes.items():
            entry = self._entries[name] = self._judge(info)
            traits = entry.traits
            self._everywhere[traits] = self._everywhere.get(traits, 0) + 1
            if entry.rejection is None:
                self._feasible[traits] = self._feasible.get(traits, 0) + 1
                places.setdefault(traits, {}).setdefault(entry.points, []).append(name)
        self._order = {
            traits: {points: SortedList(names) for points, names in by_points.items()}
            for traits, by_points in places.items()
        }

    def _take_in(self, name: str, info: NodeInfo | None) -> None:
        if info is None:
            self._drop(name)
            return
        entry = self._judge(info)
        traits, points = entry.traits, entry.points
        before = self._entries.get(name)
        if before is not None:
            both_fit = before.rejection is None and entry.rejection is None
            if both_fit and before.points == points and before.traits == traits:
                return
            self._drop(name)
        self._entries[name] = entry
        self._everywhere[traits] = self._everywhere.get(traits, 0) + 1
        if entry.rejection is not None:
            return
        self._feasible[traits] = self._feasible.get(traits, 0) + 1
        order = self._order.get(traits)
        if order is None:
            order = self._order[traits] = {}
        names = order.get(points)
        if names is None:
            order[points] = SortedList((name,))
        else:
            names.add(name)

    def _judge(self, info: NodeInfo) -> _Entry:
        pod = self._pod
        rejection = None
        for filter_, state in self._filters:
            rejection = filter_(state, pod, info)
            if rejection is not None:
                break
        points = 0
        if rejection is None:
            for score, state, weight in self._scores:
                points += weight * score(state, pod, info)
        traits = tuple([each.trait(each.state, pod, info) for each in self._rankings])
        return _Entry(rejection, points, traits)

    def _drop(self, name: str) -> None:
        entry = self._entries.pop(name, None)
        if entry is None:
            return
        traits = entry.traits
        _one_less(self._everywhere, traits)
        if entry.rejection is not None:
            return
        _one_less(self._feasible, traits)
        order = self._order[traits]
        names = order[entry.points]
        names.remove(name)
        if not names:
            del order[entry.points]
            if not order:
                del self._order[traits]


def _part(tally: Mapping[Traits, int], place: int) -> Tally:
    found: dict[Hashable, int] = {}
    for traits, number in tally.items():
        trait = traits[place]
        found[trait] = found.get(trait, 0) + number
    return found


def _one_less(tally: dict[Traits, int], traits: Traits) -> None:
    if tally[traits] == 1:
        del tally[traits]
    else:
        tally[traits] -= 1
