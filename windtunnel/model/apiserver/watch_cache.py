"""What one API server knows of one resource: its objects and a window of recent changes, fed by one watch of the store.

The cache lists once and then follows. A broken watch goes on after the last revision that was seen; only where the
store has compacted that does the cache start over, which ends all watches it serves (cleanly, without an ERROR event:
clients come back with the last revision they saw). A watch is served from the window; one that begins before it gets
410 Expired. A watcher that does not read, or cannot be reached, is ended cleanly once too many events wait for it.

The cache may lag behind the store. `wait_until` waits until it has reached a revision, and gives up after three
seconds; `catch_up` first asks the store for the revision of now, which makes what follows consistent.

Not modelled: a window that grows and shrinks with the rate of changes; budgets of time for slow watchers; snapshots of
the cache for pages (the store answers those).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from sortedcontainers import SortedDict

from windtunnel.model.api import errors
from windtunnel.model.api.errors import ApiError
from windtunnel.model.api.kind import Kind
from windtunnel.model.apiserver.request import WatchEvent
from windtunnel.model.apiserver.selection import Selection
from windtunnel.model.apiserver.watching import Transition, Watcher, Watchers
from windtunnel.model.environment import Environment
from windtunnel.model.objects.record import Record, StoreKey
from windtunnel.model.sim.loop import Event
from windtunnel.model.sim.network import NetworkError, Stream
from windtunnel.model.sim.process import Process
from windtunnel.model.sim.tasks import Future, sleep
from windtunnel.model.store.change import Change
from windtunnel.model.store.errors import Compacted, StoreError
from windtunnel.model.store.paths import path_of, prefix_of
from windtunnel.model.store.requests import CurrentRevision, Progress, Range, RangeAnswer, Watch

RETRY_MS = 1_000
"""How long the cache waits before it tries again to list or to watch."""


def watch_name(resource: str) -> str:
    """What the streams are called that carry the events of a resource to clients. O(1)."""
    return f"watch {resource}"


class WatchCache:
    """The cache of one resource. Role "watch-cache": made with (process, environment, kind), then started.

    Owns the cached records, the window of changes and the open watches. revision is how far it has followed the
    store; ready says whether the first list is in.
    """

    def __init__(self, process: Process, environment: Environment, kind: Kind) -> None:
        self.process = process
        self.environment = environment
        self.kind = kind
        self.selectors = environment.roles["selectors"]()
        self.ready = False
        self.revision = 0
        self.list_revision = 0
        self.watchers = Watchers(kind)
        self._records: SortedDict[str, Record] = SortedDict()
        self._window: deque[Change] = deque(maxlen=environment.settings.apiserver.watch_cache_size)
        self._window_is_whole = True
        self._waiters: list[tuple[int, Future[None]]] = []
        self._bookmarks_due_ms = 0

    def start(self) -> None:
        """Begin to follow the store."""
        timers = self.environment.heartbeats.timers
        timers[f"{self.process.name} watches {self.kind.resource}"] = self
        self.process.spawn(self._run(), f"cache {self.kind.resource}")

    def busy(self) -> str | None:
        """Why the cache cannot be used yet, or None."""
        return (
            None if self.ready else f"{self.process.name} has not listed {self.kind.resource} yet"
        )

    # -- reading ---------------------------------------------------------------------------------------------------

    def peek(self, namespace: str, name: str) -> Record | None:
        """The object as the cache has it now, which may be old. O(log n)."""
        return self._records.get(path_of(StoreKey(self.kind.resource, namespace, name)))

    def select(self, selection: Selection) -> list[Record]:
        """The cached objects of a selection, in key order. O(objects of the namespace)."""
        if selection.name and (selection.namespace or not self.kind.namespaced):
            record = self.peek(selection.namespace, selection.name)
            records = [record] if record is not None else []
        else:
            records = self.records_under(self.prefix(selection.namespace))
        if selection.filters or selection.name:
            return [record for record in records if selection.selects(record, self.kind)]
        return records

    def prefix(self, namespace: str) -> str:
        """What the paths of the objects in a namespace begin with."""
        return prefix_of(namespace)

    def records_under(self, prefix: str) -> list[Record]:
        """The cached objects whose path begins with a prefix. O(log n + answer)."""
        if not prefix:
            return list(self._records.values())
        end = prefix[:-1] + chr(ord(prefix[-1]) + 1)
        return [self._records[path] for path in self._records.irange(prefix, end, (True, False))]

    def check_ready(self) -> None:
        """Raise 429 while the cache is not usable; the client tries again in a second."""
        if not self.ready:
            raise errors.too_many_requests("storage is (re)initializing", 1)

    async def wait_until(self, revision: int) -> None:
        """Wait until the cache has reached a revision. Raises 504 after three seconds, 429 while it is not usable."""
        self.check_ready()
        if self.revision >= revision:
            return
        process = self.process
        resource = self.kind.resource
        reached: Future[None] = Future(process.loop, process.name, f"has caught up on {resource}")
        waiter = (revision, reached)
        self._waiters.append(waiter)
        timer = process.loop.after(
            self.environment.settings.apiserver.read_wait_ms,
            process.name,
            f"gives up to catch up on {resource}",
            self._give_up,
            waiter,
        )
        try:
            await reached
        finally:
            process.loop.cancel(timer)

    async def catch_up(self) -> int:
        """Wait until the cache has all that was written before now; returns that revision. Raises as wait_until."""
        revision = await self.current_revision()
        await self.wait_until(revision)
        return revision

    async def current_revision(self) -> int:
        """Ask the store for its revision; it also tells the cache's watch how far it is. Raises NetworkError."""
        request = CurrentRevision(self.kind.resource)
        revision: int = await self.process.call(self.environment.store, request, str(request))
        return revision

    # -- serving watches -------------------------------------------------------------------------------------------

    def open(
        self,
        client: Process,
        selection: Selection,
        *,
        revision: int | None,
        bookmarks: bool,
        timeout_ms: int,
    ) -> Stream:
        """Open a stream to a client: what is there now (revision None) or what changed after a revision, then what
        changes. O(objects of the namespace), or O(changes since)."""
        stream = self.new_stream(client)
        initial = revision is None
        if revision is None:
            for record in self.select(selection):
                stream.send(WatchEvent("ADDED", record, record.revision))
            if bookmarks:
                stream.send(WatchEvent("BOOKMARK", None, self.revision, initial_events_end=True))
        else:
            try:
                changes = self.changes_after(revision)
            except ApiError as error:
                return self.refuse(stream, error)
            for change in changes:
                event = Transition(change, self.kind).seen_through(selection)
                if event is not None:
                    stream.send(event)
        if not client.alive:
            stream.close()
            return stream
        seen = self.revision if initial else max(self.revision, revision or 0)
        watcher = Watcher(stream, selection, seen, bookmarks, timeout_ms)
        self.watchers.add(watcher)
        stream.on_client_gone = lambda: self._forget(watcher)
        self._arm(watcher, timeout_ms)
        return stream

    def _arm(self, watcher: Watcher, timeout_ms: int) -> None:
        watcher.timer = self.process.loop.after(
            timeout_ms,
            self.process.name,
            f"ends {watcher.stream.what} in time",
            self._end_in_time,
            watcher,
            background=True,
        )

    def new_stream(self, client: Process) -> Stream:
        """A stream of WatchEvent to a client."""
        network = self.process.network
        return Stream(network, self.process, client, watch_name(self.kind.resource))

    def refuse(self, stream: Stream, error: ApiError) -> Stream:
        """Tell an error as an ERROR event and end the stream."""
        stream.send(WatchEvent("ERROR", None, 0, error.status()))
        stream.end()
        return stream

    def oldest_revision(self) -> int:
        """The revision of the oldest change that the window can give: all after the list, or the first that is kept."""
        return self.list_revision + 1 if self._window_is_whole else self._window[0].revision

    def changes_after(self, revision: int) -> list[Change]:
        """The changes after a revision. O(answer). Raises 410 for one that is older than the window."""
        oldest = self.oldest_revision()
        if revision < oldest - 1:
            raise errors.gone(f"too old resource version: {revision} ({oldest - 1})")
        found = []
        for change in reversed(self._window):
            if change.revision <= revision:
                break
            found.append(change)
        return found[::-1]

    def dispatch(self, change: Change) -> None:
        """Tell every watcher that a change concerns. O(concerned watchers)."""
        transition = Transition(change, self.kind)
        limit = self.environment.settings.apiserver.watch_buffer_size
        for watcher in self.watchers.concerned(change):
            if change.revision <= watcher.revision:
                continue
            event = transition.seen_through(watcher.selection)
            if event is None:
                continue
            watcher.revision = change.revision
            watcher.stream.send(event)
            if watcher.stream.backlog > limit:
                self._end(watcher)

    def forget_history(self) -> None:
        """Give no change from before now any more, as where the window had to shrink: 410 for whoever asks. O(1)."""
        self._window.clear()
        self._window_is_whole = True
        self.list_revision = self.revision

    def end_watches_of(self, client: str) -> int:
        """End the watches of a client's process cleanly, as for want of room; says how many. O(watchers)."""
        ended = [watcher for watcher in self.watchers if watcher.stream.client.name == client]
        for watcher in ended:
            self._end(watcher)
        return len(ended)

    def send_bookmarks(self) -> None:
        """Tell those who allow it how far the cache is. O(watchers)."""
        for watcher in self.watchers:
            self._bookmark(watcher)

    # -- following the store ---------------------------------------------------------------------------------------

    async def _run(self) -> None:
        while True:
            try:
                await self._list()
                await self._follow()
            except (NetworkError, StoreError):
                self._invalidate()
            await sleep(RETRY_MS, "tries again")

    async def _list(self) -> None:
        request = Range(self.kind.resource)
        answer: RangeAnswer = await self.process.call(self.environment.store, request, str(request))
        self.replace(answer.records, answer.revision)

    async def _follow(self) -> None:
        """Take in changes for as long as the store has the history that the cache needs. Raises Compacted."""
        while True:
            try:
                request = Watch(self.kind.resource, self.revision)
                stream: Stream = await self.process.call(
                    self.environment.store, request, str(request)
                )
                while (message := await stream.next()) is not None:
                    if type(message) is Progress:
                        self.progress(message.revision)
                    else:
                        self.apply(message)
            except Compacted:
                raise
            except (NetworkError, StoreError):
                await sleep(RETRY_MS, "watches again")

    def replace(self, records: tuple[Record, ...], revision: int) -> None:
        """Start from a list; a watch that was open would miss what lies between, so it ends. O(n log n)."""
        self._invalidate()
        self._records = SortedDict((path_of(record.key), record) for record in records)
        self._window.clear()
        self._window_is_whole = True
        self.list_revision = revision
        self.ready = True
        self._advance(revision)

    def apply(self, change: Change) -> None:
        """Take in one change and pass it on. O(log n + concerned watchers)."""
        if change.revision <= self.revision:
            return
        path = path_of(change.key)
        if change.after is not None:
            self._records[path] = change.after
        else:
            self._records.pop(path, None)
        if len(self._window) == self._window.maxlen:
            self._window_is_whole = False
        self._window.append(change)
        self._advance(change.revision)
        self.dispatch(change)

    def progress(self, revision: int) -> None:
        """Learn that nothing is missing up to a revision; bookmarks follow when they are due. O(1), O(watchers)."""
        self._advance(revision)
        now_ms = self.process.now_ms
        if now_ms >= self._bookmarks_due_ms:
            self._bookmarks_due_ms = (
                now_ms + self.environment.settings.apiserver.bookmark_interval_ms
            )
            self.send_bookmarks()

    def check(self) -> None:
        """Assert what must hold between the parts of a cache. O(objects + window + watchers)."""
        self.watchers.check()
        revisions = [change.revision for change in self._window]
        assert revisions == sorted(dict.fromkeys(revisions)), "changes are kept once and in order"
        assert not revisions or self.list_revision < revisions[0] <= revisions[-1] <= self.revision
        for path, record in self._records.items():
            assert path == path_of(record.key)
            assert record.revision <= self.revision, (
                "the cache never shows what it has not followed to"
            )
        latest = {path_of(change.key): change for change in self._window}
        for path, change in latest.items():
            assert self._records.get(path) is change.after, (
                "the objects are what the changes made them"
            )

    def _advance(self, revision: int) -> None:
        self.revision = max(self.revision, revision)
        if self._waiters:
            reached = [waiter for waiter in self._waiters if waiter[0] <= self.revision]
            if reached:
                self._waiters = [waiter for waiter in self._waiters if waiter[0] > self.revision]
                for _, future in reached:
                    future.set(None)

    def _give_up(self, waiter: tuple[int, Future[None]]) -> None:
        self._waiters.remove(waiter)
        waiter[1].set_error(errors.too_large_resource_version(waiter[0], self.revision))

    def _invalidate(self) -> None:
        self.ready = False
        for watcher in list(self.watchers):
            self._end(watcher)

    def _end_in_time(self, watcher: Watcher) -> None:
        watcher.timer = None
        if self._would_come_back(watcher):
            self._arm(watcher, self._comes_back_after_ms(watcher))
        elif watcher.stream.open:
            self._bookmark(watcher)
            self._end(watcher)

    def _would_come_back(self, watcher: Watcher) -> bool:
        """Whether the client would open the watch again at once and go on as if it had not ended. O(servers)."""
        stream = watcher.stream
        return (
            stream.reopens
            and stream.open
            and watcher.revision >= self.revision
            and not stream.backlog
            and self.environment.heartbeats.way_is_clear(stream.client)
        )

    def _comes_back_after_ms(self, watcher: Watcher) -> int:
        """How long after its end a watch would end again: it would have been opened by then, over the network."""
        return watcher.timeout_ms + 2 * self.environment.settings.latency_ms

    def steady_events(self) -> Iterable[Event]:
        """The timers of the watches that would be opened again where they end. O(watchers)."""
        return [
            watcher.timer
            for watcher in self.watchers
            if watcher.timer is not None and self._would_come_back(watcher)
        ]

    def skip_to(self, until_ms: int) -> None:
        """Let those watches go on that would only end and be opened again before a moment. O(watchers)."""
        for watcher in self.watchers:
            timer, period_ms = watcher.timer, self._comes_back_after_ms(watcher)
            if timer is not None and timer.when_ms < until_ms and self._would_come_back(watcher):
                times = (until_ms - timer.when_ms + period_ms - 1) // period_ms
                watcher.timer = self.process.loop.postpone(timer, timer.when_ms + times * period_ms)

    def _end(self, watcher: Watcher) -> None:
        watcher.stream.end()
        self._forget(watcher)

    def _forget(self, watcher: Watcher) -> None:
        self.watchers.remove(watcher)
        if watcher.timer is not None:
            self.process.loop.cancel(watcher.timer)
            watcher.timer = None

    def _bookmark(self, watcher: Watcher) -> None:
        if watcher.bookmarks and watcher.revision < self.revision:
            watcher.revision = self.revision
            watcher.stream.send(WatchEvent("BOOKMARK", None, self.revision))
