"""The store over the network: watches are ordered, unique, reliable, resumable and bookmarkable."""

from __future__ import annotations

from typing import Any

import pytest

from tests.client.small_world import Idle, World
from windtunnel.model.facts import Committed
from windtunnel.model.sim.network import ConnectionLost
from windtunnel.model.store.errors import Compacted
from windtunnel.model.store.requests import CurrentRevision, Progress, Watch


class StoreReader:
    """Follows one resource of the store from a host of its own."""

    def __init__(self, world: World, revision: int, host: str = "reader") -> None:
        self.world = world
        self.process = world.process(host, host, Idle)
        self.messages: list[Any] = []
        self.error: Exception | None = None
        self.process.spawn(self._work(revision), "reader")
        world.run(5)

    async def _work(self, revision: int) -> None:
        request = Watch("configmaps", revision)
        try:
            stream = await self.process.call("store", request, str(request))
            while (message := await stream.next()) is not None:
                self.messages.append(message)
        except (Compacted, ConnectionLost) as error:
            self.error = error

    def revisions(self) -> list[int]:
        """The revisions of the changes that came."""
        return [m.revision for m in self.messages if not isinstance(m, Progress)]


def test_a_watch_gets_history_and_then_news_once_and_in_order() -> None:
    """From any revision on, every change arrives exactly once, in order, and of that resource only."""
    world = World()
    first = world.put("a")
    world.put("p", resource="pods")
    world.put("a", data={"k": "1"})
    reader = StoreReader(world, first.revision)
    world.put("b")
    world.delete("a")
    world.run(5)
    assert [4, 5, 6] == reader.revisions()
    world.store_server.check()


def test_a_watch_from_compacted_history_is_refused() -> None:
    """A watch never begins with a gap."""
    world = World()
    for n in range(5):
        world.put("a", data={"k": str(n)})
    world.store.compact(4)
    assert isinstance(StoreReader(world, 3).error, Compacted)
    assert [5, 6] == StoreReader(world, 4, "other").revisions()


def test_a_cut_link_delays_a_watch_and_drops_nothing() -> None:
    """What was written while the link was cut arrives when it heals, in order."""
    world = World()
    reader = StoreReader(world, 1)
    world.network.cut("store-0", "reader")
    world.put("a")
    world.put("b")
    world.run(1000)
    assert [] == reader.revisions()
    world.network.heal("store-0", "reader")
    world.put("d")
    world.run(1000)
    assert [2, 3, 4] == reader.revisions()


def test_a_dead_reader_is_forgotten() -> None:
    """The store sends nothing more to a process that is gone."""
    world = World()
    reader = StoreReader(world, 1)
    reader.process.crash()
    world.put("a")
    world.store_server.check()
    assert [] == reader.messages


def test_objects_outlive_the_store_process_and_its_watches_do_not() -> None:
    """A crash of the store resets watches; what was written is still there."""
    world = World()
    reader = StoreReader(world, 1)
    world.put("a")
    world.run(5)
    world.store_process.crash()
    world.store_process.start()
    world.run(5)
    assert isinstance(reader.error, ConnectionLost)
    assert 1 == world.store.count("configmaps")


def test_progress_follows_all_changes_up_to_its_revision() -> None:
    """A Progress promises that nothing older is still to come; it comes regularly, and on request before the answer."""
    world = World()
    reader = StoreReader(world, 1)
    world.put("a")
    world.put("p", resource="pods")

    async def ask() -> Any:
        request = CurrentRevision("configmaps")
        return await reader.process.call("store", request, str(request)), len(reader.messages)

    answers: list[Any] = []
    reader.process.spawn(ask(), "ask", answers.append)
    world.run(5)
    assert [(3, 2)] == [task.result for task in answers]
    assert [2, Progress(3)] == [reader.messages[0].revision, reader.messages[1]]
    world.put("q", resource="pods")
    world.run(60_000)
    assert Progress(4) == reader.messages[-1]


def test_every_write_is_a_fact() -> None:
    """Committed is emitted once for each write, with before and after."""
    world = World()
    facts: list[Committed] = []
    world.facts.subscribe(Committed, facts.append)
    world.put("a")
    world.delete("a")
    assert [(False, True), (True, False)] == [
        (fact.change.before is not None, fact.change.after is not None) for fact in facts
    ]


@pytest.mark.parametrize("revision", [1, 2])
def test_a_watch_that_begins_at_the_present_begins_with_nothing(revision: int) -> None:
    """Only what is newer than the asked revision is sent."""
    world = World()
    world.put("a")
    reader = StoreReader(world, revision)
    assert ([2] if revision == 1 else []) == reader.revisions()
