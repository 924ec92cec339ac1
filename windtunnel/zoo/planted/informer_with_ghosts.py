"""An informer that overlooks deletions: what is gone stays in its cache."""

from __future__ import annotations

from windtunnel.model.apiserver.request import WatchEvent
from windtunnel.model.client.informer import Informer


class InformerWithGhosts(Informer):
    """Hears of additions and updates only."""

    def process_event(self, event: WatchEvent) -> None:
        """Drop what says DELETED."""
        if event.type != "DELETED":
            super().process_event(event)
