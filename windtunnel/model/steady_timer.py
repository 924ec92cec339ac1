"""A timer that recurs for ever in the background, and can be moved over a stretch in which nothing happens."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from windtunnel.model.sim.loop import Event
from windtunnel.model.sim.process import Process
from windtunnel.model.sim.tasks import Await, Sleep


class Recurring:
    """Sleeps a period, again and again. leave_out(moment) leaves out what recurs, up to a moment, and says whether it
    could; without it the timer is never moved, and its firing is known to start nothing that matters to others."""

    def __init__(
        self,
        process: Process,
        period_ms: int,
        what: str,
        leave_out: Callable[[int], bool] | None = None,
    ) -> None:
        self._process = process
        self._period_ms = period_ms
        self._what = what
        self._leave_out = leave_out
        self.takes_ms = 0
        """How long what recurs takes when it is not left out: the next period begins when it is over."""
        self._nap: Sleep | None = None

    async def sleep(self, *, left_out: bool = False, more_ms: int = 0) -> None:
        """Wait for the next time: longer by what was left out this time, and by more_ms."""
        wait_ms = self._period_ms + (self.takes_ms if left_out else 0) + more_ms
        self._nap = Sleep(wait_ms, self._what, background=True)
        await Await(self._nap)

    def steady_events(self) -> Iterable[Event]:
        """The event of the next time, if the timer runs. O(1)."""
        event = self._nap.event if self._nap is not None else None
        return (event,) if event is not None and event.is_waiting else ()

    def skip_to(self, until_ms: int) -> None:
        """Leave out every time before a moment, if that may be. O(1)."""
        nap = self._nap
        if nap is None or self._leave_out is None:
            return
        for event in self.steady_events():
            if event.when_ms < until_ms:
                period_ms = self._period_ms + self.takes_ms
                times = (until_ms - event.when_ms + period_ms - 1) // period_ms
                last_ms = event.when_ms + (times - 1) * period_ms
                if self._leave_out(last_ms):
                    nap.event = self._process.loop.postpone(event, last_ms + period_ms)
