"""One scheduling attempt as a function: a pod and a snapshot in, a node or the reasons why not out.

Every node is shown to the filters until one turns it away; the nodes that are left are scored, each score scaled to
0..100 over all of them, weighted and added up. Among equals a Choices point decides, the first by name if it does not.
A pod that was nominated to a node is tried there first. Pods of at least its priority that are nominated to a node
count as if they were there already, and as if they were not: the pod must fit either way.

Where no plugin looks beyond the node it is asked about, the results of earlier attempts for such pods are used again
(standings.py); the outcome is the same.

Not modelled: percentageOfNodesToScore: every node is looked at, however large the cluster; extenders.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any

from attrs import frozen

from windtunnel.model.scheduler.filters import default_filters
from windtunnel.model.scheduler.fit_error import FitError
from windtunnel.model.scheduler.framework import SKIP, UNRESOLVABLE, Filter, Rejection, Score
from windtunnel.model.scheduler.node_info import NodeInfo, PodInfo
from windtunnel.model.scheduler.nominator import Nominator
from windtunnel.model.scheduler.scores import default_scores
from windtunnel.model.scheduler.snapshot import Snapshot
from windtunnel.model.scheduler.standings import Ranking, Standings
from windtunnel.model.sim.choices import Choices

TIE_POINT = "scheduler tie"
_REMEMBERED_STANDINGS = 32

Prepared = tuple[tuple[Filter, Any], ...]
"""The filters that have something to say about a pod, with their states."""


@frozen
class Decision:
    """What an attempt came to: a node, or the error."""

    node: NodeInfo | None
    error: FitError | None = None


class Profile:
    """The filters and the weighted scores of the default profile. Owns the standings of earlier attempts."""

    def __init__(
        self,
        filters: Sequence[Filter] | None = None,
        scores: Sequence[tuple[Score, int]] | None = None,
    ) -> None:
        self.filters = tuple(filters if filters is not None else default_filters())
        self.scores = tuple(scores if scores is not None else default_scores())
        self.reuses_standings = True
        self._by_name = {each.name: each for each in self.filters}
        self._signing = tuple(
            each
            for each in (*self.filters, *(score for score, _ in self.scores))
            if hasattr(each, "sign")
        )
        self._looking_around = tuple(each for each in self.filters if not hasattr(each, "sign"))
        self._scores_by_state = tuple(each for each, _ in self.scores if not hasattr(each, "sign"))
        self._signatures: dict[Hashable, int] = {}
        self._standings: dict[Hashable, Standings] = {}

    def filter_named(self, name: str) -> Filter | None:
        """The filter of a name. O(1)."""
        return self._by_name.get(name)

    # -- a whole attempt -------------------------------------------------------------------------------------------

    def decide(
        self,
        pod: PodInfo,
        snapshot: Snapshot,
        choices: Choices,
        nominator: Nominator = Nominator(),  # noqa: B008 - an empty one is never changed
    ) -> Decision:
        """Choose a node for the pod. O(nodes * plugins), O(changed nodes * plugins) where standings are known."""
        if not snapshot.nodes:
            return Decision(None, FitError(0, {}))
        concerned = nominator.concerns(pod)
        nominated = nominator.node_of(pod.uid)
        standings = None
        if not concerned and nominated is None and self.reuses_standings:
            standings = self.standings(pod, snapshot)
        if standings is not None:
            name = standings.best(lambda count: choices(TIE_POINT, count))
            if name is not None:
                return Decision(snapshot.nodes[name])
            return Decision(None, FitError(len(snapshot), standings.rejections))
        prepared = self.prepare(pod, snapshot)
        if isinstance(prepared, Rejection):
            everywhere = dict.fromkeys(snapshot.nodes, prepared)
            return Decision(None, FitError(len(snapshot), everywhere, prepared.reasons[0]))
        if nominated is not None:
            node = snapshot.get(nominated)
            if node is not None and self.rejection(prepared, pod, node, nominator) is None:
                return Decision(node)
        feasible, rejections = self.feasible(pod, snapshot, prepared, nominator)
        if not feasible:
            return Decision(None, FitError(len(snapshot), rejections))
        if len(feasible) == 1:
            return Decision(feasible[0])
        return Decision(self.best(feasible, self.total_scores(pod, feasible, snapshot), choices))

    # -- filters ---------------------------------------------------------------------------------------------------

    def prepare(self, pod: PodInfo, snapshot: Snapshot) -> Prepared | Rejection:
        """The filters that have something to say, or why the pod fits nowhere. O(what they look at)."""
        prepared = []
        for each in self.filters:
            state = each.prepare(pod, snapshot)
            if isinstance(state, Rejection):
                return state
            if state is not SKIP:
                prepared.append((each, state))
        return tuple(prepared)

    def feasible(
        self, pod: PodInfo, snapshot: Snapshot, prepared: Prepared, nominator: Nominator
    ) -> tuple[list[NodeInfo], dict[str, Rejection]]:
        """The nodes that every filter lets through, by name, and why not the others. O(nodes * filters)."""
        feasible: list[NodeInfo] = []
        rejections: dict[str, Rejection] = {}
        candidates: Iterable[NodeInfo] = snapshot.nodes.values()
        for each, state in prepared:
            narrowing = getattr(each, "only_nodes", None)
            only = narrowing(state) if narrowing is not None else None
            if only is not None:
                candidates = [
                    node for name in sorted(only) if (node := snapshot.get(name)) is not None
                ]
                elsewhere = Rejection(
                    UNRESOLVABLE, (f"node(s) didn't satisfy plugin(s) [{each.name}]",), each.name
                )
                break
        for node in candidates:
            rejection = self.rejection(prepared, pod, node, nominator)
            if rejection is None:
                feasible.append(node)
            else:
                rejections[node.name] = rejection
        if not feasible and len(rejections) < len(snapshot):
            for name in snapshot.nodes:
                rejections.setdefault(name, elsewhere)
        return feasible, rejections

    def rejection(
        self, prepared: Prepared, pod: PodInfo, node: NodeInfo, nominator: Nominator
    ) -> Rejection | None:
        """Why a node does not take the pod, with and without the pods that are nominated to it. O(filters)."""
        nominated = nominator.important_on(node.name, pod)
        if nominated:
            crowded, there = prepared, node
            for other in nominated:
                crowded, there = self.adjusted(crowded, pod, other, there, 1)
            found = self.first_rejection(crowded, pod, there)
            if found is not None:
                return found
        return self.first_rejection(prepared, pod, node)

    def adjusted(
        self, prepared: Prepared, pod: PodInfo, other: PodInfo, node: NodeInfo, step: int
    ) -> tuple[Prepared, NodeInfo]:
        """States and node with another pod on the node (step 1), or without it (step -1). O(filters + pods there)."""
        changed = []
        for each, state in prepared:
            adjust = getattr(each, "adjust", None)
            changed.append(
                (each, state if adjust is None else adjust(state, pod, other, node, step))
            )
        generation = node.generation
        there = (
            node.with_pod(other, generation)
            if step > 0
            else node.without_pod(other.uid, generation)
        )
        return tuple(changed), there

    def first_rejection(self, prepared: Prepared, pod: PodInfo, node: NodeInfo) -> Rejection | None:
        """What the first filter says that turns the node away. O(filters)."""
        for each, state in prepared:
            rejection = each.filter(state, pod, node)
            if rejection is not None:
                return rejection
        return None

    # -- scores ----------------------------------------------------------------------------------------------------

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

    # -- standings -------------------------------------------------------------------------------------------------

    def standings(self, pod: PodInfo, snapshot: Snapshot) -> Standings | None:
        """The nodes in order for such pods, up to date; None where a plugin looks beyond the single node."""
        for each in self._looking_around:
            if each.prepare(pod, snapshot) is not SKIP:
                return None
        signature = pod.signature
        if signature is None:
            signature = pod.signature = self._sign(pod)
        if signature < 0:
            return None
        states: dict[str, Any] = {}
        key: list[Hashable] = [signature]
        for score in self._scores_by_state:
            soft = getattr(score, "soft", None)
            state = soft(pod, snapshot) if soft is not None else score.prepare(pod, (), snapshot)
            states[score.name] = state
            if state is SKIP:
                key.append(None)
                continue
            sign_state = getattr(score, "sign_state", None)
            if sign_state is None:
                return None
            key.append(sign_state(state))
        found = self._standings.pop(tuple(key), None)
        if found is None:
            if len(self._standings) >= _REMEMBERED_STANDINGS:
                del self._standings[next(iter(self._standings))]
            found = self._new_standings(pod, snapshot, states)
        self._standings[tuple(key)] = found  # the one used last is dropped last
        found.update(snapshot)
        return found

    def _sign(self, pod: PodInfo) -> int:
        signs = tuple([each.sign(pod) for each in self._signing])
        if None in signs:
            return -1
        return self._signatures.setdefault(signs, len(self._signatures))

    def _new_standings(
        self, pod: PodInfo, snapshot: Snapshot, states: Mapping[str, Any]
    ) -> Standings:
        filters = []
        for each in self.filters:
            state = each.prepare(pod, snapshot)
            if state is not SKIP:
                filters.append((each.filter, state))
        scores, rankings = [], []
        for score, weight in self.scores:
            state = states[score.name] if score.name in states else score.prepare(pod, (), snapshot)
            if state is SKIP:
                continue
            if hasattr(score, "rank"):
                rankings.append(Ranking(state, weight, score.trait, score.rank))  # type: ignore[attr-defined]
            elif getattr(score, "absolute", False):
                scores.append((score.score, state, weight))
            else:
                rankings.append(Ranking(state, weight, score.score, _rank_by(score)))
        return Standings(pod, filters, scores, rankings)


def _rank_by(score: Score) -> Any:
    def rank(
        state: Any, feasible: Mapping[int, int], everywhere: Mapping[int, int]
    ) -> dict[int, int]:
        values = list(feasible)
        return dict(zip(values, score.normalise(values), strict=True))

    return rank
