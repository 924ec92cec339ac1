"""ProbeManager: gives each probe of each pod a worker, and runs the workers' ticks when a tick can change something.

A worker's period is counted from when it was made. A readiness or startup probe is also run as soon as its container
can be probed. A probe that takes its time has its result when it is over, and the worker does not tick until then. As
long as a container answers as it did, another tick changes nothing: such ticks are left out, or run in the background,
and the tick after a change of answer takes place at its usual time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from windtunnel.model.environment import Environment
from windtunnel.model.facts import ProbeRan
from windtunnel.model.kubelet.machine import Machine
from windtunnel.model.kubelet.phase import ALWAYS
from windtunnel.model.kubelet.probe_handlers import duration_ms, outcome_of
from windtunnel.model.kubelet.probe_results import (
    LIVENESS,
    READINESS,
    STARTUP,
    SUCCESS,
    ProbeResults,
)
from windtunnel.model.kubelet.prober import ProbeWorker, Seen
from windtunnel.model.objects.json import Json
from windtunnel.model.objects.pod import Container, Pod, Probe
from windtunnel.model.objects.time import parse_time
from windtunnel.model.sim.loop import Event
from windtunnel.model.sim.process import Process


class Ticker:
    """A worker and when it ticks next; asked is the instance whose answer is on its way, answer what it will be."""

    __slots__ = (
        "answer", "asked", "container", "event", "finished", "made_ms", "name", "probed_id", "uid", "worker",
    )  # fmt: skip

    worker: ProbeWorker

    def __init__(self, uid: str, name: str, container: Container, made_ms: int) -> None:
        self.uid = uid
        self.name = name
        self.container = container
        self.made_ms = made_ms
        self.event: Event | None = None
        self.finished = False
        self.probed_id = ""
        self.asked = ""
        self.answer = ""


def probes_of(container: Container) -> list[tuple[str, Probe]]:
    """The probes of a container by kind, startup first. O(1)."""
    found = (
        (STARTUP, container.startup_probe),
        (LIVENESS, container.liveness_probe),
        (READINESS, container.readiness_probe),
    )
    return [(kind, probe) for kind, probe in found if probe is not None]


class ProbeManager:
    """Owns the workers of one kubelet. latest_status(uid) is what the kubelet last reported of a pod."""

    def __init__(
        self,
        process: Process,
        environment: Environment,
        machine: Machine,
        results: ProbeResults,
        latest_status: Callable[[str], Json | None],
    ) -> None:
        self._process = process
        self._incarnation = process.incarnation
        self._worker_class = environment.roles["prober"]
        self._elide = environment.settings.kubelet.elide_steady_probes
        self._machine = machine
        self._results = results
        self._latest_status = latest_status
        self._pods: dict[str, list[Ticker]] = {}
        self._deleting: dict[str, bool] = {}

    # -- pods ------------------------------------------------------------------------------------------------------

    def add_pod(self, pod: Pod) -> None:
        """Make the workers of a pod; once more does nothing. O(containers)."""
        uid = pod.metadata.uid
        if uid in self._pods:
            return
        sidecars = [c for c in pod.spec.init_containers if c.restart_policy == ALWAYS]
        self._pods[uid] = [
            self._make(pod, container, kind, probe)
            for container in (*sidecars, *pod.spec.containers)
            for kind, probe in probes_of(container)
        ]

    def _make(self, pod: Pod, container: Container, kind: str, probe: Probe) -> Ticker:
        uid, metadata = pod.metadata.uid, pod.metadata
        name = f"{kind} probe of {container.name} of {metadata.namespace}/{metadata.name}"
        ticker = Ticker(uid, name, container, self._machine.loop.now_ms)
        policy = container.restart_policy or pod.spec.restart_policy
        ticker.worker = self._worker_class(
            kind, probe, policy, uid, self._results, lambda: ticker.answer or self._outcome(ticker)
        )
        return ticker

    def _outcome(self, ticker: Ticker) -> str:
        """What a probe that is begun now comes to."""
        worker = ticker.worker
        answer = self._machine.behaviour.answer(ticker.uid, ticker.container.name, worker.kind)
        return outcome_of(worker.probe, ticker.container, answer, self._machine.runtime_up)

    def track(self, pod: Pod, unseen: tuple[str, ...] = ()) -> None:
        """Turn the workers to the instances of now, before a status is made that shows them. O(probes of the pod)."""
        tickers = self._pods.get(pod.metadata.uid)
        on_machine = self._machine.pod(pod.metadata.uid)
        if not tickers or on_machine is None:
            return
        for ticker in tickers:
            latest = on_machine.latest(ticker.container.name)
            if latest is None or ticker.container.name in unseen:
                continue
            if latest.id != ticker.worker.container_id:
                ticker.worker.track(latest.id, _inherited(pod, ticker, latest.id))

    def pod_changed(self, uid: str, deleting: bool) -> None:
        """A new status of a pod was made: see whose turn it is. O(probes of the pod)."""
        self._deleting[uid] = deleting
        for ticker in self._pods.get(uid, ()):
            self._look(ticker)

    def answers_changed(self, uid: str, container: str, kind: str) -> None:
        """A container answers a kind of probe differently from now on. O(probes of the pod)."""
        for ticker in self._pods.get(uid, ()):
            if ticker.container.name == container and ticker.worker.kind == kind:
                self._look(ticker)

    def stop_liveness_and_startup(self, uid: str) -> None:
        """The pod is ending: from now on only readiness is probed. O(probes of the pod)."""
        for ticker in self._pods.get(uid, ()):
            if ticker.worker.kind in (LIVENESS, STARTUP):
                self._finish(ticker)

    def remove_pod(self, uid: str) -> None:
        """The pod has ended. O(probes of the pod)."""
        for ticker in self._pods.pop(uid, ()):
            self._finish(ticker)
            if ticker.worker.container_id:
                self._results.remove(ticker.worker.kind, ticker.worker.container_id)
        self._deleting.pop(uid, None)

    # -- ticks -----------------------------------------------------------------------------------------------------

    def seen(self, ticker: Ticker) -> Seen | None:
        """What the worker sees of its container. O(containers of the pod)."""
        status = self._latest_status(ticker.uid)
        if status is None:
            return None
        listed = (*status.get("containerStatuses", ()), *status.get("initContainerStatuses", ()))
        found: Mapping[str, Any] = next(
            (s for s in listed if s["name"] == ticker.container.name), {}
        )
        state = found.get("state") or {}
        running = state.get("running")
        return Seen(
            pod_phase=status.get("phase", ""),
            pod_deleting=self._deleting.get(ticker.uid, False),
            container_id=found.get("containerID", ""),
            state=next(iter(state), ""),
            started_ms=parse_time(running["startedAt"]) if running else 0,
            started=found.get("started"),
        )

    def _look(self, ticker: Ticker) -> None:
        seen = self.seen(ticker)
        if ticker.finished or seen is None or not seen.container_id:
            return
        if seen.state != "running":
            if not ticker.worker.tick(seen, self._machine.loop.now_ms):
                self._finish(ticker)
            return
        if ticker.worker.is_steady(seen):
            return
        if ticker.asked:
            # The answer is on its way, and what comes next is looked at then.
            if ticker.event is not None:
                self._process.loop.promote(ticker.event)
            return
        at_once = (
            ticker.worker.kind != LIVENESS
            and ticker.probed_id != seen.container_id
            and self._results.get(ticker.worker.kind, seen.container_id) != SUCCESS
            and ticker.worker.is_time(seen, self._machine.loop.now_ms)
        )
        if at_once:
            ticker.probed_id = seen.container_id
            self._tick_at(ticker, self._machine.loop.now_ms, background=False)
        else:
            self._tick_at(ticker, self._next_ms(ticker, seen), background=False)

    def _next_ms(self, ticker: Ticker, seen: Seen) -> int:
        """The worker's next regular time, not within the initial delay."""
        probe = ticker.worker.probe
        period_ms = max(probe.period_seconds, 1) * 1000
        earliest_ms = max(
            self._machine.loop.now_ms + 1, seen.started_ms + probe.initial_delay_seconds * 1000
        )
        periods = -(-(earliest_ms - ticker.made_ms) // period_ms)
        return ticker.made_ms + max(periods, 0) * period_ms

    def _tick_at(self, ticker: Ticker, when_ms: int, *, background: bool | None) -> None:
        loop = self._process.loop
        planned = ticker.event
        if planned is not None and planned.state == Event.WAITING:
            if planned.when_ms <= when_ms:
                if not background:
                    loop.promote(planned)
                return
            loop.cancel(planned)
        ticker.event = loop.at(
            when_ms, self._process.name, ticker.name, self._tick, ticker, background=background
        )

    def _tick(self, ticker: Ticker) -> None:
        process = self._process
        if ticker.finished or not process.alive or process.incarnation != self._incarnation:
            return
        seen = self.seen(ticker)
        if not ticker.asked and self._takes_time(ticker, seen):
            return
        if not self._probe(ticker, seen):
            self._finish(ticker)
            return
        if seen is None or not seen.container_id:
            return
        steady = ticker.worker.is_steady(seen)
        if not steady or not self._elide:
            self._tick_at(ticker, self._next_ms(ticker, seen), background=steady)

    def _takes_time(self, ticker: Ticker, seen: Seen | None) -> bool:
        """Begin a probe whose answer comes later, where there is one to begin."""
        worker = ticker.worker
        answer = self._machine.behaviour.answer(ticker.uid, ticker.container.name, worker.kind)
        takes_ms = duration_ms(worker.probe, answer)
        if (
            not takes_ms
            or seen is None
            or worker.on_hold
            or seen.container_id != worker.container_id
        ):
            return False
        if seen.state != "running" or not worker.is_time(seen, self._machine.loop.now_ms):
            return False
        ticker.asked, ticker.answer = seen.container_id, self._outcome(ticker)
        self._tick_at(ticker, self._machine.loop.now_ms + takes_ms, background=None)
        return True

    def _probe(self, ticker: Ticker, seen: Seen | None) -> bool:
        """Let the worker tick, unless what it asked before was of an instance that is gone; says whether it goes on."""
        asked, ticker.asked = ticker.asked, ""
        if asked and (seen is None or seen.container_id != asked):
            ticker.answer = ""
            return True
        worker = ticker.worker
        before = worker.probes
        goes_on = worker.tick(seen, self._machine.loop.now_ms)
        if worker.probes != before and self._machine.facts.wants(ProbeRan):
            self._tell(ticker)
        ticker.answer = ""
        return bool(goes_on)

    def _tell(self, ticker: Ticker) -> None:
        loop, worker = self._process.loop, ticker.worker
        fact = ProbeRan(
            loop.step, loop.now_ms, self._machine.name, ticker.uid, ticker.container.name,
            worker.container_id, worker.kind, ticker.answer or self._outcome(ticker),
        )  # fmt: skip
        self._machine.facts.emit(fact)

    def _finish(self, ticker: Ticker) -> None:
        ticker.finished = True
        if ticker.event is not None:
            self._process.loop.cancel(ticker.event)


def _inherited(pod: Pod, ticker: Ticker, container_id: str) -> str | None:
    """What was reported of this very instance before the kubelet was restarted: it is not unlearned."""
    for status in (*pod.status.container_statuses, *pod.status.init_container_statuses):
        if status.name == ticker.container.name and status.container_id == container_id:
            kind = ticker.worker.kind
            earned = (kind == READINESS and status.ready) or (kind == STARTUP and status.started)
            return SUCCESS if earned else None
    return None
