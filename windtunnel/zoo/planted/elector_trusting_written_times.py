"""An elector that believes in the same time of day on all machines."""

from __future__ import annotations

from windtunnel.model.client.leader_election import LeaderElector


class ElectorTrustingWrittenTimes(LeaderElector):
    """Counts a lease's age from the renewTime in it."""

    def is_valid(self, now_ms: int) -> bool:
        """By the clock on this wall and the holder's."""
        observed = self.observed
        if observed is None:
            return False
        return observed.renewed_ms + observed.duration_seconds * 1000 > self.process.wall_ms
