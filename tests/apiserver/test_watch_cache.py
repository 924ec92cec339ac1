"""Watches: complete, in order, through selectors, from any revision, and how they end."""

from __future__ import annotations

from typing import Any

import pytest

from tests.client.small_world import Idle, Reader, World, brief
from windtunnel.model.api.errors import ApiError
from windtunnel.model.apiserver.request import Options, Request
from windtunnel.model.settings import ApiServerSettings, Settings
from windtunnel.model.sim.network import ConnectionLost


@pytest.fixture
def world() -> World:
    """A world with one config map, at revision 2."""
    made = World()
    made.put("old")
    made.run(10)
    return made


def small(**settings: Any) -> World:
    """A world with small limits."""
    return World(settings=Settings(apiserver=ApiServerSettings(**settings)))


def test_a_watch_from_a_revision_sees_each_later_change_once_and_none_before(world: World) -> None:
    """Events carry the state of their revision, deletions the last state under the deletion's revision."""
    world.put("a", data={"k": "1"})
    watch = world.watch(resource_version="2")
    world.put("a", data={"k": "2"})
    world.delete("a")
    world.put("p", resource="pods")
    events = watch.new()
    assert [("ADDED", "a"), ("MODIFIED", "a"), ("DELETED", "a")] == brief(events)
    assert ["1", "2", "2"] == [event.record.raw["data"]["k"] for event in events]  # type: ignore[union-attr]
    assert [3, 4, 5] == [event.revision for event in events]  # type: ignore[union-attr]
    assert "5" == events[-1].record.raw["metadata"]["resourceVersion"]  # type: ignore[union-attr]
    assert events[-1].record.view.raw is events[-1].record.raw  # type: ignore[union-attr]
    world.cache().check()


@pytest.mark.parametrize("options", [{}, {"resource_version": "0"}])
def test_a_watch_without_a_revision_begins_with_what_is_there(
    world: World, options: dict[str, str]
) -> None:
    """Each object comes as ADDED, then changes; without bookmarks allowed there is no mark in between."""
    watch = world.watch(**options)
    world.put("a")
    assert [("ADDED", "old"), ("ADDED", "a")] == brief(watch.new())


def test_initial_events_end_with_a_bookmark(world: World) -> None:
    """sendInitialEvents gives every object, then the mark with the revision they are from, then changes."""
    world.put("p", resource="pods")
    watch = world.watch(
        send_initial_events=True, resource_version_match="NotOlderThan", allow_watch_bookmarks=True
    )
    world.put("a")
    events = watch.new()
    assert [("ADDED", "old"), "INITIAL-END", ("ADDED", "a")] == brief(events)
    assert 3 == events[1].revision  # type: ignore[union-attr]


def test_initial_events_can_be_refused(world: World) -> None:
    """sendInitialEvents=false begins with what changes from now on."""
    for version in ("", "0"):
        watch = world.watch(
            send_initial_events=False,
            resource_version_match="NotOlderThan",
            resource_version=version,
        )
        world.put(f"a{version}")
        assert [("ADDED", f"a{version}")] == brief(watch.new())


def test_an_object_that_leaves_a_selector_is_deleted_as_it_was_before(world: World) -> None:
    """Entering is ADDED, leaving DELETED with the old state under the new revision, inside it is MODIFIED."""
    watch = world.watch(resource_version="2", label_selector="t=x")
    for value in ("y", "x", "x", "z", "x"):
        world.put("a", labels={"t": value})
    world.delete("a")
    events = watch.new()
    assert ["ADDED", "MODIFIED", "DELETED", "ADDED", "DELETED"] == [event.type for event in events]  # type: ignore[union-attr]
    left = events[2]
    assert left is not None and left.record is not None
    assert ({"t": "x"}, "6", 6) == (
        left.record.raw["metadata"]["labels"],
        left.record.raw["metadata"]["resourceVersion"],
        left.record.revision,
    )


def test_a_pod_appears_on_its_node_when_it_is_bound() -> None:
    """Watches by spec.nodeName see a binding as ADDED, those of unbound pods as DELETED, other nodes nothing."""
    world = World()
    here, there, unbound, named, everywhere = (
        world.watch(resource="pods", resource_version="1", field_selector=selector)
        for selector in (
            "spec.nodeName=n1",
            "spec.nodeName=n2",
            "spec.nodeName=",
            "metadata.name=p",
            "",
        )
    )
    world.put("p", resource="pods", spec={})
    world.put("p", resource="pods", spec={"nodeName": "n1"})
    world.put("q", resource="pods", spec={"nodeName": "n1"})
    world.delete("p", resource="pods")
    assert [("ADDED", "p"), ("ADDED", "q"), ("DELETED", "p")] == brief(here.new())
    assert [] == brief(there.new())
    assert [("ADDED", "p"), ("DELETED", "p")] == brief(unbound.new())
    assert [("ADDED", "p"), ("MODIFIED", "p"), ("DELETED", "p")] == brief(named.new())
    assert 4 == len(everywhere.new())
    world.cache("pods").check()


def test_a_change_is_offered_only_to_watchers_of_its_node_name_and_namespace() -> None:
    """The cost of a write does not grow with the number of kubelets."""
    world = World()
    cache = world.cache("pods")
    for n in range(20):
        world.watch(
            resource="pods",
            namespace="",
            resource_version="1",
            field_selector=f"spec.nodeName=n{n}",
        )
    world.watch(resource="pods", namespace="other", resource_version="1")
    world.watch(
        resource="pods", namespace="", resource_version="1", field_selector="metadata.name=other"
    )
    everywhere = world.watch(resource="pods", namespace="", resource_version="1")
    world.put("p", resource="pods", spec={"nodeName": "n7"})
    change = world.store.latest
    concerned = [str(watcher.selection) for watcher in cache.watchers.concerned(change)]
    assert ["", "spec.nodeName=n7"] == concerned
    assert [("ADDED", "p")] == brief(everywhere.new())


def test_namespaces_and_names_are_kept_apart(world: World) -> None:
    """A watch of one namespace or name sees nothing of another, however similar."""
    by_namespace = world.watch(namespace="a", resource_version="2")
    by_name = world.watch(namespace="a", resource_version="2", field_selector="metadata.name=x")
    for namespace in ("ab", "a-b", "a"):
        world.put("x", namespace=namespace)
        world.put("y", namespace=namespace)
    assert [("ADDED", "x"), ("ADDED", "y")] == brief(by_namespace.new())
    assert [("ADDED", "x")] == brief(by_name.new())


def test_a_watch_from_the_future_is_silent_until_it_is_reached(world: World) -> None:
    """A watch at a revision that does not exist yet is accepted and leaves out what is not newer."""
    watch = world.watch(resource_version="4")
    world.put("a")
    world.put("b")
    assert [] == watch.new(5000)
    world.put("d")
    assert [("ADDED", "d")] == brief(watch.new())


def test_a_list_that_must_not_be_older_than_the_future_times_out_in_the_stream(
    world: World,
) -> None:
    """With sendInitialEvents a revision that is not reached in three seconds is an ERROR event, 504."""
    watch = world.watch(
        send_initial_events=True, resource_version_match="NotOlderThan", resource_version="99"
    )
    events = watch.new()
    assert ["ERROR", None] == brief(events)
    assert 504 == events[0].status["code"]  # type: ignore[union-attr, index]


def test_a_watch_from_before_the_cache_is_expired() -> None:
    """What the cache did not see itself it cannot replay: 410 as an ERROR event, then the end."""
    world = World()
    for n in range(3):
        world.put("a", data={"n": str(n)})
    world.servers[0].crash()
    world.servers[0].start()
    world.run(10)
    events = world.watch(resource_version="3").new()
    assert ["ERROR", None] == brief(events)
    status = events[0].status  # type: ignore[union-attr]
    assert (410, "Expired", "too old resource version: 3 (4)") == (
        status["code"],  # type: ignore[index]
        status["reason"],  # type: ignore[index]
        status["message"],  # type: ignore[index]
    )
    assert [] == world.watch(resource_version="4").new()


def test_the_window_forgets_and_says_so() -> None:
    """A watch from a revision whose successors fell out of the window is expired, one that just fits is complete."""
    world = small(watch_cache_size=3)
    for n in range(5):
        world.put("a", data={"n": str(n)})
    world.run(10)
    assert ["ERROR", None] == brief(world.watch(resource_version="2").new())
    assert [4, 5, 6] == [event.revision for event in world.watch(resource_version="3").new()]  # type: ignore[union-attr]
    world.cache().check()


def test_a_watch_ends_in_time_without_an_error(world: World) -> None:
    """timeoutSeconds closes the stream cleanly; without it the server's own minimum does."""
    watch = world.watch(resource_version="2", timeout_seconds=1)
    assert [] == watch.new(990)
    assert [None] == watch.new(20)
    default = world.watch(resource_version="2")
    assert [] == default.new(1_799_000)
    assert [None] == default.new(2_000)
    assert 0 == len(world.cache().watchers)


def test_bookmarks_tell_quiet_watchers_how_far_the_store_is(world: World) -> None:
    """Once a minute a watch that allows it learns the present revision, and only then; never an old one."""
    watch = world.watch(resource_version="2", allow_watch_bookmarks=True)
    plain = world.watch(resource_version="2")
    world.put("p", resource="pods")
    events = watch.new(61_000)
    assert (["BOOKMARK"], [3]) == (brief(events), [event.revision for event in events])  # type: ignore[union-attr]
    assert [] == watch.new(200_000)
    world.put("q", resource="pods")
    assert ["BOOKMARK"] == brief(watch.new(61_000))
    assert [] == plain.new()


def test_a_watcher_that_cannot_be_reached_is_ended_without_an_error() -> None:
    """Too many waiting events end a watch cleanly; the client reads them and resumes after the last one."""
    world = small(watch_buffer_size=5)
    watch = world.watch(resource_version="1")
    world.network.cut("apiserver-0", "user")
    for n in range(10):
        world.put(f"a{n}")
        world.run(2)
    assert 0 == len(world.cache().watchers)
    world.network.heal("apiserver-0", "user")
    events = watch.new(100)
    assert events[-1] is None
    records = [event.record for event in events if event is not None]
    assert len(records) == len(events) - 1
    names = [record.key.name for record in records if record is not None]
    assert [f"a{n}" for n in range(len(records))] == names
    assert len(events) < 10


def test_a_client_that_turns_away_is_forgotten(world: World) -> None:
    """Closing a watch takes it off the server, timers included."""
    watch = world.watch(resource_version="2")
    assert 1 == len(world.cache().watchers)
    watch.stream.close()
    world.run(10)
    assert 0 == len(world.cache().watchers)
    world.cache().check()


def test_a_client_that_died_while_it_asked_leaves_nothing_behind(world: World) -> None:
    """A stream to a process that is gone is not kept."""
    other = world.process("other", "other", Idle)
    request = Request("watch", "configmaps", "ns", options=Options())

    async def ask() -> None:
        await other.call("apiserver-0", request, str(request))

    other.spawn(ask(), "ask")
    world.run(1)
    other.crash()
    world.run(10)
    assert 0 == len(world.cache().watchers)


def test_watches_live_through_a_restart_of_the_store(world: World) -> None:
    """The cache resumes at the store where it stopped; its watchers notice nothing and miss nothing."""
    watch = world.watch(resource_version="2")
    world.store_process.crash()
    world.run(5_000)
    world.store_process.start()
    world.put("a")
    assert [("ADDED", "a")] == brief(watch.new(2_000))
    world.cache().check()


def test_a_cache_that_missed_compacted_history_starts_over_and_ends_its_watches(
    world: World,
) -> None:
    """Nothing can be skipped in silence: watchers are ended cleanly and have to come back with their revision."""
    watch = world.watch(resource_version="2")
    world.store_process.crash()
    world.run(5_000)
    world.store_process.start()
    world.put("a")
    world.delete("old")
    world.store.compact(world.store.revision)
    assert [None] == watch.new(5_000)
    assert ["ERROR", None] == brief(world.watch(resource_version="2").new())
    assert [("ADDED", "a")] == brief(world.watch(resource_version="0").new())
    world.cache().check()


def test_a_crash_of_the_server_breaks_its_watches(world: World) -> None:
    """The client learns it as a lost connection."""
    watch = world.watch(resource_version="2")
    world.servers[0].crash()
    world.run(10)
    assert isinstance(watch.error, ConnectionLost)


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        ({"resource_version": "abc"}, 500, "abc"),
        ({"label_selector": "a b"}, 400, "unable to parse requirement: found 'b'"),
        ({"field_selector": "data=1"}, 400, '"data" is not a known field selector'),
        (
            {"send_initial_events": True},
            422,
            "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan",
        ),
        (
            {"resource_version": "1", "resource_version_match": "NotOlderThan"},
            422,
            "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided",
        ),
        (
            {"send_initial_events": True, "resource_version_match": "Exact"},
            422,
            'Unsupported value: "Exact": supported values: "NotOlderThan"',
        ),
    ],
)
def test_a_watch_with_options_that_make_no_sense_is_refused(
    world: World, options: dict[str, Any], code: int, message: str
) -> None:
    """Bad options are errors of the request, not of the stream."""
    with pytest.raises(ApiError) as caught:
        world.ask("watch", **options)
    assert code == caught.value.code
    assert message in caught.value.message


def test_initial_events_wait_for_writes_that_were_acknowledged(world: World) -> None:
    """A streaming list without a revision is consistent: it begins once the cache is as new as the store."""
    cache = world.cache()
    held: list[Any] = []
    apply = cache.apply
    cache.apply = held.append
    cache.progress = held.append
    world.put("a")
    request = Request(
        "watch",
        "configmaps",
        "ns",
        options=Options(send_initial_events=True, resource_version_match="NotOlderThan"),
    )
    streams: list[Any] = []

    async def ask() -> None:
        streams.append(await world.user.call("apiserver-0", request, str(request)))

    world.user.spawn(ask(), "ask")
    world.run(1_000)
    assert [] == streams
    apply(held[0])
    world.run(5)
    assert [("ADDED", "a"), ("ADDED", "old")] == brief(Reader(world, streams[0]).new())
