"""One scheduling attempt as a function: a pod and a snapshot in, a node or the reasons why not out.

Nodes are shown to the filters until one turns them away; in a large cluster only until enough are left
(node_sampling.py). The nodes that are left are scored, each score scaled to 0..100 over all of them, weighted and added
up. Among equals a Choices point decides, the first that was seen if it does not. A pod that was nominated to a node is
tried there first. Pods of at least its priority that are nominated to a node count as if they were there already, and
as if they were not: the pod must fit either way.

What plugins say of nodes that look the same is asked once, and used again by later attempts (verdicts.py); the outcome
is that of asking every node.

Not modelled: extenders; the reuse of a whole attempt for the next pod of the same sort.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from attrs import frozen

from windtunnel.model.scheduler.filters import default_filters
from windtunnel.model.scheduler.fit_error import FitError
from windtunnel.model.scheduler.framework import SKIP, UNRESOLVABLE, Filter, Rejection, Score
from windtunnel.model.scheduler.known_verdicts import KnownVerdicts, signs
from windtunnel.model.scheduler.node_info import NodeInfo, PodInfo
from windtunnel.model.scheduler.node_sampling import NodeSampling
from windtunnel.model.scheduler.nominator import Nominator
from windtunnel.model.scheduler.ranking import best
from windtunnel.model.scheduler.scores import default_scores
from windtunnel.model.scheduler.search import Search
from windtunnel.model.scheduler.snapshot import Snapshot
from windtunnel.model.scheduler.verdicts import Asked, Verdict, Verdicts
from windtunnel.model.sim.choices import Choices

Prepared = tuple[tuple[Filter, Any], ...]
"""The filters that have something to say about a pod, with their states."""


@frozen
class Decision:
    """What an attempt came to: a node, or the error."""

    node: NodeInfo | None
    error: FitError | None = None


class Profile:
    """The filters and the weighted scores of the default profile. Owns what is known of earlier attempts."""

    def __init__(
        self,
        filters: Sequence[Filter] | None = None,
        scores: Sequence[tuple[Score, int]] | None = None,
        percentage_of_nodes_to_score: int = 0,
    ) -> None:
        self.filters = tuple(filters if filters is not None else default_filters())
        self.scores = tuple(scores if scores is not None else default_scores())
        self.sampling = NodeSampling(percentage_of_nodes_to_score)
        self._by_name = {each.name: each for each in self.filters}
        places = tuple(enumerate(self.filters))
        self._looking_around = tuple(each for each in places if not signs(each[1]))
        self._scores_around = tuple(each for each in self.scores if not signs(each[0]))
        self._known = KnownVerdicts(self.filters, self.scores)

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
        """Choose a node for the pod. O(nodes), O(sorts of nodes * plugins), and what plugins that look around cost."""
        if not snapshot.nodes:
            return Decision(None, FitError(0, {}))
        verdicts = self._known.of(pod, snapshot)
        asked = self.asked(pod, snapshot, verdicts)
        if isinstance(asked, Rejection):
            everywhere = dict.fromkeys(snapshot.nodes, asked)
            return Decision(None, FitError(len(snapshot), everywhere, asked.reasons[0]))
        nominated = nominator.node_of(pod.uid)
        if nominated is not None:
            node = snapshot.get(nominated)
            prepared = _all_of(verdicts, asked)
            if node is not None and self.rejection(prepared, pod, node, nominator) is None:
                return Decision(node)
        search = self.search(pod, snapshot, verdicts, asked, nominator)
        self.sampling.advance(search.seen, len(snapshot))
        nodes = search.nodes
        if not nodes:
            return Decision(None, self._nowhere(search.rejections, verdicts, snapshot))
        if len(nodes) == 1:
            return Decision(nodes[0])
        likes, found = search.likes, search.verdicts
        around = self._scores_around
        return Decision(best(pod, nodes, likes, found, verdicts, around, snapshot, choices))

    # -- filters ---------------------------------------------------------------------------------------------------

    def prepare(self, pod: PodInfo, snapshot: Snapshot) -> Prepared | Rejection:
        """The filters that have something to say, or why the pod fits nowhere. O(what they look at)."""
        verdicts = self._known.of(pod, snapshot)
        asked = self.asked(pod, snapshot, verdicts)
        return asked if isinstance(asked, Rejection) else _all_of(verdicts, asked)

    def asked(
        self, pod: PodInfo, snapshot: Snapshot, verdicts: Verdicts
    ) -> tuple[Asked, ...] | Rejection:
        """The filters that must be asked about each single node, or why the pod fits nowhere. O(what they look at)."""
        found = list(verdicts.other_filters)
        for place, each in self._looking_around:
            state = each.prepare(pod, snapshot)
            if isinstance(state, Rejection):
                return state
            if state is not SKIP:
                found.append((place, each, state))
        return tuple(sorted(found, key=_place)) if len(found) > 1 else tuple(found)

    def search(
        self,
        pod: PodInfo,
        snapshot: Snapshot,
        verdicts: Verdicts,
        asked: Sequence[Asked],
        nominator: Nominator,
    ) -> Search:
        """Look at nodes until enough take the pod. O(nodes), O(plugins) for each sort of node that is new."""
        columns = snapshot.columns
        only = verdicts.only
        nodes = columns.everything if only is None else columns.named(only)
        enough = self.sampling.enough(len(nodes))
        crowded = nominator.crowded(pod)
        found = Search(nodes.part(0, 0))
        for stretch in self.sampling.in_turn(nodes):
            begin = 0
            while begin < len(stretch) and (missing := enough - len(found.nodes)):
                some = stretch.part(begin, begin + missing)
                begin += missing
                likes = some.pick(columns.likes)
                judged = verdicts.of(some, likes)
                if crowded:
                    prepared = _all_of(verdicts, asked)
                    rejections = [self.rejection(prepared, pod, each, nominator) for each in some]
                elif asked:
                    rejections = [
                        _first(judged[like], asked, pod, each)
                        for each, like in zip(some, likes, strict=True)
                    ]
                elif all([each.fits for each in judged.values()]):  # noqa: C419 - the usual way, and faster so
                    rejections = []
                else:
                    rejections = [judged[like].rejection for like in likes]
                found.take_in(some, likes, judged, rejections)
        return found

    def _nowhere(
        self, rejections: dict[str, Rejection], verdicts: Verdicts, snapshot: Snapshot
    ) -> FitError:
        if verdicts.only is not None:
            by = verdicts.narrowed_by
            elsewhere = Rejection(UNRESOLVABLE, (f"node(s) didn't satisfy plugin(s) [{by}]",), by)
            for name in snapshot.nodes:
                rejections.setdefault(name, elsewhere)
        return FitError(len(snapshot), rejections)

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


def _place(asked: Asked) -> int:
    return asked[0]


def _all_of(verdicts: Verdicts, asked: Sequence[Asked]) -> Prepared:
    """All filters that have something to say about the pod, in order."""
    every = {place: (each, state) for place, each, state in (*verdicts.filters, *asked)}
    return tuple([every[place] for place in sorted(every)])


def _first(
    verdict: Verdict, asked: Sequence[Asked], pod: PodInfo, node: NodeInfo
) -> Rejection | None:
    """The first rejection, where some filters must be asked about the single node. O(asked filters)."""
    for place, each, state in asked:
        if verdict.rejection is not None and place > verdict.place:
            break
        rejection = each.filter(state, pod, node)
        if rejection is not None:
            return rejection
    return verdict.rejection
