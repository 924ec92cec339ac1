"""PodTopologySpread: a pod goes only where its peers stay spread evenly enough over the domains of each constraint.

The skew of a domain is how many more peers it would have than the domain with the fewest; where there are fewer
domains than the constraint wants at least, the fewest counts as none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from attrs import evolve, frozen

from windtunnel.model.objects.node import Node
from windtunnel.model.objects.pod import Pod
from windtunnel.model.scheduler.framework import (
    SKIP,
    UNRESOLVABLE,
    UNSCHEDULABLE,
    ClusterEvent,
    Rejection,
)
from windtunnel.model.scheduler.node_info import NodeInfo, PodInfo
from windtunnel.model.scheduler.node_selection import RequiredNodes, required_nodes
from windtunnel.model.scheduler.peers import PeerCounts
from windtunnel.model.scheduler.snapshot import Snapshot
from windtunnel.model.scheduler.topology_spread import (
    DO_NOT_SCHEDULE,
    SpreadConstraint,
    constraints_of,
    has_all_keys,
)

NAME = "PodTopologySpread"
_REASON = "node(s) didn't match pod topology spread constraints"
_REJECTION = Rejection(UNSCHEDULABLE, (_REASON,), NAME)
_WITHOUT_LABEL = Rejection(UNRESOLVABLE, (f"{_REASON} (missing required label)",), NAME)


@frozen
class _State:
    constraints: tuple[SpreadConstraint, ...]
    counts: tuple[Mapping[str, int], ...]
    """For each constraint the number of peers by domain; every domain that counts is there."""
    own: tuple[int, ...]
    """For each constraint whether the pod is one of its own peers."""
    fewest: tuple[int, ...]
    required: RequiredNodes | None


def _fewest(constraint: SpreadConstraint, counts: Mapping[str, int]) -> int:
    if len(counts) < constraint.min_domains:
        return 0
    return min(counts.values(), default=0)


class PodTopologySpread:
    """Filter on topologySpreadConstraints that must be met."""

    name = NAME

    def prepare(self, pod: PodInfo, snapshot: Snapshot) -> Any:
        """Count peers by domain; skip pods without such a constraint. O(domains) for one plain constraint, O(nodes *
        constraints) for several, or where not every node counts."""
        if not pod.pod.spec.topology_spread_constraints:
            return SKIP
        constraints = constraints_of(pod.pod, DO_NOT_SCHEDULE)
        if not constraints:
            return SKIP
        required = required_nodes(pod.pod.spec)
        namespace = pod.pod.metadata.namespace
        peers = [
            snapshot.columns.peers(namespace, each.selector, each.text) for each in constraints
        ]
        counts: tuple[dict[str, int], ...]
        if len(constraints) == 1 and not constraints[0].excludes_nodes(required):
            key = constraints[0].topology_key
            counts = (
                {
                    **dict.fromkeys(snapshot.columns.domains(key).nodes, 0),
                    **peers[0].in_domains(key),
                },
            )
        else:
            counts = self._count(pod, snapshot, constraints, peers, required)
        own = tuple(int(each.means(pod.pod)) for each in constraints)
        fewest = tuple(_fewest(each, some) for each, some in zip(constraints, counts, strict=True))
        return _State(constraints, counts, own, fewest, required)

    def _count(
        self,
        pod: PodInfo,
        snapshot: Snapshot,
        constraints: tuple[SpreadConstraint, ...],
        peers: Sequence[PeerCounts],
        required: RequiredNodes | None,
    ) -> tuple[dict[str, int], ...]:
        counts: tuple[dict[str, int], ...] = tuple({} for _ in constraints)
        for info in snapshot.nodes.values():
            assert info.node is not None
            labels = info.node.metadata.labels
            if not has_all_keys(labels, constraints):
                continue
            for each, some, by_domain in zip(constraints, peers, counts, strict=True):
                if each.includes(pod.pod, info.node, required):
                    domain = labels[each.topology_key]
                    by_domain[domain] = by_domain.get(domain, 0) + some.on.get(info.name, 0)
        return counts

    def filter(self, state: Any, pod: PodInfo, node: NodeInfo) -> Rejection | None:
        """Turn a node away whose domain has too many peers, or that is in no domain. O(constraints)."""
        assert node.node is not None
        labels = node.node.metadata.labels
        for number, each in enumerate(state.constraints):
            domain = labels.get(each.topology_key)
            if domain is None:
                return _WITHOUT_LABEL
            there = state.counts[number].get(domain, 0)
            if there + state.own[number] - state.fewest[number] > each.max_skew:
                return _REJECTION
        return None

    def adjust(self, state: Any, pod: PodInfo, other: PodInfo, node: NodeInfo, step: int) -> Any:
        """The state with another pod on a node (step 1), or without it (step -1). O(domains)."""
        assert node.node is not None
        metadata = other.pod.metadata
        if metadata.namespace != pod.pod.metadata.namespace or metadata.deleting:
            return state
        if not has_all_keys(node.node.metadata.labels, state.constraints):
            return state
        counts = list(state.counts)
        for number, each in enumerate(state.constraints):
            if each.means(other.pod) and each.includes(pod.pod, node.node, state.required):
                domain = node.node.metadata.labels[each.topology_key]
                counts[number] = {**counts[number], domain: counts[number].get(domain, 0) + step}
        fewest = tuple(
            _fewest(each, some) for each, some in zip(state.constraints, counts, strict=True)
        )
        return evolve(state, counts=tuple(counts), fewest=fewest)

    def may_help(self, pod: PodInfo, event: ClusterEvent) -> bool:
        """A peer that came, went, or began or ceased to be one; a node that changes the domains."""
        constraints = constraints_of(pod.pod, DO_NOT_SCHEDULE)
        if event.resource == "pod":
            return self._peers_changed(pod.pod, constraints, event)
        if event.resource != "node":
            return False
        before, after = _domains(event.before, constraints), _domains(event.after, constraints)
        return before != after or (
            any(each.honors_taints for each in constraints) and after is not None
        )

    def _peers_changed(
        self, pod: Pod, constraints: tuple[SpreadConstraint, ...], event: ClusterEvent
    ) -> bool:
        for each in constraints:
            meant = [
                other is not None
                and other.metadata.namespace == pod.metadata.namespace
                and each.means(other)
                for other in (event.before, event.after)
            ]
            if meant[0] != meant[1]:
                return True
        return False


def _domains(
    node: Node | None, constraints: tuple[SpreadConstraint, ...]
) -> tuple[str, ...] | None:
    if node is None or not has_all_keys(node.metadata.labels, constraints):
        return None
    return tuple(node.metadata.labels[each.topology_key] for each in constraints)
