"""The clock of one process: what it measures with, and what time of day it believes in.

As Go's time.Now does, a clock gives two readings. The steady one only goes forward: durations are measured by it, and
timers are set by it. The wall clock is what is written into objects, and what times that others wrote are compared
with. Two things go wrong with them, and they are kept apart. A jump (somebody sets the clock, and NTP puts it right
later by a step back) moves the wall clock alone, so nothing that was measured goes back. A skew makes the steady
reading count too fast or too slowly, and timers with it, while NTP keeps the time of day right; once the rate is right
again, the steady reading keeps what it has gained or lost.

Readings are milliseconds; a rate is in thousandths.

Not modelled: the slow drift of a time of day that nobody corrects.
"""

from __future__ import annotations

RIGHT = 1_000
"""The rate of a clock that is neither fast nor slow."""


class Clock:
    """Owns the readings of one process's clock, as functions of the true time (the loop's)."""

    def __init__(self) -> None:
        self.rate = RIGHT
        self.ahead_ms = 0
        """How far the wall clock is ahead of the true time of day."""
        self._since_ms = 0
        self._steady_ms = 0

    def steady_ms(self, true_ms: int) -> int:
        """The reading that durations are measured by. O(1)."""
        return self._steady_ms + (true_ms - self._since_ms) * self.rate // RIGHT

    def wall_ms(self, true_ms: int) -> int:
        """The time of day, as far as this clock knows. O(1)."""
        return true_ms + self.ahead_ms

    def true_ms(self, steady_ms: int) -> int:
        """The first moment at which the steady reading is at least so much, at today's rate. O(1)."""
        return self._since_ms + self.lasts_ms(steady_ms - self._steady_ms)

    def lasts_ms(self, duration_ms: int) -> int:
        """How long a duration of this clock takes in truth, rounded up. O(1)."""
        return -(-duration_ms * RIGHT // self.rate)

    def set_rate(self, true_ms: int, rate: int) -> None:
        """Count at another rate from now on. O(1)."""
        self._since_ms, self._steady_ms = true_ms, self.steady_ms(true_ms)
        self.rate = rate

    def jump(self, by_ms: int) -> None:
        """Set the wall clock forward, or back where negative. O(1)."""
        self.ahead_ms += by_ms

    def of_a_new_life(self, true_ms: int) -> Clock | None:
        """The clock of the next process on this host: what the reading gained or lost matters within one life. O(1)."""
        new = Clock()
        new.ahead_ms = self.ahead_ms
        new.set_rate(true_ms, self.rate)
        return None if new.is_right else new

    @property
    def is_right(self) -> bool:
        """Whether both readings are, and stay, the true time. O(1)."""
        return self.rate == RIGHT and not self.ahead_ms and self._steady_ms == self._since_ms
