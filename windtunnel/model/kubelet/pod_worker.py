"""PodWorker: brings one pod to life, keeps it as it should be, and brings it to its end.

A worker is in one of three states. Syncing: it compares what runs with what is wanted, reports, and starts and stops
containers; every event (a new version from the API, a container that ended, a probe result, the end of a back-off)
makes it look again. While containers are being started, their postStart hooks with them, it only reports. Terminating:
the pod is being deleted, is over, has been active for longer than it may, or is gone from the API, and its containers
are brought to their end within the grace period. Terminated: nothing runs any more, the last status is sent, and a pod
that is being deleted is removed from the API.

Not modelled: ephemeral containers; a kubelet that waits for a container to end before it looks at the others.
"""

from __future__ import annotations

from typing import Any

from windtunnel.model.kubelet.admission import NotAdmitted
from windtunnel.model.kubelet.container_ending import ContainerEnding
from windtunnel.model.kubelet.container_starts import ContainerStarts
from windtunnel.model.kubelet.hooks import PostStart, hook_failed
from windtunnel.model.kubelet.phase import FAILED, TERMINAL
from windtunnel.model.kubelet.pod_plan import IMAGE, PodPlan, Stop, plan_pod
from windtunnel.model.kubelet.probe_results import LIVENESS
from windtunnel.model.kubelet.services import KubeletServices
from windtunnel.model.kubelet.status import PutToEnd, StatusInput, pod_status
from windtunnel.model.objects.json import Json
from windtunnel.model.objects.pod import Pod
from windtunnel.model.objects.time import parse_time
from windtunnel.model.sim.loop import Event

SYNCING, TERMINATING, TERMINATED = "syncing", "terminating", "terminated"
DEADLINE_EXCEEDED = PutToEnd(
    "DeadlineExceeded", "Pod was active on the node longer than the specified deadline"
)


class PodWorker:
    """Owns what the kubelet knows of one pod; all of it goes with the kubelet."""

    def __init__(self, services: KubeletServices, pod: Pod) -> None:
        self.services = services
        self.pod = pod
        self.uid = pod.metadata.uid
        self.state = SYNCING
        self.gone = False
        self._starts = ContainerStarts(services, self.uid, self._look_again_at)
        self._ending = ContainerEnding(services.machine, self.uid)
        self._post_start: PostStart | None = None
        self._active_since_ms: int | None = None
        self._timer: Event | None = None
        self._deadline: Event | None = None

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
        if self.state == TERMINATED:
            return None
        if self.state == TERMINATING:
            return f"{self._name} is ending"
        if self._ending:
            return f"{self._name} has containers that are ending"
        if self.services.machine.is_starting(self.uid):
            return f"{self._name} is starting"
        timer = self._timer
        if timer is not None and timer.state == Event.WAITING and not timer.background:
            waiting = ", ".join(self._starts.waiting) or "a hook"
            return f"{self._name} waits for {waiting}"
        return None

    # -- syncing ---------------------------------------------------------------------------------------------------

    def _must_end(self) -> bool:
        return self.gone or self.pod.metadata.deleting or self.pod.terminal

    def _keep_running(self) -> None:
        services = self.services
        on_machine = services.machine.pod(self.uid)
        services.probes.add_pod(self.pod)
        self._starts.observe()
        self._look_at_hook()
        services.probes.track(self.pod, self._in_hook())
        plan = PodPlan()
        if self._post_start is None and not services.machine.is_starting(self.uid):
            plan = plan_pod(self.pod, on_machine, services.results, self._starts.replaced)
        starts = self._starts.startable(self.pod, plan, self._reported()) if plan.start else []
        status = self._report(terminal=False)
        if status["phase"] in TERMINAL:
            self._end()
            return
        for stop in plan.stop:
            self._replace(stop)
        if plan.over:
            running = services.machine.running_containers(self.uid)
            self._ending.end(self.pod, running, self._spec_grace_ms(), in_turn=True)
        if self._ending:
            self._go_on_ending()
        if starts:
            self._post_start = self._starts.begin(self.pod, starts)

    def _look_at_hook(self) -> None:
        """See how far the postStart hook is: where it failed, its container is ended."""
        if self._post_start is None:
            return
        self._post_start = hook = self._post_start.next(self.services.machine, self.uid)
        if self._timer is not None and (hook is None or hook.failed):
            # It may have ended sooner than it was going to; whatever else has its time is planned again below.
            self.services.process.loop.cancel(self._timer)
        if hook is None:
            return
        name = hook.container
        if hook.failed:
            self._starts.waiting[name] = hook_failed(name)
            self._ending.end(self.pod, (name,), self._spec_grace_ms(), in_turn=False)
        elif hook.began_ms is not None:
            self._look_again_at(hook.until_ms(self.services.machine, self.uid))

    def _in_hook(self) -> tuple[str, ...]:
        """The container whose postStart hook has not ended."""
        return (self._post_start.container,) if self._post_start is not None else ()

    def _report(self, *, terminal: bool) -> Json:
        """Make the status of now and hand it on; the pod's probes look at it."""
        services = self.services
        reported = self._reported()
        given = StatusInput(
            self.pod,
            services.machine.pod(self.uid),
            self._starts.waiting,
            reported,
            services.host_ip,
            services.process.wall_ms,
            terminal,
            (*self._in_hook(), *self._starts.between()),
            self._put_to_end(reported),
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

    def _replace(self, stop: Stop) -> None:
        """Stop a container that is to be replaced, once."""
        name = stop.container.name
        if self._ending.is_ending(name):
            return
        self._starts.stopped(self.pod, stop)
        probe = stop.container.startup_probe
        if stop.reason == LIVENESS:
            probe = stop.container.liveness_probe
        grace_ms = self._spec_grace_ms()
        if stop.reason != IMAGE and probe is not None:
            seconds = probe.termination_grace_period_seconds
            grace_ms = grace_ms if seconds is None else seconds * 1000
        self._ending.end(self.pod, (name,), grace_ms, in_turn=False)

    def _put_to_end(self, reported: Json) -> PutToEnd | None:
        """Whether the pod has been active for longer than it may; if it has yet to be, the kubelet looks again then."""
        seconds = self.pod.spec.active_deadline_seconds
        if seconds is None:
            return None
        process = self.services.process
        wall_ms = process.wall_ms
        if self._active_since_ms is None:
            said = reported.get("startTime")
            self._active_since_ms = wall_ms if said is None else parse_time(said)
        left_ms = self._active_since_ms + seconds * 1000 - wall_ms
        if left_ms <= 0:
            return DEADLINE_EXCEEDED
        self._look_at_deadline(process.loop.now_ms + process.lasts_ms(left_ms))
        return None

    # -- ending ----------------------------------------------------------------------------------------------------

    def _end(self) -> None:
        services = self.services
        if self.state == SYNCING:
            self.state = TERMINATING
            services.ending[self.uid] = None
            self._post_start = None
            self._starts.replaced.clear()
            self._cancel_timers()
            services.machine.abort_start(self.uid)
            services.probes.add_pod(self.pod)
            services.probes.stop_liveness_and_startup(self.uid)
        running = services.machine.running_containers(self.uid)
        if running:
            if not self.gone:
                services.probes.track(self.pod)
                self._report(terminal=False)
            self._ending.end(self.pod, running, self.grace_ms(), in_turn=True)
            self._go_on_ending()
            return
        self._has_ended()

    def _go_on_ending(self) -> None:
        next_ms = self._ending.advance()
        if next_ms is not None:
            self._look_again_at(next_ms)
        if self._ending:
            self.services.ending[self.uid] = None
        elif self.state == SYNCING:
            self.services.ending.pop(self.uid, None)

    def grace_ms(self) -> int:
        """How long the containers may take to end: what the deletion says, unless that is nothing. O(1)."""
        metadata = self.pod.metadata
        if metadata.deleting and metadata.deletion_grace_period_seconds:
            return metadata.deletion_grace_period_seconds * 1000
        return self._spec_grace_ms()

    def _spec_grace_ms(self) -> int:
        return max(self.pod.spec.termination_grace_period_seconds, 1) * 1000

    def _has_ended(self) -> None:
        services = self.services
        self.state = TERMINATED
        services.ending.pop(self.uid, None)
        self._starts.forget(self.pod)
        services.machine.take_down_sandbox(self.uid)
        self._report(terminal=True)
        self._cancel_timers()
        services.probes.remove_pod(self.uid)
        if self.gone:
            services.machine.remove_pod(self.uid)
        elif self.pod.metadata.deleting or not self.pod.terminal:
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

    def _look_at_deadline(self, due_ms: int) -> None:
        """Look at the pod when its deadline is over: nothing to wait for until then, but no background matter then."""
        process, planned = self.services.process, self._deadline
        if planned is not None:
            if planned.when_ms == due_ms:
                return
            process.loop.cancel(planned)
        what = f"finds the deadline of {self._name} over"
        self._deadline = process.loop.at(
            due_ms, process.name, what, self._deadline_is_over, process.incarnation, background=True
        )

    def _deadline_is_over(self, incarnation: Any) -> None:
        if self._is_mine(incarnation):
            self._look_again_at(self.services.process.loop.now_ms)

    def _look_again(self, incarnation: Any) -> None:
        if self._is_mine(incarnation):
            self.sync()

    def _is_mine(self, incarnation: Any) -> bool:
        process = self.services.process
        return process.alive and process.incarnation == incarnation and self.state != TERMINATED

    def _cancel_timers(self) -> None:
        for event in (self._timer, self._deadline):
            if event is not None:
                self.services.process.loop.cancel(event)

    @property
    def _name(self) -> str:
        return f"{self.pod.metadata.namespace}/{self.pod.metadata.name}"
