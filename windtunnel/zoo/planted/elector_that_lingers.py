"""An elector that is slow to leave."""

from __future__ import annotations

from windtunnel.model.client.leader_election import LeaderElector


class ElectorThatLingers(LeaderElector):
    """Lets its process live on for a minute after it has lost."""

    def leave(self) -> None:
        """Exit later."""
        loop, name = self.process.loop, self.process.name
        loop.after(
            60_000, name, "leaves at last", lambda _: super(ElectorThatLingers, self).leave()
        )
