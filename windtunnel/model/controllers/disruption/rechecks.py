"""Moments at which something has to be looked at again though nothing happens; each is forgotten once it is moot."""

from __future__ import annotations

from collections.abc import Callable

from windtunnel.model.objects.record import Key
from windtunnel.model.sim.loop import Event
from windtunnel.model.sim.process import Process


class Rechecks:
    """Owns one moment for each key; look is called with the key when it has come."""

    def __init__(self, process: Process, what: str, look: Callable[[Key], None]) -> None:
        self.process = process
        self.incarnation = process.incarnation
        self.what = what
        self.look = look
        self._planned: dict[Key, Event] = {}

    def plan(self, key: Key, when_ms: int | None) -> None:
        """Look at a key at a time of day, and not when it was to be looked at before; None: not at all. O(log n)."""
        process = self.process
        if when_ms is not None:
            when_ms = process.loop.now_ms + process.lasts_ms(when_ms - process.wall_ms)
        planned = self._planned.get(key)
        if planned is not None:
            if planned.when_ms == when_ms:
                return
            self.process.loop.cancel(planned)
            del self._planned[key]
        if when_ms is not None:
            self._planned[key] = self.process.loop.at(
                when_ms, self.process.name, f"{self.what} {key}", self._due, key, background=False
            )

    def _due(self, key: Key) -> None:
        if self.process.alive and self.process.incarnation == self.incarnation:
            del self._planned[key]
            self.look(key)
