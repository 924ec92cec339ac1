"""What a scheduler plugin is: a Filter says which nodes a pod cannot run on, a Score says which of the rest it likes.

A plugin prepares once for each attempt (a pod against a snapshot) and is then asked node by node. A plugin that has
nothing to say about a pod answers SKIP when it prepares and is left out of the attempt. A Filter also says which
cluster events can make a pod that it turned away fit: only those wake the pod.

What a plugin may have beyond its protocol:

    only_nodes(state)      Filter: the names of the only nodes that can pass, or None
    adjust(state, pod, other, node, step)
                           Filter: the state with another pod on a node (step 1) or without it (-1), for a filter
                           whose verdict depends on other nodes
    sign(pod)              what of the pod's spec the answers depend on, if they depend on nothing else but the node;
                           such a plugin prepares once for all pods that sign alike, and then turns none away
    sign_state(state)      Score: the same, said by its state
    alike(state)           of one that signs, whether nodes that look the same (likeness.py) get the same answer; they
                           need not all be asked then
    absolute               Score: True if normalise changes nothing
    traits(state, nodes), worth(state)
                           Score: what the score of each node depends on, and the normalised score of each trait, for a
                           plugin that says this faster than node by node

Not modelled: permit, reserve and pre-bind plugins; more than one profile.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from attrs import frozen

from windtunnel.model.scheduler.node_info import NodeInfo, PodInfo
from windtunnel.model.scheduler.snapshot import Snapshot

UNSCHEDULABLE = "Unschedulable"
UNRESOLVABLE = "UnschedulableAndUnresolvable"
MAX_NODE_SCORE = 100

SKIP: Any = object()
"""What prepare answers when the plugin does not care about this pod."""


@frozen
class Rejection:
    """Why a node does not take a pod. UNRESOLVABLE says that removing pods from the node would not help."""

    code: str
    reasons: tuple[str, ...]
    plugin: str


@frozen
class ClusterEvent:
    """What changed in the cluster: a resource (pod, node, namespace, persistentvolumeclaims, persistentvolumes), an
    action (add, update, delete), before and after."""

    resource: str
    action: str
    before: Any = None
    after: Any = None


class Filter(Protocol):
    """Turns nodes away."""

    name: str

    def prepare(self, pod: PodInfo, snapshot: Snapshot) -> Any:
        """What filter needs to know of the pod, worked out once per attempt; SKIP to be left out, a Rejection where
        the pod fits no node at all."""

    def filter(self, state: Any, pod: PodInfo, node: NodeInfo) -> Rejection | None:
        """Why the pod cannot run on the node; None where it can."""

    def may_help(self, pod: PodInfo, event: ClusterEvent) -> bool:
        """Whether an event can make a pod fit that this filter turned away."""


class Score(Protocol):
    """Likes some of the nodes that are left more than others."""

    name: str

    def prepare(self, pod: PodInfo, nodes: Sequence[NodeInfo], snapshot: Snapshot) -> Any:
        """What score needs to know, worked out once per attempt; SKIP to be left out."""

    def score(self, state: Any, pod: PodInfo, node: NodeInfo) -> int:
        """How much a node is liked, in the plugin's own measure."""

    def normalise(self, scores: list[int]) -> list[int]:
        """The same scores from 0 to MAX_NODE_SCORE, of all nodes together: equal ones stay equal, and how many nodes
        have a score does not matter."""


def normalise_by_maximum(scores: list[int], *, reverse: bool = False) -> list[int]:
    """Scale scores so that the highest becomes 100, or 0 where reverse; all equal to none reversed is 100. O(n)."""
    highest = max(scores, default=0)
    if highest == 0:
        return [MAX_NODE_SCORE] * len(scores) if reverse else scores
    scaled = [MAX_NODE_SCORE * score // highest for score in scores]
    return [MAX_NODE_SCORE - score for score in scaled] if reverse else scaled
