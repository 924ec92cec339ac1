"""An elector that respects a dead holder."""

from __future__ import annotations

from windtunnel.model.client.leader_election import LeaderElector


class ElectorThatNeverTakesOver(LeaderElector):
    """Does not let a lease run out."""

    def is_valid(self, now_ms: int) -> bool:
        """Once held, always held."""
        return self.observed is not None
