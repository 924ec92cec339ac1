"""The taint eviction controller: deletes pods that do not tolerate a NoExecute taint of their node, or not for longer.

A pod without a toleration for one of the taints goes at once; one whose tolerations are limited goes when the shortest
of them is over, counted from when the controller first saw that it has to. The eviction is cancelled when the taints
go, or are all tolerated for ever. As in 1.36 an eviction that is planned keeps its time when the taints change to ones
that are tolerated for a shorter while. Deletion is graceful: a pod on a node that is gone stays Terminating.

Corrections of what 1.36 does:
- An eviction is tried for as long as it fails; 1.36 gives up after five attempts within 50 ms.
- It is for one pod, known by its UID, and not for whichever pod has the name when the time comes.

Not modelled: Events; a worker of its own for each node.
"""

from __future__ import annotations

from typing import Any, cast

from attrs import evolve, frozen

from windtunnel.model.api.errors import ApiError, is_not_found
from windtunnel.model.client.client import Client
from windtunnel.model.client.informer_factory import InformerFactory
from windtunnel.model.controllers.base import QueueController, key_of
from windtunnel.model.controllers.node_lifecycle.pods import BY_NODE, node_index
from windtunnel.model.controllers.taint_eviction.decision import (
    no_execute_taints,
    seconds_to_stay,
    used_tolerations,
)
from windtunnel.model.controllers.taint_eviction.disruption_target import status_patch
from windtunnel.model.environment import Environment
from windtunnel.model.objects.node import Node, Taint
from windtunnel.model.objects.pod import Pod
from windtunnel.model.objects.record import Key
from windtunnel.model.sim.loop import Event
from windtunnel.model.sim.process import Process

REASON = "DeletionByTaintManager"
MESSAGE = "Taint manager: deleting due to NoExecute taint"


@frozen
class Eviction:
    """A key of the queue: the time of this pod is over."""

    pod: Key

    def __str__(self) -> str:
        return f"the eviction of {self.pod}"


@frozen
class Planned:
    """An eviction that is planned (timer), or whose time has come (None)."""

    uid: str
    since_ms: int
    timer: Event | None


class TaintEviction(QueueController):
    """Role "taint-eviction". Owns the NoExecute taints of each node as last looked at, and the planned evictions."""

    name = "taint-eviction"
    workers = 8

    def __init__(
        self, process: Process, environment: Environment, client: Client, informers: InformerFactory
    ) -> None:
        super().__init__(process, environment, client, informers)
        self.nodes = self.watch("nodes")
        self.pods = self.watch("pods")
        self.pods.add_index(BY_NODE, node_index)
        self.tainted: dict[str, tuple[Taint, ...]] = {}
        self.planned: dict[Key, Planned] = {}
        self.nodes.add_handler(self.node_added, self.node_updated, self.node_deleted)
        self.pods.add_handler(self.pod_added, self.pod_updated, self.pod_deleted)

    # -- events ------------------------------------------------------------------------------------

    def node_added(self, node: Node) -> None:
        """A node showed up."""
        if no_execute_taints(node) or node.name in self.tainted:
            self.queue.add(key_of(node))

    def node_updated(self, old: Node, new: Node) -> None:
        """A node changed."""
        if no_execute_taints(old) != no_execute_taints(new):
            self.queue.add(key_of(new))

    def node_deleted(self, node: Node) -> None:
        """A node is gone; evictions that are planned for its pods stay planned."""
        if node.name in self.tainted:
            self.queue.add(key_of(node))

    def pod_added(self, pod: Pod) -> None:
        """A pod showed up; on a node that is not known as tainted there is nothing to do."""
        if pod.spec.node_name in self.tainted:
            self.queue.add(key_of(pod))

    def pod_updated(self, old: Pod, new: Pod) -> None:
        """A pod changed, or another one took its name."""
        if old.uid != new.uid:
            self.pod_deleted(old)
            self.pod_added(new)
        elif (
            old.spec.node_name != new.spec.node_name or old.spec.tolerations != new.spec.tolerations
        ):
            self.pod_added(new)

    def pod_deleted(self, pod: Pod) -> None:
        """A pod is gone: so is its eviction."""
        self.cancel(key_of(pod))

    # -- one key -----------------------------------------------------------------------------------

    async def sync(self, key: Key | Eviction) -> None:
        """Look at a node or a pod, or evict a pod whose time is over."""
        if isinstance(key, Eviction):
            await self.evict(key.pod)
        elif key.namespace:
            self.look_at_pod(key)
        else:
            self.look_at_node(key)

    def look_at_node(self, key: Key) -> None:
        """Plan or cancel the evictions of a node's pods. O(pods of the node)."""
        node = cast("Node | None", self.nodes.get(key))
        taints = no_execute_taints(node) if node is not None else ()
        if taints:
            self.tainted[key.name] = taints
        else:
            self.tainted.pop(key.name, None)
        if node is None:
            return
        for pod in cast("list[Pod]", self.pods.by_index(BY_NODE, key.name)):
            self.decide(pod, taints)

    def look_at_pod(self, key: Key) -> None:
        """Plan or cancel the eviction of one pod. O(taints * tolerations)."""
        pod = cast("Pod | None", self.pods.get(key))
        if pod is not None and pod.spec.node_name in self.tainted:
            self.decide(pod, self.tainted[pod.spec.node_name])

    def decide(self, pod: Pod, taints: tuple[Taint, ...]) -> None:
        """Plan the eviction that the taints call for, or cancel the one that is planned. O(taints * tolerations)."""
        key, now_ms = key_of(pod), self.process.now_ms
        used = used_tolerations(taints, pod.spec.tolerations)
        if used is None:
            self.cancel(key)
            self.plan(pod, 0)
            return
        seconds = seconds_to_stay(used)
        if seconds is None:
            self.cancel(key)
            return
        planned = self.planned.get(key)
        if planned is not None and planned.timer is not None:
            if planned.since_ms < now_ms:
                return
            self.cancel(key)
        self.plan(pod, seconds)

    def plan(self, pod: Pod, seconds: int) -> None:
        """Have a pod evicted after so many seconds, unless its time has come already. O(log n)."""
        key, process = key_of(pod), self.process
        if key in self.planned:
            return
        if seconds <= 0:
            self.planned[key] = Planned(pod.uid, process.now_ms, None)
            self.queue.add(Eviction(key))
            return
        timer = process.loop.after(
            process.lasts_ms(seconds * 1000), process.name, f"{self.name} evicts {key}", self._time_is_over, key,
            background=False,
        )  # fmt: skip
        self.planned[key] = Planned(pod.uid, process.now_ms, timer)

    def cancel(self, key: Key) -> None:
        """Forget the eviction of a pod, if there is one. O(1)."""
        planned = self.planned.pop(key, None)
        if planned is not None and planned.timer is not None:
            self.process.loop.cancel(planned.timer)

    def _time_is_over(self, key: Key) -> None:
        self.planned[key] = evolve(self.planned[key], timer=None)
        self.queue.add(Eviction(key))

    # -- evicting ----------------------------------------------------------------------------------

    async def evict(self, key: Key) -> None:
        """Say in the pod's status why it goes, and delete it; nothing if that was cancelled."""
        planned = self.planned.get(key)
        if planned is None:
            return
        try:
            pod: Any = await self.client.get("Pod", key)
            if pod.uid == planned.uid:
                await self.condition_and_delete(pod)
        except ApiError as error:
            if not is_not_found(error):
                raise

    async def condition_and_delete(self, pod: Pod) -> None:
        """Write the condition, if it is not there, and delete the pod gracefully. Raises ApiError, NetworkError."""
        key = key_of(pod)
        patch = status_patch(pod, REASON, MESSAGE, self.process.wall_ms)
        if patch is not None:
            await self.client.patch("Pod", key, patch, patch_type="strategic", subresource="status")
        await self.client.delete("Pod", key, uid=pod.uid)
