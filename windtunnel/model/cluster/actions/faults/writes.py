"""Sieve's "intermediate state": a process dies between two particular writes, and finds its work half done."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from windtunnel.model.cluster.action import Action, Heal, fault
from windtunnel.model.cluster.actions.faults.processes import MOST, crashable, restart_of

if TYPE_CHECKING:
    from windtunnel.model.cluster.cluster import Cluster

BEFORE, AFTER = "before", "after"
WRITES = (1, 2, 3, 5)


@fault
class CrashAroundWrite(Action):
    """A process crashes just before its n-th write from now, or just after it was sent; healing starts it again.

    Reads do not count. An API server's writes are those to the store. Of a write that was sent nobody hears the answer.

    Promised meanwhile: what was sent is carried out once, and what comes back starts with an empty memory, finds what
    the other had done, and goes on from there.
    """

    spares_heartbeats = True

    process: str
    write: int
    when: str

    @classmethod
    def choices(cls, cluster: Cluster) -> Sequence[CrashAroundWrite]:
        """Around the first few writes of every process that lives and is to crash around none yet."""
        made = [
            cls(name, write, when)
            for name in (*crashable(cluster), *cluster.environment.apiservers)
            for write in WRITES
            for when in (BEFORE, AFTER)
        ]
        return [each for each in made if not each.why_not(cluster)]

    def why_not(self, cluster: Cluster) -> str:
        """The process must live, and no other trap be set for it."""
        if self.when not in (BEFORE, AFTER):
            return f"{self.when!r} is no moment of a write; write {BEFORE} or {AFTER}"
        if not 1 <= self.write <= MOST:
            return f"write must be between 1 and {MOST}"
        if self.process not in (*crashable(cluster), *cluster.environment.apiservers):
            return f"{self.process} is no process that this fault crashes"
        process = cluster.processes[self.process]
        if not process.alive:
            return f"{self.process} is already down"
        return f"{self.process} is to crash already" if process.is_trapped else ""

    def apply(self, cluster: Cluster) -> Heal:
        """Set the trap."""
        cluster.processes[self.process].crash_around_write(self.write, after=self.when == AFTER)
        return restart_of(cluster, self.process)
