"""What recurs for ever and provably changes nothing, and is therefore left out.

A kubelet renews its Lease every ten seconds and looks at its status as often; a leader renews its own every two, and
the others look whether it did; an API server ends every watch after some minutes, and the client opens it again where
it ended. While the way from the client to the store and back is clear, a renewal would only move a time in a Lease,
which those who would read it ask for here instead, and a new watch would go on where the old one was. Whoever assembles
the cluster says what "clear" means: around any fault that could touch it, everything takes its way. Steady timers can
also be moved over a stretch in which nothing else happens.

With elide_steady_work off in the settings everything is sent. The outcome is the same, but for races that are decided
within the milliseconds that a message takes.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Protocol

from windtunnel.model.objects.record import Key
from windtunnel.model.sim.loop import Event

if TYPE_CHECKING:
    from windtunnel.model.sim.process import Process


class Paths(Protocol):
    """Looks at a cluster on behalf of what recurs."""

    def clear(self, client: Process) -> bool:
        """Whether what this process and the API servers send each other now surely arrives and is answered."""

    def clear_for_election(self, candidate: Process, key: Key, version: str) -> bool:
        """Whether a look at the Lease of an election, or its renewal, would bring nothing but a time."""

    def clear_for_lease(self, kubelet: Process, lease: Any) -> bool:
        """Whether a renewal of the Lease that this kubelet knows would arrive and change nothing but its time."""


class SteadyTimer(Protocol):
    """A timer that recurs and usually changes nothing; it can be moved over a stretch of virtual time."""

    def steady_events(self) -> Iterable[Event]:
        """Its events on the agenda, where they wait for nothing that somebody else could see."""

    def skip_to(self, until_ms: int) -> None:
        """Do at once what every firing before a moment would have done, if that is nothing that others could see."""


class Heartbeats:
    """Owns when each node would last have renewed its Lease, and the steady timers. One for a cluster."""

    def __init__(self) -> None:
        self.renewed_ms: dict[str, int] = {}
        """Node -> the time of its last renewal that was left out, by its kubelet's clock."""
        self.held_ms: dict[str, int] = {}
        """Election -> when its leader last renewed its lease without sending it, in true time."""
        self.timers: dict[str, SteadyTimer] = {}
        """The timers of those who send, by names of their own."""
        self.listeners: dict[str, SteadyTimer] = {}
        """The timers of those who miss what is not sent."""
        self.write_takes_ms = 0
        """How long a write takes on a clear way: what is left out would have taken as long."""
        self._paths: Paths | None = None

    def leave_out_where_clear(self, paths: Paths, write_takes_ms: int) -> None:
        """From now on leave out what would arrive and change nothing."""
        self._paths, self.write_takes_ms = paths, write_takes_ms

    def way_is_clear(self, client: Process) -> bool:
        """Whether what this process would ask the API servers now would surely be answered. O(servers)."""
        return self._paths is not None and self._paths.clear(client)

    def may_leave_out_of_election(self, candidate: Process, key: Key, version: str) -> bool:
        """Whether a candidate's look, or a leader's renewal, would bring nothing but a time. O(servers)."""
        paths = self._paths
        return paths is not None and paths.clear_for_election(candidate, key, version)

    def may_leave_out(self, kubelet: Process, lease: Any) -> bool:
        """Whether a heartbeat of this kubelet would change nothing but times. O(servers + watchers of Leases)."""
        paths = self._paths
        return paths is not None and lease is not None and paths.clear_for_lease(kubelet, lease)

    def steady_events(self) -> set[Event]:
        """The waiting events of all steady timers. O(timers)."""
        timers = (*self.timers.values(), *self.listeners.values())
        return {event for timer in timers for event in timer.steady_events()}

    def skip(self, until_ms: int) -> None:
        """Move every steady timer over a stretch in which nothing else happens; senders first. O(timers)."""
        for timer in (*self.timers.values(), *self.listeners.values()):
            timer.skip_to(until_ms)
