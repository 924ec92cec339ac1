"""When a cluster is settled, and in words why it is not.

Settled: no foreground event waits and every living process says it is idle. The limits are virtual time and events;
reaching one is an outcome with a reason, never a hang.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

from windtunnel.model.facts import Settled

if TYPE_CHECKING:
    from windtunnel.model.cluster.cluster import Cluster

_REASONS = 4


@frozen
class Settlement:
    """How settling ended. reason is '' when settled, else what is still going on."""

    settled: bool
    reason: str
    took_ms: int
    events: int


def why_busy(cluster: Cluster) -> str:
    """What is still to be done, in words; '' when nothing is. O(processes)."""
    reasons = []
    for process in cluster.processes.values():
        if process.alive and process.component is not None:
            reason = process.component.busy()
            if reason:
                reasons.append(f"{process.name}: {reason}")
    if not reasons and cluster.loop.foreground:
        waiting = cluster.loop.pending()[:_REASONS]
        reasons = [
            f"{event.who}: {event.what} at {event.when_ms / 1000:.3f} s" for event in waiting
        ]
    more = len(reasons) - _REASONS
    text = "; ".join(reasons[:_REASONS])
    return f"{text}; and {more} more" if more > 0 else text


def is_settled(cluster: Cluster) -> bool:
    """Whether nothing is left to do right now. O(processes)."""
    if cluster.loop.foreground:
        return False
    return not any(
        process.alive and process.component is not None and process.component.busy()
        for process in cluster.processes.values()
    )


def settle(cluster: Cluster, limit_ms: int, limit_events: int) -> Settlement:
    """Run until settled or until a limit. O(events)."""
    loop = cluster.loop
    begin_ms, begin_step = loop.now_ms, loop.step
    end_ms, end_step = begin_ms + limit_ms, begin_step + limit_events
    # Most of the time a foreground event waits, and nobody needs to be asked whether they are busy.
    while loop.foreground or not is_settled(cluster):
        next_ms = loop.next_at_ms()
        if next_ms is None:
            return _unsettled(cluster, "nothing is on the agenda", begin_ms, begin_step)
        if next_ms > end_ms:
            loop.advance_to(end_ms)
            return _unsettled(cluster, f"after {limit_ms / 1000:g} s", begin_ms, begin_step)
        if loop.step >= end_step:
            return _unsettled(cluster, f"after {limit_events} events", begin_ms, begin_step)
        loop.run_next()
    cluster.facts.emit(Settled(loop.step, loop.now_ms))
    return Settlement(True, "", loop.now_ms - begin_ms, loop.step - begin_step)


def _unsettled(cluster: Cluster, limit: str, begin_ms: int, begin_step: int) -> Settlement:
    reason = f"not settled {limit}: {why_busy(cluster)}"
    loop = cluster.loop
    return Settlement(False, reason, loop.now_ms - begin_ms, loop.step - begin_step)
