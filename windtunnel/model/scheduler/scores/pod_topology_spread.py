"""PodTopologySpread: nodes in domains with fewer of the pod's peers are better.

Each constraint counts the peers in the node's domain, the more domains there are the heavier. Nodes that lack a
topology key that the pod itself asks for score nothing; the cluster's default constraints overlook a missing key.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import floor, log
from typing import Any

from attrs import frozen

from windtunnel.model.scheduler.framework import MAX_NODE_SCORE, SKIP
from windtunnel.model.scheduler.node_info import NodeInfo, PodInfo
from windtunnel.model.scheduler.node_selection import HOSTNAME, RequiredNodes, required_nodes
from windtunnel.model.scheduler.peers import PeerCounts
from windtunnel.model.scheduler.selection import Selection
from windtunnel.model.scheduler.snapshot import Snapshot
from windtunnel.model.scheduler.topology_spread import (
    SCHEDULE_ANYWAY,
    SpreadConstraint,
    constraints_of,
    default_constraints,
    has_all_keys,
)

_IGNORED = -1

Trait = tuple[int | str | None, ...]
"""For each constraint the node's domain, but its own peers where that is the host; None where it has no such label."""


@frozen(eq=False)
class _State:
    scores: Mapping[Trait, int]
    traits: Sequence[Trait]
    """Those of the nodes that are scored, in order."""
    nodes: Selection


class PodTopologySpread:
    """Score on constraints that should be met."""

    name = "PodTopologySpread"

    def prepare(self, pod: PodInfo, nodes: Sequence[NodeInfo], snapshot: Snapshot) -> Any:
        """Find what the score of each node depends on, and score that; skip pods that are not spread.

        O(nodes * constraints); O(nodes with peers) more where some nodes do not count.
        """
        spec, namespace = pod.pod.spec, pod.pod.metadata.namespace
        strict = bool(spec.topology_spread_constraints)
        if strict:
            constraints = constraints_of(pod.pod, SCHEDULE_ANYWAY)
        else:
            constraints = default_constraints(snapshot.listers.peers_of(pod.pod))
        if not constraints:
            return SKIP
        columns = snapshot.columns
        chosen = columns.selection(nodes)
        required = required_nodes(spec)
        picked: list[Sequence[int | str | None]] = []
        sums: list[Mapping[str, int]] = []
        if not strict:
            # A key that no node has tells none of them apart.
            known = [each for each in constraints if columns.domains(each.topology_key).nodes]
            constraints = tuple(known) or constraints[:1]
        for each in constraints:
            domains = columns.domains(each.topology_key)
            where = chosen.pick(domains.column)
            peers = columns.peers(namespace, each.selector, each.text)
            if each.topology_key == HOSTNAME:
                picked.append(_on_hosts(where, chosen.pick(peers.column)))
                sums.append({})
                continue
            picked.append(where)
            if each.excludes_nodes(required) or (strict and len(constraints) > 1):
                keys = constraints if strict else ()
                sums.append(_included(pod, each, peers, snapshot, required, keys))
            else:
                sums.append(peers.in_domains(each.topology_key))
        traits: list[Trait] = list(zip(*picked, strict=True))
        different = list(dict.fromkeys(traits))
        scores: dict[Trait, int] = {}
        counted = len(traits)
        if strict:
            # A node that lacks a key is in no domain, and not even looked at.
            for trait in different:
                if None in trait:
                    scores[trait] = _IGNORED
                    counted -= traits.count(trait)
            different = [trait for trait in different if trait not in scores]
        scores.update(raw_scores(constraints, sums, different, counted))
        return _State(scores, traits, chosen)

    def score(self, state: Any, pod: PodInfo, node: NodeInfo) -> int:
        """How many peers are about, by weight. O(nodes)."""
        found: int = state.scores[state.traits[state.nodes.index(node)]]
        return found

    def traits(self, state: Any, nodes: Sequence[NodeInfo]) -> Sequence[Trait]:
        """The peers and domains of each node. O(1)."""
        found: Sequence[Trait] = state.traits
        return found

    def worth(self, state: Any) -> Mapping[Trait, int]:
        """The normalised score of each. O(traits)."""
        scores: Mapping[Trait, int] = state.scores
        return dict(zip(scores, self.normalise(list(scores.values())), strict=True))

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


def raw_scores(
    constraints: Sequence[SpreadConstraint],
    sums: Sequence[Mapping[str, int]],
    traits: Sequence[Trait],
    nodes: int,
) -> dict[Trait, int]:
    """The score of each trait before it is normalised, of so many nodes. O(traits * constraints)."""
    weights = []
    for place, each in enumerate(constraints):
        is_host = each.topology_key == HOSTNAME
        size = nodes if is_host else len({trait[place] or "" for trait in traits})
        weights.append(log(size + 2))
    scores: dict[Trait, int] = {}
    for trait in traits:
        score = 0.0
        for where, each, some, weight in zip(trait, constraints, sums, weights, strict=True):
            if where is not None:
                found = where if isinstance(where, int) else some.get(where, 0)
                score += found * weight + (each.max_skew - 1)
        scores[trait] = floor(score + 0.5)
    return scores


def _on_hosts(hosts: list[str | None], peers: list[int]) -> Sequence[int | None]:
    """The peers on each host. Every node is a domain of its own, whatever name it gives itself."""
    if None not in hosts:
        return peers
    return [None if host is None else number for host, number in zip(hosts, peers, strict=True)]


def _included(
    pod: PodInfo,
    constraint: SpreadConstraint,
    peers: PeerCounts,
    snapshot: Snapshot,
    required: RequiredNodes | None,
    constraints: Sequence[SpreadConstraint],
) -> Mapping[str, int]:
    """The peers by domain, on the nodes that count and have the keys of the constraints. O(nodes with peers)."""
    sums: dict[str, int] = {}
    for name, number in peers.on.items():
        node = snapshot.nodes[name].node
        assert node is not None
        labels = node.metadata.labels
        domain = labels.get(constraint.topology_key)
        if domain is None or not has_all_keys(labels, constraints):
            continue
        if constraint.includes(pod.pod, node, required):
            sums[domain] = sums.get(domain, 0) + number
    return sums
