"""The nodes of one zone that wait for their NoExecute taint, at the zone's rate.

One node may pass at once, and the next one after the rate's interval. A node that passed is remembered and not taken in
again until it is removed. A rate of 0 lets nobody pass.
"""

from __future__ import annotations

from math import ceil


class EvictionQueue:
    """Owns the waiting nodes and the rate limiter. Moments are milliseconds of the caller's clock."""

    def __init__(self, rate: float) -> None:
        self.rate = rate
        self._known: dict[str, None] = {}
        self._waiting: dict[str, int] = {}
        self._next_ms = 0

    def add(self, node: str, now_ms: int) -> bool:
        """Let a node wait; False if it waits already, or has passed and was not removed since. O(1)."""
        if node in self._known:
            return False
        self._known[node] = None
        self._waiting[node] = now_ms
        return True

    def remove(self, node: str) -> None:
        """Forget a node, whether it waits or has passed. O(1)."""
        self._known.pop(node, None)
        self._waiting.pop(node, None)

    def set_rate(self, rate: float, now_ms: int) -> None:
        """Change the rate. Who could not pass under the old one waits a whole interval of the new one. O(1)."""
        if rate == self.rate:
            return
        could_pass = self.rate > 0 and now_ms >= self._next_ms
        self.rate = rate
        self._next_ms = now_ms if could_pass else now_ms + self._interval_ms()

    def ready_at_ms(self) -> int | None:
        """When the next node may pass; None if none waits or none may. O(waiting)."""
        if not self._waiting or self.rate <= 0:
            return None
        return max(self._next_ms, min(self._waiting.values()))

    def take(self, now_ms: int) -> str | None:
        """The node that passes now, or None. It waits no longer, but is remembered. O(waiting)."""
        ready_ms = self.ready_at_ms()
        if ready_ms is None or ready_ms > now_ms:
            return None
        # Of equals min takes the first one added.
        node = min(self._waiting, key=self._waiting.__getitem__)
        del self._waiting[node]
        self._next_ms = now_ms + self._interval_ms()
        return node

    def retry(self, node: str, when_ms: int) -> None:
        """Let a node that passed in vain wait again, unless it was removed meanwhile. O(1)."""
        if node in self._known:
            self._waiting[node] = when_ms

    def check(self) -> None:
        """Assert what must hold between those who wait and those who are remembered. O(waiting)."""
        for node in self._waiting:
            assert node in self._known, "who waits is remembered"

    def _interval_ms(self) -> int:
        return ceil(1000 / self.rate) if self.rate > 0 else 0
