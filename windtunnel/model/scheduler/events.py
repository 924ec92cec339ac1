"""From informer events to the scheduler's cache and queue: who belongs where, and which change wakes whom.

A pod with a node belongs to the cache, one without to the queue, and to the nominator if room is being made for it. An
update whose two versions have different UIDs is what a gap in the watch leaves of a deletion and a creation, and is
handled as both. Everything else goes to the listers.

Not modelled: events of resource slices.
"""

from __future__ import annotations

from collections.abc import Callable

import attrs

from windtunnel.model.objects.meta import KubeObject
from windtunnel.model.objects.node import Node
from windtunnel.model.objects.pod import Pod
from windtunnel.model.scheduler.cache import Cache
from windtunnel.model.scheduler.framework import ClusterEvent
from windtunnel.model.scheduler.listers import CLAIMS, NAMESPACES, VOLUMES, Listers
from windtunnel.model.scheduler.nominator import Nominator
from windtunnel.model.scheduler.queue import SchedulingQueue

DEFAULT_SCHEDULER = "default-scheduler"
_WAKING = {NAMESPACES: "namespace", CLAIMS: CLAIMS, VOLUMES: VOLUMES}
"""What a change of which followed resource is called as an event."""


def on_node(pod: Pod, node: str) -> Pod:
    """The pod as it looks once it is bound. O(1)."""
    return attrs.evolve(pod, spec=attrs.evolve(pod.spec, node_name=node))


def matters_to_scheduling(before: Node, after: Node) -> bool:
    """Whether a filter could judge the node differently. O(size of what filters read)."""
    return (
        before.status.allocatable != after.status.allocatable
        or before.metadata.labels != after.metadata.labels
        or before.spec != after.spec
    )


class EventHandlers:
    """Feeds one cache, queue, nominator and listers; wake is called when there may be a pod to try."""

    def __init__(
        self,
        cache: Cache,
        queue: SchedulingQueue,
        nominator: Nominator,
        listers: Listers,
        now_ms: Callable[[], int],
        wake: Callable[[], None],
    ) -> None:
        self._cache = cache
        self._queue = queue
        self._nominator = nominator
        self._listers = listers
        self._now_ms = now_ms
        self._wake = wake

    # -- pods ------------------------------------------------------------------------------------------------------

    def pod_added(self, pod: Pod) -> None:
        """A pod that was not there before. O(log n)."""
        if pod.spec.node_name:
            self._settle(pod)
            self._event(ClusterEvent("pod", "add", None, pod))
        elif pod.spec.scheduler_name == DEFAULT_SCHEDULER:
            self._queue.add(pod, self._now_ms())
            self._renominate(pod, pod.status.nominated_node_name)
            self._wake()

    def pod_updated(self, before: Pod, after: Pod) -> None:
        """A later version of a pod. O(log n)."""
        uid = after.metadata.uid
        if before.metadata.uid != uid:
            self.pod_deleted(before)
            self.pod_added(after)
        elif after.spec.node_name:
            if not before.spec.node_name:
                self._settle(after)
                self._event(ClusterEvent("pod", "add", None, after))
                return
            self._cache.add_pod(after)
            if before.metadata.labels != after.metadata.labels:
                self._event(ClusterEvent("pod", "update", before, after))
        elif after.spec.scheduler_name == DEFAULT_SCHEDULER and not self._cache.is_assumed(uid):
            self._queue.update(after, self._now_ms())
            self._follow_nomination(before, after)
            self._wake()

    def pod_deleted(self, pod: Pod) -> None:
        """A pod is gone, or over; one that was only assumed gives its place back too. O(log n + parked pods)."""
        uid = pod.metadata.uid
        node = self._cache.node_of(uid) or self._nominator.node_of(uid)
        self._queue.delete(uid)
        self._nominator.remove(uid)
        if node is not None:
            self._cache.remove_pod(uid)
            gone = pod if pod.spec.node_name else on_node(pod, node)
            self._event(ClusterEvent("pod", "delete", gone, None))

    def _settle(self, pod: Pod) -> None:
        self._cache.add_pod(pod)
        self._queue.delete(pod.metadata.uid)
        self._nominator.remove(pod.metadata.uid)

    def _follow_nomination(self, before: Pod, after: Pod) -> None:
        old, new = before.status.nominated_node_name, after.status.nominated_node_name
        there = self._nominator.node_of(after.metadata.uid)
        # A nomination that nobody has heard of yet outlives updates that are not about nominations.
        self._renominate(after, (there or "") if old == new else new)
        if old and old != new:
            self._event(ClusterEvent("pod", "delete", on_node(before, old), None))

    def _renominate(self, pod: Pod, node: str) -> None:
        queued = self._queue.get(pod.metadata.uid)
        if queued is not None:
            self._nominator.nominate(queued.info, node)

    # -- nodes -----------------------------------------------------------------------------------------------------

    def node_added(self, node: Node) -> None:
        """A node came. O(parked pods)."""
        self._cache.set_node(node)
        self._event(ClusterEvent("node", "add", None, node))

    def node_updated(self, before: Node, after: Node) -> None:
        """A later version of a node; heartbeats wake nobody. O(parked pods)."""
        self._cache.set_node(after)
        if before.metadata.uid != after.metadata.uid:
            self._event(ClusterEvent("node", "add", None, after))
        elif matters_to_scheduling(before, after):
            self._event(ClusterEvent("node", "update", before, after))

    def node_deleted(self, node: Node) -> None:
        """A node is gone, and with it a place to be spread to. O(parked pods)."""
        self._cache.remove_node(node.name)
        self._event(ClusterEvent("node", "delete", node, None))

    # -- everything else -------------------------------------------------------------------------------------------

    def object_put(self, resource: str, before: KubeObject | None, after: KubeObject) -> None:
        """A followed object came or changed. O(1), and O(parked pods) where a filter reads it."""
        self._listers.put(resource, after)
        what = _WAKING.get(resource)
        if what is not None:
            self._event(ClusterEvent(what, "add" if before is None else "update", before, after))

    def object_deleted(self, resource: str, obj: KubeObject) -> None:
        """A followed object is gone. O(1)."""
        self._listers.remove(resource, obj)

    def _event(self, event: ClusterEvent) -> None:
        if self._queue.on_event(event, self._now_ms()):
            self._wake()
