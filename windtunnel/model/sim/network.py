"""Links between hosts, calls over them, and streams.

A message takes the latency of its link, and nothing overtakes what is under way on a slow link. A cut link loses
nothing at once: like TCP, it holds what was sent and delivers it in order when it heals, until the connection is
given up (CONNECTION_TIMEOUT_MS), which both ends then learn. A process that dies resets its connections at once. So a
caller sees an answer, an error of the server, ConnectionLost or ConnectionTimedOut, and in the last two the request
may or may not have been carried out.

A stream (a watch) is ordered and gap-free for as long as it lives; a lossy link breaks it and never drops one
message.

Not modelled: bandwidth, packet loss short of a broken connection, name resolution.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Generator
from typing import TYPE_CHECKING, Any

from windtunnel.model.facts import CallAnswered, CallBegun, LinkCut, LinkHealed
from windtunnel.model.sim.choices import Choices
from windtunnel.model.sim.facts import FactHub
from windtunnel.model.sim.loop import Event, Loop
from windtunnel.model.sim.tasks import Operation, Task

if TYPE_CHECKING:
    from windtunnel.model.sim.process import Process

CONNECTION_TIMEOUT_MS = 45_000
"""When a connection over a cut link is given up: client-go checks its HTTP/2 connection after 30 s idle, for 15 s."""


class NetworkError(Exception):
    """A call or stream that ended without an answer of the server."""


class ConnectionRefused(NetworkError):
    """Nobody listens: the request was certainly not carried out."""


class ConnectionLost(NetworkError):
    """The connection was reset: the request may or may not have been carried out."""


class ConnectionTimedOut(NetworkError):
    """The connection was given up after silence: the request may or may not have been carried out."""


class Call:
    """One request on its way, and its answer. Also the operation that the caller awaits."""

    __slots__ = (
        "caller_incarnation", "network", "number", "over", "request", "server_task", "source", "target", "task",
        "timeout", "waits_on", "what",
    )  # fmt: skip

    def __init__(
        self, network: Network, source: Process, target: str, request: Any, what: str
    ) -> None:
        self.network = network
        self.source = source
        self.caller_incarnation = source.incarnation
        self.target = target
        self.request = request
        self.what = what
        self.number = 0
        self.task: Task | None = None
        self.over = False
        self.timeout: Event | None = None
        self.server_task: Task | None = None
        self.waits_on: tuple[str, str] | None = None

    def start(self, task: Task) -> None:
        """Send the request; the task goes on when the answer is there."""
        self.task = task
        self.network.send(self)

    def __await__(self) -> Generator[Operation, Any, Any]:
        return (yield self)

    def reply(self, answer: Any) -> None:
        """The server answers."""
        self.network.answer(self, answer, None)

    def reply_error(self, error: Exception) -> None:
        """The server answers with an error, raised at the caller's await."""
        self.network.answer(self, None, error)


class Stream:
    """An ordered flow of messages from a server process to a client process, until either end or the link breaks."""

    __slots__ = (
        "_broken", "_buffer", "_held", "_reader", "client", "network", "number", "on_broken", "on_client_gone",
        "open", "reopens", "server", "server_gone", "timeout", "what",
    )  # fmt: skip

    def __init__(self, network: Network, server: Process, client: Process, what: str) -> None:
        self.network = network
        self.server = server
        self.client = client
        self.what = what
        self.number = network.next_number()
        self.open = True
        self.reopens = False
        """Whether the client, when the stream ends, opens it again at once where it ended."""
        self.server_gone = False
        self.on_client_gone: Any = None
        self.on_broken: Any = None
        """What the client wants to be called when the connection breaks."""
        self.timeout: Event | None = None
        self._buffer: deque[tuple[Any, bool]] = deque()
        self._held: deque[tuple[Any, bool]] = deque()
        self._reader: Task | None = None
        self._broken: Exception | None = None
        network.streams[self] = None

    def send(self, message: Any) -> None:
        """Send one message to the client, after all earlier ones."""
        if self.open:
            self.network.stream_send(self, message, False)

    def end(self) -> None:
        """End the stream cleanly: the client reads what was sent before, then None."""
        if self.open:
            self.network.stream_send(self, None, True)
            self.open = False

    def close(self) -> None:
        """The client turns away; the server learns it."""
        self.network.forget(self)
        self._buffer.clear()
        if self.open:
            self.open = False
            if self.on_client_gone is not None:
                self.on_client_gone()

    def next(self) -> Awaitable[Any]:
        """The next message, or None once the server ended the stream. Raises ConnectionLost or ConnectionTimedOut."""
        return self

    def __await__(self) -> Generator[Operation, Any, Any]:
        return (yield self)

    def start(self, task: Task) -> None:
        """Wait for the next message on behalf of a task."""
        if self._buffer:
            message, last = self._buffer.popleft()
            if last:
                self.network.forget(self)
            task.resume(message)
        elif self._broken is not None:
            task.fail(self._broken)
        else:
            self._reader = task

    def arrive(self, entry: tuple[Any, bool]) -> None:
        """A message reached the client's host."""
        reader = self._reader
        if reader is None:
            self._buffer.append(entry)
            return
        self._reader = None
        if entry[1]:
            self.network.forget(self)
        reader.resume(entry[0])

    def hold(self, entry: tuple[Any, bool]) -> None:
        """A message waits for the link."""
        self._held.append(entry)

    def release(self) -> list[tuple[Any, bool]]:
        """The messages that waited for the link, in order."""
        held = list(self._held)
        self._held.clear()
        return held

    @property
    def backlog(self) -> int:
        """How many messages wait for the link or for the client to read them. O(1)."""
        return len(self._held) + len(self._buffer)

    @property
    def holds(self) -> bool:
        """Whether messages wait for the link."""
        return bool(self._held)

    def break_off(self, error: Exception) -> None:
        """The connection is gone: what was in flight is lost, both ends learn it."""
        self.network.forget(self)
        self._held.clear()
        if self.open:
            self.open = False
            if self.on_client_gone is not None:
                self.on_client_gone()
        self._broken = error
        if self.on_broken is not None:
            self.on_broken()
        reader, self._reader = self._reader, None
        if reader is None:
            return
        if self.client.paused:
            what = f"loses {self.what}"
            self.network.loop.after(0, self.client.name, what, reader.fail, error)
        else:
            reader.fail(error)


class Network:
    """Carries messages between processes by the hosts they run on."""

    def __init__(self, loop: Loop, facts: FactHub, choices: Choices, latency_ms: int = 1) -> None:
        self.loop = loop
        self.facts = facts
        self.choices = choices
        self.latency_ms = latency_ms
        self.processes: dict[str, Process] = {}
        self.streams: dict[Stream, None] = {}
        self._cut: dict[tuple[str, str], None] = {}
        self._calls: dict[Call, None] = {}
        self._held: dict[tuple[str, str], list[tuple[Call, Any, Exception | None]]] = {}
        self._numbers = 0
        self._lose_answers: dict[str, int] = {}
        self._slow: dict[tuple[str, str], int] = {}
        self._stalled: dict[tuple[str, str], int] = {}
        self._arrive_not_before_ms: dict[tuple[str, str], int] = {}

    def register(self, process: Process) -> None:
        """Make a process reachable by its name."""
        self.processes[process.name] = process

    def next_number(self) -> int:
        """A number for a call or a stream, unique in the run."""
        self._numbers += 1
        return self._numbers

    # -- links -----------------------------------------------------------------------------------------------------

    def is_cut(self, source: str, target: str) -> bool:
        """Whether messages from one host to another are held. O(1)."""
        return (source, target) in self._cut

    def cuts(self) -> list[tuple[str, str]]:
        """The cut directions, oldest first."""
        return list(self._cut)

    def cut(self, source: str, target: str) -> None:
        """Stop messages from one host to another. O(streams)."""
        if source == target or (source, target) in self._cut:
            return
        self._cut[source, target] = None
        self.facts.emit(LinkCut(self.loop.step, self.loop.now_ms, source, target))
        for stream in self.streams:
            if {stream.server.host, stream.client.host} == {source, target}:
                self._give_up_later(stream)

    def heal(self, source: str, target: str) -> None:
        """Let messages through again; what was held arrives, in order. O(held + streams)."""
        if (source, target) not in self._cut:
            return
        del self._cut[source, target]
        self.facts.emit(LinkHealed(self.loop.step, self.loop.now_ms, source, target))
        for call, answer, error in self._held.pop((source, target), []):
            call.waits_on = None
            if call.timeout is not None:
                self.loop.cancel(call.timeout)
                call.timeout = None
            if call.over:
                continue
            if call.source.host == source:
                self._transmit(call)
            else:
                self._transmit_answer(call, answer, error)
        for stream in list(self.streams):
            hosts = (stream.server.host, stream.client.host)
            if set(hosts) != {source, target} or self.is_cut(*hosts) or self.is_cut(*hosts[::-1]):
                continue
            if stream.timeout is not None:
                self.loop.cancel(stream.timeout)
                stream.timeout = None
            if stream.holds:
                self.loop.after(
                    self.latency_ms,
                    stream.client.name,
                    f"{stream.what} flows again",
                    self._flush,
                    stream,
                )
            if stream.server_gone:
                self._reset(stream)

    def slow_down(self, source: str, target: str, more_ms: int) -> None:
        """Messages from one host to another take longer from now on, or less long (negative) again. O(1)."""
        now_ms = self._slow.get((source, target), 0) + more_ms
        if now_ms > 0:
            self._slow[source, target] = now_ms
        else:
            self._slow.pop((source, target), None)

    def slowness_ms(self, source: str, target: str) -> int:
        """How much longer than usual a message takes from one host to another. O(1)."""
        return self._slow.get((source, target), 0)

    @property
    def has_troubled_links(self) -> bool:
        """Whether any link is cut, slow, or still carries what a slow one delayed. O(1)."""
        return bool(self._cut or self._slow or self._arrive_not_before_ms)

    def is_troubled(self, host: str, other: str) -> bool:
        """Whether messages between two hosts are held or delayed in either direction. O(1)."""
        return any(
            link in troubled
            for link in ((host, other), (other, host))
            for troubled in (self._cut, self._slow, self._arrive_not_before_ms)
        )

    # -- calls -----------------------------------------------------------------------------------------------------

    def lose_answers(self, process: str, count: int) -> None:
        """The next answers to this process's writes are lost on the way, after they were carried out."""
        self._lose_answers[process] = self._lose_answers.get(process, 0) + count

    def answers_to_lose(self, process: str) -> int:
        """How many answers are still to be lost for a process."""
        return self._lose_answers.get(process, 0)

    def keep_answers(self, process: str) -> None:
        """Lose no more answers of this process."""
        self._lose_answers.pop(process, None)

    def send(self, call: Call) -> None:
        """Send a request on its way. O(log n)."""
        source = call.source
        if source.is_trapped and not source.lets_out(call.request):
            return
        call.number = self.next_number()
        self._calls[call] = None
        if self.facts.wants(CallBegun):
            self.facts.emit(
                CallBegun(self.loop.step, self.loop.now_ms, source.name, source.incarnation, call.target, call.number,
                          call.request)
            )  # fmt: skip
        self._transmit(call)

    def answer(self, call: Call, answer: Any, error: Exception | None) -> None:
        """Send an answer back. O(log n)."""
        if call.over or call not in self._calls:
            return
        call.server_task = None
        name = call.source.name
        if (
            self._lose_answers
            and self._lose_answers.get(name)
            and getattr(call.request, "writes", False)
        ):
            self._lose_answers[name] -= 1
            if not self._lose_answers[name]:
                del self._lose_answers[name]
            answer, error = None, ConnectionLost(f"the answer to {call.what} was lost")
        self._transmit_answer(call, answer, error)

    def process_down(self, process: Process) -> None:
        """Reset every connection of a process that died. O(open calls + streams)."""
        for call in list(self._calls):
            if call.source is process:
                self._over(call)
            elif call.target == process.name and not call.over and call.waits_on is None:
                call.server_task = None
                self._transmit_answer(
                    call, None, ConnectionLost(f"{process.name} went away during {call.what}")
                )
        for stream in list(self.streams):
            if stream.client is process:
                stream.close()
            elif stream.server is process:
                stream.open = False
                stream.server_gone = True
                hosts = (stream.server.host, stream.client.host)
                if self.is_cut(*hosts) or self.is_cut(*hosts[::-1]):
                    self._give_up_later(stream)
                else:
                    self._reset(stream)

    def _delay_ms(self, source: str, target: str) -> int:
        if source == target:
            return 0
        delay_ms = self.latency_ms
        if self.choices.deviations:  # most scenarios have none, and most messages come through here
            delay_ms += self.choices(f"latency {source}>{target}", 8)
        return self._in_turn_ms(source, target, delay_ms)

    def _in_turn_ms(self, source: str, target: str, delay_ms: int) -> int:
        """The delay on a link that is or was slow: longer, and at least until what is under way has arrived."""
        if not self._slow and not self._arrive_not_before_ms:
            return delay_ms
        link, now_ms = (source, target), self.loop.now_ms
        slow_ms = self._slow.get(link, 0)
        due_ms = max(now_ms + delay_ms + slow_ms, self._arrive_not_before_ms.get(link, 0))
        if slow_ms:
            self._arrive_not_before_ms[link] = due_ms
        elif due_ms == now_ms + delay_ms:
            self._arrive_not_before_ms.pop(link, None)
        return due_ms - now_ms

    def _transmit(self, call: Call) -> None:
        target, loop = call.target, self.loop
        delay_ms = self._delay_ms(call.source.host, self.processes[target].host)
        loop.at(loop.now_ms + delay_ms, target, call.what, self._arrive, call)

    def _arrive(self, call: Call) -> None:
        # A sender that died after sending changes nothing here: the request still lands, nobody hears the answer.
        server = self.processes[call.target]
        link = (call.source.host, server.host)
        if self._cut and link in self._cut:
            self._hold(call, link, None, None)
            return
        if not server.alive or server.on_call is None:
            self._transmit_answer(call, None, ConnectionRefused(f"{call.target} does not listen"))
            return
        server.on_call(call)

    def _transmit_answer(self, call: Call, answer: Any, error: Exception | None) -> None:
        if call.over:
            return
        source, loop = call.source, self.loop
        delay_ms = self._delay_ms(self.processes[call.target].host, source.host)
        loop.at(
            loop.now_ms + delay_ms,
            source.name,
            f"answer {call.what}",
            self._answered,
            (call, answer, error),
        )

    def _answered(self, arrival: tuple[Call, Any, Exception | None]) -> None:
        call, answer, error = arrival
        if call.over:
            return
        link = (self.processes[call.target].host, call.source.host)
        if self._cut and link in self._cut and not isinstance(error, ConnectionTimedOut):
            self._hold(call, link, answer, error)
            return
        self._finish(call, answer, error)

    def _finish(self, call: Call, answer: Any, error: Exception | None) -> None:
        self._over(call)
        source = call.source
        if not source.alive or source.incarnation != call.caller_incarnation:
            return
        if self.facts.wants(CallAnswered):
            self.facts.emit(
                CallAnswered(self.loop.step, self.loop.now_ms, source.name, source.incarnation, call.target,
                             call.number, call.request, answer, error)
            )  # fmt: skip
        task = call.task
        if task is None:
            return
        if error is not None:
            task.fail(error)
        else:
            task.resume(answer)

    def _over(self, call: Call) -> None:
        call.over = True
        self._calls.pop(call, None)
        if call.timeout is not None:
            self.loop.cancel(call.timeout)
            call.timeout = None

    def _hold(
        self, call: Call, link: tuple[str, str], answer: Any, error: Exception | None
    ) -> None:
        call.waits_on = link
        self._held.setdefault(link, []).append((call, answer, error))
        if call.timeout is None and not call.over:
            call.timeout = self.loop.after(
                CONNECTION_TIMEOUT_MS,
                call.source.name,
                f"gives up {call.what}",
                self._timed_out,
                call,
            )

    def _timed_out(self, call: Call) -> None:
        call.timeout = None
        if call.waits_on is not None:
            held = self._held.get(call.waits_on, [])
            self._held[call.waits_on] = [entry for entry in held if entry[0] is not call]
        self._finish(call, None, ConnectionTimedOut(f"no answer to {call.what}"))

    # -- streams ---------------------------------------------------------------------------------------------------

    def streams_to(self, client: str, what: str) -> list[Stream]:
        """The streams of a name to a process, oldest first. O(streams)."""
        return [each for each in self.streams if each.client.name == client and each.what == what]

    def stall(self, client: str, what: str) -> None:
        """Hold the messages of all streams of a name to a process, those that are opened later included. O(1).

        Nobody gives such a stream up: the connection that carries it beside others is well.
        """
        self._stalled[client, what] = self._stalled.get((client, what), 0) + 1

    def is_stalled(self, client: str, what: str) -> bool:
        """Whether the messages of the streams of a name to a process are held. O(1)."""
        return (client, what) in self._stalled

    def let_flow(self, client: str, what: str) -> None:
        """Undo one stall; after the last, what was held arrives, in order. O(streams)."""
        left = self._stalled.pop((client, what), 0) - 1
        if left > 0:
            self._stalled[client, what] = left
            return
        for stream in self.streams_to(client, what):
            if stream.holds:
                self.loop.after(0, client, f"{what} flows again", self._flush, stream)

    def stream_send(self, stream: Stream, message: Any, last: bool) -> None:
        """Send one message of a stream, or its end. O(log n)."""
        self._transmit_stream(stream, (message, last))

    def forget(self, stream: Stream) -> None:
        """The stream is over. O(1)."""
        self.streams.pop(stream, None)
        if stream.timeout is not None:
            self.loop.cancel(stream.timeout)
            stream.timeout = None

    def _transmit_stream(self, stream: Stream, entry: tuple[Any, bool]) -> None:
        # Streams take no per-message deviation: one connection never overtakes itself.
        client, loop = stream.client, self.loop
        source, target = stream.server.host, client.host
        delay_ms = self._in_turn_ms(source, target, self.latency_ms) if source != target else 0
        loop.at(
            loop.now_ms + delay_ms, client.name, stream.what, self._stream_arrive, (stream, entry)
        )

    def _stream_arrive(self, arrival: tuple[Stream, tuple[Any, bool]]) -> None:
        stream, entry = arrival
        if stream not in self.streams:
            return
        if stream._held or (self._cut and (stream.server.host, stream.client.host) in self._cut):
            stream.hold(entry)
            return
        if self._stalled and (stream.client.name, stream.what) in self._stalled:
            stream.hold(entry)
            return
        stream.arrive(entry)

    def _flush(self, stream: Stream) -> None:
        # What came meanwhile queued up behind the held messages, so order is kept.
        if stream not in self.streams or self.is_cut(stream.server.host, stream.client.host):
            return
        if self.is_stalled(stream.client.name, stream.what):
            return
        for entry in stream.release():
            stream.arrive(entry)

    def _give_up_later(self, stream: Stream) -> None:
        if stream.timeout is None:
            stream.timeout = self.loop.after(
                CONNECTION_TIMEOUT_MS,
                stream.client.name,
                f"gives up {stream.what}",
                self._stream_timed_out,
                stream,
            )

    def _stream_timed_out(self, stream: Stream) -> None:
        stream.timeout = None
        stream.break_off(ConnectionTimedOut(f"silence on {stream.what}"))

    def _reset(self, stream: Stream) -> None:
        self.loop.after(
            self.latency_ms, stream.client.name, f"loses {stream.what}", self._stream_lost, stream
        )

    def _stream_lost(self, stream: Stream) -> None:
        if stream in self.streams:
            stream.break_off(ConnectionLost(f"{stream.server.name} went away during {stream.what}"))
