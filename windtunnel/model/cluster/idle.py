"""Idle time, passed over: where only heartbeats that would be left out anyway wait, their timers move in one go.

A stretch is idle when no foreground event waits. It ends a little before the next event that is no heartbeat, so that
whatever comes then finds the last heartbeats where a full run would have put them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from windtunnel.model.cluster.cluster import Cluster

KEPT_MS = 20_000
"""The end of a stretch in which every heartbeat has its own event: two of the longest periods."""
WORTH_MS = 40_000
"""A shorter stretch is not worth the look at the agenda."""


class IdleTime:
    """Skips what can be skipped of a cluster's idle time. Owns until when another look would be in vain."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._in_vain_until_ms = 0

    def skip(self, end_ms: int) -> None:
        """Move the steady timers towards a moment, or towards the next event that is none of theirs. O(agenda)."""
        loop = self._cluster.loop
        if loop.foreground or loop.now_ms < self._in_vain_until_ms:
            return
        heartbeats = self._cluster.environment.heartbeats
        other_ms = loop.next_other_ms(heartbeats.steady_events())
        self._in_vain_until_ms = loop.now_ms + WORTH_MS
        until_ms = (end_ms if other_ms is None else min(end_ms, other_ms)) - KEPT_MS
        if until_ms - loop.now_ms > WORTH_MS:
            heartbeats.skip(until_ms)
