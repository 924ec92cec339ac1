"""How nodes get their NoExecute taints: zone by zone, at the zone's rate, ten looks a second at most.

Not modelled: tokens that the real queue uses up for nodes whose retry is not due yet.
"""

from __future__ import annotations

from math import ceil
from typing import cast

from windtunnel.model.api.errors import ApiError
from windtunnel.model.client.client import Client
from windtunnel.model.client.informer_factory import InformerFactory
from windtunnel.model.controllers.node_lifecycle.events import NodeEvents
from windtunnel.model.controllers.node_lifecycle.eviction_queue import EvictionQueue
from windtunnel.model.controllers.node_lifecycle.taint_writer import TaintWriter
from windtunnel.model.controllers.node_lifecycle.taints import (
    NOT_READY_EXECUTE,
    UNREACHABLE_EXECUTE,
    has_taint,
    no_execute_taint,
    ready_status,
)
from windtunnel.model.controllers.node_lifecycle.zones import zone_of
from windtunnel.model.environment import Environment
from windtunnel.model.objects.node import Node
from windtunnel.model.objects.record import Key
from windtunnel.model.sim.loop import Event
from windtunnel.model.sim.network import NetworkError
from windtunnel.model.sim.process import Process

LOOK_MS = 100
NO_READY_CONDITION_RETRY_MS = 50


class NoExecuteTainting(NodeEvents):
    """Owns the queues of the zones, and the timer of the next look at them."""

    def __init__(
        self, process: Process, environment: Environment, client: Client, informers: InformerFactory
    ) -> None:
        super().__init__(process, environment, client, informers)
        self.taints = TaintWriter(client)
        self.waiting: dict[str, EvictionQueue] = {}
        self.tainting = False
        self._look: Event | None = None

    def busy(self) -> str | None:
        """What the controller still has to do, in words. O(keys), and O(nodes) where it is otherwise idle."""
        if self.tainting:
            return f"{self.name} drives pods out of nodes"
        return super().busy()

    def queue_of(self, node: Node) -> EvictionQueue:
        """The queue of the node's zone; a new zone begins at the normal rate. O(1)."""
        zone = zone_of(node)
        found = self.waiting.get(zone)
        if found is None:
            found = self.waiting[zone] = EvictionQueue(self.settings.node_eviction_rate)
        return found

    async def judge(self, node: Node, observed: str) -> None:
        """Do about a node's NoExecute taints what its Ready condition, as observed, calls for."""
        wanted = no_execute_taint(observed)
        if wanted is None:
            await self.mark_reachable(node)
            return
        taint, opposite = wanted
        if has_taint(node, opposite):
            await self.taints.swap(node, [taint], [opposite])
            return
        queue = self.queue_of(node)
        if not has_taint(node, taint):
            queue.remove(node.name)
        queue.add(node.name, self.process.now_ms)
        self.plan_tainting()

    async def mark_reachable(self, node: Node) -> None:
        """Take the node's NoExecute taints off, and its name off the queue."""
        await self.taints.remove(node, [UNREACHABLE_EXECUTE])
        await self.taints.remove(node, [NOT_READY_EXECUTE])
        self.queue_of(node).remove(node.name)

    def set_rate(self, zone: str, rate: float) -> None:
        """Let so many nodes of a zone be tainted in a second."""
        queue = self.waiting.get(zone)
        if queue is not None:
            queue.set_rate(rate, self.process.now_ms)
        self.plan_tainting()

    # -- the queues --------------------------------------------------------------------------------

    def plan_tainting(self) -> None:
        """Set the timer for the first node that may be tainted. O(zones + waiting)."""
        moments = [queue.ready_at_ms() for queue in self.waiting.values()]
        first_ms = min((moment for moment in moments if moment is not None), default=None)
        if first_ms is None or self.tainting:
            return
        assert self.began_ms is not None
        passed_ms, ahead_ms = self.process.now_ms - self.began_ms, first_ms - self.began_ms
        looks = max(passed_ms // LOOK_MS + 1, ceil(ahead_ms / LOOK_MS))
        when_ms = self.process.due_ms(self.began_ms + looks * LOOK_MS)
        loop, look = self.process.loop, self._look
        if look is not None:
            if look.when_ms <= when_ms:
                return
            loop.cancel(look)
        self._look = loop.at(
            when_ms, self.process.name, f"{self.name} may drive pods out", self._time_to_look,
            background=False,
        )  # fmt: skip

    def _time_to_look(self, _: None) -> None:
        self._look = None
        if self.is_current():
            self.tainting = True
            self.process.spawn(self._taint(), f"{self.name} tainting")

    async def _taint(self) -> None:
        for queue in list(self.waiting.values()):
            while (name := queue.take(self.process.now_ms)) is not None:
                await self.taint_next(queue, name)
        self.tainting = False
        self.plan_tainting()

    async def taint_next(self, queue: EvictionQueue, name: str) -> None:
        """Give the node whose turn it is the NoExecute taint that it needs now, if any."""
        node = cast("Node | None", self.nodes.get(Key("", name)))
        if node is None:
            return
        status = ready_status(node)
        if not status:
            queue.retry(name, self.process.now_ms + NO_READY_CONDITION_RETRY_MS)
            return
        wanted = no_execute_taint(status)
        if wanted is None:
            return
        taint, opposite = wanted
        try:
            await self.taints.swap(node, [taint], [opposite])
        except (ApiError, NetworkError):
            queue.retry(name, self.process.now_ms + 1)
