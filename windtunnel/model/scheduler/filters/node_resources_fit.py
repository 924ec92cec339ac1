"""NodeResourcesFit: a node takes no more pods than it allows, and no more than its allocatable resources hold.

Only what a pod asks for is compared, so a node that is over-committed on one resource still takes pods that do not
ask for it. A pod that asks for more than the node has at all is beyond help: removing other pods would not make room.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from attrs import frozen

from windtunnel.model.scheduler.framework import (
    UNRESOLVABLE,
    UNSCHEDULABLE,
    ClusterEvent,
    Rejection,
)
from windtunnel.model.scheduler.node_info import NodeInfo, PodInfo
from windtunnel.model.scheduler.resources import PODS, amounts, is_extended
from windtunnel.model.scheduler.snapshot import Snapshot

NAME = "NodeResourcesFit"


@frozen
class Insufficient:
    """A resource of which the node has too little left."""

    resource: str
    requested: int
    used: int
    capacity: int

    @property
    def reason(self) -> str:
        """In the words of the scheduler."""
        return "Too many pods" if self.resource == PODS else f"Insufficient {self.resource}"

    @property
    def unresolvable(self) -> bool:
        """Whether the node could not hold the pod even if it were empty."""
        return self.resource != PODS and self.requested > self.capacity


def insufficient_resources(
    pod: PodInfo, node: NodeInfo, ignored: Iterable[str] = (), ignored_groups: Iterable[str] = ()
) -> list[Insufficient]:
    """Everything of which the node has too little for the pod. O(resources that the pod asks for)."""
    found = []
    allocatable = node.allocatable
    used = len(node.pods)
    if used + 1 > allocatable.get(PODS, 0):
        found.append(Insufficient(PODS, 1, used, allocatable.get(PODS, 0)))
    requested = node.requested
    for name, number in pod.requests.items():
        capacity = allocatable.get(name, 0)
        taken = requested.get(name, 0)
        if number <= capacity - taken:
            continue
        if is_extended(name) and (name in ignored or name.partition("/")[0] in ignored_groups):
            continue
        found.append(Insufficient(name, number, taken, capacity))
    return found


def _fits(pod: PodInfo, node: NodeInfo) -> bool:
    """Whether the node has enough of everything, which is the usual case. O(resources that the pod asks for)."""
    allocatable, requested = node.allocatable, node.requested
    for name, number in pod.requests.items():
        if number > allocatable.get(name, 0) - requested.get(name, 0):
            return False
    return len(node.pods) < allocatable.get(PODS, 0)


class NodeResourcesFit:
    """Filter on resources and on the number of pods. ignored names extended resources, or their groups, to overlook."""

    name = NAME

    def __init__(self, ignored: Iterable[str] = (), ignored_groups: Iterable[str] = ()) -> None:
        self._ignored = tuple(ignored)
        self._ignored_groups = tuple(ignored_groups)

    def prepare(self, pod: PodInfo, snapshot: Snapshot) -> Any:
        """Nothing to prepare: what the pod asks for was worked out when it came."""
        return None

    def filter(self, state: Any, pod: PodInfo, node: NodeInfo) -> Rejection | None:
        """Turn a node away that has too little left. O(resources that the pod asks for)."""
        if _fits(pod, node):
            return None
        found = insufficient_resources(pod, node, self._ignored, self._ignored_groups)
        if not found:
            return None
        code = UNRESOLVABLE if any(each.unresolvable for each in found) else UNSCHEDULABLE
        return Rejection(code, tuple(each.reason for each in found), NAME)

    def sign(self, pod: PodInfo) -> Any:
        """What the pod asks for."""
        return tuple(pod.requests.items())

    def alike(self, state: Any) -> bool:
        """It looks at nothing but what is offered and taken."""
        return True

    def may_help(self, pod: PodInfo, event: ClusterEvent) -> bool:
        """A bound pod that went; a node that came or grew and could hold the pod if it were empty."""
        if event.resource == "pod":
            return event.action == "delete" and bool(event.before.spec.node_name)
        if event.resource != "node" or event.after is None:
            return False
        offered = amounts(event.after.status.allocatable)
        if offered.get(PODS, 0) < 1:
            return False
        if any(number > offered.get(name, 0) for name, number in pod.requests.items()):
            return False
        if event.before is None:
            return True
        before = amounts(event.before.status.allocatable)
        return any(offered.get(name, 0) > before.get(name, 0) for name in (PODS, *pod.requests))
