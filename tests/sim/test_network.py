"""Calls and streams over links that are cut, processes that die, answers that are lost."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sim.machine_room import Room
from windtunnel.model.sim.network import (
    CONNECTION_TIMEOUT_MS,
    ConnectionLost,
    ConnectionRefused,
    ConnectionTimedOut,
    Stream,
)


class Write:
    """A request that changes something."""

    writes = True


def ask(room: Room, request: Any, log: list[Any]) -> None:
    """Send a request from the client; what comes of it goes to the log with the time."""

    async def work() -> None:
        try:
            answer = await room.client.call("server", request, "ask")
            log.append((room.loop.now_ms, answer))
        except Exception as error:  # noqa: BLE001 - the test asks what it was
            log.append((room.loop.now_ms, type(error)))

    room.client.spawn(work(), "asks")


def test_a_call_takes_two_latencies(room: Room) -> None:
    """There and back, one millisecond each."""
    log: list[Any] = []
    ask(room, "x", log)
    room.run()
    assert [(2, "done x")] == log


def test_a_cut_link_holds_the_request_until_it_heals(room: Room) -> None:
    """Like TCP: delayed, not lost."""
    log: list[Any] = []
    room.network.cut("a", "b")
    ask(room, "x", log)
    room.run(20_000)
    assert ([], []) == (room.served, log)
    room.network.heal("a", "b")
    room.run()
    assert ["x"] == room.served
    assert "done x" == log[0][1]


def test_a_cut_way_back_carries_the_request_out_and_times_out(room: Room) -> None:
    """One-way partitions commit without the caller knowing."""
    log: list[Any] = []
    room.network.cut("b", "a")
    ask(room, "x", log)
    room.run()
    assert ["x"] == room.served
    assert [(2 + CONNECTION_TIMEOUT_MS, ConnectionTimedOut)] == log


def test_a_request_given_up_does_not_arrive_later(room: Room) -> None:
    """Healing after the timeout brings nothing back."""
    log: list[Any] = []
    room.network.cut("a", "b")
    ask(room, "x", log)
    room.run(CONNECTION_TIMEOUT_MS * 2)
    room.network.heal("a", "b")
    room.run()
    assert ([], ConnectionTimedOut) == (room.served, log[0][1])


def test_a_dead_server_refuses_and_a_dying_one_resets(room: Room) -> None:
    """Refused means certainly not done; lost means unknown."""
    log: list[Any] = []
    room.server.on_call = lambda call: None
    ask(room, "pending", log)
    room.run(1)
    room.server.crash()
    ask(room, "refused", log)
    room.run()
    assert [ConnectionLost, ConnectionRefused] == [kind for _, kind in log]


def test_a_request_of_a_dead_client_still_lands(room: Room) -> None:
    """What was sent before the crash is carried out, and nobody hears the answer."""
    log: list[Any] = []
    ask(room, "x", log)
    room.client.crash()
    room.client.start()
    room.run()
    assert (["x"], []) == (room.served, log)


@pytest.mark.parametrize("after", [0, 1, 2])
def test_a_trap_crashes_a_process_before_a_chosen_request(room: Room, after: int) -> None:
    """The k-th request from now is never sent."""

    async def work() -> None:
        for number in range(5):
            await room.client.call("server", number, "ask")

    room.client.crash_after(after)
    room.client.spawn(work(), "asks")
    room.run()
    assert list(range(after)) == room.served
    assert not room.client.alive


@pytest.mark.parametrize(("after", "served"), [(False, 4), (True, 5)])
def test_a_trap_crashes_a_process_around_a_chosen_write(
    room: Room, after: bool, served: int
) -> None:
    """Reads do not count, and nothing is sent any more in the event in which it snaps."""

    async def work() -> None:
        requests = ["read", Write(), "read", "read", Write(), Write()]
        await room.client.gather(*(room.client.call("server", each, "ask") for each in requests))

    room.client.crash_around_write(2, after=after)
    room.client.spawn(work(), "asks")
    room.run()
    assert served == len(room.served)
    assert not room.client.alive


def test_a_lost_answer_is_a_broken_connection_after_the_commit(room: Room) -> None:
    """Only writes lose their answers, and only as many as asked for."""
    log: list[Any] = []
    room.network.lose_answers("client", 1)
    for request in ("read", Write(), Write()):
        ask(room, request, log)
        room.run()
    assert ["done read", ConnectionLost] == [entry[1] for entry in log[:2]]
    assert str(log[2][1]).startswith("done ")
    assert 3 == len(room.served)


def read_stream(room: Room, stream: Stream, log: list[Any]) -> None:
    """Read a stream to its end on behalf of the client."""

    async def work() -> None:
        try:
            while (message := await stream.next()) is not None:
                log.append(message)
            log.append("end")
        except Exception as error:  # noqa: BLE001 - the test asks what it was
            log.append(type(error))

    room.client.spawn(work(), "reads")


def test_a_stream_is_ordered_across_a_short_partition(room: Room) -> None:
    """Messages sent before, during and after a cut arrive once and in order."""
    log: list[Any] = []
    stream = Stream(room.network, room.server, room.client, "watch")
    read_stream(room, stream, log)
    stream.send(1)
    room.network.cut("b", "a")
    stream.send(2)
    room.run(10_000)
    stream.send(3)
    room.network.heal("b", "a")
    stream.send(4)
    room.run(10_001)
    stream.send(5)
    stream.end()
    room.run()
    assert [1, 2, 3, 4, 5, "end"] == log


def test_a_reader_that_comes_late_reads_thousands_of_messages_in_a_row(room: Room) -> None:
    """What waits for its reader is read in a loop: the depth of calls does not grow with the number of messages."""
    log: list[Any] = []
    stream = Stream(room.network, room.server, room.client, "watch")
    for number in range(5_000):
        stream.send(number)
    stream.end()
    room.run()
    read_stream(room, stream, log)
    room.run()
    assert [*range(5_000), "end"] == log


def test_a_stream_over_a_long_partition_breaks_at_both_ends(room: Room) -> None:
    """Silence for the connection timeout ends the stream, even if nothing was sent."""
    log: list[Any] = []
    gone: list[bool] = []
    stream = Stream(room.network, room.server, room.client, "watch")
    stream.on_client_gone = lambda: gone.append(True)
    read_stream(room, stream, log)
    room.network.cut("a", "b")
    room.run()
    assert ([ConnectionTimedOut], [True]) == (log, gone)
    assert not stream.open


def test_a_dying_server_breaks_its_streams(room: Room) -> None:
    """The reader learns of the reset."""
    log: list[Any] = []
    read_stream(room, Stream(room.network, room.server, room.client, "watch"), log)
    room.server.crash()
    room.run()
    assert [ConnectionLost] == log
