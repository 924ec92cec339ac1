"""The Cluster: every process and machine of one control plane on one loop, and how an action is applied to it.

A step of a run: an action is noted in the trace and puts its consequences on the agenda; the loop runs them in order of
virtual time; each fact goes to whoever asked for it. An operation is waited for as kubectl would wait, but not for
long: what takes more than OPERATION_PATIENCE_MS goes on beside the actions that follow.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any

import orjson

from windtunnel.model.api.kinds import BUILT_IN, KindRegistry
from windtunnel.model.client.client import Client
from windtunnel.model.cluster.action import FAULT, Action, Heal, NotApplicable
from windtunnel.model.cluster.bootstrap import create_namespaces
from windtunnel.model.cluster.heartbeat_paths import HeartbeatPaths
from windtunnel.model.cluster.idle import KEPT_MS, WORTH_MS, IdleTime
from windtunnel.model.cluster.owned_pods import OwnedPods
from windtunnel.model.cluster.settling import Settlement, settle
from windtunnel.model.cluster.shape import ClusterShape
from windtunnel.model.cluster.supervisor import Supervisor
from windtunnel.model.controllers.manager import ControllerManager
from windtunnel.model.environment import Environment
from windtunnel.model.facts import ActionBegun, Committed, Healed
from windtunnel.model.kubelet.machine import Machine
from windtunnel.model.objects.json import Json
from windtunnel.model.roles import Roles
from windtunnel.model.settings import Settings
from windtunnel.model.sim.choices import Choices
from windtunnel.model.sim.facts import FactHub
from windtunnel.model.sim.identity import Identity
from windtunnel.model.sim.loop import Loop
from windtunnel.model.sim.network import Network
from windtunnel.model.sim.process import Component, Process
from windtunnel.model.sim.tasks import Task
from windtunnel.model.store.server import StoreServer

OPERATION_PATIENCE_MS = 1_000


class Idle:
    """The component of a process that only sends requests when told to: the user at the command line."""

    def __init__(self, process: Process) -> None:
        self.process = process

    def start(self) -> None:
        """Nothing to begin."""

    def busy(self) -> str | None:
        """Never busy of its own accord."""
        return None


class Cluster:
    """One control plane with its nodes. Owns everything that runs; start() brings it up."""

    def __init__(
        self,
        shape: ClusterShape = ClusterShape(),
        *,
        settings: Settings = Settings(),
        swaps: Mapping[str, type] | None = None,
        kinds: KindRegistry | None = None,
        controllers: Sequence[type] = (),
        deviations: Mapping[str, Mapping[int, int]] | None = None,
        salt: str = "",
    ) -> None:
        self.shape = shape
        self.loop = Loop()
        self.facts = FactHub()
        self.choices = Choices(deviations)
        self.network = Network(self.loop, self.facts, self.choices, settings.latency_ms)
        self.environment = Environment(
            kinds=kinds or KindRegistry(BUILT_IN),
            roles=Roles(swaps),
            settings=settings,
            identity=Identity(salt),
            choices=self.choices,
            apiservers=shape.apiserver_names,
            elected=shape.elected_names,
        )
        self.store = self.environment.roles["store"]()
        self.supervisor = Supervisor(self.loop)
        self.processes: dict[str, Process] = {}
        self.machines: dict[str, Machine] = {}
        self.faults: dict[str, Heal] = {}
        self.lost_images: dict[str, None] = {}
        """The images that no registry has any more."""
        self.loud_faults: dict[str, None] = {}
        """The active faults that may touch heartbeats in a way of their own."""
        self.manifests: dict[str, Json] = {}
        self.actions_applied = 0
        self.facts.subscribe(Committed, self._fold)
        self.owned_pods = OwnedPods(self.store, self.facts)
        self._assemble(controllers)
        # A write goes from the client to the server, on to the store, and back.
        self.environment.heartbeats.leave_out_where_clear(
            HeartbeatPaths(self), 4 * settings.latency_ms
        )
        self._idle_time = IdleTime(self)

    def _fold(self, fact: Committed) -> None:
        """What was written is part of the digest, to the byte."""
        change = fact.change
        raw = orjson.dumps(change.after.raw).decode() if change.after is not None else ""
        self.loop.trace.fold(f"{change.revision}|{change.key}|{raw}")

    # -- assembly --------------------------------------------------------------------------------------------------

    def _assemble(self, controllers: Sequence[type]) -> None:
        environment, roles = self.environment, self.environment.roles
        self._add("store", "store-0", lambda process: StoreServer(process, environment, self.store))
        for name in environment.apiservers:
            self._add(name, name, lambda process: roles["apiserver"](process, environment))
        for name in self.shape.controller_manager_names:
            self._add_client(name, name, lambda process: ControllerManager(process, environment))
        for controller in controllers:
            self._add_controller(controller)
        for name in self.shape.scheduler_names:
            self._add_client(name, name, lambda process: roles["scheduler"](process, environment))
        for name in self.shape.node_names:
            self.add_node(name)
        self.user = self._add_client("user", "user", Idle)
        self.client = Client(self.user, environment, user="kubernetes-admin")

    def _add(self, name: str, host: str, factory: Callable[[Process], Component]) -> Process:
        process = Process(name, host, self.loop, self.network, self.facts, factory)
        process.on_exit = self.supervisor.exited
        self.processes[name] = process
        return process

    def _add_client(self, name: str, host: str, factory: Callable[[Process], Component]) -> Process:
        self.environment.balancer.enlist(name)
        return self._add(name, host, factory)

    def _add_controller(self, controller: type) -> None:
        environment = self.environment
        name = f"controller-{controller.__name__.lower()}"
        self._add_client(
            name, name, lambda process: ControllerManager(process, environment, [controller])
        )

    def add_node(self, name: str) -> Process:
        """Add a machine and its kubelet; the kubelet starts with the cluster, or by its process's start()."""
        environment = self.environment
        machine = Machine(name, self.loop, self.facts, environment.settings.kubelet)
        for image in self.lost_images:
            machine.break_image(image)
        self.machines[name] = machine
        kubelet = environment.roles["kubelet"]
        return self._add_client(
            f"kubelet-{name}", name, lambda process: kubelet(process, environment, machine)
        )

    def lose_image(self, image: str) -> None:
        """No node can pull an image from now on, nodes that are added later included. O(nodes)."""
        self.lost_images[image] = None
        for machine in self.machines.values():
            machine.break_image(image)

    def put_back_image(self, image: str) -> None:
        """Every node can pull it again. O(nodes)."""
        self.lost_images.pop(image, None)
        for machine in self.machines.values():
            machine.break_image(image, False)

    def start(self) -> Settlement:
        """Bring everything up, the API server and its namespaces first, and wait until it is quiet."""
        for name in (self.environment.store, *self.environment.apiservers, "user"):
            self.processes[name].start()
        namespaces = create_namespaces(self.client, self.shape.namespaces)
        self.run_user(namespaces, "create namespaces", 60_000)
        for process in self.processes.values():
            process.start()
        return self.settle()

    # -- running ---------------------------------------------------------------------------------------------------

    @property
    def now_ms(self) -> int:
        """The virtual time."""
        return self.loop.now_ms

    def run_for(self, duration_ms: int) -> None:
        """Let virtual time pass. O(events)."""
        end_ms = self.loop.now_ms + duration_ms
        loop = self.loop
        while (next_ms := loop.next_at_ms()) is not None and next_ms <= end_ms:
            if not loop.foreground and end_ms - next_ms > KEPT_MS + WORTH_MS:
                self._idle_time.skip(end_ms)
            loop.run_next()
        loop.advance_to(end_ms)

    def settle(self, limit_ms: int = 600_000, limit_events: int = 500_000) -> Settlement:
        """Run until nothing is left to do, or until a limit is reached: the settlement says which, and why."""
        return settle(self, limit_ms, limit_events)

    def run_user(
        self, work: Coroutine[Any, Any, Any], name: str, patience_ms: int = OPERATION_PATIENCE_MS
    ) -> Task:
        """Run requests of the user, until they are answered or patience is over; the task then goes on beside."""
        task = self.user.spawn(work, name, done=lambda _: None)
        end_ms = self.loop.now_ms + patience_ms
        while task.alive:
            next_ms = self.loop.next_at_ms()
            if next_ms is None or next_ms > end_ms:
                break
            self.loop.run_next()
        return task

    # -- actions ---------------------------------------------------------------------------------------------------

    def apply(self, action: Action) -> None:
        """Apply one action. Raises NotApplicable, without a trace, when it does not apply."""
        try:
            reason = action.why_not(self)
        except ValueError as error:
            reason = str(error)
        if reason:
            raise NotApplicable(f"{action}: {reason}")
        self.actions_applied += 1
        with self.loop.because("action", f"#{self.actions_applied} {action}"):
            number = self.actions_applied
            self.facts.emit(ActionBegun(self.loop.step, self.loop.now_ms, number, action))
            heal = action.apply(self)
        if action.action_sort == FAULT and heal is not None:
            self._add_fault(str(action), heal)
            if not action.spares_heartbeats:
                self.loud_faults[str(action)] = None

    def _add_fault(self, text: str, heal: Heal) -> None:
        earlier = self.faults.pop(text, None)

        def heal_both() -> None:
            # The same fault again, after part of it was undone by another one's end: both must end.
            if earlier is not None:
                earlier()
            heal()

        self.faults[text] = heal_both

    def heal(self, fault: str) -> None:
        """End one active fault, by its text."""
        self.faults.pop(fault)()
        self.loud_faults.pop(fault, None)

    def heal_all(self) -> None:
        """End every active fault, oldest first, and every deviation: from here on the world is fair."""
        with self.loop.because("action", "heal everything"):
            for fault in list(self.faults):
                self.heal(fault)
            self.choices.be_fair()
            self.facts.emit(Healed(self.loop.step, self.loop.now_ms))
