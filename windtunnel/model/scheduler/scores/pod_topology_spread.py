"""PodTopologySpread: nodes in domains with fewer of the pod's peers are better.

Each constraint counts the peers in the node's domain, the more domains there are the heavier. Nodes that lack a
topology key that the pod itself asks for score nothing; the cluster's default constraints overlook a missing key.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from math import floor, log
from typing import Any

from attrs import frozen

from windtunnel.model.scheduler.framework import MAX_NODE_SCORE, SKIP
from windtunnel.model.scheduler.node_info import NodeInfo, PodInfo
from windtunnel.model.scheduler.node_selection import RequiredNodes, required_nodes
from windtunnel.model.scheduler.snapshot import Snapshot
from windtunnel.model.scheduler.topology_spread import (
    HOSTNAME,
    SCHEDULE_ANYWAY,
    SpreadConstraint,
    constraints_of,
    default_constraints,
    has_all_keys,
)

_IGNORED = -1
Trait = tuple[tuple[str | None, int, bool], ...] | None
"""For each constraint: the node's domain, its peers, whether it counts. None: the node lacks a key, and is ignored."""


@frozen(eq=False)
class _Soft:
    constraints: tuple[SpreadConstraint, ...]
    strict: bool
    required: RequiredNodes | None
    namespace: str
    key: Hashable
    snapshot: Snapshot


class PodTopologySpread:
    """Score on constraints that should be met."""

    name = "PodTopologySpread"

    def prepare(self, pod: PodInfo, nodes: Sequence[NodeInfo], snapshot: Snapshot) -> Any:
        """Count peers by domain; skip pods that are not spread. O(all nodes * constraints)."""
        soft = self.soft(pod, snapshot)
        if soft is SKIP:
            return SKIP
        feasible = self._tally(soft, pod, nodes)
        everywhere = self._tally(soft, pod, snapshot.nodes.values())
        return soft, raw_scores(soft.constraints, feasible, everywhere)

    def score(self, state: Any, pod: PodInfo, node: NodeInfo) -> int:
        """How many peers are about, by weight. O(constraints)."""
        soft, scores = state
        found: int = scores[self.trait(soft, pod, node)]
        return found

    def normalise(self, scores: list[int]) -> list[int]:
        """The fewest peers are best; ignored nodes are 0. O(n)."""
        counted = [score for score in scores if score != _IGNORED]
        least, most = min(counted, default=0), max(counted, default=0)
        return [
            0
            if score == _IGNORED
            else MAX_NODE_SCORE * (most + least - score) // most
            if most
            else MAX_NODE_SCORE
            for score in scores
        ]

    # -- by traits, so that equal nodes are scored once ----------------------------------------------------------------

    def soft(self, pod: PodInfo, snapshot: Snapshot) -> Any:
        """The constraints that apply to the pod; SKIP without any. O(1) for the default ones once known."""
        spec, namespace = pod.pod.spec, pod.pod.metadata.namespace
        if spec.topology_spread_constraints:
            constraints = constraints_of(pod.pod, SCHEDULE_ANYWAY)
            if not constraints:
                return SKIP
            key: Hashable = (namespace, constraints)
            return _Soft(constraints, True, required_nodes(spec), namespace, key, snapshot)
        peers = snapshot.listers.peers_of(pod.pod)
        if not peers:
            return SKIP
        return _Soft(
            default_constraints(peers),
            False,
            required_nodes(spec),
            namespace,
            (namespace, peers),
            snapshot,
        )

    def sign_state(self, state: Any) -> Hashable:
        """The constraints, beside what the filters have signed already."""
        key: Hashable = state.key
        return key

    def trait(self, soft: Any, pod: PodInfo, node: NodeInfo) -> Trait:
        """What of a node the score depends on. O(constraints) where the node has not changed, else O(its pods)."""
        assert node.node is not None
        labels = node.node.metadata.labels
        if soft.strict and not has_all_keys(labels, soft.constraints):
            return None
        count = soft.snapshot.count
        found = []
        text: str | None = None
        number = 0
        for each in soft.constraints:
            domain = labels.get(each.topology_key)
            if domain is not None and each.topology_key == HOSTNAME:
                domain = ""
            if each.text != text:
                text = each.text
                number = count(soft.namespace, each.selector, text, node)
            found.append((domain, number, each.includes(pod.pod, node.node, soft.required)))
        return tuple(found)

    def rank(
        self, soft: Any, feasible: Mapping[Trait, int], everywhere: Mapping[Trait, int]
    ) -> dict[Trait, int]:
        """The normalised score of each trait, given how many nodes have it. O(traits * constraints)."""
        raw = raw_scores(soft.constraints, feasible, everywhere)
        return dict(zip(raw, self.normalise(list(raw.values())), strict=True))

    def _tally(self, soft: Any, pod: PodInfo, nodes: Any) -> dict[Trait, int]:
        tally: dict[Trait, int] = {}
        for node in nodes:
            trait = self.trait(soft, pod, node)
            tally[trait] = tally.get(trait, 0) + 1
        return tally


def raw_scores(
    constraints: Sequence[SpreadConstraint],
    feasible: Mapping[Trait, int],
    everywhere: Mapping[Trait, int],
) -> dict[Trait, int]:
    """The score of each trait of a feasible node before it is normalised. O(traits * constraints)."""
    counted = [trait for trait in feasible if trait is not None]
    weights = []
    peers: list[dict[str | None, int]] = []
    for number, each in enumerate(constraints):
        by_domain: dict[str | None, int] = {}
        if each.topology_key == HOSTNAME:
            size = sum(feasible[trait] for trait in counted)
        else:
            size = len({trait[number][0] or "" for trait in counted})
            for trait, nodes in everywhere.items():
                if trait is not None and trait[number][2]:
                    domain, found, _ = trait[number]
                    by_domain[domain] = by_domain.get(domain, 0) + nodes * found
        weights.append(log(size + 2))
        peers.append(by_domain)
    scores: dict[Trait, int] = {}
    for trait in feasible:
        if trait is None:
            scores[trait] = _IGNORED
            continue
        score = 0.0
        for number, each in enumerate(constraints):
            domain, own, _ = trait[number]
            if domain is not None:
                found = own if each.topology_key == HOSTNAME else peers[number].get(domain, 0)
                score += found * weights[number] + (each.max_skew - 1)
        scores[trait] = floor(score + 0.5)
    return scores
