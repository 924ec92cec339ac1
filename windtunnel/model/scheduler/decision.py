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

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

from attrs import frozen

from windtunnel.model.scheduler.filters import default_filters
from windtunnel.model.scheduler.fit_error import FitError
from windtunnel.model.scheduler.framework import SKIP, UNRESOLVABLE, Filter, Rejection, Score
from windtunnel.model.scheduler.node_info import NodeInfo, PodInfo, PodNeeds
from windtunnel.model.scheduler.node_sampling import NodeSampling
from windtunnel.model.scheduler.nominator import Nominator
from windtunnel.model.scheduler.ranking import best
from windtunnel.model.scheduler.scores import default_scores
from windtunnel.model.scheduler.selection import Selection
from windtunnel.model.scheduler.snapshot import Snapshot
from windtunnel.model.scheduler.verdicts import Asked, Scored, Verdict, Verdicts
from windtunnel.model.sim.choices import Choices

_REMEMBERED_VERDICTS = 32
_REMEMBERED_TEMPLATES = 256

Prepared = tuple[tuple[Filter, Any], ...]
"""The filters that have something to say about a pod, with their states."""


@frozen
class Decision:
    """What an attempt came to: a node, or the error."""

    node: NodeInfo | None
    error: FitError | None = None


class _Search:
    """What became of the nodes that an attempt looked at."""

    __slots__ = ("likes", "nodes", "rejections", "verdicts")

    def __init__(self, nodes: Selection) -> None:
        self.nodes = nodes
        """Those that take the pod."""
        self.likes: list[int] = []
        """The numbers that those of them share that are alike."""
        self.verdicts: dict[int, Verdict] = {}
        self.rejections: dict[str, Rejection] = {}

    def take_in(
        self,
        nodes: Selection,
        likes: list[int],
        verdicts: Mapping[int, Verdict],
        rejections: Sequence[Rejection | None],
    ) -> None:
        """More nodes were looked at; rejections are empty where every one takes the pod. O(nodes)."""
        self.verdicts.update(verdicts)
        if rejections:
            for node, each in zip(nodes, rejections, strict=True):
                if each is not None:
                    self.rejections[node.name] = each
            kept = [index for index, each in enumerate(rejections) if each is None]
            nodes, likes = nodes.only(kept), [likes[index] for index in kept]
        self.nodes = self.nodes.and_then(nodes)
        self.likes += likes

    @property
    def seen(self) -> int:
        """How many nodes were looked at. O(1)."""
        return len(self.nodes) + len(self.rejections)


class Profile:
    """The filters and the weighted scores of the default profile. Owns the verdicts of earlier attempts."""

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
        self._signing = tuple(
            each
            for each in (*self.filters, *(score for score, _ in self.scores))
            if hasattr(each, "sign")
        )
        places = tuple(enumerate(self.filters))
        self._signing_filters = tuple(each for each in places if hasattr(each[1], "sign"))
        self._looking_around = tuple(each for each in places if not hasattr(each[1], "sign"))
        signing = [each for each in self.scores if _signs(each[0])]
        self._signing_scores = tuple(signing)
        self._scores_by_state = tuple(each for each, _ in signing if not hasattr(each, "sign"))
        self._scores_around = tuple(each for each in self.scores if not _signs(each[0]))
        self._signatures: dict[Hashable, int] = {}
        self._signature_of: dict[PodNeeds, int] = {}
        self._verdicts: dict[Hashable, Verdicts] = {}
        self._snapshot: Snapshot | None = None

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
        verdicts = self.verdicts(pod, snapshot)
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
        verdicts = self.verdicts(pod, snapshot)
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
    ) -> _Search:
        """Look at nodes until enough take the pod. O(nodes), O(plugins) for each sort of node that is new."""
        columns = snapshot.columns
        only = verdicts.only
        nodes = columns.everything if only is None else columns.named(only)
        enough = self.sampling.enough(len(nodes))
        crowded = nominator.crowded(pod)
        found = _Search(nodes.part(0, 0))
        for part in self.sampling.in_turn(nodes):
            begin = 0
            while begin < len(part) and (missing := enough - len(found.nodes)):
                some = part.part(begin, begin + missing)
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

    # -- what is known of earlier attempts -------------------------------------------------------------------------

    def verdicts(self, pod: PodInfo, snapshot: Snapshot) -> Verdicts:
        """What is known of nodes for such pods; nothing yet, where one of the plugins would not sign. O(1)."""
        if snapshot is not self._snapshot:
            self._snapshot, self._verdicts = snapshot, {}
        states = [each.prepare(pod, (), snapshot) for each in self._scores_by_state]
        signature = self.signature(pod)
        key = (signature, *map(_sign_state, self._scores_by_state, states)) if states else signature
        found = self._verdicts.pop(key, None) if signature >= 0 else None
        if found is None:
            found = self._new_verdicts(
                pod, snapshot, dict(zip(self._scores_by_state, states, strict=True))
            )
            if signature < 0:
                return found
            if len(self._verdicts) >= _REMEMBERED_VERDICTS:
                del self._verdicts[next(iter(self._verdicts))]
        self._verdicts[key] = found  # what was used last is dropped last
        return found

    def signature(self, pod: PodInfo) -> int:
        """A number that all pods share that look the same to the plugins that sign; -1 where one does not. O(plugins),
        O(1) for a template that is known."""
        signature = pod.signature
        if signature is None:
            template = pod.template
            if template is None:
                signature = self._sign(pod)
            elif (signature := self._signature_of.get(template)) is None:
                if len(self._signature_of) >= _REMEMBERED_TEMPLATES:
                    self._signature_of = {}
                signature = self._signature_of[template] = self._sign(pod)
            pod.signature = signature
        return signature

    def _sign(self, pod: PodInfo) -> int:
        signs = tuple([each.sign(pod) for each in self._signing])
        if None in signs:
            return -1
        return self._signatures.setdefault(signs, len(self._signatures))

    def _new_verdicts(self, pod: PodInfo, snapshot: Snapshot, states: dict[Score, Any]) -> Verdicts:
        filters: list[Asked] = []
        for place, filter_ in self._signing_filters:
            state = filter_.prepare(pod, snapshot)
            if state is not SKIP:
                filters.append((place, filter_, state))
        scores: list[Scored] = []
        for score, weight in self._signing_scores:
            state = states[score] if score in states else score.prepare(pod, (), snapshot)
            if state is not SKIP:
                scores.append((score, state, weight))
        return Verdicts(pod, filters, scores)


def _signs(score: Score) -> bool:
    return hasattr(score, "sign") or hasattr(score, "sign_state")


def _sign_state(score: Any, state: Any) -> Hashable:
    signed: Hashable = None if state is SKIP else score.sign_state(state)
    return signed


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
