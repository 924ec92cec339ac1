"""A watch as a client holds it: the stream of events, each told as a fact when it is delivered."""

from __future__ import annotations

from collections.abc import Awaitable

from windtunnel.model.apiserver.request import WatchEvent
from windtunnel.model.facts import WatchDelivered, WatchOpened
from windtunnel.model.sim.network import Stream
from windtunnel.model.sim.process import Process


class Watch:
    """Yields WatchEvents in order; None once the server has ended the watch."""

    __slots__ = ("_facts", "_process", "_stream", "resource")

    def __init__(
        self, process: Process, resource: str, stream: Stream, revision: int, selector: str
    ) -> None:
        self.resource = resource
        self._process = process
        self._stream = stream
        self._facts = process.facts
        if self._facts.wants(WatchOpened):
            self._facts.emit(
                WatchOpened(
                    process.loop.step,
                    process.loop.now_ms,
                    process.name,
                    process.incarnation,
                    stream.number,
                    resource,
                    revision,
                    selector,
                )
            )

    @property
    def number(self) -> int:
        """The number of the watch, unique in the run."""
        return self._stream.number

    def will_reopen(self) -> None:
        """Say that the end of this watch will be followed at once by another that goes on where it ended."""
        self._stream.reopens = True

    def next(self) -> Awaitable[WatchEvent | None]:
        """The next event, or None at the end. Raises ConnectionLost or ConnectionTimedOut. O(1)."""
        return self._next_told() if self._facts.wants(WatchDelivered) else self._stream.next()

    async def _next_told(self) -> WatchEvent | None:
        event: WatchEvent | None = await self._stream.next()
        if event is not None:
            process = self._process
            self._facts.emit(
                WatchDelivered(
                    process.loop.step,
                    process.loop.now_ms,
                    process.name,
                    process.incarnation,
                    self._stream.number,
                    self.resource,
                    event.type,
                    event.record,
                    event.revision,
                )
            )
        return event

    def close(self) -> None:
        """Turn away; the server learns it. O(1)."""
        self._stream.close()
