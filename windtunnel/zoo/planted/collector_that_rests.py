"""A garbage collector that never deletes: what belonged to a deleted owner stays for ever."""

from __future__ import annotations

from windtunnel.model.controllers.garbage_collector.collector import GarbageCollector
from windtunnel.model.controllers.garbage_collector.graph import Reference


class CollectorThatRests(GarbageCollector):
    """Looks at nothing."""

    def attempt_to_delete(self, item: Reference) -> None:
        """Later, it thinks."""
