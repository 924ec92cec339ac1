"""Cache: what the scheduler believes about nodes and the pods on them, ahead of what its informers have confirmed.

A pod is assumed to be on its node the moment the scheduler chose it, before the binding is even sent. The informer
confirms that later, or the binding fails and the pod is forgotten. A node that is removed keeps its pods until they
go too, so that a node of the same name does not come back empty. Each change makes a new NodeInfo with a generation
from one counter; a snapshot is brought up to date with the nodes that changed since.
"""

from __future__ import annotations

from windtunnel.model.objects.json import Json
from windtunnel.model.objects.node import Node
from windtunnel.model.objects.pod import Pod
from windtunnel.model.scheduler.node_info import NodeInfo, PodInfo
from windtunnel.model.scheduler.snapshot import Snapshot


class _PodState:
    __slots__ = ("deadline_ms", "info", "node")

    def __init__(self, info: PodInfo, node: str) -> None:
        self.info = info
        self.node = node
        self.deadline_ms: int | None = None


def _looks_the_same(before: Pod, after: Pod) -> bool:
    # Most writes of a bound pod are its status, which no filter reads.
    return (
        _same_spec(before.raw.get("spec") or {}, after.raw.get("spec") or {})
        and before.metadata.labels == after.metadata.labels
        and before.metadata.deletion_timestamp == after.metadata.deletion_timestamp
    )


def _same_spec(before: Json, after: Json) -> bool:
    """Whether nothing was touched but, where the pod was bound, the name of its node."""
    if after is before:
        return True
    if "nodeName" in before or len(after) != len(before) + 1 or "nodeName" not in after:
        return False
    return all([after.get(key) is value for key, value in before.items()])  # noqa: C419 - faster so


class Cache:
    """Owns the NodeInfos and knows which pods are only assumed."""

    def __init__(self) -> None:
        self._nodes: dict[str, NodeInfo] = {}
        self._pods: dict[str, _PodState] = {}
        self._assumed: dict[str, None] = {}
        self._changed: dict[str, None] = {}
        self._generation = 0

    # -- pods ------------------------------------------------------------------------------------------------------

    def assume(self, info: PodInfo, node: str) -> None:
        """Count a pod on the node that was chosen for it. O(pods on the node)."""
        if info.uid in self._pods:
            raise AssertionError(f"{info!r} is already on {self._pods[info.uid].node}")
        self._place(info, node)
        self._assumed[info.uid] = None

    def finish_binding(self, uid: str, deadline_ms: int | None) -> None:
        """The binding was answered: where there is a deadline, the pod must be confirmed by then. O(1)."""
        if uid in self._assumed:
            self._pods[uid].deadline_ms = deadline_ms

    def forget(self, uid: str) -> bool:
        """Take back an assumption, as the binding failed; a confirmed pod stays. O(pods on the node)."""
        if uid not in self._assumed:
            return False
        return self.remove_pod(uid)

    def is_assumed(self, uid: str) -> bool:
        """Whether a pod is assumed and not yet confirmed. O(1)."""
        return uid in self._assumed

    def node_of(self, uid: str) -> str | None:
        """The node on which a pod is known or assumed to be. O(1)."""
        state = self._pods.get(uid)
        return None if state is None else state.node

    def expire(self, now_ms: int) -> list[str]:
        """Forget the assumed pods whose deadline is over, and say which. O(assumed)."""
        over = []
        for uid in self._assumed:
            deadline_ms = self._pods[uid].deadline_ms
            if deadline_ms is not None and deadline_ms <= now_ms:
                over.append(uid)
        for uid in over:
            self.remove_pod(uid)
        return over

    def add_pod(self, pod: Pod) -> None:
        """The informer has a pod on a node, or a later version of it: it is confirmed there. O(pods on the node)."""
        uid = pod.metadata.uid
        state = self._pods.get(uid)
        self._assumed.pop(uid, None)
        if state is None:
            self._place(PodInfo(pod), pod.spec.node_name)
            return
        if state.node != pod.spec.node_name:
            self._take_away(uid, state)
            self._place(state.info.renewed(pod), pod.spec.node_name)
            return
        state.deadline_ms = None
        if _looks_the_same(state.info.pod, pod):
            # The version matters to preemption alone, which asks for the time of its start; no node changes for that.
            state.info.pod = pod
            return
        state.info = state.info.renewed(pod)
        self._set(self._nodes[state.node].with_pod(state.info, self.next_generation()))

    def remove_pod(self, uid: str) -> bool:
        """The pod is gone, whether it was confirmed or only assumed; says whether it was known. O(pods on the node)."""
        self._assumed.pop(uid, None)
        state = self._pods.get(uid)
        if state is None:
            return False
        self._take_away(uid, state)
        return True

    def _place(self, info: PodInfo, node: str) -> None:
        base = self._nodes.get(node) or NodeInfo(node, None, 0)
        self._pods[info.uid] = _PodState(info, node)
        self._set(base.with_pod(info, self.next_generation()))

    def _take_away(self, uid: str, state: _PodState) -> None:
        del self._pods[uid]
        base = self._nodes[state.node].without_pod(uid, self.next_generation())
        if base.node is None and not base.pods:
            del self._nodes[state.node]
            self._changed[state.node] = None
        else:
            self._set(base)

    # -- nodes -----------------------------------------------------------------------------------------------------

    def set_node(self, node: Node) -> None:
        """A node came or changed. O(1)."""
        base = self._nodes.get(node.name) or NodeInfo(node.name, None, 0)
        if base.node is None:
            # The snapshot is to hear of new nodes in the order in which they came.
            self._changed.pop(node.name, None)
        self._set(base.with_node(node, self.next_generation()))

    def remove_node(self, name: str) -> None:
        """A node is gone; the pods still bound to it stay counted under its name. O(1)."""
        base = self._nodes.get(name)
        if base is None:
            return
        if base.pods:
            self._set(base.with_node(None, self.next_generation()))
        else:
            del self._nodes[name]
            self._changed[name] = None

    def node(self, name: str) -> NodeInfo | None:
        """What is known under a node's name. O(1)."""
        return self._nodes.get(name)

    # -- snapshots -------------------------------------------------------------------------------------------------

    def next_generation(self) -> int:
        """A number that no version of any node had before. O(1)."""
        self._generation += 1
        return self._generation

    def update_snapshot(self, snapshot: Snapshot) -> None:
        """Bring the snapshot up to date. O(nodes changed since the last time)."""
        for name in self._changed:
            info = self._nodes.get(name)
            before = snapshot.get(name)
            if info is None or info.node is None:
                snapshot.replace(name, None)
            elif before is None or before.generation != info.generation:
                snapshot.replace(name, info)
        self._changed = {}

    def check(self) -> None:
        """Compare the carried sums with sums from scratch. Raises AssertionError. O(pods)."""
        counted = 0
        for info in self._nodes.values():
            totals: dict[str, int] = {}
            for uid, pod in info.pods.items():
                counted += 1
                if self._pods[uid].info is not pod or self._pods[uid].node != info.name:
                    raise AssertionError(f"{pod!r} is on {info.name} by mistake")
                for name, number in pod.requests.items():
                    totals[name] = totals.get(name, 0) + number
            if totals != {name: number for name, number in info.requested.items() if number}:
                raise AssertionError(f"{info.name}: {totals} requested, {info.requested} carried")
        if counted != len(self._pods):
            raise AssertionError(f"{counted} pods on nodes, {len(self._pods)} known")

    def _set(self, info: NodeInfo) -> None:
        self._nodes[info.name] = info
        self._changed[info.name] = None
