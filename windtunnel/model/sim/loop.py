"""One agenda, one clock: events run in the order of (virtual time, sequence), and the clock jumps to the next one.

Every event that runs becomes a numbered step of the trace, with the step that scheduled it as its cause; that chain is
what a report later shows as "because of". Events are foreground or background: background ones (heartbeats, steady
probes, resyncs) recur for ever, so "settled" asks only for foreground ones. An event scheduled while another runs is of
the same sort unless its scheduler says otherwise.

Whoever is paused has no events: they wait, in order, until he is resumed. Whoever measures time wrongly has his sleeps
stretched by his rate.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from heapq import heapify, heappop, heappush
from typing import Any

from windtunnel.model.sim.clock import RIGHT
from windtunnel.model.sim.trace import Trace

WAITING, DONE, CANCELLED = 0, 1, 2


class Event:
    """One entry of the agenda: something that will happen to somebody at a moment."""

    __slots__ = ("argument", "background", "cause", "run", "state", "what", "when_ms", "who")

    WAITING, DONE, CANCELLED = WAITING, DONE, CANCELLED

    def __init__(
        self,
        when_ms: int,
        who: str,
        what: str,
        run: Callable[[Any], None],
        argument: Any,
        cause: int,
        background: bool,
    ) -> None:
        self.when_ms = when_ms
        self.who = who
        self.what = what
        self.run = run
        self.argument = argument
        self.cause = cause
        self.background = background
        self.state = WAITING

    @property
    def is_waiting(self) -> bool:
        """Whether it has neither run nor been cancelled."""
        return self.state == WAITING


class EventLimit(Exception):
    """The loop has run as many events as it may: an outcome of a run, not a hang."""


class Loop:
    """Runs the agenda. Owns the clock (integer milliseconds since the cluster's epoch) and the step counter."""

    def __init__(self) -> None:
        self.now_ms = 0
        self.step = 0
        self.cause = 0
        """The step on whose account events are scheduled now; 0 outside of any."""
        self.trace = Trace()
        self.in_background = False
        self.foreground = 0
        self.limit_steps: int | None = None
        self.paused: dict[str, list[Event]] = {}
        """Who is paused, and his events whose turn has come meanwhile, in order."""
        self.rates: dict[str, int] = {}
        """Who measures time wrongly: how fast, in thousandths."""
        self._sequence = 0
        self._agenda: list[tuple[int, int, Event]] = []

    def at(
        self,
        when_ms: int,
        who: str,
        what: str,
        run: Callable[[Any], None],
        argument: Any = None,
        *,
        background: bool | None = None,
    ) -> Event:
        """Put an event on the agenda; a moment in the past means now. O(log n)."""
        if when_ms < self.now_ms:
            when_ms = self.now_ms
        if background is None:
            background = self.in_background
        if not background:
            self.foreground += 1
        event = Event(when_ms, who, what, run, argument, self.cause, background)
        self._sequence = sequence = self._sequence + 1
        heappush(self._agenda, (when_ms, sequence, event))
        return event

    def after(
        self,
        delay_ms: int,
        who: str,
        what: str,
        run: Callable[[Any], None],
        argument: Any = None,
        *,
        background: bool | None = None,
    ) -> Event:
        """Put an event on the agenda, delay_ms from now. O(log n)."""
        return self.at(self.now_ms + delay_ms, who, what, run, argument, background=background)

    def cancel(self, event: Event) -> None:
        """Take an event off the agenda; one that ran or was cancelled before is left alone. O(1)."""
        if event.state == WAITING:
            event.state = CANCELLED
            if not event.background:
                self.foreground -= 1

    def postpone(self, event: Event, when_ms: int) -> Event:
        """Put a waiting event off to a later moment; returns the event in its place. O(log n)."""
        self.cancel(event)
        later = self.at(
            when_ms, event.who, event.what, event.run, event.argument, background=event.background
        )
        later.cause = event.cause
        return later

    def cancel_plans(self, who: str, carrier: object) -> None:
        """Cancel what a dead process had planned; what the carrier (the network) brings to it is not its plan. O(n)."""
        held = self.paused.get(who, ())
        for event in (*held, *(event for _, _, event in self._agenda if event.who == who)):
            if getattr(event.run, "__self__", None) is not carrier:
                self.cancel(event)

    def pause(self, who: str) -> None:
        """Hold everything that would happen to somebody from now on. O(1)."""
        self.paused.setdefault(who, [])

    def resume(self, who: str) -> None:
        """Let happen, now and in order, what was held for somebody. O(held * log n)."""
        for event in self.paused.pop(who, ()):
            event.when_ms = max(event.when_ms, self.now_ms)
            self._sequence += 1
            heappush(self._agenda, (event.when_ms, self._sequence, event))

    def stretch_plans(self, who: str, carrier: object, rate: int, new_rate: int) -> None:
        """Somebody measures time at another rate from now on: what he planned comes sooner or later by it. O(n)."""
        self.rates[who] = new_rate
        if new_rate == RIGHT:
            del self.rates[who]
        agenda, now_ms = self._agenda, self.now_ms
        for position, (when_ms, sequence, event) in enumerate(agenda):
            if (
                event.who == who
                and event.state == WAITING
                and when_ms > now_ms
                and getattr(event.run, "__self__", None) is not carrier
            ):
                event.when_ms = now_ms + -(-(when_ms - now_ms) * rate // new_rate)
                agenda[position] = (event.when_ms, sequence, event)
        heapify(agenda)

    def _hold_paused(self) -> None:
        """Put the next events aside for as long as they are those of somebody who is paused. Amortised O(log n)."""
        agenda, paused = self._agenda, self.paused
        while agenda and (agenda[0][2].state == CANCELLED or agenda[0][2].who in paused):
            event = heappop(agenda)[2]
            if event.state == WAITING:
                paused[event.who].append(event)

    def promote(self, event: Event) -> None:
        """Make a waiting background event a foreground one: it is now known to change something. O(1)."""
        if event.state == WAITING and event.background:
            event.background = False
            self.foreground += 1

    def next_at_ms(self) -> int | None:
        """When the next event runs, or None on an empty agenda. Amortised O(log n)."""
        agenda = self._agenda
        while agenda and agenda[0][2].state == CANCELLED:
            heappop(agenda)
        if self.paused:
            self._hold_paused()
        return agenda[0][0] if agenda else None

    def run_next(self) -> bool:
        """Run the next event and say whether there was one. Raises EventLimit. O(log n) and what the event costs."""
        agenda = self._agenda
        while agenda and agenda[0][2].state == CANCELLED:
            heappop(agenda)
        if self.paused:
            self._hold_paused()
        if not agenda:
            return False
        if self.limit_steps is not None and self.step >= self.limit_steps:
            raise EventLimit(f"the limit of {self.limit_steps} events is reached")
        when_ms, _, event = heappop(agenda)
        event.state = DONE
        self.in_background = background = event.background
        if not background:
            self.foreground -= 1
        self.now_ms = when_ms
        self.step = step = self.step + 1
        self.trace.add(when_ms, event.who, event.what, event.cause)
        outer, self.cause = self.cause, step
        event.run(event.argument)
        self.cause = outer
        self.in_background = False
        return True

    def next_other_ms(self, known: set[Event]) -> int | None:
        """When the first waiting event runs that is not one of these; None where there is none. O(agenda)."""
        return min(
            (
                when_ms
                for when_ms, _, event in self._agenda
                if event.state == WAITING and event not in known
            ),
            default=None,
        )

    def advance_to(self, when_ms: int) -> None:
        """Move the clock forward over a stretch without events. The agenda must have nothing earlier."""
        self.now_ms = max(self.now_ms, when_ms)

    def note(self, who: str, what: str) -> int:
        """Make a step of its own for something that no event of the agenda is; returns its number."""
        self.step += 1
        self.trace.add(self.now_ms, who, what, self.cause)
        return self.step

    @contextmanager
    def because(self, who: str, what: str) -> Iterator[None]:
        """Make a step (an Action, a person's wish) the cause of everything that is scheduled inside."""
        outer, self.cause = self.cause, self.note(who, what)
        try:
            yield
        finally:
            self.cause = outer

    def pending(self) -> list[Event]:
        """The foreground events that wait, earliest first: why a cluster is not settled. O(n log n)."""
        held = [event for events in self.paused.values() for event in events]
        ahead = [event for _, _, event in sorted(self._agenda, key=lambda entry: entry[:2])]
        return [
            event for event in (*held, *ahead) if event.state == WAITING and not event.background
        ]
