"""Exponential back-off by key, as the kubelet uses it for crashing containers and for images that cannot be pulled.

The first failure costs nothing; the second waits for the base delay, and each further one twice as long, up to the
most. A key that was quiet for long enough (twice the most, where nothing else is said) starts afresh. All of it is
memory of the kubelet and goes with it.
"""

from __future__ import annotations


class BackOff:
    """Owns the delays of one purpose."""

    def __init__(self, base_ms: int, most_ms: int, reset_ms: int | None = None) -> None:
        self._base_ms = base_ms
        self._most_ms = most_ms
        self._reset_ms = 2 * most_ms if reset_ms is None else reset_ms
        self._entries: dict[str, tuple[int, int]] = {}

    def get_ms(self, key: str) -> int:
        """The delay that the next failure waits for, 0 for a key without failures. O(1)."""
        entry = self._entries.get(key)
        return entry[0] if entry is not None else 0

    def ends_ms(self, key: str, event_ms: int) -> int:
        """When the back-off that began with the event is over; the event's own time where there is none. O(1)."""
        entry = self._entries.get(key)
        if entry is None or self._expired(event_ms, entry[1]):
            return event_ms
        return event_ms + entry[0]

    def is_in_back_off_since(self, key: str, event_ms: int, now_ms: int) -> bool:
        """Whether the delay since the event is not over yet. O(1)."""
        return now_ms < self.ends_ms(key, event_ms)

    def is_in_back_off_since_update(self, key: str, now_ms: int) -> bool:
        """Whether the delay since the last failure is not over yet. O(1)."""
        entry = self._entries.get(key)
        if entry is None or self._expired(now_ms, entry[1]):
            return False
        return now_ms - entry[1] < entry[0]

    def ends_ms_since_update(self, key: str) -> int | None:
        """When the delay since the last failure is over; None for a key without failures. O(1)."""
        entry = self._entries.get(key)
        return None if entry is None else entry[0] + entry[1]

    def next(self, key: str, event_ms: int, now_ms: int) -> None:
        """One more failure, with an event at a moment. O(1)."""
        entry = self._entries.get(key)
        if entry is None or self._expired(event_ms, entry[1]):
            self._entries[key] = (self._base_ms, now_ms)
        else:
            self._entries[key] = (min(entry[0] * 2, self._most_ms), now_ms)

    def forget(self, key: str) -> None:
        """Drop a key. O(1)."""
        self._entries.pop(key, None)

    def _expired(self, event_ms: int, updated_ms: int) -> bool:
        return event_ms - updated_ms > self._reset_ms


def format_duration(duration_ms: int) -> str:
    """A duration as Go prints it: 10s, 1m20s, 5m0s. O(1)."""
    seconds = duration_ms // 1000
    hours, rest = divmod(seconds, 3600)
    minutes, seconds = divmod(rest, 60)
    if hours:
        return f"{hours}h{minutes}m{seconds}s"
    return f"{minutes}m{seconds}s" if minutes else f"{seconds}s"
