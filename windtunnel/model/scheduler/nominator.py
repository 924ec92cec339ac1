"""Nominator: which pods wait for room that is being made for them, and on which nodes.

A pod that preempts others is nominated to their node in memory at once, before anybody has heard of it, and what its
status says follows. It counts there until it is placed, deleted, or nominated elsewhere.
"""

from __future__ import annotations

from windtunnel.model.scheduler.node_info import PodInfo


class Nominator:
    """Owns the nominations."""

    def __init__(self) -> None:
        self._nodes: dict[str, str] = {}
        self._pods: dict[str, dict[str, PodInfo]] = {}

    def nominate(self, pod: PodInfo, node: str) -> None:
        """Nominate a pod to a node, or to none where node is ''; an earlier nomination is gone. O(1)."""
        self.remove(pod.uid)
        if node:
            self._nodes[pod.uid] = node
            self._pods.setdefault(node, {})[pod.uid] = pod

    def remove(self, uid: str) -> None:
        """The pod is nominated no longer. O(1)."""
        node = self._nodes.pop(uid, None)
        if node is None:
            return
        del self._pods[node][uid]
        if not self._pods[node]:
            del self._pods[node]

    def node_of(self, uid: str) -> str | None:
        """The node to which a pod is nominated. O(1)."""
        return self._nodes.get(uid)

    def on(self, node: str) -> tuple[PodInfo, ...]:
        """The pods that are nominated to a node. O(answer)."""
        return tuple(self._pods.get(node, {}).values())

    def crowded(self, pod: PodInfo) -> tuple[str, ...]:
        """The nodes to which another pod of at least this one's priority is nominated. O(nominations)."""
        if not self._nodes:
            return ()
        return tuple(node for node in self._pods if self.important_on(node, pod))

    def important_on(self, node: str, pod: PodInfo) -> tuple[PodInfo, ...]:
        """The other pods of at least this one's priority that are nominated to a node. O(nominations there)."""
        there = self._pods.get(node)
        if not there:
            return ()
        priority = pod.pod.spec.priority
        return tuple(
            other
            for uid, other in there.items()
            if uid != pod.uid and other.pod.spec.priority >= priority
        )

    def check(self) -> None:
        """Both directions agree. Raises AssertionError. O(nominations)."""
        pairs = {uid: node for node, pods in self._pods.items() for uid in pods}
        if pairs != self._nodes:
            raise AssertionError(f"{pairs} nominated by node, {self._nodes} by pod")
