"""Faults of programs that run and misbehave: they do not end, their hooks fail, they answer probes too late."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from windtunnel.model.cluster.action import Action, Heal, fault
from windtunnel.model.cluster.actions.faults.running import (
    container_of,
    not_running,
    running_containers,
)
from windtunnel.model.cluster.targets import pod_of
from windtunnel.model.kubelet.behaviour import HANGS, IGNORES, OBEYS, POST_START, PRE_STOP

if TYPE_CHECKING:
    from windtunnel.model.cluster.cluster import Cluster
    from windtunnel.model.kubelet.machine import Machine

MANNERS = (IGNORES, HANGS)
HOOKS = (PRE_STOP, POST_START)
FAILS, IS_SLOW, NEVER_ENDS = "fails", "is slow", "never ends"
HOOKS_GO_WRONG: dict[str, tuple[str, int | None]] = {
    FAILS: ("failure", None),
    IS_SLOW: ("success", 20_000),
    NEVER_ENDS: ("success", 31_536_000_000),
}
"""What comes of a hook, and after how many milliseconds; a year is longer than anybody waits."""
PROBES = {
    "readiness": "readinessProbe",
    "liveness": "livenessProbe",
    "startup": "startupProbe",
}
SLOW_PROBES_MS = (1_500, 30_000)
"""Later than the usual timeout of a second, and later than any."""


@fault
class StuckTermination(Action):
    """A container does not end when it is asked to: it waits to be killed (ignores), or cannot be killed (hangs).

    Healing lets it end as others do; one that was killed while it hung ends at once.

    Promised meanwhile: one that ignores the wish is gone when its grace period is over; the pod of one that hangs stays
    Terminating, keeps its name, and its identity is given to no other pod on a machine.
    """

    spares_heartbeats = True

    target: str
    container: str
    manner: str

    @classmethod
    def choices(cls, cluster: Cluster) -> Sequence[StuckTermination]:
        """Every container that runs, in both manners."""
        return [
            cls(name, container, manner)
            for name, container in running_containers(cluster)
            for manner in MANNERS
        ]

    def why_not(self, cluster: Cluster) -> str:
        """The container must run."""
        if self.manner not in MANNERS:
            return f"{self.manner!r} is no manner; write {IGNORES} or {HANGS}"
        return not_running(cluster, self.target, self.container)

    def apply(self, cluster: Cluster) -> Heal:
        """Tell the program, for as long as its pod is on this machine."""
        pod = pod_of(cluster, self.target)
        assert pod is not None
        machine, uid = cluster.machines[pod.spec.node_name], pod.uid
        machine.set_ending(uid, self.container, self.manner)
        return lambda: machine.set_ending(uid, self.container, OBEYS)


@fault
class FailingHook(Action):
    """A container's preStop or postStart hook fails, takes twenty seconds, or never ends; healing mends it.

    One that runs by then ends as one that is well.

    Promised meanwhile: a container whose postStart hook fails is killed and started again, backing off, and is not
    ready before the hook has ended; a preStop hook delays the end of its container by no more than the grace period.
    """

    spares_heartbeats = True

    target: str
    container: str
    hook: str
    how: str

    @classmethod
    def choices(cls, cluster: Cluster) -> Sequence[FailingHook]:
        """Every hook of every container that runs, in each way."""
        return [
            cls(name, container, hook, how)
            for name, container in running_containers(cluster)
            for hook in _hooks(cluster, name, container)
            for how in HOOKS_GO_WRONG
        ]

    def why_not(self, cluster: Cluster) -> str:
        """The container must run and have the hook."""
        if self.how not in HOOKS_GO_WRONG:
            return f"{self.how!r} says not how; write {', '.join(map(repr, HOOKS_GO_WRONG))}"
        reason = not_running(cluster, self.target, self.container)
        if not reason and self.hook not in _hooks(cluster, self.target, self.container):
            return f"{self.container} of {self.target} has no {self.hook} hook"
        return reason

    def apply(self, cluster: Cluster) -> Heal:
        """Tell the program."""
        pod = pod_of(cluster, self.target)
        assert pod is not None
        machine, uid = cluster.machines[pod.spec.node_name], pod.uid
        outcome, takes_ms = HOOKS_GO_WRONG[self.how]
        machine.set_hook(uid, self.container, self.hook, outcome, takes_ms)
        return lambda: machine.set_hook(uid, self.container, self.hook, "success")


@fault
class SlowProbe(Action):
    """A container answers a probe late; an answer after the probe's timeout counts as a failure.

    Healing lets it answer at once again.

    Promised meanwhile: a probe waits no longer than its timeout, and its thresholds count late answers like failures.
    """

    spares_heartbeats = True

    target: str
    container: str
    probe: str
    takes_ms: int

    @classmethod
    def choices(cls, cluster: Cluster) -> Sequence[SlowProbe]:
        """Every probe of every container that runs, a little late and very late."""
        return [
            cls(name, container, probe, takes_ms)
            for name, container in running_containers(cluster)
            for probe in _probes(cluster, name, container)
            for takes_ms in SLOW_PROBES_MS
        ]

    def why_not(self, cluster: Cluster) -> str:
        """The container must run and have the probe."""
        if not 1 <= self.takes_ms <= max(SLOW_PROBES_MS):
            return f"takes_ms must be between 1 and {max(SLOW_PROBES_MS)}"
        reason = not_running(cluster, self.target, self.container)
        if not reason and self.probe not in _probes(cluster, self.target, self.container):
            return f"{self.container} of {self.target} has no {self.probe} probe"
        return reason

    def apply(self, cluster: Cluster) -> Heal:
        """Tell the program."""
        pod = pod_of(cluster, self.target)
        assert pod is not None
        machine, uid = cluster.machines[pod.spec.node_name], pod.uid
        self._take(machine, uid, self.takes_ms)
        return lambda: self._take(machine, uid, None)

    def _take(self, machine: Machine, uid: str, takes_ms: int | None) -> None:
        # What it answers is the business of another fault.
        outcome = machine.probe_outcome(uid, self.container, self.probe)
        machine.set_probe(uid, self.container, self.probe, outcome, takes_ms)


def _hooks(cluster: Cluster, target: str, container: str) -> list[str]:
    lifecycle = container_of(cluster, target, container).get("lifecycle") or {}
    return [hook for hook in HOOKS if lifecycle.get(hook)]


def _probes(cluster: Cluster, target: str, container: str) -> list[str]:
    found = container_of(cluster, target, container)
    return [probe for probe, field in PROBES.items() if found.get(field)]
