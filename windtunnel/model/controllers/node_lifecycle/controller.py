"""The node lifecycle controller: from a node's silence, or its conditions, to taints and unready pods.

At each check a node that was not heard of for the grace period gets Ready Unknown, and its pods Ready False; at the
next check it is queued for the NoExecute taint that lets the taint eviction controller drive its pods out, unless all
zones are down, when nobody is driven out. NoSchedule taints follow the conditions at once.

Corrections of what 1.36 does:
- A silent node's Lease is read from the API server before the node is given up, not only from the cache, which may have
  stalled (kubernetes#138698).
- Pods are marked as not ready whenever their node is found False or Unknown and was not marked as such by this
  controller: not only when it turns from True in the same check (kubernetes#48681, kubernetes#112733).
- A failed NoSchedule tainting is tried again; 1.36 waits for the next change of the node.
- While all zones are down, NoExecute taints are taken off at every check; 1.36 does so once and forgets failures.

Not modelled: the labels beta.kubernetes.io/os and /arch, which are kept equal with those without beta; Events.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import cast

from attrs import evolve

from windtunnel.model.api.errors import ApiError, is_not_found
from windtunnel.model.client.client import Client
from windtunnel.model.client.informer_factory import InformerFactory
from windtunnel.model.controllers.node_lifecycle.events import LEASE_NAMESPACE
from windtunnel.model.controllers.node_lifecycle.health import unknown_conditions
from windtunnel.model.controllers.node_lifecycle.pods import BY_NODE, marked_not_ready
from windtunnel.model.controllers.node_lifecycle.tainting import NoExecuteTainting
from windtunnel.model.controllers.node_lifecycle.taints import no_schedule_changes, ready_status
from windtunnel.model.controllers.node_lifecycle.zones import (
    Disruption,
    ZoneState,
    assess,
    is_excluded,
    taint_rate,
    zone_of,
)
from windtunnel.model.environment import Environment
from windtunnel.model.objects.json import put
from windtunnel.model.objects.meta import condition
from windtunnel.model.objects.node import Lease, Node
from windtunnel.model.objects.pod import Pod
from windtunnel.model.objects.record import Key
from windtunnel.model.sim.network import NetworkError
from windtunnel.model.sim.process import Process
from windtunnel.model.sim.tasks import sleep

CHECK_WORKERS = 8
STATUS_ATTEMPTS = 5
STATUS_RETRY_MS = 20


class NodeLifecycle(NoExecuteTainting):
    """Role "node-lifecycle". Owns the states of the zones."""

    name = "node-lifecycle"
    workers = 8

    def __init__(
        self, process: Process, environment: Environment, client: Client, informers: InformerFactory
    ) -> None:
        super().__init__(process, environment, client, informers)
        self.zones: dict[str, ZoneState] = {}
        self.known: dict[str, None] = {}

    # -- one key of the queue: a node whose conditions changed, or a pod on a node that is not ready ---------------

    async def sync(self, key: Key) -> None:
        """Bring a node's NoSchedule taints in line with its conditions, or a pod with its node."""
        if key.namespace:
            await self.sync_pod(key)
        else:
            await self.sync_taints(key)

    async def sync_taints(self, key: Key) -> None:
        """Bring one node's NoSchedule taints in line with its conditions."""
        node = cast("Node | None", self.nodes.get(key))
        if node is not None:
            missing, stale = no_schedule_changes(node)
            await self.taints.swap(node, missing, stale)

    async def sync_pod(self, key: Key) -> None:
        """Mark a pod as not ready if its node is not."""
        pod = cast("Pod | None", self.pods.get(key))
        if pod is None or self.nodes.get(Key("", pod.spec.node_name)) is None:
            return
        if self.status_of(pod.spec.node_name) in ("False", "Unknown"):
            await self.mark_pods_not_ready([pod])

    async def mark_pods_not_ready(self, pods: Iterable[Pod]) -> None:
        """Turn the Ready condition of pods False, one after the other; the first error is raised after the last pod."""
        failed: Exception | None = None
        for pod in pods:
            changed = marked_not_ready(pod, self.process.wall_ms)
            if changed is None:
                continue
            try:
                await self.client.update_status(changed)
            except (ApiError, NetworkError) as error:
                if not is_not_found(error):
                    failed = failed or error
        if failed is not None:
            raise failed

    # -- a check of all nodes --------------------------------------------------------------------------------------

    async def check_nodes(self) -> None:
        """Look at all nodes, eight at a time, and then at their zones."""
        nodes = cast("list[Node]", self.nodes.list())
        await self.learn(nodes)
        ready: dict[str, list[str]] = {}
        left = iter(nodes)
        await self.process.gather(*(self._check_some(left, ready) for _ in range(CHECK_WORKERS)))
        await self.check_zones(nodes, ready)

    async def learn(self, nodes: list[Node]) -> None:
        """Take in nodes that are new: whatever taints they came with, they are taken for reachable."""
        for node in nodes:
            if node.name not in self.known and not await self.try_mark_reachable(node):
                self.want_check()
        self.known = {node.name: None for node in nodes}

    async def try_mark_reachable(self, node: Node) -> bool:
        """Take a node's NoExecute taints off; False if it could not be done now."""
        try:
            await self.mark_reachable(node)
        except (ApiError, NetworkError) as error:
            return is_not_found(error)
        return True

    async def _check_some(self, left: Iterator[Node], ready: dict[str, list[str]]) -> None:
        for node in left:
            try:
                await self.check_node(node, ready)
            except (ApiError, NetworkError) as error:
                if not is_not_found(error):
                    self.want_check()

    async def check_node(self, node: Node, ready: dict[str, list[str]]) -> None:
        """Look at one node; ready collects the statuses of Ready by zone."""
        node, observed, status = await self.update_health(node)
        if not is_excluded(node):
            ready.setdefault(zone_of(node), []).append(status)
        if not status:
            return
        try:
            await self.judge(node, observed)
        finally:
            await self.check_pods(node.name, status)

    async def check_pods(self, name: str, status: str) -> None:
        """Mark the pods of a node that is not ready, once for each way in which it is not."""
        if status == "True":
            self.marked.pop(name, None)
        elif self.marked.get(name) != status:
            await self.mark_pods_not_ready(cast("list[Pod]", self.pods.by_index(BY_NODE, name)))
            self.marked[name] = status

    # -- the health of one node ------------------------------------------------------------------------------------

    async def update_health(self, node: Node) -> tuple[Node, str, str]:
        """Turn a silent node's conditions Unknown. Answers with the node, and its status of Ready before and after."""
        for attempt in range(1, STATUS_ATTEMPTS + 1):
            try:
                return await self.try_update_health(node)
            except (ApiError, NetworkError):
                if attempt == STATUS_ATTEMPTS:
                    raise
                await sleep(STATUS_RETRY_MS, f"looks at {node.name} again")
                node = await self.client.get("Node", Key("", node.name))
        raise AssertionError("unreachable")

    async def try_update_health(self, node: Node) -> tuple[Node, str, str]:
        """One attempt at it, with the version of the node that is given. Raises ApiError, NetworkError."""
        now_ms = self.process.now_ms
        self.observe(node, now_ms)
        before = ready_status(node)
        if not self.is_silent(node.name):
            return node, before or "Unknown", before
        if before == "Unknown" or await self.was_renewed(node.name):
            return node, before or "Unknown", before
        conditions = unknown_conditions(node, self.process.wall_ms)
        written: Node = await self.client.update_status(
            put(node.raw, conditions, "status", "conditions")
        )
        health = self.health.get(node.name)
        if health is not None:
            ready = condition(written.status.conditions, "Ready")
            self.health[node.name] = evolve(health, ready=ready)
        return written, before or "Unknown", "Unknown"

    def is_silent(self, name: str) -> bool:
        """Whether a node was not heard of for longer than its grace period. O(1)."""
        return self.process.now_ms > self.silent_after_ms(name)

    async def was_renewed(self, name: str) -> bool:
        """Whether the API server has a newer Lease than the cache, which then is behind: the node is not silent."""
        try:
            lease: Lease = await self.client.get("Lease", Key(LEASE_NAMESPACE, name))
        except ApiError as error:
            if is_not_found(error):
                return False
            raise
        health, renewed_ms = self.health.get(name), lease.spec.renew_time
        if health is None or renewed_ms is None:
            return False
        if health.renewed_ms is not None and renewed_ms <= health.renewed_ms:
            return False
        self.health[name] = evolve(health, heard_ms=self.process.now_ms, renewed_ms=renewed_ms)
        return True

    # -- the zones -------------------------------------------------------------------------------------------------

    async def check_zones(self, nodes: list[Node], ready: dict[str, list[str]]) -> None:
        """Set the rate at which each zone's nodes may be tainted; if all zones are down, let nobody be driven out."""
        found = assess(self.zones, ready, self.settings.unhealthy_zone_threshold)
        self.zones = dict(found.states)
        if found.all_down:
            await self.stop_evictions(nodes)
            return
        if found.recovered:
            self.hear_all_anew()
        for zone in found.states if found.recovered else found.changed:
            self.set_rate(zone, self.rate_of(zone, found, len(ready[zone])))

    async def stop_evictions(self, nodes: list[Node]) -> None:
        """No zone has a ready node, so it is rather the control plane that is cut off: take all taints back."""
        for zone in self.zones:
            self.set_rate(zone, 0.0)
        for node in nodes:
            current = cast("Node | None", self.nodes.get(Key("", node.name)))
            if current is not None and not await self.try_mark_reachable(current):
                self.want_check()

    def hear_all_anew(self) -> None:
        """The first node is back after all were down: give the others their grace period anew. O(nodes)."""
        now_ms = self.process.now_ms
        for name, health in self.health.items():
            self.health[name] = evolve(health, heard_ms=now_ms)

    def rate_of(self, zone: str, found: Disruption, nodes: int) -> float:
        """How many nodes of a zone may be tainted in a second, by its state. O(1)."""
        return taint_rate(found.states[zone], nodes, self.settings)
