"""An elector whose holder never gives up."""

from __future__ import annotations

from windtunnel.model.client.leader_election import LeaderElector


class ElectorWithoutDeadline(LeaderElector):
    """Tries to renew, and leads whatever comes of it."""

    async def renew_in_time(self) -> bool:
        """Try once, and be content."""
        await self.try_acquire_or_renew()
        return True
