"""What the history of a container's probes means: a result that changes only after enough like outcomes in a row.

Each instance of a container begins as neither ready nor started. It is ready when its startup probe has succeeded, if
it has one, and its readiness probe has, if it has one. A probe that could not be made does not count. Outcomes in a row
are counted across instances, as in Kubernetes: after a long run of successes one more is enough for the next instance.
What a kubelet that was restarted takes over is not known, until its own probes decide.
"""

from __future__ import annotations

from attrs import define

from windtunnel.model.objects.pod import Container, Probe

READINESS, STARTUP = "readiness", "startup"
GOOD, BAD = ("success", "warning"), ("failure", "unknown")


@define
class History:
    """The probes of one kind of one container. passed, of one instance: True, False, or None where nobody can say."""

    container_id: str = ""
    passed: bool | None = False
    changed_ms: int = -1
    last: bool | None = None
    run: int = 0

    def begin(self, container_id: str, passed: bool | None) -> None:
        """Turn to another instance. O(1)."""
        self.container_id, self.passed, self.changed_ms = container_id, passed, -1

    def take(self, outcome: str, kind: str, probe: Probe, now_ms: int) -> None:
        """Count one more outcome. O(1)."""
        if outcome not in GOOD and outcome not in BAD:
            return
        good = outcome in GOOD
        self.run = self.run + 1 if good == self.last else 1
        self.last = good
        if self.run < (probe.success_threshold if good else probe.failure_threshold):
            return
        if self.passed is not good:
            self.changed_ms = now_ms
        self.passed = good
        if kind == STARTUP and not good:
            # The container is going to be replaced, and the next one's failures are counted afresh.
            self.run = 0

    def forget(self) -> None:
        """The kubelet was restarted. O(1)."""
        self.passed, self.last, self.run = None, None, 0

    def at(self, now_ms: int) -> bool | None:
        """The result of now; None in the very moment in which it changes. O(1)."""
        return None if self.changed_ms == now_ms else self.passed


def probe_of(container: Container, kind: str) -> Probe | None:
    """The probe of a kind that a container has. O(1)."""
    return container.readiness_probe if kind == READINESS else container.startup_probe


def must_be_ready(started: bool | None, passed: bool | None) -> bool | None:
    """Whether a running container is ready, given its startup and readiness; None where both may be. O(1)."""
    if started is False or passed is False:
        return False
    return None if started is None or passed is None else True
