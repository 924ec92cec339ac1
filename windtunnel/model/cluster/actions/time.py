"""Actions that let time pass, and the one that ends a fault."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from windtunnel.model.cluster.action import Action, time_action

if TYPE_CHECKING:
    from windtunnel.model.cluster.cluster import Cluster

STEPS_MS = (2, 20, 200, 2_000, 20_000, 60_000)
SETTLE_LIMIT_MS = 120_000
LONGEST_MS = 86_400_000


@time_action
class Advance(Action):
    """Let virtual time pass."""

    duration_ms: int

    @classmethod
    def choices(cls, cluster: Cluster) -> Sequence[Advance]:
        """From a few milliseconds, between two requests, to a minute."""
        return [cls(duration_ms) for duration_ms in STEPS_MS]

    def why_not(self, cluster: Cluster) -> str:
        """Time passes forwards, and at most a day at once."""
        if 0 <= self.duration_ms <= LONGEST_MS:
            return ""
        return f"duration_ms is not between 0 and {LONGEST_MS}"

    def apply(self, cluster: Cluster) -> None:
        """Run what falls into the stretch."""
        cluster.run_for(self.duration_ms)


@time_action
class Settle(Action):
    """Let the cluster come to rest, or go on for two minutes where it cannot."""

    @classmethod
    def choices(cls, cluster: Cluster) -> Sequence[Settle]:
        """One way."""
        return [cls()]

    def apply(self, cluster: Cluster) -> None:
        """Run until settled or until the limit."""
        cluster.settle(SETTLE_LIMIT_MS)


@time_action
class HealFault(Action):
    """End one active fault, named by its own text."""

    fault: str

    @classmethod
    def choices(cls, cluster: Cluster) -> Sequence[HealFault]:
        """Every active fault, oldest first."""
        return [cls(fault) for fault in cluster.faults]

    def why_not(self, cluster: Cluster) -> str:
        """It must be active."""
        return "" if self.fault in cluster.faults else f"the fault {self.fault!r} is not active"

    def apply(self, cluster: Cluster) -> None:
        """Undo it."""
        cluster.heal(self.fault)


TIME: tuple[type[Action], ...] = (Advance, Settle, HealFault)
