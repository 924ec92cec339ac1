"""Coroutines on the loop: sleeping, futures, gathering, dying."""

from __future__ import annotations

import asyncio  # noqa: TID251 - to show what a foreign awaitable is told
from typing import Any

import pytest

from tests.sim.machine_room import Room
from windtunnel.model.sim.tasks import Future, sleep


def test_sleep_wakes_after_virtual_time(room: Room) -> None:
    """A sleeping task goes on exactly when its time is over."""
    woke: list[int] = []

    async def work() -> None:
        await sleep(250)
        woke.append(room.loop.now_ms)

    room.client.spawn(work(), "work")
    room.run()
    assert [250] == woke


def test_gather_answers_in_the_order_given(room: Room) -> None:
    """Results come in the order of the coroutines, whichever ends first."""
    results: list[Any] = []

    async def nap(delay_ms: int) -> int:
        await sleep(delay_ms)
        return delay_ms

    async def work() -> None:
        results.extend(await room.client.gather(nap(30), nap(10), nap(20)))
        results.extend(await room.client.gather())

    room.client.spawn(work(), "work")
    room.run()
    assert [30, 10, 20] == results
    assert 30 == room.loop.now_ms


def test_gather_raises_the_first_error_after_all_are_done(room: Room) -> None:
    """One failing child fails the parent, and no child is left behind."""
    seen: list[str] = []

    async def fail() -> None:
        await sleep(1)
        raise ValueError("broken")

    async def nap() -> None:
        await sleep(50)
        seen.append("napped")

    async def work() -> None:
        with pytest.raises(ValueError, match="broken"):
            await room.client.gather(fail(), nap())
        seen.append("caught")

    room.client.spawn(work(), "work")
    room.run()
    assert ["napped", "caught"] == seen


def test_a_future_wakes_everybody_who_waits(room: Room) -> None:
    """Waiters before and after the value all get it."""
    future: Future[int] = Future(room.loop, "client")
    got: list[int] = []

    async def wait() -> None:
        got.append(await future)

    room.client.spawn(wait(), "early")
    future.set(7)
    future.set(8)
    room.client.spawn(wait(), "late")
    room.run()
    assert [7, 7] == got


def test_a_foreign_awaitable_gets_one_clear_sentence(room: Room) -> None:
    """Awaiting asyncio inside the tunnel says what to await instead."""

    async def work() -> None:
        await asyncio.sleep(0)

    with pytest.raises(TypeError, match=r"work awaits a NoneType.*ctx\.sleep"):
        room.client.spawn(work(), "work")


def test_a_killed_task_never_runs_again_whatever_its_cleanup_does(room: Room) -> None:
    """Cleanup that raises, or that awaits once more, does not bring a dead task back."""
    seen: list[str] = []

    async def raises() -> None:
        try:
            await sleep(10)
        finally:
            seen.append("cleaned")
            raise ValueError("in cleanup")

    async def refuses() -> None:
        try:
            await sleep(10)
        finally:
            await sleep(10)
            seen.append("came back")

    room.client.spawn(raises(), "raises")
    room.client.spawn(refuses(), "refuses")
    room.client.crash()
    room.run()
    assert ["cleaned"] == seen


def test_an_error_that_nobody_waits_for_stops_the_run(room: Room) -> None:
    """A component's bug is not swallowed."""

    async def work() -> None:
        await sleep(1)
        raise RuntimeError("bug")

    room.client.spawn(work(), "work")
    with pytest.raises(RuntimeError, match="bug"):
        room.run()


def test_a_dead_process_has_no_plans(room: Room) -> None:
    """Timers and sleeps of a crashed process leave the agenda; a message on its way to it does not."""

    async def work() -> None:
        await sleep(60_000)

    async def ask() -> None:
        await room.server.call("client", "x", "ask")

    room.client.spawn(work(), "work")
    room.loop.after(60_000, "client", "timer", lambda _: None)
    room.server.spawn(ask(), "asks", lambda _: None)
    room.client.crash()
    assert ["ask", "answer ask"] == [event.what for event in room.loop.pending()]
