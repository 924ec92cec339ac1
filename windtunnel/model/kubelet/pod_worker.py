"""PodWorker: brings one pod to life, keeps it as it should be, and brings it to its end.

A worker is in one of three states. Syncing: it compares what runs with what is wanted, reports, and starts and stops
containers; every event (a new version from the API, a container that ended, a probe result, the end of a back-off)
makes it look again. Terminating: the pod is being deleted, is over, or is gone from the API, and its containers are
asked to end within the grace period. Terminated: nothing runs any more, the last status is sent, and a pod that is
being deleted is removed from the API.

Not modelled: hooks, active deadlines, order among sidecars and main containers when they end, ephemeral containers.
"""

from __future__ import annotations

from typing import Any

from windtunnel.model.kubelet.admission import NotAdmitted
from windtunnel.model.kubelet.back_off import format_duration
from windtunnel.model.kubelet.images import ERR_IMAGE_PULL, IMAGE_PULL_BACK_OFF
from windtunnel.model.kubelet.machine import ContainerStart
from windtunnel.model.kubelet.phase import FAILED, TERMINAL
from windtunnel.model.kubelet.pod_plan import PodPlan, plan_pod
from windtunnel.model.kubelet.services import KubeletServices
from windtunnel.model.kubelet.status import (
    StatusInput,
    Waiting,
    by_name,
    is_sidecar,
    next_attempt,
    pod_status,
)
from windtunnel.model.objects.json import Json
from windtunnel.model.objects.pod import Container, Pod
from windtunnel.model.sim.loop import Event

SYNCING, TERMINATING, TERMINATED = "syncing", "terminating", "terminated"


class PodWorker:
    """Owns what the kubelet knows of one pod; all of it goes with the kubelet."""

    def __init__(self, services: KubeletServices, pod: Pod) -> None:
        self.services = services
        self.pod = pod
        self.uid = pod.metadata.uid
        self.state = SYNCING
        self.gone = False
        self._waiting: dict[str, Waiting] = {}
        self._replaced: dict[str, None] = {}
        self._timer: Event | None = None

    # -- what happens to it ----------------------------------------------------------------------------------------

    def update(self, pod: Pod) -> None:
        """A later version came from the API."""
        self.pod = pod
        self.sync()

    def remove(self) -> None:
        """The pod is gone from the API, whatever still runs of it."""
        self.gone = True
        self.services.statuses.forget(self.uid)
        self.sync()

    def reject(self, refusal: NotAdmitted) -> None:
        """The node does not take the pod: it is over before it began."""
        self.state = TERMINATED
        status: Json = {
            "phase": FAILED,
            "reason": refusal.reason,
            "message": f"Pod was rejected: {refusal.message}",
        }
        if self.pod.metadata.generation:
            status["observedGeneration"] = self.pod.metadata.generation
        self.services.statuses.set(self.pod, status)
        self.services.ended(self.uid)

    def sync(self) -> None:
        """Look at everything again and do what is to be done, if the runtime can be asked. O(containers)."""
        if not self.services.machine.runtime_up:
            return
        if self.state == SYNCING and not self._must_end():
            self._keep_running()
        elif self.state != TERMINATED:
            self._end()
        elif self.gone:
            self.services.machine.remove_pod(self.uid)
            self.services.ended(self.uid)
        elif self.pod.metadata.deleting:
            self.services.statuses.send(self.uid)

    def busy(self) -> str | None:
        """Why the worker is not at rest. O(1)."""
        if self.state == TERMINATING:
            return f"{self._name} is ending"
        if self.services.machine.is_starting(self.uid):
            return f"{self._name} is starting"
        timer = self._timer
        if timer is not None and timer.state == Event.WAITING and not timer.background:
            return f"{self._name} waits to start {', '.join(self._waiting)} again"
        return None

    # -- syncing ---------------------------------------------------------------------------------------------------

    def _must_end(self) -> bool:
        return self.gone or self.pod.metadata.deleting or self.pod.terminal

    def _keep_running(self) -> None:
        services = self.services
        on_machine = services.machine.pod(self.uid)
        services.probes.add_pod(self.pod)
        services.probes.track(self.pod)
        for name in list(self._waiting):
            latest = on_machine.latest(name) if on_machine is not None else None
            if latest is not None and latest.running:
                del self._waiting[name]
        plan = plan_pod(self.pod, on_machine, services.results)
        starts = [] if services.machine.is_starting(self.uid) else self._starts(plan)
        status = self._report(terminal=False)
        if status["phase"] in TERMINAL:
            self._end()
            return
        self._stop_replaced(plan)
        self._start(starts)

    def _report(self, *, terminal: bool) -> Json:
        """Make the status of now and hand it on; the pod's probes look at it."""
        services = self.services
        given = StatusInput(
            self.pod,
            services.machine.pod(self.uid),
            self._waiting,
            self._reported(),
            services.host_ip,
            services.process.now_ms,
            terminal,
        )
        status = pod_status(given, services.results)
        if not self.gone:
            services.statuses.set(self.pod, status)
            services.probes.pod_changed(self.uid, self.pod.metadata.deleting)
        return status

    def _reported(self) -> Json:
        """What was last said about the pod: by this kubelet, beside what others wrote."""
        said = self.services.statuses.get(self.uid)
        in_api: Json = self.pod.raw.get("status") or {}
        if said is None:
            return in_api
        own = {each["type"] for each in said.get("conditions", ())}
        others = [each for each in in_api.get("conditions") or () if each.get("type") not in own]
        merged = {**in_api, **said, "conditions": [*said.get("conditions", ()), *others]}
        if in_api.get("phase") in TERMINAL:
            merged["phase"] = in_api["phase"]
        return merged

    def _starts(self, plan: PodPlan) -> list[ContainerStart]:
        """The containers that can start now; the others say what they wait for."""
        found = []
        for container in plan.start:
            if self._backs_off(container):
                continue
            start = self._with_image(container)
            if start is not None:
                found.append(start)
        return found

    def _backs_off(self, container: Container) -> bool:
        on_machine = self.services.machine.pod(self.uid)
        latest = on_machine.latest(container.name) if on_machine is not None else None
        if latest is None or container.name in self._replaced:
            return False
        key, back_off = self._key(container.name), self.services.crash_back_off
        over_ms = back_off.ends_ms(key, latest.finished_ms)
        if self.services.process.now_ms >= over_ms:
            return False
        delay = format_duration(back_off.get_ms(key))
        message = (
            f"back-off {delay} restarting failed container={container.name} pod={self._full_name}"
        )
        self._waiting[container.name] = Waiting("CrashLoopBackOff", message)
        self._look_again_at(over_ms)
        return True

    def _with_image(self, container: Container) -> ContainerStart | None:
        services, now_ms = self.services, self.services.process.now_ms
        name, image, policy = container.name, container.image, container.image_pull_policy
        if services.machine.take_failed_pull(self.uid, name):
            plan = services.images.pull_failed(self.uid, image, now_ms)
        else:
            present = services.machine.has_image(image)
            plan = services.images.plan(self.uid, image, policy or "IfNotPresent", present, now_ms)
        if plan.error:
            self._waiting[name] = Waiting(plan.error, plan.message)
            # Only a failed pull may work next time without anybody doing anything about it.
            hopeless = plan.error not in (ERR_IMAGE_PULL, IMAGE_PULL_BACK_OFF)
            next_ms = services.images.next_try_ms(self.uid, image, now_ms)
            self._look_again_at(next_ms, background=hopeless)
            return None
        on_machine = services.machine.pod(self.uid)
        latest = on_machine.latest(name) if on_machine is not None else None
        is_init = any(each is container for each in self.pod.spec.init_containers)
        return ContainerStart(
            name,
            image,
            next_attempt(latest, self._reported_container(name)),
            pull=plan.pull,
            is_init=is_init and not is_sidecar(container),
        )

    def _reported_container(self, name: str) -> Json | None:
        reported = self._reported()
        for field in ("containerStatuses", "initContainerStatuses"):
            found = by_name(reported.get(field)).get(name)
            if found is not None:
                return dict(found)
        return None

    def _start(self, starts: list[ContainerStart]) -> None:
        if not starts:
            return
        services, settings = self.services, self.services.settings
        machine, now_ms = services.machine, services.process.now_ms
        on_machine = machine.pod(self.uid)
        delay_ms = settings.container_start_ms
        if on_machine is None or not on_machine.ip:
            metadata = self.pod.metadata
            machine.create_sandbox(self.uid, metadata.namespace, metadata.name)
            delay_ms += settings.sandbox_start_ms
        if any(start.pull for start in starts):
            delay_ms += settings.image_pull_ms
        for start in starts:
            latest = on_machine.latest(start.name) if on_machine is not None else None
            if latest is not None and start.name not in self._replaced:
                services.crash_back_off.next(self._key(start.name), latest.finished_ms, now_ms)
            self._replaced.pop(start.name, None)
        machine.start_containers(self.uid, starts, delay_ms)

    def _stop_replaced(self, plan: PodPlan) -> None:
        """Stop what is to be replaced; the back-off counts from the end before, as this one is the kubelet's doing."""
        services = self.services
        for container in plan.stop:
            if container.name in self._replaced:
                continue
            on_machine = services.machine.pod(self.uid)
            before = on_machine.before_latest(container.name) if on_machine is not None else None
            key, now_ms = self._key(container.name), services.process.now_ms
            back_off = services.crash_back_off
            if before is None:
                self._replaced[container.name] = None
            elif not back_off.is_in_back_off_since(key, before.finished_ms, now_ms):
                back_off.next(key, before.finished_ms, now_ms)
                self._replaced[container.name] = None
            grace_ms = self._probe_grace_ms(container)
            services.machine.stop_containers(self.uid, (container.name,), grace_ms)

    def _probe_grace_ms(self, container: Container) -> int:
        for probe in (container.startup_probe, container.liveness_probe):
            if probe is not None and probe.termination_grace_period_seconds is not None:
                return probe.termination_grace_period_seconds * 1000
        return self.pod.spec.termination_grace_period_seconds * 1000

    # -- ending ----------------------------------------------------------------------------------------------------

    def _end(self) -> None:
        services = self.services
        if self.state == SYNCING:
            self.state = TERMINATING
            services.ending[self.uid] = None
            if self._timer is not None:
                services.process.loop.cancel(self._timer)
            services.machine.abort_start(self.uid)
            services.probes.add_pod(self.pod)
            services.probes.stop_liveness_and_startup(self.uid)
        running = services.machine.running_containers(self.uid)
        if running:
            if not self.gone:
                services.probes.track(self.pod)
                self._report(terminal=False)
            services.machine.stop_containers(self.uid, running, self.grace_ms())
            return
        self._has_ended()

    def grace_ms(self) -> int:
        """How long the containers may take to end. O(1)."""
        metadata = self.pod.metadata
        if metadata.deleting and metadata.deletion_grace_period_seconds is not None:
            return metadata.deletion_grace_period_seconds * 1000
        return self.pod.spec.termination_grace_period_seconds * 1000

    def _has_ended(self) -> None:
        services = self.services
        self.state = TERMINATED
        services.ending.pop(self.uid, None)
        self._waiting.clear()
        services.machine.take_down_sandbox(self.uid)
        self._report(terminal=True)
        services.probes.remove_pod(self.uid)
        for container in (*self.pod.spec.init_containers, *self.pod.spec.containers):
            services.crash_back_off.forget(self._key(container.name))
        if self.gone:
            services.machine.remove_pod(self.uid)
        elif self.pod.metadata.deleting:
            services.statuses.send(self.uid)
        services.ended(self.uid)

    # -- helpers ---------------------------------------------------------------------------------------------------

    def _look_again_at(self, when_ms: int, *, background: bool = False) -> None:
        loop = self.services.process.loop
        if self._timer is not None and self._timer.state == Event.WAITING:
            if self._timer.when_ms <= when_ms:
                if not background:
                    loop.promote(self._timer)
                return
            background = background and self._timer.background
            loop.cancel(self._timer)
        process = self.services.process
        what = f"looks at {self._name} again"
        self._timer = loop.at(
            when_ms,
            process.name,
            what,
            self._look_again,
            process.incarnation,
            background=background,
        )

    def _look_again(self, incarnation: Any) -> None:
        process = self.services.process
        if process.alive and process.incarnation == incarnation and self.state == SYNCING:
            self.sync()

    def _key(self, container: str) -> str:
        return f"{self.uid}_{container}"

    @property
    def _name(self) -> str:
        return f"{self.pod.metadata.namespace}/{self.pod.metadata.name}"

    @property
    def _full_name(self) -> str:
        return f"{self.pod.metadata.name}_{self.pod.metadata.namespace}({self.uid})"
