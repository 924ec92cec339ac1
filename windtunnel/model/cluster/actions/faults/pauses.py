"""Faults of processes that stop for a while and then go on as if nothing had been: a frozen VM, a stopped process."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from windtunnel.model.cluster.action import Action, Heal, fault
from windtunnel.model.cluster.actions.faults.processes import crashable

if TYPE_CHECKING:
    from windtunnel.model.cluster.cluster import Cluster


@fault
class Pause(Action):
    """A controller manager, scheduler, kubelet or controller of one's own is stopped (SIGSTOP); healing lets it go on.

    Nothing happens in it meanwhile: what it is sent waits, and its timers are over when it goes on, in order. What it
    had sent before arrives. A leader whose lease has run out goes on to lead, until it notices.

    Promised meanwhile: nobody loses what he has, and a leader that is missed is replaced; requests of both may arrive.
    """

    process: str

    @classmethod
    def choices(cls, cluster: Cluster) -> Sequence[Pause]:
        """Every such process that runs."""
        made = [cls(name) for name in crashable(cluster)]
        return [each for each in made if not each.why_not(cluster)]

    def why_not(self, cluster: Cluster) -> str:
        """The process must live, and not be stopped already."""
        if self.process not in crashable(cluster):
            return f"{self.process} is no process that this fault stops"
        process = cluster.processes[self.process]
        if not process.alive:
            return f"{self.process} is down"
        return f"{self.process} is already stopped" if process.paused else ""

    def apply(self, cluster: Cluster) -> Heal:
        """Stop it."""
        process = cluster.processes[self.process]
        process.pause()
        return process.resume
