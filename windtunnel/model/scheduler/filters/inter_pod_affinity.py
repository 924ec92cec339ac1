"""InterPodAffinity: a pod goes near the pods that it requires, and not near those that it, or they, cannot bear.

What is near is said by a topology key: nodes with the same value are. The first pod of a group that requires pods of
its own sort may go anywhere where the key is. That running pods do not bear the new one counts as much as the reverse.
"""

from __future__ import annotations

from collections.abc import Mapping
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
from windtunnel.model.scheduler.pod_affinity import AffinityTerm, Labels, match_all, pod_affinity
from windtunnel.model.scheduler.snapshot import Snapshot

NAME = "InterPodAffinity"
_AFFINITY = Rejection(UNRESOLVABLE, ("node(s) didn't match pod affinity rules",), NAME)
_ANTI_AFFINITY = Rejection(UNSCHEDULABLE, ("node(s) didn't match pod anti-affinity rules",), NAME)
_EXISTING = Rejection(
    UNSCHEDULABLE, ("node(s) didn't satisfy existing pods anti-affinity rules",), NAME
)

Counts = Mapping[tuple[str, str], int]
"""How many pods there are by topology key and value; only positive numbers."""


@frozen
class _State:
    near: tuple[AffinityTerm, ...]
    far: tuple[AffinityTerm, ...]
    labels: Labels | None
    """Those of the pod's namespace."""
    wanted: Counts
    unwanted: Counts
    refusing: Counts
    """Pods already there that do not bear the new one."""


class InterPodAffinity:
    """Filter on required affinity and anti-affinity between pods, in both directions."""

    name = NAME

    def prepare(self, pod: PodInfo, snapshot: Snapshot) -> Any:
        """Find the pods that are meant, by domain; skip where nobody minds. O(pods with affinity), O(pods) for a
        pod that has required terms itself."""
        own = pod.affinity
        minds = own.required or own.required_anti
        if not minds and not snapshot.with_affinity:
            return SKIP
        names = snapshot.listers.namespace_labels
        labels = names.get(pod.pod.metadata.namespace)
        refusing: dict[tuple[str, str], int] = {}
        for info in snapshot.with_affinity.values():
            for other in info.with_affinity.values():
                _add(refusing, _refused_at(pod.pod, labels, other, info.node), 1)
        if not minds:
            return _State((), (), labels, {}, {}, refusing) if refusing else SKIP
        near = tuple(term.resolved(names) for term in own.required)
        far = tuple(term.resolved(names) for term in own.required_anti)
        wanted: dict[tuple[str, str], int] = {}
        unwanted: dict[tuple[str, str], int] = {}
        for info in snapshot.nodes.values():
            if not info.pods:
                continue
            for other in info.pods.values():
                _add(wanted, _wanted_at(near, other.pod, info.node), 1)
                _add(unwanted, _unwanted_at(far, other.pod, info.node), 1)
        return _State(near, far, labels, wanted, unwanted, refusing)

    def filter(self, state: Any, pod: PodInfo, node: NodeInfo) -> Rejection | None:
        """Turn a node away that is not near enough, or too near. O(terms + labels of the node)."""
        assert node.node is not None
        labels = node.node.metadata.labels
        if state.near and not self._is_near(state, pod.pod, labels):
            return _AFFINITY
        if state.unwanted:
            for term in state.far:
                where = (term.topology_key, labels.get(term.topology_key, ""))
                if term.topology_key in labels and where in state.unwanted:
                    return _ANTI_AFFINITY
        if state.refusing and any(pair in state.refusing for pair in labels.items()):
            return _EXISTING
        return None

    def _is_near(self, state: _State, pod: Pod, labels: Labels) -> bool:
        everywhere = True
        for term in state.near:
            value = labels.get(term.topology_key)
            if value is None:
                return False
            everywhere = everywhere and (term.topology_key, value) in state.wanted
        return everywhere or (not state.wanted and match_all(state.near, pod, state.labels))

    def adjust(self, state: Any, pod: PodInfo, other: PodInfo, node: NodeInfo, step: int) -> Any:
        """The state with another pod on a node (step 1), or without it (step -1). O(domains)."""
        wanted = dict(state.wanted)
        unwanted = dict(state.unwanted)
        refusing = dict(state.refusing)
        _add(wanted, _wanted_at(state.near, other.pod, node.node), step)
        _add(unwanted, _unwanted_at(state.far, other.pod, node.node), step)
        _add(refusing, _refused_at(pod.pod, state.labels, other, node.node), step)
        return evolve(state, wanted=wanted, unwanted=unwanted, refusing=refusing)

    def may_help(self, pod: PodInfo, event: ClusterEvent) -> bool:
        """A pod that is required came or became one; one that was too near went or changed; a node in another place."""
        own = pod.affinity
        if event.resource == "node":
            if event.after is None:
                return False
            if event.before is None:
                return True
            keys = [term.topology_key for term in (*own.required, *own.required_anti)]
            before, after = event.before.metadata.labels, event.after.metadata.labels
            if not keys:
                return bool(before != after)
            return any(before.get(key) != after.get(key) for key in keys)
        if event.resource != "pod":
            # Which namespaces a term means follows the namespaces' labels.
            return event.resource == "namespace"
        before, after = event.before, event.after
        met = before is not None and _may_mean_all(own.required, before)
        if after is not None and not met and _may_mean_all(own.required, after):
            return True
        if before is None:
            return False
        for term in own.required_anti:
            if _may_mean(term, before) and not (after is not None and _may_mean(term, after)):
                return True
        return any(_may_mean(term, pod.pod) for term in pod_affinity(before).required_anti)


def _wanted_at(
    terms: tuple[AffinityTerm, ...], other: Pod, node: Node | None
) -> list[tuple[str, str]]:
    if not terms or not match_all(terms, other):
        return []
    return _places(terms, node)


def _unwanted_at(
    terms: tuple[AffinityTerm, ...], other: Pod, node: Node | None
) -> list[tuple[str, str]]:
    if not terms:
        return []
    return _places([term for term in terms if term.matches(other, None)], node)


def _refused_at(
    pod: Pod, labels: Labels | None, other: PodInfo, node: Node | None
) -> list[tuple[str, str]]:
    terms = other.affinity.required_anti
    if not terms:
        return []
    return _places([term for term in terms if term.matches(pod, labels)], node)


def _places(
    terms: list[AffinityTerm] | tuple[AffinityTerm, ...], node: Node | None
) -> list[tuple[str, str]]:
    labels = node.metadata.labels if node is not None else {}
    return [
        (term.topology_key, labels[term.topology_key])
        for term in terms
        if term.topology_key in labels
    ]


def _add(counts: dict[tuple[str, str], int], places: list[tuple[str, str]], step: int) -> None:
    for place in places:
        number = counts.get(place, 0) + step
        if number > 0:
            counts[place] = number
        else:
            counts.pop(place, None)


def _may_mean(term: AffinityTerm, pod: Pod) -> bool:
    """Whether a term means a pod, as far as that is known without the namespaces' labels."""
    known = pod.metadata.namespace in term.namespaces or bool(term.namespace_selector.requirements)
    return (known or term.namespace_selector.selects_everything) and term.selector.matches(
        pod.metadata.labels
    )


def _may_mean_all(terms: tuple[AffinityTerm, ...], pod: Pod) -> bool:
    return bool(terms) and all(_may_mean(term, pod) for term in terms)
