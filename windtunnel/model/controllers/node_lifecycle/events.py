"""What the node lifecycle controller hears, and when it looks at all nodes.

Kubernetes looks at every node every 5 seconds, whether or not there is anything to see. Here a check takes place at the
same moments, but only where it can matter: after a node came, went or changed in what a check is about, and when a
node was not heard of for its grace period. Until then a heartbeat only notes when the next check would have seen it.
A check that may change something is foreground work. So is, for "settled", the silence of a kubelet that is down,
stopped or cut off: it will be noticed within the grace period, and then the control plane has work to do.

Not modelled: the drift of the period by what the checks take.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

from windtunnel.model.client.client import Client
from windtunnel.model.client.informer_factory import InformerFactory
from windtunnel.model.controllers.base import QueueController, key_of
from windtunnel.model.controllers.node_lifecycle.health import (
    NodeHealth,
    observe,
    silent_after_ms,
)
from windtunnel.model.controllers.node_lifecycle.pods import BY_NODE, node_index
from windtunnel.model.controllers.node_lifecycle.taints import (
    NOT_READY_EXECUTE,
    UNREACHABLE_EXECUTE,
    has_taint,
    no_schedule_changes,
    ready_status,
)
from windtunnel.model.controllers.node_lifecycle.zones import is_excluded, zone_of
from windtunnel.model.environment import Environment
from windtunnel.model.objects.node import Lease, Node
from windtunnel.model.objects.pod import Pod
from windtunnel.model.objects.record import Key
from windtunnel.model.sim.loop import Event
from windtunnel.model.sim.process import Process

LEASE_NAMESPACE = "kube-node-lease"


class NodeEvents(QueueController):
    """Owns the caches of nodes, leases and pods, what was heard of each node, and the timer of the next check."""

    def __init__(
        self, process: Process, environment: Environment, client: Client, informers: InformerFactory
    ) -> None:
        super().__init__(process, environment, client, informers)
        self.settings = environment.settings.controller_manager
        self.incarnation = process.incarnation
        self.nodes = self.watch("nodes")
        self.leases = self.watch("leases")
        self.pods = self.watch("pods")
        self.pods.add_index(BY_NODE, node_index)
        self.health: dict[str, NodeHealth] = {}
        # Who is to be heard of. Only "settled" asks for them, never what the controller decides.
        self.kubelets: dict[str, Process] = {}
        self.marked: dict[str, str] = {}
        self.began_ms: int | None = None
        self.check_wanted = False
        self.checking = False
        self._timer: Event | None = None
        self.nodes.add_handler(self.node_added, self.node_updated, self.node_deleted)
        self.leases.add_handler(self.lease_added, self.lease_updated)
        self.pods.add_handler(self.pod_added, self.pod_updated)

    def caches_are_filled(self) -> None:
        """The first check takes place at once; the others a whole number of periods later."""
        self.began_ms = self.process.now_ms
        self.environment.heartbeats.listeners[f"{self.process.name} {self.name}"] = self
        self.begin_check()

    def busy(self) -> str | None:
        """What the controller still has to do, in words. O(keys), and O(nodes) where it is otherwise idle."""
        if self.checking:
            return f"{self.name} looks at the nodes"
        return super().busy() or self.silence_to_notice()

    # -- events ------------------------------------------------------------------------------------

    def node_added(self, node: Node) -> None:
        """A node showed up."""
        self.heard(node.name)
        self.look_at_taints(node)
        self.want_check(background=ready_status(node) == "True" and not _driven_out(node))

    def node_updated(self, old: Node, new: Node) -> None:
        """A node changed, or another one took its name."""
        if old.uid != new.uid:
            self.node_deleted(old)
        self.heard(new.name)
        self.look_at_taints(new)
        if _what_counts(old) != _what_counts(new):
            self.want_check()

    def node_deleted(self, node: Node) -> None:
        """A node is gone: so is what was known of it."""
        self.health.pop(node.name, None)
        self.kubelets.pop(node.name, None)
        self.marked.pop(node.name, None)
        self.want_check()

    def lease_added(self, lease: Lease) -> None:
        """A lease showed up."""
        if lease.namespace == LEASE_NAMESPACE:
            self.heard(lease.name)

    def lease_updated(self, old: Lease, new: Lease) -> None:
        """A lease was renewed."""
        self.lease_added(new)

    def pod_added(self, pod: Pod) -> None:
        """A pod showed up."""
        if self.status_of(pod.spec.node_name) in ("False", "Unknown"):
            self.queue.add(key_of(pod))

    def pod_updated(self, old: Pod, new: Pod) -> None:
        """A pod changed: it may just have been bound, or reported ready by a kubelet that then fell silent."""
        if old.spec.node_name != new.spec.node_name or old.uid != new.uid:
            self.pod_added(new)
        elif new.ready and not old.ready and self.status_of(new.spec.node_name) == "Unknown":
            self.queue.add(key_of(new))

    def look_at_taints(self, node: Node) -> None:
        """Queue the node if its NoSchedule taints are not what its conditions ask for."""
        if no_schedule_changes(node) != ((), ()):
            # A heartbeat may have brought this: what follows is work all the same.
            self.process.loop.after(
                0, self.process.name, f"{self.name} queues {node.name}", self.queue.add,
                key_of(node), background=False,
            )  # fmt: skip

    def status_of(self, node: str) -> str:
        """The status of a node's Ready condition as it was last seen; '' if it has none or is not known. O(1)."""
        health = self.health.get(node)
        return health.ready.status if health is not None and health.ready is not None else ""

    # -- what is heard of a node -------------------------------------------------------------------

    def heard(self, name: str) -> None:
        """Note what the next check will see of a node and its lease. O(conditions)."""
        node = cast("Node | None", self.nodes.get(Key("", name)))
        if node is None:
            return
        kubelet = self.process.network.processes.get(f"kubelet-{name}")
        if kubelet is not None:
            self.kubelets[name] = kubelet
        if self.began_ms is not None:
            self.observe(node, self.next_check_ms())

    def observe(self, node: Node, now_ms: int) -> None:
        """Note what a check at a moment sees of a node and its lease. O(conditions)."""
        renewed_ms, process = self.renewed_ms(node.name), self.process
        ahead_ms = process.wall_ms - process.now_ms
        self.health[node.name] = observe(
            self.health.get(node.name), node, renewed_ms, now_ms, ahead_ms
        )

    def renewed_ms(self, name: str) -> int | None:
        """The renewTime of a node's lease in the cache. O(1)."""
        lease = cast("Lease | None", self.leases.get(Key(LEASE_NAMESPACE, name)))
        return lease.spec.renew_time if lease is not None else None

    def hear_what_was_left_out(self, name: str) -> None:
        """Note a renewal that was not sent because it would have arrived: the next check would have seen it. O(1)."""
        renewed_ms = self.environment.heartbeats.renewed_ms.get(name)
        if renewed_ms is None or self.began_ms is None:
            return
        health = self.health[name]
        if health.renewed_ms is None or renewed_ms > health.renewed_ms:
            heard_ms = max(health.heard_ms, self._check_after_ms(renewed_ms))
            self.health[name] = NodeHealth(health.ready, heard_ms, renewed_ms)

    def silent_after_ms(self, name: str) -> int:
        """The last moment up to which a node need not be heard of. O(1)."""
        self.hear_what_was_left_out(name)
        settings = self.settings
        return silent_after_ms(
            self.health[name],
            settings.node_monitor_grace_period_ms,
            settings.node_startup_grace_period_ms,
        )

    def silence_to_notice(self) -> str | None:
        """Which node's kubelet cannot be heard of, and will be missed; in words. O(nodes)."""
        network = self.process.network
        if not network.cuts() and all(
            kubelet.alive and not kubelet.paused for kubelet in self.kubelets.values()
        ):
            return None
        for name, kubelet in self.kubelets.items():
            if self._cannot_be_heard(kubelet):
                node = cast("Node | None", self.nodes.get(Key("", name)))
                if node is not None and ready_status(node) != "Unknown":
                    return f"{self.name} has yet to notice that {name} is silent"
        return None

    def _cannot_be_heard(self, kubelet: Process) -> bool:
        network, host = self.process.network, kubelet.host
        servers = [network.processes[each].host for each in self.environment.apiservers]
        return (
            not kubelet.alive
            or kubelet.paused
            or all(
                network.is_cut(host, server) or network.is_cut(server, host) for server in servers
            )
        )

    # -- when to check -----------------------------------------------------------------------------

    def next_check_ms(self) -> int:
        """The next moment at which a check takes place, after now. O(1)."""
        return self._check_after_ms(self.process.now_ms)

    def _check_after_ms(self, when_ms: int) -> int:
        assert self.began_ms is not None
        period_ms = self.settings.node_monitor_period_ms
        return self.began_ms + ((when_ms - self.began_ms) // period_ms + 1) * period_ms

    def want_check(self, *, background: bool = False) -> None:
        """Something changed: look at the nodes at the next moment for it."""
        if self.began_ms is None:
            return
        self.check_wanted = True
        if not self.checking:
            self._arm(self.next_check_ms(), background=background)

    def plan_check(self) -> None:
        """Set the timer for the node that will be missed first. O(nodes)."""
        if self.check_wanted:
            self._arm(self.next_check_ms(), background=False)
            return
        missed_ms = [
            self.silent_after_ms(node.name)
            for node in cast("list[Node]", self.nodes.list())
            if node.name in self.health and ready_status(node) != "Unknown"
        ]
        if missed_ms:
            when_ms = self._check_after_ms(max(min(missed_ms), self.process.now_ms))
            self._arm(when_ms, background=True)

    def steady_events(self) -> Iterable[Event]:
        """The timer, where it only waits for a node to be missed. O(1)."""
        timer = self._timer
        return (timer,) if timer is not None and timer.background and self.is_current() else ()

    def skip_to(self, until_ms: int) -> None:
        """Put the timer off where no node can be missed before a moment. O(nodes)."""
        if self.check_wanted or self.checking:
            return
        nodes = cast("list[Node]", self.nodes.list())
        heard = [node for node in nodes if node.name in self.health]
        if all(
            ready_status(node) == "Unknown" or self.silent_after_ms(node.name) >= until_ms
            for node in heard
        ):
            for timer in self.steady_events():
                self.process.loop.cancel(timer)
                self._timer = None
            self.plan_check()

    def _arm(self, when_ms: int, *, background: bool) -> None:
        loop, timer = self.process.loop, self._timer
        when_ms = self.process.due_ms(when_ms)
        if timer is not None:
            if timer.when_ms <= when_ms:
                if not background:
                    loop.promote(timer)
                return
            loop.cancel(timer)
        self._timer = loop.at(
            when_ms, self.process.name, f"{self.name} may look at the nodes", self._time_to_check,
            background=background,
        )  # fmt: skip

    def _time_to_check(self, _: None) -> None:
        self._timer = None
        if not self.is_current():
            return
        now_ms = self.process.now_ms
        if self.check_wanted or any(
            ready_status(node) != "Unknown" and self.silent_after_ms(node.name) < now_ms
            for node in cast("list[Node]", self.nodes.list())
            if node.name in self.health
        ):
            # What a check finds is work, even where a heartbeat that failed to come led to it.
            self.checking = True
            self.process.loop.after(
                0,
                self.process.name,
                f"{self.name} looks at the nodes",
                self._begin,
                background=False,
            )
        else:
            self.plan_check()

    def _begin(self, _: None) -> None:
        if self.is_current():
            self.begin_check()

    def is_current(self) -> bool:
        """Whether the process still runs the incarnation that this controller belongs to. O(1)."""
        return self.process.alive and self.process.incarnation == self.incarnation

    def begin_check(self) -> None:
        """Look at all nodes in a task of its own."""
        self.checking = True
        self.check_wanted = False
        self.process.spawn(self._check(), f"{self.name} check")

    async def _check(self) -> None:
        await self.check_nodes()
        self.checking = False
        self.plan_check()

    async def check_nodes(self) -> None:
        """Look at all nodes. Must not raise what a later check can mend."""
        raise NotImplementedError


def _driven_out(node: Node) -> bool:
    return has_taint(node, NOT_READY_EXECUTE) or has_taint(node, UNREACHABLE_EXECUTE)


def _what_counts(node: Node) -> tuple[object, ...]:
    """What a check decides by. O(taints + conditions)."""
    return (
        ready_status(node),
        has_taint(node, NOT_READY_EXECUTE),
        has_taint(node, UNREACHABLE_EXECUTE),
        zone_of(node),
        is_excluded(node),
    )
