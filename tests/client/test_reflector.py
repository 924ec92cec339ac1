"""Reflectors: which revision a list and a watch ask for, and how they come back after each kind of failure."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from tests.client.small_world import World
from windtunnel.model.api import errors
from windtunnel.model.apiserver.request import Request, WatchEvent
from windtunnel.model.client.reflector import Reflector
from windtunnel.model.facts import WatchDelivered, WatchOpened
from windtunnel.model.objects.record import Record
from windtunnel.model.sim.network import ConnectionRefused


class Notes:
    """A sink that writes down what it is told."""

    def __init__(self) -> None:
        self.told: list[Any] = []

    def replace(self, records: tuple[Record, ...], revision: int) -> None:
        """A list."""
        self.told.append(("list", revision, [record.key.name for record in records]))

    def changed(self, event: WatchEvent) -> None:
        """A change."""
        assert event.record is not None
        self.told.append((event.type, event.revision, event.record.key.name))

    def advanced(self, revision: int) -> None:
        """A bookmark."""
        self.told.append(("advanced", revision))

    def new(self) -> list[Any]:
        """What was told since the last time."""
        found, self.told = self.told, []
        return found


class Bench:
    """A world with one object and a reflector of the user's."""

    def __init__(self, **options: Any) -> None:
        self.world = World(**options)
        self.world.put("a")
        self.world.run(10)
        self.notes = Notes()
        self.reflector = Reflector(
            self.world.user, self.world.environment, "configmaps", self.notes
        )
        self.asked_before = 0

    def start(self) -> None:
        """Start the reflector and let it list."""
        self.reflector.start()
        self.world.run(10)

    def asked(self) -> list[str]:
        """The resourceVersions of the watches that were asked for since the last time, lists marked."""
        served: list[Request] = self.world.server.served
        found = [
            f"{'list' if r.options.send_initial_events else 'watch'} {r.options.resource_version}".strip()
            for r in served
        ]
        served.clear()
        return found


@pytest.fixture
def bench() -> Bench:
    """A bench with one API server."""
    return Bench()


def test_the_first_list_is_consistent_and_comes_as_a_whole(bench: Bench) -> None:
    """The sink gets the whole list at once, with the revision at which it is complete, and then changes."""
    bench.world.put("b")
    bench.start()
    bench.world.put("a")
    bench.world.delete("b")
    bench.world.run(10)
    assert [("list", 3, ["a", "b"]), ("MODIFIED", 4, "a"), ("DELETED", 5, "b")] == bench.notes.new()
    assert ["list"] == bench.asked()


def test_a_watch_that_ends_in_time_is_resumed_after_the_last_event(bench: Bench) -> None:
    """Every five minutes the watch is opened again at the last revision, bookmarks included, without a new list."""
    bench.start()
    bench.world.put("p", resource="pods")
    bench.world.run(301_000)
    assert [("list", 2, ["a"]), ("advanced", 3)] == bench.notes.new()
    assert ["list", "watch 3"] == bench.asked()
    bench.world.put("b")
    bench.world.run(10)
    assert [("ADDED", 4, "b")] == bench.notes.new()
    assert bench.reflector.busy() is None


def test_waiting_for_the_next_end_is_background_work(bench: Bench) -> None:
    """A reflector that only renews its watch does not keep a cluster from being settled."""
    bench.start()
    assert 0 == bench.world.loop.foreground
    bench.world.run(700_000)
    assert 0 == bench.world.loop.foreground


def test_a_broken_connection_is_resumed_after_the_last_event() -> None:
    """Another API server that has the history goes on where the first one broke off."""
    bench = Bench(apiservers=2)
    bench.start()
    bench.world.servers[0].crash()
    bench.world.run(5)
    bench.world.put("b")
    bench.world.run(3_000)
    assert [("list", 2, ["a"]), ("ADDED", 3, "b")] == bench.notes.new()


def test_an_expired_revision_leads_to_a_list_not_older_than_what_was_seen(bench: Bench) -> None:
    """410 means: stream everything anew, at least as new as the last event."""
    bench.start()
    bench.notes.new()
    bench.world.servers[0].crash()
    bench.world.run(100)
    bench.world.put("b")
    bench.asked()
    bench.world.servers[0].start()
    bench.world.run(30_000)
    assert [("list", 3, ["a", "b"])] == bench.notes.new()
    assert ["watch 2", "list 2"] == bench.asked()


def test_a_server_that_is_behind_what_was_seen_is_asked_without_a_revision() -> None:
    """A list that times out as too new is repeated without a revision: the store's present state."""
    bench = Bench()
    bench.reflector.last_revision = 99
    bench.start()
    bench.world.run(20_000)
    assert ["list 99", "list"] == bench.asked()
    assert [("list", 2, ["a"])] == bench.notes.new()


def test_a_refused_connection_is_tried_again_with_growing_delays(bench: Bench) -> None:
    """800 ms, doubling up to 30 s."""
    bench.world.servers[0].crash()
    attempts: list[int] = []
    bench.reflector._watch = lambda *a, **k: _refused(bench, attempts)  # type: ignore[method-assign]
    bench.start()
    bench.world.run(120_000)
    pauses = [b - a for a, b in pairwise(attempts)]
    assert [800, 1600, 3200, 6400, 12800, 25600, 30000, 30000] == pauses
    assert "user has no watch of configmaps" == bench.reflector.busy()


async def _refused(bench: Bench, attempts: list[int]) -> Any:
    attempts.append(bench.world.loop.now_ms)
    raise ConnectionRefused("nobody listens")


def test_a_deviation_adds_jitter_to_the_delay() -> None:
    """Jitter comes through Choices only: without a deviation there is none."""
    point = "reflector back-off user configmaps"
    bench = Bench(deviations={point: {0: 4}})
    bench.world.server.fails_with = [errors.too_many_requests("busy")]
    bench.reflector.start()
    bench.world.run(1_150)
    assert [] == bench.notes.new()
    bench.world.run(100)
    assert [("list", 2, ["a"])] == bench.notes.new()


def test_a_break_amid_the_list_leaves_no_trace() -> None:
    """Nothing of a list that did not end reaches the sink, nor does it move the point of resumption."""
    bench = Bench()
    for n in range(5):
        bench.world.put(f"b{n}")
    bench.world.run(10)
    cache = bench.world.cache()
    open_before = cache.open

    def open_and_end(client: Any, selection: Any, **options: Any) -> Any:
        stream = cache.new_stream(client)
        stream.send(WatchEvent("ADDED", bench.world.store.range("configmaps")[0][0], 2))
        stream.end()
        cache.open = open_before
        return stream

    cache.open = open_and_end
    bench.start()
    assert ([], 0) == (bench.notes.new(), bench.reflector.last_revision)
    bench.world.run(2_000)
    assert [("list", 7, ["a", "b0", "b1", "b2", "b3", "b4"])] == bench.notes.new()
    assert ["list", "list"] == bench.asked()


def test_a_watch_that_ends_at_once_without_an_event_leads_to_a_new_list(bench: Bench) -> None:
    """A very short watch is suspicious: back off and list again."""
    bench.start()
    bench.notes.new()
    bench.asked()
    cache = bench.world.cache()
    for watcher in list(cache.watchers):
        cache._end(watcher)
    bench.world.run(2_000)
    assert [("list", 2, ["a"])] == bench.notes.new()


def test_other_errors_do_not_end_a_reflector(bench: Bench) -> None:
    """Whatever the server answers, the reflector tries again."""
    odd = errors.ApiError(418, "Teapot", "no")
    bench.world.server.fails_with = [errors.internal_error("x"), odd, errors.gone("old")]
    bench.start()
    bench.world.run(20_000)
    assert [("list", 2, ["a"])] == bench.notes.new()


def test_what_is_delivered_is_told_as_facts(bench: Bench) -> None:
    """WatchOpened with the revision after which events must follow, WatchDelivered for each event."""
    facts: list[Any] = []
    bench.world.facts.subscribe(WatchOpened, facts.append)
    bench.world.facts.subscribe(WatchDelivered, facts.append)
    bench.start()
    bench.world.put("b")
    bench.world.run(10)
    opened, *delivered = facts
    assert ("configmaps", 0, "") == (opened.resource, opened.revision, opened.selector)
    assert [("ADDED", 2), ("BOOKMARK", 2), ("ADDED", 3)] == [
        (f.event_type, f.revision) for f in delivered
    ]
    assert [opened.watch] * 3 == [fact.watch for fact in delivered]
