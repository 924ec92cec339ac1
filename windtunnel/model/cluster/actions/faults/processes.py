"""Faults of processes: crashes, at once or between two requests. What comes back has an empty memory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from windtunnel.model.cluster.action import Action, Heal, fault

if TYPE_CHECKING:
    from windtunnel.model.cluster.cluster import Cluster

MOST = 10_000
CRASH_AFTER_REQUESTS = (0, 1, 2, 3)


@fault
class ProcessCrash(Action):
    """A controller-manager, scheduler or kubelet crashes just before one of its next requests; healing starts it again.

    Promised meanwhile: what it had already asked for may still be carried out; it starts again with an empty memory.
    """

    spares_heartbeats = True

    process: str
    after_requests: int = 0

    @classmethod
    def choices(cls, cluster: Cluster) -> Sequence[ProcessCrash]:
        """Every such process that lives, now or after its first few requests."""
        return [
            cls(name, requests)
            for name in crashable(cluster)
            if cluster.processes[name].alive
            for requests in CRASH_AFTER_REQUESTS
        ]

    def why_not(self, cluster: Cluster) -> str:
        """The process must live."""
        if self.process not in crashable(cluster):
            return f"{self.process} is no process that this fault crashes"
        return _cannot_crash(cluster, self.process, self.after_requests)

    def apply(self, cluster: Cluster) -> Heal:
        """Crash now, or set the trap."""
        return crash(cluster, self.process, self.after_requests)


@fault
class ApiServerCrash(Action):
    """An API server crashes just before one of its next requests to the store; healing starts it again.

    Promised meanwhile: what it had already asked of the store may still be carried out; it comes back with empty watch
    caches, and its clients go on with their watches where they were.
    """

    spares_heartbeats = True

    process: str
    after_requests: int = 0

    @classmethod
    def choices(cls, cluster: Cluster) -> Sequence[ApiServerCrash]:
        """Every API server that lives, now or after its first few requests."""
        return [
            cls(name, requests)
            for name in cluster.environment.apiservers
            if cluster.processes[name].alive
            for requests in CRASH_AFTER_REQUESTS
        ]

    def why_not(self, cluster: Cluster) -> str:
        """The API server must live."""
        if self.process not in cluster.environment.apiservers:
            return f"{self.process} is no API server"
        return _cannot_crash(cluster, self.process, self.after_requests)

    def apply(self, cluster: Cluster) -> Heal:
        """Crash now, or set the trap."""
        return crash(cluster, self.process, self.after_requests)


def crash(cluster: Cluster, name: str, after_requests: int) -> Heal:
    """Crash a process now or after some requests; the heal starts it again, if its machine has power."""
    process = cluster.processes[name]
    if after_requests:
        process.crash_after(after_requests)
    else:
        process.crash()
    return restart_of(cluster, name)


def restart_of(cluster: Cluster, name: str) -> Heal:
    """How a crash ends: the trap is taken away, and the process started again, if its machine has power."""
    process = cluster.processes[name]

    def restart() -> None:
        process.disarm()
        machine = cluster.machines.get(process.host)
        if machine is None or machine.powered:
            process.start()

    return restart


def _cannot_crash(cluster: Cluster, name: str, after_requests: int) -> str:
    if not 0 <= after_requests <= MOST:
        return f"after_requests must be between 0 and {MOST}"
    return "" if cluster.processes[name].alive else f"{name} is already down"


def crashable(cluster: Cluster) -> list[str]:
    """The processes that a process crash hits: managers, schedulers, kubelets and controllers of one's own."""
    servers = ("user", cluster.environment.store, *cluster.environment.apiservers)
    return [name for name in cluster.processes if name not in servers]
