"""Times as the API writes them (RFC 3339, whole seconds, UTC) and as the model counts them (virtual milliseconds).

Virtual time 0 is 2024-01-01T00:00:00Z. Serialised times are cut to whole seconds, as metav1.Time is; a Lease's time
has microseconds.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache

_EPOCH = datetime(2024, 1, 1, tzinfo=UTC)


@lru_cache(maxsize=4096)
def _second(seconds: int) -> str:
    return (_EPOCH + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


def format_time(now_ms: int) -> str:
    """A moment as RFC 3339 in whole seconds, cut. O(1)."""
    return _second(now_ms // 1000)


def format_micro_time(now_ms: int) -> str:
    """A moment as metav1.MicroTime writes it. O(1)."""
    return f"{_second(now_ms // 1000)[:-1]}.{now_ms % 1000:03d}000Z"


@lru_cache(maxsize=16384)
def parse_time(text: str) -> int:
    """Milliseconds of virtual time of an RFC 3339 moment (negative before the epoch). Raises ValueError."""
    moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} has no time zone")
    return (moment - _EPOCH) // timedelta(milliseconds=1)
