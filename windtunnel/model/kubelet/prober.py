"""ProbeWorker: probes one container of one pod for one purpose, and keeps the result up to date.

Each tick looks at the container's status as the kubelet last reported it. A new instance of the container starts from
the initial result. Probing waits for the initial delay, and for everything but the startup probe until the startup
probe of this instance has succeeded. A result changes only after its threshold of like outcomes in a row. After a
failure that kills the container, the worker holds until there is a new instance.

Not modelled: the three tries of a probe that cannot be made.
"""

from __future__ import annotations

from collections.abc import Callable

from attrs import frozen

from windtunnel.model.kubelet.phase import NEVER, TERMINAL
from windtunnel.model.kubelet.probe_results import (
    FAILURE,
    INITIAL,
    LIVENESS,
    STARTUP,
    SUCCESS,
    ProbeResults,
)
from windtunnel.model.objects.pod import Probe

OUTCOMES = ("success", "warning", "failure", "unknown", "error")


def result_of(outcome: str) -> str | None:
    """The result that an outcome stands for; None for a probe that could not be made and does not count. O(1)."""
    if outcome == "error":
        return None
    return SUCCESS if outcome in ("success", "warning") else FAILURE


@frozen
class Seen:
    """What a worker sees of its container: the status that the kubelet last reported."""

    pod_phase: str
    pod_deleting: bool
    container_id: str
    state: str
    started_ms: int = 0
    started: bool | None = None


class ProbeWorker:
    """One container and one kind. Constructor contract: (kind, probe, restart_policy, pod_uid, results, outcome)."""

    def __init__(
        self,
        kind: str,
        probe: Probe,
        restart_policy: str,
        pod_uid: str,
        results: ProbeResults,
        outcome: Callable[[], str],
    ) -> None:
        self.kind = kind
        self.probe = probe
        self.restart_policy = restart_policy
        self.pod_uid = pod_uid
        self.results = results
        self.outcome = outcome
        self.container_id = ""
        self.on_hold = False
        self.last_result: str | None = None
        self.result_run = 0
        self.probes = 0

    def tick(self, seen: Seen | None, now_ms: int) -> bool:
        """Probe if it is time; says whether the worker goes on. O(1)."""
        if seen is None:
            return True
        if seen.pod_phase in TERMINAL:
            return False
        if not seen.container_id:
            return True
        self.track(seen.container_id)
        if self.on_hold:
            return True
        if seen.state != "running":
            self.set_result(FAILURE)
            return seen.state != "terminated" or self.restart_policy != NEVER
        if seen.pod_deleting and self.kind in (LIVENESS, STARTUP):
            self.set_result(SUCCESS)
            return False
        if self.is_time(seen, now_ms):
            self.take(self.outcome())
        return True

    def track(self, container_id: str, initial: str | None = None) -> None:
        """Turn to another instance of the container, from the initial result of the kind or a given one. O(1)."""
        if container_id == self.container_id:
            return
        if self.container_id:
            self.results.remove(self.kind, self.container_id)
        self.container_id = container_id
        self.on_hold = False
        self.results.begin(self.kind, container_id, initial or INITIAL[self.kind])

    def is_time(self, seen: Seen, now_ms: int) -> bool:
        """Whether the delay is over and it is this kind's turn. O(1)."""
        if (now_ms - seen.started_ms) // 1000 < self.probe.initial_delay_seconds:
            return False
        return self.is_turn(seen)

    def is_turn(self, seen: Seen) -> bool:
        """The startup probe runs until the container has started, the others from then on. O(1)."""
        return bool(seen.started) is not (self.kind == STARTUP)

    def take(self, outcome: str) -> None:
        """Count an outcome; the result changes when its threshold is reached. O(1)."""
        self.probes += 1
        result = result_of(outcome)
        if result is None:
            return
        if result == self.last_result:
            self.result_run += 1
        else:
            self.last_result, self.result_run = result, 1
        if self.result_run < self.threshold(result):
            return
        self.set_result(result)
        if result == FAILURE and self.kind in (LIVENESS, STARTUP):
            # The container is about to be killed: wait for the next one, and count its outcomes afresh.
            self.on_hold = True
            self.result_run = 0

    def threshold(self, result: str) -> int:
        """How many like outcomes in a row make this result. O(1)."""
        probe = self.probe
        return probe.failure_threshold if result == FAILURE else probe.success_threshold

    def set_result(self, result: str) -> None:
        """Keep the result of the instance that is tracked. O(1)."""
        self.results.set(self.kind, self.container_id, result, self.pod_uid)

    def is_steady(self, seen: Seen) -> bool:
        """Whether another tick would change nothing as long as everything stays as it is. O(1)."""
        if seen.container_id != self.container_id:
            return not seen.container_id
        if self.on_hold:
            return True
        cached = self.results.get(self.kind, self.container_id)
        if seen.state != "running":
            return cached == FAILURE
        if not self.is_turn(seen):
            return True
        result = result_of(self.outcome())
        return result is None or (result == cached and self.last_result in (None, result))
