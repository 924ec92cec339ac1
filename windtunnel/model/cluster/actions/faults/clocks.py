"""Faults of clocks: a time of day that is wrong, and time that is measured wrongly. They are kept apart, as Go does.

Not modelled: the clock of the container runtime, whose times stay true; the clocks of API servers and of the store.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from windtunnel.model.cluster.action import Action, Heal, fault
from windtunnel.model.cluster.actions.faults.processes import crashable
from windtunnel.model.sim.clock import RIGHT

if TYPE_CHECKING:
    from windtunnel.model.cluster.cluster import Cluster

JUMPS_MS = (-60_000, -5_000, 5_000, 60_000)
FARTHEST_MS = 3_600_000
RATES = (500, 800, 1_250, 2_000)
SLOWEST, FASTEST = 100, 10_000


@fault
class ClockJump(Action):
    """The time of day of a controller manager, scheduler or kubelet jumps by so many milliseconds, forward or back.

    Healing sets it right, as NTP does by a step. What is measured does not notice either (Go's monotonic reading): only
    the times that the process writes, and its comparisons with those that others wrote, are wrong.

    Promised meanwhile: no lease is taken from a living holder, and no timer fires early or late.
    """

    process: str
    by_ms: int

    @classmethod
    def choices(cls, cluster: Cluster) -> Sequence[ClockJump]:
        """Some seconds or a minute, forward or back, for every such process."""
        return [cls(name, by_ms) for name in crashable(cluster) for by_ms in JUMPS_MS]

    def why_not(self, cluster: Cluster) -> str:
        """There must be such a process, and the jump must be one."""
        if self.process not in crashable(cluster):
            return f"{self.process} is no process whose clock this fault sets"
        if not 1 <= abs(self.by_ms) <= FARTHEST_MS:
            return f"by_ms must be between 1 and {FARTHEST_MS}, or as much below 0"
        return ""

    def apply(self, cluster: Cluster) -> Heal:
        """Set the clock."""
        process = cluster.processes[self.process]
        process.jump_clock(self.by_ms)
        return lambda: process.jump_clock(-self.by_ms)


@fault
class ClockSkew(Action):
    """A controller manager, scheduler or kubelet measures time too fast or too slowly, at a rate in thousandths.

    Its timers fire early or late by it, those under way too, while NTP keeps its time of day right. Healing makes the
    rate right; what was measured before is not taken back.

    Promised meanwhile: as long as the rates of two candidates for a lease differ by less than its duration exceeds the
    deadline of its renewal, their terms do not overlap.
    """

    process: str
    rate: int

    @classmethod
    def choices(cls, cluster: Cluster) -> Sequence[ClockSkew]:
        """Somewhat or much too slow or too fast, for every such process that measures rightly now."""
        made = [cls(name, rate) for name in crashable(cluster) for rate in RATES]
        return [each for each in made if not each.why_not(cluster)]

    def why_not(self, cluster: Cluster) -> str:
        """There must be such a process, which measures rightly so far."""
        if self.process not in crashable(cluster):
            return f"{self.process} is no process whose clock this fault skews"
        if not SLOWEST <= self.rate <= FASTEST or self.rate == RIGHT:
            return f"rate must be between {SLOWEST} and {FASTEST}, and not {RIGHT}"
        clock = cluster.processes[self.process].clock
        if clock is not None and clock.rate != RIGHT:
            return f"{self.process} measures time wrongly already"
        return ""

    def apply(self, cluster: Cluster) -> Heal:
        """Change the rate."""
        process = cluster.processes[self.process]
        process.set_clock_rate(self.rate)
        return lambda: process.set_clock_rate(RIGHT)
