"""Keeps a copy of the selected objects of a resource up to date: client-go's reflector, with streaming lists.

The first list is a watch that begins with the objects themselves: the server sends them as ADDED, says with a bookmark
that this was all, and goes on with changes. It is consistent the first time, and later not older than what was seen
before. Only the whole of it replaces the sink's copy, so a break in its midst leaves no trace. A watch that ends or
breaks is opened again after the last revision that was seen; where the server no longer has that (410), everything is
streamed anew. Failures are repeated after 800 ms, doubling up to 30 s.

Not modelled: the fall-back to a plain list for servers that cannot stream lists; periodic resyncs (off by default).
"""

from __future__ import annotations

from typing import Protocol

from windtunnel.model.api import errors
from windtunnel.model.api.errors import ApiError, error_from_status
from windtunnel.model.apiserver.request import Options, WatchEvent
from windtunnel.model.client.backoff import Backoff
from windtunnel.model.client.client import Client
from windtunnel.model.client.watch import Watch
from windtunnel.model.environment import Environment
from windtunnel.model.objects.record import Key, Record
from windtunnel.model.sim.network import ConnectionRefused, NetworkError
from windtunnel.model.sim.process import Process
from windtunnel.model.sim.tasks import sleep

WATCH_TIMEOUT_SECONDS = 300
VERY_SHORT_MS = 1_000
_JITTER_STEPS = 16


class Sink(Protocol):
    """What a reflector feeds."""

    def replace(self, records: tuple[Record, ...], revision: int) -> None:
        """These are all objects, as of a revision."""

    def changed(self, event: WatchEvent) -> None:
        """One object was ADDED, MODIFIED or DELETED."""

    def advanced(self, revision: int) -> None:
        """Nothing else happened up to a revision."""


class ShortWatch(Exception):
    """A watch ended at once without an event: something is wrong with it."""


class Reflector:
    """Role "reflector": made with (process, environment, resource, sink, selectors). Owns the last revision it saw."""

    def __init__(
        self,
        process: Process,
        environment: Environment,
        resource: str,
        sink: Sink,
        field_selector: str = "",
        label_selector: str = "",
        namespace: str = "",
        client: Client | None = None,
    ) -> None:
        self.process = process
        self.environment = environment
        self.resource = resource
        self.sink = sink
        self.field_selector = field_selector
        self.label_selector = label_selector
        self.namespace = namespace
        self.client = client or Client(process, environment, f"system:{process.name}")
        self.name = f"reflector {resource}"
        self.last_revision = 0
        self.last_revision_is_gone = False
        self.connected = False
        self._backoff = Backoff(
            environment.choices, f"reflector back-off {process.name} {resource}"
        )

    def start(self) -> None:
        """Begin to list and watch, for as long as the process lives."""
        self.process.spawn(self._run(), self.name)

    def busy(self) -> str | None:
        """Why the copy may be out of date for a reason known here, or None."""
        if self.connected:
            return None
        return f"{self.process.name} has no watch of {self.resource}"

    async def _run(self) -> None:
        while True:
            try:
                await self.list_and_watch()
            except (ApiError, NetworkError, ShortWatch):
                self.connected = False
            await self._back_off()

    async def list_and_watch(self) -> None:
        """Stream the list, then follow changes; returns or raises when only a new list helps."""
        watch: Watch | None = await self.stream_list()
        while True:
            if watch is None:
                watch = await self._open_again()
            self.connected = True
            try:
                await self._follow(watch)
            except ApiError as error:
                if not _asks_to_wait(error):
                    raise
                await self._back_off()
            except NetworkError:
                # The connection broke, and the events up to the break are good: go on after the last of them.
                self.connected = False
            finally:
                watch.close()
            watch = None

    # -- the list --------------------------------------------------------------------------------------------------

    async def stream_list(self) -> Watch:
        """Receive all objects as the beginning of a watch, replace the sink's copy, return the watch."""
        while True:
            try:
                watch = await self._watch(
                    self.list_revision(),
                    resource_version_match="NotOlderThan",
                    send_initial_events=True,
                )
            except (ApiError, ConnectionRefused) as error:
                await self._list_failed(error)
                continue
            try:
                revision, records = await self._receive_list(watch)
            except (ApiError, NetworkError) as error:
                watch.close()
                await self._list_failed(error)
                continue
            if revision is None:
                watch.close()
                await self._back_off()
                continue
            self.last_revision_is_gone = False
            self.last_revision = revision
            self.sink.replace(tuple(records.values()), revision)
            return watch

    def list_revision(self) -> str:
        """What a list must not be older than: the last revision that was seen; '' is the store's state of now."""
        if self.last_revision_is_gone or not self.last_revision:
            return ""
        return str(self.last_revision)

    async def _receive_list(self, watch: Watch) -> tuple[int | None, dict[Key, Record]]:
        """The objects up to the bookmark that ends them, and its revision; None if the watch ended before."""
        records: dict[Key, Record] = {}
        while (event := await watch.next()) is not None:
            record = event.record
            if event.type == "ERROR":
                raise error_from_status(event.status or {})
            if record is None:
                if event.initial_events_end:
                    return event.revision, records
            elif event.type == "DELETED":
                records.pop(record.key.key, None)
            else:
                records[record.key.key] = record
            self.initial_event(event)
        return None, records

    def initial_event(self, event: WatchEvent) -> None:
        """An event of the list came in: it must not move the point of resumption, its revision says nothing."""

    async def _list_failed(self, error: ApiError | NetworkError) -> None:
        """Wait before the next try, or raise what a new try would not mend."""
        if errors.is_gone(error) or errors.is_too_large_resource_version(error):
            self.last_revision_is_gone = True
        elif not isinstance(error, NetworkError) and not _asks_to_wait(error):
            raise error
        await self._back_off()

    # -- the watch -------------------------------------------------------------------------------------------------

    async def _open_again(self) -> Watch:
        while True:
            try:
                return await self._watch(str(self.last_revision))
            except ConnectionRefused:
                self.connected = False
            except ApiError as error:
                if not _asks_to_wait(error):
                    raise
            await self._back_off()

    async def _follow(self, watch: Watch) -> None:
        """Hand on events until the watch ends. Raises the error of an ERROR event, NetworkError, ShortWatch."""
        began_ms = self.process.now_ms
        sink = self.sink
        count = 0
        while (event := await watch.next()) is not None:
            count += 1
            if event.type == "ERROR":
                raise error_from_status(event.status or {})
            self.last_revision = event.revision
            if event.record is not None:
                sink.changed(event)
            else:
                sink.advanced(event.revision)
        if not count and self.process.now_ms - began_ms < VERY_SHORT_MS:
            raise ShortWatch(self.resource)

    async def _watch(
        self,
        revision: str,
        resource_version_match: str = "",
        send_initial_events: bool | None = None,
    ) -> Watch:
        extra = self.environment.choices(f"reflector timeout {self.process.name}", _JITTER_STEPS)
        options = Options(
            resource_version=revision,
            resource_version_match=resource_version_match,
            send_initial_events=send_initial_events,
            allow_watch_bookmarks=True,
            timeout_seconds=WATCH_TIMEOUT_SECONDS + WATCH_TIMEOUT_SECONDS * extra // _JITTER_STEPS,
        )
        watch = await self.client.watch(
            self.resource, self.namespace, self.label_selector, self.field_selector, options
        )
        watch.will_reopen()
        return watch

    async def _back_off(self) -> None:
        await sleep(self._backoff.delay_ms(self.process.now_ms), "tries again")


def _asks_to_wait(error: ApiError) -> bool:
    return error.code == 429
