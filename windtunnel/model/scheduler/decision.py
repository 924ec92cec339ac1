"""One scheduling attempt as a function: a pod and a snapshot in, a node or the reasons why not out.

Every node is shown to the filters until one turns it away; the nodes that are left are scored, each score scaled to
0..100 over all of them, weighted and added up. Among equals a Choices point decides, the first by name if it does not.

Not modelled: sampling the nodes of a large cluster, nominated nodes, preemption of pods of lower priority, extenders.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from attrs import frozen

from windtunnel.model.scheduler.filters import default_filters
from windtunnel.model.scheduler.fit_error import FitError
from windtunnel.model.scheduler.framework import SKIP, UNRESOLVABLE, Filter, Rejection, Score
from windtunnel.model.scheduler.node_info import NodeInfo, PodInfo
from windtunnel.model.scheduler.scores import default_scores
from windtunnel.model.scheduler.snapshot import Snapshot
from windtunnel.model.sim.choices import Choices

TIE_POINT = "scheduler tie"


@frozen
class Decision:
    """What an attempt came to: a node, or the error."""

    node: NodeInfo | None
    error: FitError | None = None


class Profile:
    """The filters and the weighted scores of the default profile; stateless between attempts."""

    def __init__(
        self,
        filters: Sequence[Filter] | None = None,
        scores: Sequence[tuple[Score, int]] | None = None,
    ) -> None:
        self.filters = tuple(filters if filters is not None else default_filters())
        self.scores = tuple(scores if scores is not None else default_scores())
        self._by_name = {each.name: each for each in self.filters}

    def filter_named(self, name: str) -> Filter | None:
        """The filter of a name. O(1)."""
        return self._by_name.get(name)

    def decide(self, pod: PodInfo, snapshot: Snapshot, choices: Choices) -> Decision:
        """Choose a node for the pod. O(nodes * plugins)."""
        feasible, rejections = self.feasible(pod, snapshot)
        if not feasible:
            return Decision(None, FitError(len(snapshot), rejections))
        if len(feasible) == 1:
            return Decision(feasible[0])
        return Decision(self.best(feasible, self.total_scores(pod, feasible, snapshot), choices))

    def feasible(
        self, pod: PodInfo, snapshot: Snapshot
    ) -> tuple[list[NodeInfo], dict[str, Rejection]]:
        """The nodes that every filter lets through, by name, and why not the others. O(nodes * filters)."""
        prepared = []
        only: tuple[str, ...] | None = None
        for each in self.filters:
            state = each.prepare(pod, snapshot)
            if state is SKIP:
                continue
            prepared.append((each.filter, state))
            narrowing = getattr(each, "only_nodes", None)
            if narrowing is not None and only is None:
                only = narrowing(state)
                narrowed_by = each.name
        feasible: list[NodeInfo] = []
        rejections: dict[str, Rejection] = {}
        if only is None:
            candidates: Iterable[NodeInfo] = snapshot.nodes.values()
        else:
            found = (snapshot.get(name) for name in sorted(only))
            candidates = [node for node in found if node is not None]
            elsewhere = Rejection(
                UNRESOLVABLE, (f"node(s) didn't satisfy plugin(s) [{narrowed_by}]",), narrowed_by
            )
            rejections = {name: elsewhere for name in snapshot.nodes if name not in only}
        for node in candidates:
            rejection = self._first_rejection(prepared, pod, node)
            if rejection is None:
                feasible.append(node)
            else:
                rejections[node.name] = rejection
        return feasible, rejections

    def _first_rejection(
        self, prepared: Sequence[tuple[Any, Any]], pod: PodInfo, node: NodeInfo
    ) -> Rejection | None:
        for filter_, state in prepared:
            rejection: Rejection | None = filter_(state, pod, node)
            if rejection is not None:
                return rejection
        return None

    def total_scores(
        self, pod: PodInfo, nodes: Sequence[NodeInfo], snapshot: Snapshot
    ) -> list[int]:
        """The weighted sum of all scores for each node. O(nodes * scores)."""
        totals = [0] * len(nodes)
        for plugin, weight in self.scores:
            state = plugin.prepare(pod, nodes, snapshot)
            if state is SKIP:
                continue
            score = plugin.score
            scores = plugin.normalise([score(state, pod, node) for node in nodes])
            for position, points in enumerate(scores):
                totals[position] += weight * points
        return totals

    def best(self, nodes: Sequence[NodeInfo], totals: Sequence[int], choices: Choices) -> NodeInfo:
        """The node with the highest total; of equals the one that the choice falls on. O(nodes)."""
        highest = max(totals)
        if totals.count(highest) == 1:
            return nodes[totals.index(highest)]
        equals = [node for node, total in zip(nodes, totals, strict=True) if total == highest]
        return equals[choices(TIE_POINT, len(equals))]
