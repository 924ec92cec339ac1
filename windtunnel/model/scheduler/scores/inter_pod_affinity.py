"""InterPodAffinity: nodes near the pods that are preferred are better, and near the unloved ones worse.

Both sides count: the new pod's preferences about those that run, and the preferences of those that run about the new
pod. Where a running pod requires such pods near it, that counts a little too.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from windtunnel.model.objects.node import Node
from windtunnel.model.objects.pod import Pod
from windtunnel.model.scheduler.framework import MAX_NODE_SCORE, SKIP
from windtunnel.model.scheduler.node_info import NodeInfo, PodInfo
from windtunnel.model.scheduler.pod_affinity import AffinityTerm, Labels
from windtunnel.model.scheduler.snapshot import Snapshot

DEFAULT_HARD_WEIGHT = 1


class InterPodAffinity:
    """Score on preferred affinity between pods.

    hard_weight is what a required term of a running pod is worth; ignores_others leaves the preferences of running
    pods out where the new pod has none itself.
    """

    name = "InterPodAffinity"

    def __init__(
        self, hard_weight: int = DEFAULT_HARD_WEIGHT, *, ignores_others: bool = False
    ) -> None:
        self._hard_weight = hard_weight
        self._ignores_others = ignores_others

    def prepare(self, pod: PodInfo, nodes: Sequence[NodeInfo], snapshot: Snapshot) -> Any:
        """Add up what each domain is worth; skip where nobody has preferences.

        O(pods with affinity), O(pods) for a pod with preferences.
        """
        own = pod.affinity
        has_preferences = bool(own.preferred or own.preferred_anti)
        if not has_preferences and (self._ignores_others or not snapshot.with_affinity):
            return SKIP
        names = snapshot.listers.namespace_labels
        labels = names.get(pod.pod.metadata.namespace)
        near = [term.resolved(names) for term in own.preferred]
        far = [term.resolved(names) for term in own.preferred_anti]
        worth: dict[str, dict[str, int]] = {}
        some = snapshot.nodes.values() if has_preferences else snapshot.with_affinity.values()
        for info in some:
            if not info.pods:
                continue
            assert info.node is not None
            pods = info.pods if has_preferences else info.with_affinity
            for other in pods.values():
                _weigh(worth, near, other.pod, None, info.node, 1)
                _weigh(worth, far, other.pod, None, info.node, -1)
                self._weigh_others(worth, other, pod.pod, labels, info.node)
        return worth or SKIP

    def _weigh_others(
        self,
        worth: dict[str, dict[str, int]],
        other: PodInfo,
        pod: Pod,
        labels: Labels | None,
        node: Node,
    ) -> None:
        terms = other.affinity
        if terms.empty:
            return
        if self._hard_weight:
            _weigh(worth, terms.required, pod, labels, node, 0, self._hard_weight)
        _weigh(worth, terms.preferred, pod, labels, node, 1)
        _weigh(worth, terms.preferred_anti, pod, labels, node, -1)

    def score(self, state: Any, pod: PodInfo, node: NodeInfo) -> int:
        """What the node's domains are worth together. O(topology keys)."""
        assert node.node is not None
        labels = node.node.metadata.labels
        return sum(values.get(labels[key], 0) for key, values in state.items() if key in labels)

    def normalise(self, scores: list[int]) -> list[int]:
        """The worst is 0 and the best 100. O(n)."""
        least, most = min(scores, default=0), max(scores, default=0)
        if least == most:
            return [0] * len(scores)
        return [int(MAX_NODE_SCORE * ((score - least) / (most - least))) for score in scores]


def _weigh(
    worth: dict[str, dict[str, int]],
    terms: Iterable[AffinityTerm],
    pod: Pod,
    labels: Labels | None,
    node: Node,
    sign: int,
    flat: int = 0,
) -> None:
    """Add the weight of each term that means the pod, times the sign, plus a flat weight, to the node's domain."""
    for term in terms:
        value = node.metadata.labels.get(term.topology_key)
        if value is not None and term.matches(pod, labels):
            values = worth.setdefault(term.topology_key, {})
            values[value] = values.get(value, 0) + sign * term.weight + flat
