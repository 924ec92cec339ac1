"""Kubelet: follows the pods bound to its node and gives each a worker; what runs on the machine survives it.

The first list of pods is taken in as a whole, oldest pods first, so that those that ran before are admitted before
newer ones. What the machine still runs of pods that no longer exist is stopped. From then on workers hear of every
new version, of every container that starts or ends, and of every probe result. While the container runtime is down,
nothing is done about any pod; once it is back, everything is looked at again.

Not modelled: static pods, the relist period of the runtime's events, resource managers, pod cgroups, volumes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from windtunnel.model.client.client import Client
from windtunnel.model.environment import Environment
from windtunnel.model.kubelet.admission import Admission
from windtunnel.model.kubelet.back_off import BackOff
from windtunnel.model.kubelet.container_ending import LEAST_GRACE_MS
from windtunnel.model.kubelet.images import ImageManager
from windtunnel.model.kubelet.machine import Machine
from windtunnel.model.kubelet.node_agent import NodeAgent
from windtunnel.model.kubelet.node_object import host_ip, new_node
from windtunnel.model.kubelet.pod_worker import TERMINATED, PodWorker
from windtunnel.model.kubelet.probe_manager import ProbeManager
from windtunnel.model.kubelet.probe_results import ProbeResults
from windtunnel.model.kubelet.services import KubeletServices
from windtunnel.model.kubelet.status_manager import StatusManager
from windtunnel.model.objects.node import Node
from windtunnel.model.objects.pod import Pod
from windtunnel.model.objects.views import build_view
from windtunnel.model.sim.process import Process


class Kubelet:
    """The component of one kubelet process. Constructor contract: (process, environment, machine)."""

    def __init__(self, process: Process, environment: Environment, machine: Machine) -> None:
        self.process = process
        self.environment = environment
        self.machine = machine
        self.settings = environment.settings.kubelet
        self.workers: dict[str, PodWorker] = {}
        self.client = Client(
            process,
            environment,
            user=f"system:node:{machine.name}",
            groups=("system:nodes", "system:authenticated"),
        )
        informer = environment.roles["informer"]
        self.pods = informer(
            process, environment, "pods", field_selector=f"spec.nodeName={machine.name}"
        )
        self.nodes = informer(
            process, environment, "nodes", field_selector=f"metadata.name={machine.name}"
        )
        self.node_agent = NodeAgent(
            process, self.client, machine, self.settings, environment.heartbeats
        )
        self.admission = Admission(self._initial_node())
        self.services = self._make_services()
        self.ready = False
        self._first: list[Pod] = []
        self._probed: dict[str, None] = {}
        self._incarnation = process.incarnation

    def _initial_node(self) -> Node:
        node = build_view("nodes", new_node(self.machine, self.process.wall_ms))
        assert isinstance(node, Node)
        return node

    def _make_services(self) -> KubeletServices:
        settings = self.settings
        base_ms, most_ms, reset_ms = (
            settings.back_off_base_ms,
            settings.back_off_max_ms,
            settings.back_off_reset_ms,
        )
        results = ProbeResults(self._probe_result_changed)
        statuses = self.make_status_manager(StatusManager)
        probes = ProbeManager(self.process, self.environment, self.machine, results, statuses.get)
        return KubeletServices(
            process=self.process,
            settings=settings,
            machine=self.machine,
            results=results,
            probes=probes,
            statuses=statuses,
            crash_back_off=BackOff(base_ms, most_ms, reset_ms),
            images=ImageManager(BackOff(base_ms, most_ms)),
            host_ip=host_ip(self.machine),
            ended=self._ended,
        )

    def make_status_manager(self, cls: type[StatusManager]) -> StatusManager:
        """What carries statuses to the API; a subclass of the kubelet can put another class in its place."""
        return cls(self.process, self.client, self.settings.status_retry_ms, self._has_ended)

    # -- component -------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Register the node, follow its pods, and listen to the machine."""
        self.machine.on_change = self._if_alive(self._machine_changed)
        self.machine.on_probe = self._if_alive(self.services.probes.answers_changed)
        self.machine.on_runtime_up = self._if_alive(self._runtime_is_up)
        self.nodes.add_handler(
            self._node_changed, lambda _, node: self._node_changed(node), self._node_deleted
        )
        self.pods.add_handler(self.pod_added, self.pod_updated, self.pod_deleted)
        self.nodes.start()
        self.pods.start()
        self.node_agent.start()
        self.process.spawn(self._begin(), "pod workers")

    def busy(self) -> str | None:
        """Why the node is not at rest. O(pods that end), O(pods) while something in the foreground is under way."""
        reason: str | None = (
            self.node_agent.busy()
            or self.pods.busy()
            or self.nodes.busy()
            or self.services.statuses.busy()
        )
        if reason is not None:
            return reason
        if self._probed:
            return f"{self.process.name} has probe results to act on"
        workers: Iterable[PodWorker] = self.workers.values()
        if not self.process.loop.foreground:
            # What starts, or waits to be started again, is on the agenda in the foreground; what ends may not be.
            workers = [self.workers[uid] for uid in self.services.ending if uid in self.workers]
        for worker in workers:
            reason = worker.busy()
            if reason is not None:
                return reason
        return None

    async def _begin(self) -> None:
        await self.pods.wait_for_sync()
        self.ready = True
        self._take_first()

    def _take_first(self) -> None:
        """Take in the pods that had to wait, for the first list or for the runtime."""
        if not self.machine.runtime_up:
            return
        first, self._first = self._first, []
        first.sort(key=lambda pod: (pod.metadata.creation_timestamp or 0, pod.namespace, pod.name))
        for pod in first:
            self.pod_added(pod)
        self.clean_up_orphans()

    # -- pods from the API -----------------------------------------------------------------------------------------

    def pod_added(self, pod: Pod) -> None:
        """A pod is bound to this node: take it, or refuse it. O(pods on the node)."""
        if not self.ready or not self.machine.runtime_up:
            self._first.append(pod)
            return
        uid = pod.metadata.uid
        if uid in self.workers:
            self.workers[uid].update(pod)
            return
        worker = self.workers[uid] = PodWorker(self.services, pod)
        refusal = None
        if not pod.terminal and not pod.metadata.deleting:
            refusal = self.admission.take(pod)
        if refusal is not None:
            worker.reject(refusal)
        else:
            worker.sync()

    def pod_updated(self, before: Pod, after: Pod) -> None:
        """A later version of a pod; an update across two UIDs is a deletion and a creation. O(containers)."""
        if before.metadata.uid != after.metadata.uid:
            self.pod_deleted(before)
            self.pod_added(after)
            return
        worker = self.workers.get(after.metadata.uid)
        if worker is None:
            self._replace_first(after)
        elif self.matters(before, after):
            worker.update(after)
        else:
            worker.pod = after
        if self.machine.runtime_up:
            self.services.statuses.reconcile(after)

    def matters(self, before: Pod, after: Pod) -> bool:
        """Whether a worker must look at a new version: most are only the kubelet's own status come back. O(1)."""
        if before.raw.get("spec") is not after.raw.get("spec"):
            return True
        now, then = after.metadata, before.metadata
        if (now.deletion_timestamp, now.deletion_grace_period_seconds) != (
            then.deletion_timestamp,
            then.deletion_grace_period_seconds,
        ):
            return True
        return after.terminal or bool(after.spec.readiness_gates)

    def pod_deleted(self, pod: Pod) -> None:
        """A pod is gone from the API; whatever runs of it is stopped. O(containers)."""
        uid = pod.metadata.uid
        self._first = [each for each in self._first if each.metadata.uid != uid]
        worker = self.workers.get(uid)
        if worker is not None:
            worker.remove()

    def _replace_first(self, pod: Pod) -> None:
        self._first = [
            pod if each.metadata.uid == pod.metadata.uid else each for each in self._first
        ]

    # -- what workers say ------------------------------------------------------------------------------------------

    def _has_ended(self, uid: str) -> bool:
        worker = self.workers.get(uid)
        return worker is not None and worker.state == TERMINATED

    def _ended(self, uid: str) -> None:
        self.admission.release(uid)
        worker = self.workers.get(uid)
        if worker is not None and worker.gone:
            del self.workers[uid]

    # -- the machine -----------------------------------------------------------------------------------------------

    def _machine_changed(self, uid: str) -> None:
        worker = self.workers.get(uid)
        if worker is not None:
            worker.sync()
        elif self.ready:
            self.clean_up_orphan(uid)

    def _runtime_is_up(self) -> None:
        if not self.ready:
            return
        for worker in list(self.workers.values()):
            worker.sync()
            self.services.statuses.reconcile(worker.pod)
        self._take_first()

    def clean_up_orphans(self) -> None:
        """Stop what the machine runs of pods that this node no longer has. O(pods on the machine)."""
        for uid in list(self.machine.pods):
            if uid not in self.workers:
                self.clean_up_orphan(uid)

    def clean_up_orphan(self, uid: str) -> None:
        """Stop the containers of a pod that is gone, then forget it. O(containers)."""
        self.machine.abort_start(uid)
        running = self.machine.running_containers(uid)
        if running:
            self.machine.stop_containers(uid, running, LEAST_GRACE_MS)
        else:
            self.machine.remove_pod(uid)

    def _probe_result_changed(self, uid: str, kind: str) -> None:
        if uid not in self._probed:
            self._probed[uid] = None
            self.process.loop.after(
                0,
                self.process.name,
                f"acts on a {kind} result",
                self._if_alive(self._act_on_probe),
                uid,
                background=False,
            )

    def _act_on_probe(self, uid: str) -> None:
        self._probed.pop(uid, None)
        worker = self.workers.get(uid)
        if worker is not None:
            worker.sync()

    def _if_alive(self, function: Callable[..., None]) -> Callable[..., None]:
        """A callback that does nothing once this incarnation is dead, and waits while it is paused."""
        process = self.process

        def call(*arguments: Any) -> None:
            if not process.alive or process.incarnation != self._incarnation:
                return
            if process.paused:
                process.loop.after(0, process.name, "hears of its machine", again, arguments)
            else:
                function(*arguments)

        def again(arguments: tuple[Any, ...]) -> None:
            call(*arguments)

        return call

    # -- the node --------------------------------------------------------------------------------------------------

    def _node_changed(self, node: Node) -> None:
        self.node_agent.node_changed(node)
        self.admission.set_node(node)

    def _node_deleted(self, node: Node) -> None:
        self.node_agent.node_changed(None)
