"""Machine: a physical node with its container runtime, which lives on when the kubelet on it dies.

The runtime does what it was told even if whoever told it is gone by then. Containers run for ever, init containers end
by themselves with success; a stopped container ends well if its grace period is long enough and is killed if it is not,
or if it does not care; one that hangs in the kernel outlives even that until it is let go. Losing power ends every
container and sandbox; after a boot only their records and the pulled images are left, and of a machine that was
replaced nothing. While the runtime is down, containers run on, but none can be started, stopped or looked at.

Not modelled: resource usage and its limits, disks, containers whose command ends of itself, volumes, logs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from attrs import frozen

from windtunnel.model.facts import Physical
from windtunnel.model.kubelet.addresses import AddressPool, node_prefix, number_of
from windtunnel.model.kubelet.behaviour import HANGS, OBEYS, Answer, Behaviour
from windtunnel.model.kubelet.runtime import (
    EXITED,
    ContainerInstance,
    PodOnMachine,
    Sandbox,
    runtime_id,
)
from windtunnel.model.objects.json import Json
from windtunnel.model.settings import KubeletSettings
from windtunnel.model.sim.facts import FactHub
from windtunnel.model.sim.loop import Event, Loop

SIGKILLED = 137
LOST = 255


@frozen
class ContainerStart:
    """A container to start: which attempt this is, and whether it is an init container, which ends by itself."""

    name: str
    image: str
    attempt: int
    pull: bool = False
    is_init: bool = False


class Machine:
    """Owns what runs on one node, and how it behaves. on_change(pod_uid), on_probe(pod_uid, container, kind) and
    on_runtime_up() tell the kubelet; identity is the name, and tells machines apart that had it one after the other."""

    def __init__(
        self,
        name: str,
        loop: Loop,
        facts: FactHub,
        settings: KubeletSettings,
        *,
        number: int | None = None,
        labels: Mapping[str, str] = MappingProxyType({}),
        taints: Sequence[Json] = (),
        capacity: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self.name = name
        self.identity = name
        self.loop = loop
        self.facts = facts
        self.settings = settings
        self.labels = labels
        self.taints = tuple(taints)
        self.capacity: Mapping[str, str] = {
            "cpu": settings.cpu,
            "memory": settings.memory,
            "pods": str(settings.max_pods),
            **capacity,
        }
        self.number = number_of(name) if number is None else number
        self.powered = True
        self.boots = 1
        self.runtime_down_since_ms: int | None = None
        self.pods: dict[str, PodOnMachine] = {}
        self.images: dict[str, None] = {}
        self.on_change: Callable[[str], None] | None = None
        self.on_probe: Callable[[str, str, str], None] | None = None
        self.on_runtime_up: Callable[[], None] | None = None
        self.behaviour = Behaviour()
        self._broken_images: dict[str, None] = {}
        self._failed_pulls: dict[tuple[str, str], None] = {}
        self._starting: dict[str, Event] = {}
        self._ending: dict[tuple[str, str], Event] = {}
        self._addresses = self._new_pool()

    # -- power -----------------------------------------------------------------------------------------------------

    def power_off(self) -> None:
        """Lose power: everything that runs is gone at once. O(pods)."""
        if not self.powered:
            return
        self.powered = False
        for event in (*self._starting.values(), *self._ending.values()):
            self.loop.cancel(event)
        self._starting, self._ending = {}, {}
        for pod in self.pods.values():
            for instance in pod.running():
                self._exit(pod, instance, LOST, "Unknown")
            self._take_down(pod)
        self._tell("node-down", "", "", "")

    def boot(self) -> None:
        """Get power again, with nothing running."""
        if self.powered:
            return
        self.powered = True
        self.boots += 1
        self.runtime_down_since_ms = None
        self._tell("node-up", "", "", "")

    def replace(self) -> None:
        """Without power: another machine takes the name, with an empty disk; boot it next. O(pods)."""
        if self.powered:
            return
        self.identity = f"{self.name}/{self.boots}"
        self.pods, self.images, self._failed_pulls = {}, {}, {}
        self.behaviour = Behaviour()
        self._addresses = self._new_pool()

    def stop_runtime(self) -> None:
        """The container runtime goes down: what runs runs on, what was about to start does not. O(pods)."""
        if not self.runtime_up:
            return
        self.runtime_down_since_ms = self.loop.now_ms
        for event in self._starting.values():
            self.loop.cancel(event)
        self._starting = {}
        self._tell("runtime-down", "", "", "")

    def start_runtime(self) -> None:
        """The container runtime is back, and the kubelet looks at everything again."""
        if self.runtime_up:
            return
        self.runtime_down_since_ms = None
        self._tell("runtime-up", "", "", "")
        if self.powered and self.on_runtime_up is not None:
            self.on_runtime_up()

    @property
    def runtime_up(self) -> bool:
        """Whether the container runtime answers. O(1)."""
        return self.runtime_down_since_ms is None

    # -- what the kubelet asks of the runtime ------------------------------------------------------------------------

    def create_sandbox(self, uid: str, namespace: str, name: str, host_ip: str = "") -> Sandbox:
        """Give a pod a new sandbox, with the host's address or one of its own. O(1) while most are not in use."""
        pod = self.pods.get(uid)
        if pod is None:
            pod = self.pods[uid] = PodOnMachine(uid, namespace, name)
        attempt = pod.sandbox.attempt + 1 if pod.sandbox is not None else 0
        sandbox_id = runtime_id("sandbox", self.identity, uid, str(attempt))
        address = host_ip or self._addresses.take(pod.sandbox.ip if pod.sandbox is not None else "")
        pod.sandbox = Sandbox(sandbox_id, address, attempt)
        self._tell("sandbox-up", uid, "", pod.sandbox.ip)
        return pod.sandbox

    def start_containers(self, uid: str, starts: Sequence[ContainerStart], delay_ms: int) -> None:
        """Start containers of a pod after a while, together. O(log n)."""
        pod = self.pods[uid]
        self._starting[uid] = self.loop.after(
            delay_ms,
            self.name,
            f"starts {'+'.join(start.name for start in starts)} of {pod.namespace}/{pod.name}",
            self._started,
            (pod, tuple(starts)),
            background=False,
        )

    def is_starting(self, uid: str) -> bool:
        """Whether containers of a pod are about to start. O(1)."""
        return uid in self._starting

    def abort_start(self, uid: str) -> None:
        """Give up the start of a pod's containers. O(1)."""
        event = self._starting.pop(uid, None)
        if event is not None:
            self.loop.cancel(event)

    def stop_containers(self, uid: str, names: Sequence[str], grace_ms: int) -> None:
        """Ask running containers to end; one that takes longer than the grace period is killed. O(names * log n)."""
        pod = self.pods[uid]
        for name in names:
            instance = pod.latest(name)
            if instance is None or not instance.running:
                continue
            stop_ms = self.settings.container_stop_ms
            in_time = self.behaviour.ending(uid, name) == OBEYS and stop_ms <= grace_ms
            when_ms = self.loop.now_ms + (stop_ms if in_time else grace_ms)
            exit_ = (
                (pod, instance, 0, "Completed") if in_time else (pod, instance, SIGKILLED, "Error")
            )
            self._end_at(when_ms, exit_, "ends when asked" if in_time else "is killed")

    def remove_pod(self, uid: str) -> None:
        """Take a pod's sandbox down and forget its containers. O(containers)."""
        pod = self.pods.get(uid)
        if pod is None:
            return
        self.abort_start(uid)
        for instance in pod.running():
            self._exit(pod, instance, SIGKILLED, "Error")
        self._take_down(pod)
        del self.pods[uid]
        self.behaviour.forget(uid)

    def take_down_sandbox(self, uid: str) -> None:
        """Take a pod's sandbox down and keep the records of its containers. O(1)."""
        pod = self.pods.get(uid)
        if pod is not None:
            self._take_down(pod)

    def has_image(self, image: str) -> bool:
        """Whether an image is on the node. O(1)."""
        return image in self.images

    def take_failed_pull(self, uid: str, container: str) -> bool:
        """Whether the last pull for a container failed; asking forgets it. O(1)."""
        return self._failed_pulls.pop((uid, container), self) is None

    # -- what happens to containers ----------------------------------------------------------------------------------

    def crash_container(self, pod_uid: str, name: str, exit_code: int = 1) -> bool:
        """A running container ends by itself; says whether there was one. O(1)."""
        pod = self.pods.get(pod_uid)
        instance = pod.latest(name) if pod is not None else None
        if pod is None or instance is None or not instance.running:
            return False
        self._exit(pod, instance, exit_code, "Completed" if exit_code == 0 else "Error")
        self._changed(pod_uid)
        return True

    def set_probe(
        self, pod_uid: str, name: str, kind: str, outcome: str, takes_ms: int | None = None
    ) -> None:
        """From now on a container answers its readiness, liveness or startup probes with this outcome. O(1).

        The outcome is success, warning, failure, unknown or error, or what the handler sees: an HTTP status, an exit
        code. An answer that takes longer than the probe's timeout is a failure.
        """
        if not self.behaviour.set_answer(pod_uid, name, kind, Answer(outcome, takes_ms)):
            return
        self._tell("probe-answers", pod_uid, name, f"{kind} {outcome}")
        if self.powered and self.on_probe is not None:
            self.on_probe(pod_uid, name, kind)

    def probe_outcome(self, pod_uid: str, name: str, kind: str) -> str:
        """What a container answers to a probe. O(1)."""
        return self.behaviour.answer(pod_uid, name, kind).outcome

    def set_hook(
        self, pod_uid: str, name: str, hook: str, outcome: str, takes_ms: int | None = None
    ) -> None:
        """From now on a container's preStop or postStart hook ends in success or failure, after a while, counted from
        when it began; this holds for one that runs, too. O(1)."""
        if self.behaviour.set_answer(pod_uid, name, hook, Answer(outcome, takes_ms)):
            self._changed(pod_uid)

    def hook_ran(self, pod_uid: str, name: str, detail: str) -> None:
        """A hook was run, as a fact: which, and what came of it. O(1)."""
        self._tell("hook-ran", pod_uid, name, detail)

    def set_ending(self, pod_uid: str, name: str, manner: str) -> None:
        """From now on a container obeys when it is to end, ignores it until it is killed, or hangs. O(1).

        One that was killed while it hung ends as soon as it no longer does.
        """
        if not self.behaviour.set_ending(pod_uid, name, manner):
            return
        self._tell("takes-ending", pod_uid, name, manner)
        pod = self.pods.get(pod_uid)
        instance = pod.latest(name) if pod is not None else None
        if pod is not None and instance is not None and instance.running and instance.kill_due:
            exit_ = (pod, instance, SIGKILLED, "Error")
            self._end_at(self.loop.now_ms, exit_, "is killed at last")

    def break_image(self, image: str, broken: bool = True) -> None:
        """Pulling an image fails from now on, or works again. O(1)."""
        if broken:
            self._broken_images[image] = None
        else:
            self._broken_images.pop(image, None)

    def image_is_broken(self, image: str) -> bool:
        """Whether pulling an image fails. O(1)."""
        return image in self._broken_images

    # -- questions -------------------------------------------------------------------------------------------------

    def pod(self, uid: str) -> PodOnMachine | None:
        """What there is of a pod. O(1)."""
        return self.pods.get(uid)

    def containers(self) -> list[ContainerInstance]:
        """Every container that runs, pod by pod. O(containers)."""
        return [instance for pod in self.pods.values() for instance in pod.running()]

    def running_containers(self, pod_uid: str) -> list[str]:
        """The names of a pod's containers that run. O(containers of the pod)."""
        pod = self.pods.get(pod_uid)
        return [instance.name for instance in pod.running()] if pod is not None else []

    # -- events ----------------------------------------------------------------------------------------------------

    def _started(self, argument: tuple[PodOnMachine, tuple[ContainerStart, ...]]) -> None:
        pod, starts = argument
        self._starting.pop(pod.uid, None)
        for start in starts:
            if start.pull:
                if start.image in self._broken_images:
                    self._failed_pulls[pod.uid, start.name] = None
                    continue
                self.images[start.image] = None
            self._start(pod, start)
        self._changed(pod.uid)

    def _start(self, pod: PodOnMachine, start: ContainerStart) -> None:
        sandbox = pod.sandbox
        assert sandbox is not None
        identity = runtime_id(
            "container",
            self.identity,
            pod.uid,
            start.name,
            str(sandbox.attempt),
            str(start.attempt),
        )
        instance = ContainerInstance(
            pod.uid,
            start.name,
            start.image,
            start.attempt,
            self.loop.now_ms,
            identity,
            sandbox.attempt,
        )
        pod.instances[start.name] = [*(pod.instances.get(start.name) or [])[-1:], instance]
        self._tell("container-started", pod.uid, start.name, f"attempt {start.attempt}")
        if start.is_init:
            when_ms = self.loop.now_ms + self.settings.init_container_run_ms
            self._end_at(when_ms, (pod, instance, 0, "Completed"), "is done")

    def _end_at(
        self, when_ms: int, exit_: tuple[PodOnMachine, ContainerInstance, int, str], how: str
    ) -> None:
        pod, instance = exit_[0], exit_[1]
        key = (pod.uid, instance.name)
        planned = self._ending.get(key)
        if planned is not None:
            if planned.when_ms <= when_ms:
                return
            self.loop.cancel(planned)
        what = f"{instance.name} of {pod.namespace}/{pod.name} {how}"
        self._ending[key] = self.loop.at(
            when_ms, self.name, what, self._ended, exit_, background=False
        )

    def _ended(self, exit_: tuple[PodOnMachine, ContainerInstance, int, str]) -> None:
        pod, instance, exit_code, reason = exit_
        if exit_code == SIGKILLED and self.behaviour.ending(pod.uid, instance.name) == HANGS:
            self._ending.pop((pod.uid, instance.name), None)
            instance.kill_due = True
            return
        self._exit(pod, instance, exit_code, reason)
        self._changed(pod.uid)

    def _exit(
        self, pod: PodOnMachine, instance: ContainerInstance, exit_code: int, reason: str
    ) -> None:
        planned = self._ending.pop((pod.uid, instance.name), None)
        if planned is not None:
            self.loop.cancel(planned)
        instance.state = EXITED
        instance.finished_ms = self.loop.now_ms
        instance.exit_code = exit_code
        instance.reason = reason
        self._tell("container-exited", pod.uid, instance.name, f"exit code {exit_code}")

    def _take_down(self, pod: PodOnMachine) -> None:
        sandbox = pod.sandbox
        if sandbox is not None and sandbox.up:
            sandbox.up = False
            self._addresses.free(sandbox.ip)
            self._tell("sandbox-down", pod.uid, "", sandbox.ip)

    def _new_pool(self) -> AddressPool:
        prefix = node_prefix(self.settings.pod_cidr_prefix, self.number)
        return AddressPool(prefix, at_once=self.settings.reuse_addresses_at_once)

    def _changed(self, uid: str) -> None:
        if self.powered and self.runtime_up and self.on_change is not None:
            self.on_change(uid)

    def _tell(self, what: str, pod_uid: str, container: str, detail: str) -> None:
        if self.facts.wants(Physical):
            loop = self.loop
            self.facts.emit(
                Physical(loop.step, loop.now_ms, self.name, what, pod_uid, container, detail)
            )
