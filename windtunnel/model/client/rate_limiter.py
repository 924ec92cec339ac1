"""How long an item that failed has to wait: client-go's default limiter for controllers.

The delay is the longer of two: one that doubles with each failure of the item, and one that spreads failures of all
items over time once a burst is used up. Integers only, milliseconds.
"""

from __future__ import annotations

from collections.abc import Hashable

QUERIES_PER_SECOND = 10
BURST = 100


class RateLimiter:
    """Owns the failures of each item and the bucket that all items share."""

    def __init__(self, base_delay_ms: int = 5, max_delay_ms: int = 1_000_000) -> None:
        self.base_delay_ms = base_delay_ms
        self.max_delay_ms = max_delay_ms
        self._failures: dict[Hashable, int] = {}
        self._spacing_ms = 1000 // QUERIES_PER_SECOND
        self._next_free_ms: int | None = None

    def when(self, item: Hashable, now_ms: int) -> int:
        """Count one more failure of the item and say how many milliseconds it has to wait. O(1)."""
        failures = self._failures.get(item, 0)
        self._failures[item] = failures + 1
        return max(self.item_delay_ms(failures), self._bucket_delay_ms(now_ms))

    def item_delay_ms(self, failures: int) -> int:
        """The delay after that many earlier failures of an item. O(1)."""
        if failures >= 64:
            return self.max_delay_ms
        return min(self.base_delay_ms << failures, self.max_delay_ms)

    def failures(self, item: Hashable) -> int:
        """How often the item has failed since it was forgotten. O(1)."""
        return self._failures.get(item, 0)

    def forget(self, item: Hashable) -> None:
        """The item succeeded, or nobody tries it any more. O(1)."""
        self._failures.pop(item, None)

    def _bucket_delay_ms(self, now_ms: int) -> int:
        full_at_ms = now_ms - BURST * self._spacing_ms
        earlier_ms = (
            full_at_ms if self._next_free_ms is None else max(self._next_free_ms, full_at_ms)
        )
        self._next_free_ms = earlier_ms + self._spacing_ms
        return max(0, self._next_free_ms - now_ms)
