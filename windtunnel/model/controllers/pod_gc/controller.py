"""The pod garbage collector: every 20 seconds, removes pods that nobody else would ever remove.

These are pods bound to a node that does not exist, terminating pods that were never bound, terminating pods on a node
that is declared out of service, and the oldest of too many terminated pods. A node that is missing stays in quarantine
for 40 seconds, counted from the first look that missed it, and is then asked for at the API server, because a cache can
be behind. A pod that is not over is marked Failed first; all are deleted without grace.

Kubernetes looks at all pods every 20 seconds. Here it is done at the same moments, but only while there is something
to remove, and then it is foreground work.

Correction: a pod is deleted by its UID; 1.36 deletes whichever pod has the name by then.

Not modelled: the drift of the period by what a look takes.
"""

from __future__ import annotations

from typing import cast

from windtunnel.model.api.errors import ApiError, is_not_found
from windtunnel.model.client.client import Client
from windtunnel.model.client.informer_factory import InformerFactory
from windtunnel.model.controllers.base import QueueController, key_of
from windtunnel.model.controllers.node_lifecycle.pods import BY_NODE, node_index
from windtunnel.model.controllers.pod_gc.decision import (
    is_out_of_service,
    is_unscheduled_and_terminating,
    terminated_in_excess,
)
from windtunnel.model.controllers.taint_eviction.disruption_target import status_patch
from windtunnel.model.environment import Environment
from windtunnel.model.objects.json import Json
from windtunnel.model.objects.node import Node
from windtunnel.model.objects.pod import Pod
from windtunnel.model.objects.record import Key
from windtunnel.model.sim.loop import Event
from windtunnel.model.sim.network import NetworkError
from windtunnel.model.sim.process import Process

PERIOD_MS = 20_000
QUARANTINE_MS = 40_000
REASON = "DeletionByPodGC"
MESSAGE = "PodGC: node no longer exists"


class PodGarbageCollector(QueueController):
    """Role "pod-gc". Owns the keys of terminated pods, the nodes in quarantine, and the timer of the next look."""

    name = "pod-gc"

    def __init__(
        self, process: Process, environment: Environment, client: Client, informers: InformerFactory
    ) -> None:
        super().__init__(process, environment, client, informers)
        self.threshold = environment.settings.controller_manager.terminated_pod_gc_threshold
        self.incarnation = process.incarnation
        self.nodes = self.watch("nodes")
        self.pods = self.watch("pods")
        self.pods.add_index(BY_NODE, node_index)
        self.terminated: dict[Key, None] = {}
        self.quarantine: dict[str, int] = {}
        self.began_ms: int | None = None
        self.looking = False
        self.look_wanted = False
        self._timer: Event | None = None
        self.nodes.add_handler(on_update=self.node_updated, on_delete=self.node_deleted)
        self.pods.add_handler(self.pod_seen, self.pod_updated, self.pod_deleted)

    async def run(self) -> None:
        """Look at all pods once, and then whenever there is something to remove."""
        await self.wait_for_caches()
        self.began_ms = self.process.now_ms
        await self.look()

    def busy(self) -> str | None:
        """What the collector still has to do, in words."""
        return f"{self.name} looks at the pods" if self.looking else super().busy()

    # -- events ------------------------------------------------------------------------------------

    def node_updated(self, old: Node, new: Node) -> None:
        """A node changed: it may have been declared out of service."""
        if is_out_of_service(new) and not is_out_of_service(old):
            self.plan_look()

    def node_deleted(self, node: Node) -> None:
        """A node is gone: its pods may be orphans."""
        if self.pods.by_index(BY_NODE, node.name):
            self.plan_look()

    def pod_updated(self, old: Pod, new: Pod) -> None:
        """A pod changed."""
        self.pod_seen(new)

    def pod_seen(self, pod: Pod) -> None:
        """A pod is there: see whether it may have to be removed. O(1)."""
        key = key_of(pod)
        if pod.terminal:
            self.terminated[key] = None
        else:
            self.terminated.pop(key, None)
        if self.too_many_terminated() or self.concerns(pod):
            self.plan_look()

    def pod_deleted(self, pod: Pod) -> None:
        """A pod is gone."""
        self.terminated.pop(key_of(pod), None)

    # -- what there is to remove -------------------------------------------------------------------

    def concerns(self, pod: Pod) -> bool:
        """Whether nobody else would remove a pod, or its node at least is missing. O(taints)."""
        node = pod.spec.node_name
        if node and self.is_missing(node):
            return True
        return is_unscheduled_and_terminating(pod) or self.is_stranded(pod)

    def is_missing(self, node: str) -> bool:
        """Whether the cache has no node of that name. O(1)."""
        return self.nodes.get(Key("", node)) is None

    def is_stranded(self, pod: Pod) -> bool:
        """Whether a pod is to go from a node that is out of service. O(taints)."""
        if not pod.metadata.deleting:
            return False
        node = cast("Node | None", self.nodes.get(Key("", pod.spec.node_name)))
        return node is not None and is_out_of_service(node)

    def too_many_terminated(self) -> bool:
        """Whether terminated pods have to be removed; a threshold of 0 or less keeps all. O(1)."""
        return 0 < self.threshold < len(self.terminated)

    # -- when to look ------------------------------------------------------------------------------

    def plan_look(self) -> None:
        """Look at all pods at the next moment for it. O(log n)."""
        if self.looking:
            self.look_wanted = True
        if self.began_ms is None or self.looking or self._timer is not None:
            return
        periods = (self.process.now_ms - self.began_ms) // PERIOD_MS + 1
        self._timer = self.process.loop.at(
            self.process.due_ms(self.began_ms + periods * PERIOD_MS), self.process.name,
            f"{self.name} looks at the pods", self._time_to_look, background=False,
        )  # fmt: skip

    def _time_to_look(self, _: None) -> None:
        self._timer = None
        if self.process.alive and self.process.incarnation == self.incarnation:
            self.process.spawn(self.look(), f"{self.name} look")

    async def look(self) -> None:
        """Remove what there is to remove, and plan another look if something is left."""
        self.looking = True
        self.look_wanted = False
        failed = not await self.collect(cast("list[Pod]", self.pods.list()))
        self.looking = False
        if failed or self.quarantine or self.too_many_terminated() or self.has_more():
            self.plan_look()

    def has_more(self) -> bool:
        """Whether what happened during a look left something for the next one. O(pods) if anything happened."""
        return self.look_wanted and any(map(self.concerns, self.pods.list()))

    async def collect(self, pods: list[Pod]) -> bool:
        """Remove all pods that nobody else would; False if a removal failed. O(pods)."""
        removals = [
            *await self.remove_terminated(pods),
            *[await self.remove(pod) for pod in pods if self.is_stranded(pod)],
            *await self.remove_orphans(pods),
            *[await self.remove(pod) for pod in pods if is_unscheduled_and_terminating(pod)],
        ]
        return all(removals)

    async def remove_terminated(self, pods: list[Pod]) -> list[bool]:
        """Remove the oldest of too many terminated pods."""
        if not self.too_many_terminated():
            return []
        over = [pod for pod in pods if pod.terminal]
        excess = terminated_in_excess(over, self.threshold)
        return await self.process.gather(*(self.remove(pod) for pod in excess))

    async def remove_orphans(self, pods: list[Pod]) -> list[bool]:
        """Remove the pods of nodes that are gone for good."""
        gone = await self.find_gone_nodes(pods)
        return [await self.remove(pod, orphan=True) for pod in pods if pod.spec.node_name in gone]

    async def find_gone_nodes(self, pods: list[Pod]) -> dict[str, None]:
        """The nodes that are over their quarantine and do not exist; those newly missed go into it. O(pods)."""
        now_ms = self.process.now_ms
        for pod in pods:
            name = pod.spec.node_name
            if name and self.is_missing(name):
                self.quarantine.setdefault(name, now_ms + QUARANTINE_MS)
        gone: dict[str, None] = {}
        for name in [name for name, end_ms in self.quarantine.items() if end_ms <= now_ms]:
            del self.quarantine[name]
            if self.is_missing(name) and await self.is_gone(name):
                gone[name] = None
        return gone

    async def is_gone(self, node: str) -> bool:
        """Whether the API server has no such node; where it cannot say, the node goes into quarantine again."""
        try:
            await self.client.get("Node", Key("", node))
        except (ApiError, NetworkError) as error:
            if is_not_found(error):
                return True
            self.quarantine[node] = self.process.now_ms + QUARANTINE_MS
        return False

    # -- removing ----------------------------------------------------------------------------------

    async def remove(self, pod: Pod, *, orphan: bool = False) -> bool:
        """Mark a pod Failed, if it is not over, and delete it without grace; False if that failed."""
        try:
            if not pod.terminal:
                patch = self.failed(pod, orphan)
                await self.client.patch(
                    "Pod", key_of(pod), patch, patch_type="strategic", subresource="status"
                )
            await self.client.delete("Pod", key_of(pod), uid=pod.uid, grace_period_seconds=0)
        except (ApiError, NetworkError) as error:
            return is_not_found(error)
        return True

    def failed(self, pod: Pod, orphan: bool) -> Json:
        """The patch that marks a pod Failed; an orphan is also told why it goes."""
        if orphan:
            patch = status_patch(pod, REASON, MESSAGE, self.process.wall_ms, phase="Failed")
            assert patch is not None
            return patch
        return {"metadata": {"uid": pod.uid}, "status": {"phase": "Failed"}}
