"""A scheduler that overlooks what its watch has missed: a node that a new list no longer has stays in its cache, and it
goes on putting pods there (kubernetes#56261)."""

from __future__ import annotations

from typing import Any

from attrs import evolve

from windtunnel.model.scheduler.scheduler import Scheduler


class SchedulerDeafToMissedDeletions(Scheduler):
    """Drops the tombstones of nodes (kubernetes#56261)."""

    def start(self) -> None:
        """Hear of deletions only where the watch itself told of them."""
        super().start()
        self.nodes.handlers = [
            evolve(handler, on_delete_unknown=_ignore) for handler in self.nodes.handlers
        ]


def _ignore(_: Any) -> None:
    """Do nothing."""
