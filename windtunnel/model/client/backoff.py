"""An exponential back-off that calms down by itself: client-go's manager for reflectors."""

from __future__ import annotations

from windtunnel.model.sim.choices import Choices

JITTER_STEPS = 8


class Backoff:
    """Owns the current delay. Each delay doubles the next one; after a quiet while it starts anew."""

    def __init__(
        self,
        choices: Choices,
        point: str,
        initial_ms: int = 800,
        max_ms: int = 30_000,
        reset_ms: int = 120_000,
    ) -> None:
        self._choices = choices
        self._point = point
        self._initial_ms = initial_ms
        self._max_ms = max_ms
        self._reset_ms = reset_ms
        self._next_ms = initial_ms
        self._last_at_ms: int | None = None

    def delay_ms(self, now_ms: int) -> int:
        """The next delay: the base, and up to as much again where the scenario has a deviation. O(1)."""
        if self._last_at_ms is not None and now_ms - self._last_at_ms > self._reset_ms:
            self._next_ms = self._initial_ms
        self._last_at_ms = now_ms
        base_ms = self._next_ms
        self._next_ms = min(base_ms * 2, self._max_ms)
        return base_ms + base_ms * self._choices(self._point, JITTER_STEPS) // JITTER_STEPS
