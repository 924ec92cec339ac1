"""Informers: a copy that follows, handlers that hear of everything, indices, missed deletions."""

from __future__ import annotations

from typing import Any

import pytest

from tests.client.small_world import World
from windtunnel.model.client.informer import DeletedFinalStateUnknown, Informer, InformerFactory
from windtunnel.model.facts import CacheChanged, CacheReplaced
from windtunnel.model.objects.record import Key


class Listener:
    """Notes what a handler hears."""

    def __init__(self, informer: Informer, *, unknown: bool = False) -> None:
        self.heard: list[Any] = []
        informer.add_handler(
            lambda obj: self.heard.append(("add", obj.name)),
            lambda old, new: self.heard.append(
                ("update", old.raw.get("data"), new.raw.get("data"))
            ),
            lambda obj: self.heard.append(("delete", obj.name)),
            self.heard.append if unknown else None,
        )

    def new(self) -> list[Any]:
        """What was heard since the last time."""
        found, self.heard[:] = list(self.heard), []
        return found


@pytest.fixture
def world() -> World:
    """A world with two config maps."""
    made = World()
    made.put("a", data={"k": "1"})
    made.put("b", namespace="ns2")
    made.run(10)
    return made


def informer(world: World, **selectors: str) -> Informer:
    """A started informer of the user's."""
    made: Informer = world.environment.roles["informer"](
        world.user, world.environment, "configmaps", **selectors
    )
    made.start()
    return made


def test_the_copy_is_complete_when_it_says_so_and_follows_afterwards(world: World) -> None:
    """synced means that the whole first list is in the copy; then every change arrives."""
    made = informer(world)
    assert (False, 0) == (made.synced, len(made))
    assert "user has not synced configmaps yet" == made.busy()
    world.do(made.wait_for_sync())
    assert ["a", "b"] == [obj.name for obj in made.list()]
    assert ["b"] == [obj.name for obj in made.list("ns2")]
    assert made.busy() is None
    world.put("c")
    world.delete("a")
    world.run(10)
    assert ["b", "c"] == [obj.name for obj in made.list()]
    assert (world.store.revision, None) == (made.revision, made.get("ns/a"))
    assert "c" == made.get(Key("ns", "c")).name
    made.check()


def test_the_copy_shares_the_very_objects_of_the_store(world: World) -> None:
    """A view is built once for a version, however many informers show it."""
    one, two = informer(world), informer(world)
    world.run(10)
    assert one.get("ns/a") is two.get("ns/a")
    record = world.store.range("configmaps", "ns")[0][0]
    assert record.view is one.get("ns/a")


def test_handlers_hear_of_every_change_in_the_order_of_their_registration(world: World) -> None:
    """Additions, updates with the state before, deletions; the copy is up to date when a handler is called."""
    made = informer(world, namespace="ns")
    order: list[str] = []
    first = Listener(made)
    made.add_handler(
        on_add=lambda obj: order.append(f"second {made.get(Key('ns', obj.name)).name}")
    )
    world.run(10)
    assert ([("add", "a")], ["second a"]) == (first.new(), order)
    world.put("a", data={"k": "2"})
    world.put("c")
    world.delete("a")
    world.run(10)
    assert [("update", {"k": "1"}, {"k": "2"}), ("add", "c"), ("delete", "a")] == first.new()
    late = Listener(made)
    assert [("add", "c")] == late.new()


def test_a_selector_makes_leaving_a_deletion(world: World) -> None:
    """For an informer with a selector an object that no longer matches is gone."""
    made = informer(world, label_selector="t=x")
    listener = Listener(made)
    world.run(10)
    world.put("a", labels={"t": "x"})
    world.put("a", labels={"t": "y"})
    world.run(10)
    assert [("add", "a"), ("delete", "a")] == listener.new()
    assert 0 == len(made)


def test_indices_answer_by_value_and_follow_changes(world: World) -> None:
    """An index gives exactly the objects for which its function gives the value, now and later."""
    made = informer(world)
    world.run(10)
    made.add_index("key", lambda obj: list(obj.raw.get("data") or {}))
    assert ["a"] == [obj.name for obj in made.by_index("key", "k")]
    world.put("a", data={"l": "", "m": ""})
    world.put("c", data={"l": ""})
    world.run(10)
    assert ([], ["a", "c"], ["a"]) == tuple(
        [obj.name for obj in made.by_index("key", value)] for value in "klm"
    )
    assert ("l", "m") == made.index_values("key")
    world.delete("a")
    world.run(10)
    assert ["c"] == [obj.name for obj in made.by_index("key", "l")]
    made.check()
    with pytest.raises(ValueError, match="already"):
        made.add_index("key", lambda obj: [])


def test_a_new_list_tells_what_was_missed_and_nothing_else(world: World) -> None:
    """After a gap: deletions with the last known state, additions, updates of what differs; unchanged objects are no
    news."""
    made = informer(world)
    plain, careful = Listener(made), Listener(made, unknown=True)
    world.put("same")
    world.put("gone")
    world.put("gone2")
    world.run(10)
    plain.new(), careful.new()
    miss_history(world, lambda: (world.delete("gone"), world.put("a", data={"k": "9"}), world.put("new"),
                                 world.delete("gone2"), world.put("gone2", data={"reborn": ""})))  # fmt: skip
    updates = [("update", {"k": "1"}, {"k": "9"}), ("update", None, {"reborn": ""})]
    assert [("delete", "gone"), *updates, ("add", "new")] == plain.new()
    heard = careful.new()
    assert isinstance(heard[0], DeletedFinalStateUnknown)
    assert (Key("ns", "gone"), "gone") == (heard[0].key, heard[0].obj.name)
    assert ["a", "b", "gone2", "new", "same"] == sorted(obj.name for obj in made.list())
    made.check()


def miss_history(world: World, change: Any) -> None:
    """Change things while the API server is down, and let it come back without their history."""
    world.servers[0].crash()
    world.run(100)
    change()
    world.servers[0].start()
    world.run(60_000)


def test_an_informer_that_lags_takes_in_everything_later_and_in_order() -> None:
    """A deviation delays the copy and its handlers together, and nothing is lost, even across a new list."""
    lag = {"informer lag user configmaps": {1: 7, 2: 3}}
    world = World(lag)
    made = informer(world)
    listener = Listener(made)
    world.run(10)
    world.put("short-lived")
    world.run(10)
    assert ([], None) == (listener.new(), made.get("ns/short-lived"))
    assert "user has 1 events of configmaps to take in" == made.busy()
    world.delete("short-lived")
    world.run(100)
    assert [("add", "short-lived"), ("delete", "short-lived")] == listener.new()
    assert (0, None) == (len(made), made.busy())


def test_a_short_lived_object_between_two_lists_leaves_no_ghost() -> None:
    """An addition that still waits when a new list comes is deleted again by that list."""
    world = World()
    made = informer(world)
    listener = Listener(made)
    world.run(10)
    record = world.put("ghost")
    made._lagging = True
    world.run(10)
    made.replace((), record.revision + 1)
    made._catch_up(None)
    assert [("add", "ghost"), ("delete", "ghost")] == listener.new()
    assert 0 == len(made)


def test_what_happens_to_the_copy_is_told_as_facts(world: World) -> None:
    """CacheReplaced for a list, CacheChanged for each change, with the records before and after."""
    facts: list[Any] = []
    world.facts.subscribe(CacheChanged, facts.append)
    world.facts.subscribe(CacheReplaced, facts.append)
    informer(world)
    world.run(10)
    world.put("a", data={})
    world.delete("b", namespace="ns2")
    world.run(10)
    replaced, updated, deleted = facts
    assert (3, ["a", "b"]) == (replaced.revision, [record.key.name for record in replaced.items])
    assert (2, 4) == (updated.before.revision, updated.after.revision)
    assert ("b", None) == (deleted.before.key.name, deleted.after)


def test_a_factory_shares_informers_of_the_same_thing(world: World) -> None:
    """One informer for one kind and selection, whatever name the kind is called by."""
    factory = InformerFactory(world.user, world.environment)
    one = factory.informer("ConfigMap")
    assert one is factory.informer("configmaps")
    assert one is not factory.informer("ConfigMap", label_selector="x")
    factory.start()
    factory.start()
    assert factory.busy() is not None
    world.do(factory.wait_for_sync())
    assert factory.busy() is None
    assert 2 == len(one)


def test_a_crash_forgets_the_copy(world: World) -> None:
    """A process that starts again has nothing but what it lists anew."""
    made = informer(world)
    world.run(10)
    world.user.crash()
    world.put("c")
    world.run(100)
    assert 2 == len(made)
    world.user.start()
    again = informer(world)
    world.run(10)
    assert 3 == len(again)
