"""Verdicts: what the plugins say of a node, kept by how the node looks, for pods that look the same to all of them.

Where the answers of a plugin depend only on the pod and on what nodes that are alike have in common, one of these nodes
speaks for all, in this attempt and in later ones. So the first pod of its kind costs the plugins a look at each sort of
node, and the next one a look at the node that changed. What a plugin says that looks further (at other nodes, at the
node's name) is asked for node by node (decision.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from windtunnel.model.scheduler.framework import Filter, Rejection, Score
from windtunnel.model.scheduler.node_info import NodeInfo, PodInfo
from windtunnel.model.scheduler.selection import Selection

Asked = tuple[int, Filter, Any]
"""A filter that has something to say about a pod, with its place among all filters and its state."""
Scored = tuple[Score, Any, int]
"""A score that has something to say about a pod, with its state and weight."""
_REMEMBERED = 4_096


class Verdict:
    """What the plugins say of one sort of node.

    rejection is that of the first filter that turns the node away, place that filter's; points are the scores that add
    up as they are, raw the others, which are scaled over all nodes that are left.
    """

    __slots__ = ("place", "points", "raw", "rejection")

    def __init__(
        self, rejection: Rejection | None, place: int, points: int, raw: tuple[int, ...]
    ) -> None:
        self.rejection = rejection
        self.place = place
        self.points = points
        self.raw = raw

    @property
    def fits(self) -> bool:
        """Whether nothing turns the node away. O(1)."""
        return self.rejection is None


class Verdicts:
    """Owns the verdicts for pods of one signature.

    filters, absolute and relative are the plugins for which nodes that are alike are the same; the rest is in
    other_filters and other_scores. only names the only nodes that can pass, because of narrowed_by.
    """

    def __init__(self, pod: PodInfo, filters: Sequence[Asked], scores: Sequence[Scored]) -> None:
        self.filters = tuple(filters)
        self.other_filters = tuple(each for each in filters if not _is_alike(each[1], each[2]))
        self.other_scores = tuple(each for each in scores if not _is_alike(each[0], each[1]))
        self._pod = pod
        self._known: dict[int, Verdict] = {}
        self._filters = tuple(each for each in filters if _is_alike(each[1], each[2]))
        alike = [each for each in scores if _is_alike(each[0], each[1])]
        self._absolute = tuple(each for each in alike if getattr(each[0], "absolute", False))
        self.relative = tuple(each for each in alike if not getattr(each[0], "absolute", False))
        self.only: tuple[str, ...] | None = None
        self.narrowed_by = ""
        for _, each, state in filters:
            narrowing = getattr(each, "only_nodes", None)
            only = narrowing(state) if narrowing is not None else None
            if only is not None:
                self.only, self.narrowed_by = tuple(only), each.name
                break

    def of(self, nodes: Selection, likes: list[int]) -> dict[int, Verdict]:
        """The verdict on each sort of node that is among some; beside the nodes are the numbers that alike ones share.

        O(nodes), and O(plugins) for each sort that is new.
        """
        known = self._known
        found = {}
        for like in dict.fromkeys(likes):
            verdict = known.get(like)
            if verdict is None:
                if len(known) >= _REMEMBERED:
                    known.clear()
                verdict = known[like] = self._judge(nodes[likes.index(like)])
            found[like] = verdict
        return found

    def _judge(self, info: NodeInfo) -> Verdict:
        pod = self._pod
        rejection, place = None, -1
        for place, filter_, state in self._filters:  # noqa: B007 - the place of the one that turns the node away
            rejection = filter_.filter(state, pod, info)
            if rejection is not None:
                break
        points = 0
        raw: tuple[int, ...] = ()
        if rejection is None:
            for score, state, weight in self._absolute:
                points += weight * score.score(state, pod, info)
            raw = tuple([score.score(state, pod, info) for score, state, _ in self.relative])
        return Verdict(rejection, place, points, raw)


def _is_alike(plugin: Filter | Score, state: Any) -> bool:
    alike = getattr(plugin, "alike", None)
    return alike is not None and bool(alike(state))
