"""Scheduler: takes one waiting pod after the other, decides on a snapshot, assumes, and binds asynchronously.

A cycle pops a pod, brings the snapshot up to date, decides, and counts the pod on its node in the cache at once, so
that the next cycle sees it although nothing is written yet. The binding then goes its own way. A pod that fits nowhere
is parked and says why in its PodScheduled condition; where less important pods can make room, it is nominated to their
node and they are deleted, beside the cycles. A pod whose binding failed is forgotten by the cache and backs off.

Where there are several schedulers, each fills its caches and its queue, and then competes for the lease
kube-system/kube-scheduler; only the one that has got it runs cycles, and it exits when it loses the lease. A single one
runs without an election.

Not modelled: events (the API objects); several profiles; binding of volumes; resource claims; pod groups.
"""

from __future__ import annotations

from typing import Any

from windtunnel.model.client.client import Client
from windtunnel.model.environment import Environment
from windtunnel.model.facts import SchedulerDecided
from windtunnel.model.objects.meta import KubeObject
from windtunnel.model.objects.pod import Pod
from windtunnel.model.objects.record import Key
from windtunnel.model.scheduler.binding import Binder
from windtunnel.model.scheduler.cache import Cache
from windtunnel.model.scheduler.conditions import not_scheduled
from windtunnel.model.scheduler.decision import Decision, Profile
from windtunnel.model.scheduler.events import EventHandlers, on_node
from windtunnel.model.scheduler.fit_error import FitError
from windtunnel.model.scheduler.framework import ClusterEvent
from windtunnel.model.scheduler.listers import FOLLOWED, Listers
from windtunnel.model.scheduler.node_info import NodeInfo, PodInfo
from windtunnel.model.scheduler.nominator import Nominator
from windtunnel.model.scheduler.preemption import Preemption, preempt
from windtunnel.model.scheduler.preemptor import Preemptor
from windtunnel.model.scheduler.queue import QueuedPod, SchedulingQueue
from windtunnel.model.scheduler.snapshot import Snapshot
from windtunnel.model.sim.loop import Event
from windtunnel.model.sim.process import Process

USER = "system:kube-scheduler"
LEASE = "kube-scheduler"
LIVE_PODS = "status.phase!=Succeeded,status.phase!=Failed"


class Scheduler:
    """The component of one scheduler process. Constructor contract: (process, environment)."""

    def __init__(self, process: Process, environment: Environment) -> None:
        self.process = process
        self.environment = environment
        self.settings = environment.settings.scheduler
        self.profile = self.make_profile()
        self.cache = self.make_cache()
        self.listers = Listers()
        self.snapshot = Snapshot(listers=self.listers)
        self.nominator = Nominator()
        self.queue = self.make_queue()
        self.client = Client(process, environment, user=USER)
        self.binder = Binder(self.client, self.binding_succeeded, self.binding_failed)
        self.preemptor = Preemptor(self.client, self.nominator, self._wall_ms, self.try_again)
        self.handlers = EventHandlers(
            self.cache, self.queue, self.nominator, self.listers, self._now_ms, self.wake
        )
        informer = environment.roles["informer"]
        self.nodes = informer(process, environment, "nodes")
        self.pods = informer(process, environment, "pods", field_selector=LIVE_PODS)
        self.others = {name: informer(process, environment, name) for name in FOLLOWED}
        self.elector: Any = None
        if process.name in environment.elected:
            elector = environment.roles["leader-election"]
            self.elector = elector(process, environment, self.client, LEASE)
        self._ready = False
        self._cycle: Event | None = None
        self._back_off_timer: Event | None = None
        self._flush_timer: Event | None = None

    # -- parts, for those who put others in their place --------------------------------------------------------------

    def make_profile(self) -> Profile:
        """The plugins."""
        percent = self.settings.percentage_of_nodes_to_score
        return Profile(percentage_of_nodes_to_score=percent)

    def make_cache(self) -> Cache:
        """The cache of nodes and pods."""
        return Cache()

    def make_queue(self) -> SchedulingQueue:
        """The queue of waiting pods."""
        return SchedulingQueue(self.settings, self.may_help)

    # -- component -------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Start the informers; the first cycle runs when all have their first list."""
        handlers = self.handlers
        self.nodes.add_handler(handlers.node_added, handlers.node_updated, handlers.node_deleted)
        self.pods.add_handler(handlers.pod_added, handlers.pod_updated, handlers.pod_deleted)
        for name, followed in self.others.items():
            self._feed(name, followed)
        for each in self._informers():
            each.start()
        self.process.spawn(self._begin(), "scheduling cycles")

    async def _begin(self) -> None:
        for each in self._informers():
            await each.wait_for_sync()
        if self.elector is None:
            self.lead()
        else:
            self.elector.start(self.lead)

    def lead(self) -> None:
        """Run cycles from now on."""
        self._ready = True
        self.wake()

    def _informers(self) -> tuple[Any, ...]:
        return (self.nodes, self.pods, *self.others.values())

    def _feed(self, resource: str, informer: Any) -> None:
        handlers = self.handlers

        def added(obj: KubeObject) -> None:
            handlers.object_put(resource, None, obj)

        def updated(before: KubeObject, after: KubeObject) -> None:
            handlers.object_put(resource, before, after)

        def deleted(obj: KubeObject) -> None:
            handlers.object_deleted(resource, obj)

        informer.add_handler(added, updated, deleted)

    def busy(self) -> str | None:
        """What keeps the scheduler busy. O(1)."""
        for each in self._informers():
            reason: str | None = each.busy()
            if reason is not None:
                return reason
        if self.elector is not None:
            waits: str | None = self.elector.busy()
            if waits is not None or not self.elector.is_leading:
                return waits
        queue = self.queue
        if queue.active or queue.in_flight:
            return f"the scheduler has {queue.active} pods to try and binds {queue.in_flight}"
        if queue.backing_off:
            return f"{queue.backing_off} pods back off before the scheduler tries them again"
        return None

    # -- cycles ----------------------------------------------------------------------------------------------------

    def wake(self) -> None:
        """Run a cycle soon if there is a pod to try. O(log n)."""
        if self._cycle is None and self._ready and self.queue.can_pop():
            self._cycle = self.process.loop.after(
                0, self.process.name, "runs a scheduling cycle", self._run_cycle, background=False
            )

    def _run_cycle(self, _: Any) -> None:
        self._cycle = None
        if not self._current:
            return
        queued = self.queue.pop(self._now_ms())
        if queued is not None:
            self.schedule_one(queued)
        self._set_timers()
        self.wake()

    def schedule_one(self, queued: QueuedPod) -> None:
        """Try one pod: decide, assume, and send the binding; or say why not. O(nodes * plugins)."""
        info = queued.info
        pod = info.pod
        if pod.metadata.deleting:
            self.queue.delete(info.uid)
            return
        decision = self.decide(info)
        if decision.node is None:
            assert decision.error is not None
            self.could_not_place(queued, decision.error)
            return
        node = decision.node
        facts = self.process.facts
        if facts.wants(SchedulerDecided):
            loop = self.process.loop
            cluster = self.snapshot.freeze()
            facts.emit(
                SchedulerDecided(
                    loop.step, loop.now_ms, self.process.name, pod, node.name, node, cluster
                )
            )
        self.assume(info, node)
        self.process.spawn(self.binder.bind(queued, node.name), f"binding of {queued.key}")

    def decide(self, info: PodInfo) -> Decision:
        """Choose a node on an up-to-date snapshot. O(nodes * plugins)."""
        self.cache.update_snapshot(self.snapshot)
        return self.profile.decide(info, self.snapshot, self.environment.choices, self.nominator)

    def assume(self, info: PodInfo, node: NodeInfo) -> None:
        """Count the pod on its node before anybody else knows. O(pods on the node)."""
        self.cache.assume(info, node.name)
        self.nominator.remove(info.uid)

    def could_not_place(self, queued: QueuedPod, error: FitError) -> None:
        """Make room if that can be done, park the pod, and write why. O(nodes), and the search for victims."""
        info = queued.info
        outcome = self.preempt(info, error)
        nominated = None if outcome.waits else ""
        if outcome.candidate is not None:
            nominated = outcome.candidate.node
            self.preemptor.begin(info.uid)
        self.queue.put_back(queued, self._now_ms(), error.plugins)
        if nominated is not None:
            self.nominator.nominate(info, nominated)
        self.write_condition(info.pod, "Unschedulable", error.message(outcome.message), nominated)
        if outcome.candidate is not None:
            work = self.preemptor.preempt(info, outcome.candidate)
            self.process.spawn(work, f"preemption for {queued.key}")

    def preempt(self, info: PodInfo, error: FitError) -> Preemption:
        """Find the node where less important pods can make room. O(nodes * pods on a node * filters) at worst."""
        choices = self.environment.choices
        return preempt(self.profile, info, self.snapshot, error, self.nominator, choices)

    def try_again(self, uid: str) -> None:
        """Try a pod at once. O(log n)."""
        if self.queue.activate(uid):
            self.wake()

    def write_condition(
        self, pod: Pod, reason: str, message: str, nominated: str | None = None
    ) -> None:
        """Write PodScheduled=False, and the nomination, where the status does not say so already. O(conditions)."""
        patch = not_scheduled(pod, reason, message, self._wall_ms(), nominated)
        if patch is not None:
            key = Key(pod.metadata.namespace, pod.metadata.name)
            self.process.spawn(self.binder.write_condition(key, patch), f"condition of {key}")

    def may_help(self, pod: PodInfo, plugin: str, event: ClusterEvent) -> bool:
        """Whether an event can make a pod fit that this filter turned away. O(what the filter looks at)."""
        if self.preemptor.preempting(pod.uid):
            return False
        filter_ = self.profile.filter_named(plugin)
        return filter_ is None or filter_.may_help(pod, event)

    # -- how bindings end ------------------------------------------------------------------------------------------

    def binding_succeeded(self, queued: QueuedPod) -> None:
        """The pod is bound; the informer will confirm it. O(1)."""
        uid = queued.info.uid
        self.queue.done(uid)
        expiry_ms = self.settings.assume_expiry_ms
        if not expiry_ms:
            return
        self.cache.finish_binding(uid, self._now_ms() + expiry_ms)
        self.process.loop.after(
            self.process.lasts_ms(expiry_ms),
            self.process.name,
            "looks for assumed pods",
            self._expire,
        )

    def binding_failed(self, queued: QueuedPod, node: str, error: Exception) -> None:
        """Take the assumption back; the pod backs off, and others may want the place. O(parked pods)."""
        pod, now_ms = queued.info.pod, self._now_ms()
        if self.cache.forget(queued.info.uid):
            self.queue.on_event(ClusterEvent("pod", "delete", on_node(pod, node), None), now_ms)
        still_there = self.queue.get(queued.info.uid) is queued
        self.queue.put_back(queued, now_ms, (), error=True)
        if still_there:
            sentence = f'binding rejected: running Bind plugin "DefaultBinder": {error}'
            self.write_condition(pod, "SchedulerError", sentence, "")
        self._set_timers()
        self.wake()

    # -- timers ----------------------------------------------------------------------------------------------------

    @property
    def _current(self) -> bool:
        return self.process.alive and self.process.component is self

    def _now_ms(self) -> int:
        return self.process.now_ms

    def _wall_ms(self) -> int:
        return self.process.wall_ms

    def _set_timers(self) -> None:
        due_ms = self.queue.next_back_off_ms()
        self._back_off_timer = self._reset(
            self._back_off_timer, due_ms, "ends a back-off", self._back_off_over, False
        )
        due_ms = self.queue.next_flush_ms()
        self._flush_timer = self._reset(
            self._flush_timer, due_ms, "flushes unschedulable pods", self._flush, True
        )

    def _reset(
        self, timer: Event | None, due_ms: int | None, what: str, run: Any, background: bool
    ) -> Event | None:
        loop = self.process.loop
        if due_ms is not None:
            due_ms = self.process.due_ms(due_ms)
        if timer is not None and timer.state == Event.WAITING:
            if timer.when_ms == due_ms:
                return timer
            loop.cancel(timer)
        if due_ms is None:
            return None
        return loop.at(due_ms, self.process.name, what, run, background=background)

    def _back_off_over(self, _: Any) -> None:
        if self._current:
            self.queue.flush_back_off(self._now_ms())
            self.wake()
            self._set_timers()

    def _flush(self, _: Any) -> None:
        if self._current:
            self.queue.flush_unschedulable(self._now_ms())
            self.wake()
            self._set_timers()

    def _expire(self, _: Any) -> None:
        if self._current:
            self.cache.expire(self._now_ms())
