"""The process that serves the store over the network, and streams its changes to whoever watches.

The Store itself is the disk: it outlives this process. A watch first gets the history after its revision, then every
later change, each once and in the order of revisions; between changes it may get a Progress, which says that nothing
up to that revision is still to come. A watcher that is slow or cut off delays nobody: its stream queues up.

Not modelled: several members (there is a leader or there is none), slow disks, watches that are cancelled for falling
behind.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from windtunnel.model.environment import Environment
from windtunnel.model.facts import Committed
from windtunnel.model.sim.loop import Event
from windtunnel.model.sim.network import Call, Stream
from windtunnel.model.sim.process import Process
from windtunnel.model.steady_timer import Recurring
from windtunnel.model.store.change import Change
from windtunnel.model.store.errors import StoreError, StoreTrouble
from windtunnel.model.store.requests import (
    Compact,
    CurrentRevision,
    Delete,
    Get,
    Progress,
    Put,
    Range,
    RangeAnswer,
    Watch,
)
from windtunnel.model.store.store import Store
from windtunnel.model.store.troubles import NO_LEADER, TIMED_OUT

REQUEST_TIMEOUT_MS = 7_000
"""How long a request waits for a leader: five seconds, and two elections of one each."""
NOTICED_AFTER_MS = 3_000
"""A member without a leader ends its watches after three election timeouts."""


class StoreServer:
    """Serves one Store. Owns its watches; the objects and the log belong to the Store."""

    def __init__(self, process: Process, environment: Environment, store: Store) -> None:
        self.process = process
        self.environment = environment
        self.store = store
        self.troubles = environment.store_troubles
        self._waiting: dict[Call, Event] = {}
        self._watches: dict[str, dict[Stream, int]] = {}
        self._handlers: dict[type, Callable[[Call, Any], Any]] = {
            Get: self.get,
            Range: self.range,
            Put: self.put,
            Delete: self.delete,
            Watch: self.watch,
            CurrentRevision: self.current_revision,
            Compact: self.compact,
        }

    def start(self) -> None:
        """Listen, and tell quiet watchers from time to time how far the store is."""
        self.process.on_call = self.on_call
        self.process.spawn(self._notify_progress(), "progress")

    def busy(self) -> str | None:
        """The store never works ahead of anybody's request."""
        return None

    def on_call(self, call: Call) -> None:
        """Serve one request within its own event. What the request costs."""
        if not self.troubles.has_leader:
            self.wait_for_leader(call)
            return
        self.serve(call)

    def serve(self, call: Call) -> None:
        """Carry a request out and answer it. What the request costs."""
        try:
            answer = self._handlers[type(call.request)](call, call.request)
        except StoreError as error:
            call.reply_error(error)
        else:
            call.reply(answer)

    # -- requests --------------------------------------------------------------------------------------------------

    def get(self, call: Call, request: Get) -> Any:
        """Answer with the record, or None."""
        return self.store.get(request.key, request.revision)

    def range(self, call: Call, request: Range) -> RangeAnswer:
        """Answer with the records of a range."""
        return RangeAnswer(
            *self.store.range(
                request.resource,
                request.namespace,
                request.revision,
                request.limit,
                request.start_after,
            )
        )

    def put(self, call: Call, request: Put) -> Any:
        """Write an object."""
        self.troubles.check_space()
        record = self.store.put(
            request.key,
            request.raw,
            request.expect,
            by=request.by,
            call=request.call,
            verb=request.verb,
            subresource=request.subresource,
        )
        self.committed()
        return record

    def delete(self, call: Call, request: Delete) -> Any:
        """Remove an object."""
        record = self.store.delete(
            request.key,
            request.expect,
            by=request.by,
            call=request.call,
            verb=request.verb,
            subresource=request.subresource,
        )
        self.committed()
        return record

    def watch(self, call: Call, request: Watch) -> Stream:
        """Open a stream of changes: the history after the revision now, what is written later as it is written."""
        history = self.store.changes_since(request.revision, request.resource)
        stream = Stream(self.process.network, self.process, call.source, str(request))
        if call.source.incarnation != call.caller_incarnation or not call.source.alive:
            stream.close()
            return stream
        watches = self._watches.setdefault(request.resource, {})
        watches[stream] = history[-1].revision if history else request.revision
        stream.on_client_gone = lambda: watches.pop(stream, None)
        for change in history:
            self.send(stream, change)
        return stream

    def current_revision(self, call: Call, request: CurrentRevision) -> int:
        """Answer with the revision now, after a Progress on the watches that the caller has of the resource."""
        for stream in self._watches.get(request.resource, ()):
            if stream.client is call.source:
                self._progress(request.resource, stream)
        return self.store.revision

    def compact(self, call: Call, request: Compact) -> int:
        """Forget old history."""
        return self.store.compact(request.revision)

    # -- elections -------------------------------------------------------------------------------------------------

    def lose_leader(self) -> None:
        """Nothing is carried out from now on, and soon the watches end. O(1)."""
        self.troubles.has_leader = False
        loop, name = self.process.loop, self.process.name
        loop.after(NOTICED_AFTER_MS, name, "misses its leader", self._leader_is_missed)

    def elect(self) -> None:
        """There is a leader again: what still waits is carried out, in order. O(what waits)."""
        self.troubles.has_leader = True
        waiting, self._waiting = self._waiting, {}
        if not self.process.alive:
            return
        for call, timer in waiting.items():
            self.process.loop.cancel(timer)
            self.serve(call)

    def wait_for_leader(self, call: Call) -> None:
        """Keep a request until there is a leader, or until its time is over; a watch is refused at once. O(log n)."""
        if isinstance(call.request, Watch):
            call.reply_error(StoreTrouble(NO_LEADER))
            return
        what = f"has no answer to {call.what}"
        self._waiting[call] = self.process.loop.after(
            REQUEST_TIMEOUT_MS, self.process.name, what, self._give_up, call
        )

    def _give_up(self, call: Call) -> None:
        del self._waiting[call]
        call.reply_error(StoreTrouble(TIMED_OUT))

    def _leader_is_missed(self, _: None) -> None:
        if self.troubles.has_leader:
            return
        for watches in self._watches.values():
            for stream in list(watches):
                watches.pop(stream)
                stream.end()

    # -- watches ---------------------------------------------------------------------------------------------------

    def committed(self) -> None:
        """Make the newest write known: to the watchers of its resource, and as a fact. O(watchers)."""
        process = self.process
        change = self.store.latest
        assert change is not None
        if process.facts.wants(Committed):
            process.facts.emit(Committed(process.loop.step, process.loop.now_ms, change))
        watches = self._watches.get(change.key.resource)
        if watches:
            for stream in watches:
                self.send(stream, change)
                watches[stream] = change.revision

    def send(self, stream: Stream, change: Change) -> None:
        """Send one change to one watcher."""
        stream.send(change)

    def check(self) -> None:
        """Assert what must hold of the watches. O(watches)."""
        for watches in self._watches.values():
            for stream, revision in watches.items():
                assert stream.open, "a watch that is over is forgotten"
                assert revision <= self.store.revision, "nobody is told of what was not written"

    async def _notify_progress(self) -> None:
        interval_ms = self.environment.settings.store.progress_notify_ms
        what = "tells its watchers how far it is"
        timer = Recurring(self.process, interval_ms, what, lambda _: self._all_are_told())
        self.environment.heartbeats.timers["store progress"] = timer
        while True:
            await timer.sleep()
            for resource, watches in self._watches.items():
                for stream in watches:
                    self._progress(resource, stream)

    def _all_are_told(self) -> bool:
        return all(
            revision >= self.store.revision
            for watches in self._watches.values()
            for revision in watches.values()
        )

    def _progress(self, resource: str, stream: Stream) -> None:
        revision = self.store.revision
        if self._watches[resource][stream] < revision:
            self._watches[resource][stream] = revision
            stream.send(Progress(revision))
