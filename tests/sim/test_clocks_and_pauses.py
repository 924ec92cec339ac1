"""Processes that stop, end themselves, wait no longer than they want, and measure time by clocks of their own."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sim.machine_room import Room
from windtunnel.model.facts import (
    ClockChanged,
    ProcessDown,
    ProcessPaused,
    ProcessResumed,
)
from windtunnel.model.sim.clock import RIGHT, Clock
from windtunnel.model.sim.process import Process
from windtunnel.model.sim.tasks import DeadlineExceeded, sleep


def ask_every(room: Room, period_ms: int, answers: list[tuple[int, Any]]) -> None:
    """Let the client ask the server again and again, and note when it has the answers."""

    async def work() -> None:
        for number in range(10):
            answers.append((room.loop.now_ms, await room.client.call("server", number, "ask")))
            await sleep(period_ms)

    room.client.spawn(work(), "work")


# -- pauses ------------------------------------------------------------------------------------------------------------


def test_nothing_happens_in_a_paused_process_and_all_of_it_in_order_afterwards(room: Room) -> None:
    """Answers and timers wait; what was sent before arrives; others go on meanwhile."""
    seen: list[tuple[str, int]] = []

    async def nap(name: str, delay_ms: int) -> None:
        await sleep(delay_ms)
        seen.append((name, room.loop.now_ms))

    async def ask() -> None:
        seen.append((await room.client.call("server", "x", "ask"), room.loop.now_ms))

    for name, delay_ms in (("second", 20), ("third", 30), ("later", 200)):
        room.client.spawn(nap(name, delay_ms), name)
    room.client.spawn(ask(), "ask")
    room.server.spawn(nap("other", 25), "other")
    room.client.pause()
    room.run(100)
    assert ["x"] == room.served
    assert [("other", 25)] == seen
    room.client.resume()
    room.run()
    assert [("done x", 100), ("second", 100), ("third", 100), ("later", 200)] == seen[1:]


def test_time_does_not_run_ahead_of_a_paused_process(room: Room) -> None:
    """Where only a paused process has events, the clock does not jump to them."""
    room.client.spawn(sleep_for(50), "nap")
    room.client.pause()
    room.run(30)
    assert 30 == room.loop.now_ms
    assert None is room.loop.next_at_ms()
    assert 1 == room.loop.foreground
    assert ["client"] == [event.who for event in room.loop.pending()]


async def sleep_for(delay_ms: int) -> None:
    """Sleep."""
    await sleep(delay_ms)


def test_what_is_begun_in_a_paused_process_waits(room: Room) -> None:
    """A task that somebody else begins in it, as a callback may, begins when it goes on."""
    room.client.pause()
    seen: list[int] = []

    async def work() -> None:
        seen.append(room.loop.now_ms)

    room.client.spawn(work(), "work")
    room.run(10)
    assert [] == seen
    room.client.resume()
    room.run()
    assert [10] == seen


def test_a_paused_process_can_be_killed_and_started_anew(room: Room) -> None:
    """Its plans are gone, and the next incarnation is not paused."""
    seen: list[str] = []

    async def nap() -> None:
        await sleep(5)
        seen.append("woke")

    room.client.spawn(nap(), "nap")
    room.client.pause()
    room.run(20)
    room.client.crash()
    room.client.start()
    room.client.spawn(nap(), "nap")
    room.run()
    assert ["woke"] == seen
    assert not room.client.paused


def test_pauses_are_told(room: Room) -> None:
    """Each begins and ends once, however often it is asked for."""
    told: list[type] = []
    for kind in (ProcessPaused, ProcessResumed):
        room.facts.subscribe(kind, lambda fact: told.append(type(fact)))
    room.client.resume()
    room.client.pause()
    room.client.pause()
    room.client.resume()
    assert [ProcessPaused, ProcessResumed] == told


# -- ends and deadlines ------------------------------------------------------------------------------------------------


def test_a_process_that_ends_itself_is_reported_to_its_supervisor(room: Room) -> None:
    """It is down like one that crashed, with its tasks, and whoever supervises it hears of it."""
    heard: list[Process] = []
    down: list[ProcessDown] = []
    room.client.on_exit = heard.append
    room.facts.subscribe(ProcessDown, down.append)
    after: list[str] = []

    async def work() -> None:
        await sleep(1)
        room.client.exit("it has had enough")
        await sleep(1)
        after.append("lives on")

    room.client.spawn(work(), "work")
    room.run()
    assert [room.client] == heard
    assert 1 == len(down)
    assert [] == after
    assert any("exits: it has had enough" in step.what for step in room.loop.trace.steps)


def test_who_waits_with_a_limit_gets_the_answer_or_gives_up(room: Room) -> None:
    """In time the answer or the error comes as always; later nothing does, though the request is carried out."""
    seen: list[Any] = []

    async def fail() -> None:
        await sleep(1)
        raise ValueError("broken")

    async def work() -> None:
        client = room.client
        seen.append(await client.within(10, client.call("server", 1, "ask"), "an answer"))
        with pytest.raises(ValueError, match="broken"):
            await client.within(10, fail(), "nothing")
        room.network.slow_down("a", "b", 50)
        with pytest.raises(DeadlineExceeded):
            await client.within(10, client.call("server", 2, "ask"), "an answer")
        seen.append(room.loop.now_ms)

    room.client.spawn(work(), "work")
    room.run()
    assert ["done 1", 13] == seen
    assert [1, 2] == room.served


# -- clocks ------------------------------------------------------------------------------------------------------------


def test_a_jump_moves_the_time_of_day_and_nothing_that_is_measured(room: Room) -> None:
    """Durations and timers do not notice a jump, nor that it is taken back."""
    room.run(1_000)
    client = room.client
    client.jump_clock(60_000)
    assert (1_000, 61_000) == (client.now_ms, client.wall_ms)
    client.spawn(sleep_for(500), "nap")
    assert 1_500 == room.loop.next_at_ms()
    client.jump_clock(-60_000)
    assert (1_000, 1_000) == (client.now_ms, client.wall_ms)
    assert client.clock is None


def test_a_skew_stretches_durations_and_leaves_the_time_of_day_alone(room: Room) -> None:
    """At half speed everything that is measured takes twice as long; others are not concerned."""
    room.run(1_000)
    client = room.client
    client.set_clock_rate(500)
    room.run(3_000)
    assert (2_000, 3_000) == (client.now_ms, client.wall_ms)
    woke: list[tuple[str, int]] = []

    async def nap(name: str) -> None:
        await sleep(400)
        woke.append((name, room.loop.now_ms))

    client.spawn(nap("client"), "nap")
    room.server.spawn(nap("server"), "nap")
    room.run()
    assert [("server", 3_400), ("client", 3_800)] == woke
    assert (600, 4_200) == (client.lasts_ms(300), client.due_ms(2_600))


def test_a_change_of_rate_reaches_timers_under_way_but_no_message(room: Room) -> None:
    """Half of a second is over; the other half takes a quarter at double speed. The network does not hurry."""
    client = room.client
    answers: list[tuple[int, Any]] = []
    client.spawn(sleep_for(1_000), "nap")
    room.run(500)
    ask_every(room, 10_000, answers)
    client.set_clock_rate(2_000)
    assert 501 == room.loop.next_at_ms()
    room.run(600)
    assert 750 == room.loop.next_at_ms()
    client.set_clock_rate(RIGHT)
    assert 900 == room.loop.next_at_ms()


def test_what_was_measured_wrongly_is_not_taken_back_within_one_life(room: Room) -> None:
    """The steady reading goes on from where it is; only the next incarnation begins with a right one."""
    client = room.client
    client.set_clock_rate(2_000)
    room.run(1_000)
    client.set_clock_rate(RIGHT)
    room.run(1_500)
    assert 2_500 == client.now_ms
    assert client.clock is not None
    client.crash()
    client.start()
    assert client.clock is None
    assert 1_500 == client.now_ms


def test_a_host_keeps_its_wrong_clock_when_the_process_restarts(room: Room) -> None:
    """Jump and skew last until they are healed, whoever lives meanwhile."""
    client = room.client
    client.set_clock_rate(500)
    client.jump_clock(5_000)
    client.crash()
    client.start()
    room.run(1_000)
    assert (500, 6_000) == (client.now_ms, client.wall_ms)
    client.jump_clock(-5_000)
    client.set_clock_rate(RIGHT)
    assert 1_000 == client.wall_ms


def test_a_clock_never_measures_backwards() -> None:
    """Whatever rates follow each other, the steady reading grows, and due moments are not too early."""
    clock, before = Clock(), 0
    for step, rate in enumerate((1_000, 333, 2_000, 777, 1_000, 1_250, 500), 1):
        clock.set_rate(step * 997, rate)
        for true_ms in range(step * 997, step * 997 + 900, 100):
            reading = clock.steady_ms(true_ms)
            assert before <= reading
            before = reading
            due_ms = clock.true_ms(reading + 123)
            assert clock.steady_ms(due_ms) >= reading + 123 > clock.steady_ms(due_ms - 3)


def test_settings_of_clocks_are_told(room: Room) -> None:
    """Whoever judges a run knows the rates and how far the time of day is off."""
    told: list[tuple[int, int]] = []
    room.facts.subscribe(ClockChanged, lambda fact: told.append((fact.rate, fact.ahead_ms)))
    room.client.jump_clock(5)
    room.client.set_clock_rate(800)
    assert [(1_000, 5), (800, 5)] == told
