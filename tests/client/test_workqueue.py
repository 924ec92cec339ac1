"""The work queue by hand: what is promised about one item at a time."""

from __future__ import annotations

from typing import Any

import pytest

from tests.client.small_world import World
from windtunnel.model.client.rate_limiter import RateLimiter
from windtunnel.model.client.workqueue import WorkQueue


class Bench:
    """A queue with workers that note what they get, and hold it until told to be done."""

    def __init__(self, workers: int = 1) -> None:
        self.world = World()
        self.queue: WorkQueue[str] = WorkQueue(self.world.user, "queue")
        self.got: list[Any] = []
        for n in range(workers):
            self.world.user.spawn(self._work(), f"worker {n}")

    async def _work(self) -> None:
        while (item := await self.queue.get()) is not None:
            self.got.append(item)
            self.queue.check()
            if item.startswith("hold"):
                return
            self.queue.done(item)
        self.got.append(None)

    def run(self, milliseconds: int = 0) -> list[Any]:
        """What was handed out meanwhile."""
        self.world.run(milliseconds)
        self.queue.check()
        found, self.got = self.got, []
        return found


@pytest.fixture
def bench() -> Bench:
    """One worker."""
    return Bench()


def test_items_come_in_the_order_in_which_they_were_added_each_once(bench: Bench) -> None:
    """An item that waits already is not added again."""
    for item in ("a", "b", "a", "c", "b"):
        bench.queue.add(item)
    assert 3 == len(bench.queue)
    assert ["a", "b", "c"] == bench.run()
    assert bench.queue.busy() is None


def test_an_item_added_while_it_is_worked_on_comes_again_afterwards() -> None:
    """Never worked on twice at once, and no addition is lost."""
    bench = Bench(workers=2)
    bench.queue.add("hold")
    assert ["hold"] == bench.run()
    bench.queue.add("hold")
    bench.queue.add("hold")
    assert [] == bench.run(100)
    assert "queue works on hold" == bench.queue.busy()
    bench.queue.done("hold")
    assert ["hold"] == bench.run()


def test_of_several_delays_the_earliest_counts(bench: Bench) -> None:
    """A later delay does not postpone an item, an earlier one brings it forward; it comes once."""
    bench.queue.add_after("a", 100)
    bench.queue.add_after("a", 500)
    bench.queue.add_after("b", 500)
    bench.queue.add_after("b", 50)
    assert [] == bench.run(49)
    assert ["b"] == bench.run(1)
    assert ["a"] == bench.run(50)
    assert [] == bench.run(1000)


def test_a_delay_of_nothing_adds_at_once(bench: Bench) -> None:
    """Zero and negative delays are plain additions."""
    bench.queue.add_after("a", 0)
    bench.queue.add_after("b", -5)
    assert ["a", "b"] == bench.run()


def test_failures_double_the_delay_until_they_are_forgotten(bench: Bench) -> None:
    """5, 10, 20 ms ... for one item, apart from others; forget starts anew."""
    for delay_ms in (5, 10, 20, 40):
        bench.queue.add_rate_limited("a")
        assert [] == bench.run(delay_ms - 1)
        assert ["a"] == bench.run(1)
    assert (4, 0) == (bench.queue.num_requeues("a"), bench.queue.num_requeues("b"))
    bench.queue.forget("a")
    assert 0 == bench.queue.num_requeues("a")
    bench.queue.add_rate_limited("a")
    assert ["a"] == bench.run(5)


def test_delays_are_bounded_and_bursts_are_spread() -> None:
    """No item waits more than 1,000 s for itself; after a hundred at once, ten a second."""
    limiter = RateLimiter()
    assert 1_000_000 == limiter.item_delay_ms(30)
    assert 1_000_000 == limiter.item_delay_ms(10_000)
    delays = [RateLimiter.when(limiter, n, 0) for n in range(103)]
    assert [5] * 100 + [100, 200, 300] == delays
    assert 5 == limiter.when("later", 60_000)


def test_a_queue_that_shuts_down_hands_out_what_it_has_and_takes_no_more(bench: Bench) -> None:
    """Delayed items are dropped, waiting ones are worked on, then every get() is None."""
    bench.queue.add("a")
    bench.queue.add_after("late", 10)
    bench.queue.shut_down()
    bench.queue.add("b")
    bench.queue.add_after("c", 5)
    assert ["a", None] == bench.run(100)


def test_a_drain_waits_for_what_is_worked_on(bench: Bench) -> None:
    """shut_down_with_drain goes on when the last item is done."""
    bench.queue.add("hold")
    bench.run()
    drained: list[Any] = []

    async def drain() -> None:
        await bench.queue.shut_down_with_drain()
        drained.append(True)

    bench.world.user.spawn(drain(), "drain")
    bench.run(100)
    assert [] == drained
    bench.queue.done("hold")
    bench.run()
    assert [True] == drained


def test_a_background_delay_does_not_keep_the_world_busy(bench: Bench) -> None:
    """Recurring additions are background events; an equally early foreground addition promotes them."""
    foreground = bench.world.loop.foreground
    bench.queue.add_after("a", 100, background=True)
    assert foreground == bench.world.loop.foreground
    bench.queue.add_after("a", 200)
    assert foreground + 1 == bench.world.loop.foreground
    assert ["a"] == bench.run(100)
