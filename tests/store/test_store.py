"""The store by hand: revisions, expectations, older states, compaction."""

from __future__ import annotations

from typing import Any

import pytest

from windtunnel.model.objects.record import StoreKey
from windtunnel.model.store.errors import Compacted, FutureRevision, RevisionMismatch
from windtunnel.model.store.store import Store


def key(name: str, namespace: str = "ns", resource: str = "pods") -> StoreKey:
    """A key."""
    return StoreKey(resource, namespace, name)


def obj(name: str, **parts: Any) -> dict[str, Any]:
    """An object."""
    return {"metadata": {"name": name}, **parts}


def names(found: tuple[Any, ...]) -> list[str]:
    """The names in a range."""
    return [record.key.name for record in found[0]]


@pytest.fixture
def store() -> Store:
    """An empty store."""
    return Store()


def test_every_write_takes_the_next_revision_and_is_stamped_with_it(store: Store) -> None:
    """Revisions count writes of all resources, deletions too, and objects carry theirs."""
    first = store.put(key("a"), obj("a"), 0)
    second = store.put(key("n", "", "nodes"), obj("n"), 0)
    third = store.put(key("a"), obj("a", x=1), first.revision)
    removed = store.delete(key("a"), third.revision)
    assert [2, 3, 4, 5] == [first.revision, second.revision, third.revision, removed.revision]
    assert ("5", 1) == (removed.raw["metadata"]["resourceVersion"], removed.raw["x"])
    assert (2, 2) == (third.create_revision, removed.create_revision)
    assert 5 == store.revision
    store.check()


def test_a_write_does_not_alter_what_it_was_given(store: Store) -> None:
    """What a caller hands in, and what was read before, stays as it was."""
    given = obj("a")
    before = store.put(key("a"), given, 0)
    store.put(key("a"), {**given, "x": 1}, None)
    assert obj("a") == given
    assert {"metadata": {"name": "a", "resourceVersion": "2"}} == before.raw


def test_a_write_with_a_wrong_expectation_changes_nothing(store: Store) -> None:
    """Compare-and-swap: a mismatch says what is there and takes no revision."""
    made = store.put(key("a"), obj("a"), 0)
    for expect in (0, 1, 99):
        with pytest.raises(RevisionMismatch) as caught:
            store.put(key("a"), obj("a"), expect)
        assert made is caught.value.current
        with pytest.raises(RevisionMismatch):
            store.delete(key("a"), expect)
    for unmet in (None, 7):
        with pytest.raises(RevisionMismatch) as caught:
            store.delete(key("b"), unmet)
        assert caught.value.current is None
    assert 2 == store.revision
    store.check()


def test_ranges_are_in_the_byte_order_of_paths(store: Store) -> None:
    """Namespace "a-b" comes before "a", as in etcd, and a namespace is not a prefix of another."""
    for namespace in ("a", "ab", "a-b", "b"):
        store.put(key("x", namespace), obj("x"), 0)
    assert ["a-b", "a", "ab", "b"] == [record.key.namespace for record in store.range("pods")[0]]
    assert ["a"] == [record.key.namespace for record in store.range("pods", "a")[0]]


def test_pages_end_with_the_number_of_what_is_left(store: Store) -> None:
    """limit and start_after page through a range without gap or repetition."""
    for name in "edcba":
        store.put(key(name), obj(name), 0)
    first = store.range("pods", "ns", limit=2)
    assert (["a", "b"], True, 3) == (names(first), first[2], first[3])
    second = store.range("pods", "ns", limit=2, start_after="ns/b")
    assert (["c", "d"], True, 1) == (names(second), second[2], second[3])
    last = store.range("pods", "ns", limit=2, start_after="ns/d")
    assert (["e"], False, 0) == (names(last), last[2], last[3])


def test_older_states_can_be_read_until_they_are_compacted(store: Store) -> None:
    """A read at a revision shows what was there then, deletions since then undone."""
    store.put(key("a"), obj("a", x=1), 0)
    store.put(key("b"), obj("b"), 0)
    revision = store.revision
    snapshot = store.snapshot()
    store.put(key("a"), obj("a", x=2), None)
    store.delete(key("b"), None)
    store.put(key("c"), obj("c"), 0)
    assert ["a", "b"] == names(store.range("pods", "ns", revision))
    assert 1 == store.range("pods", "ns", revision)[0][0].raw["x"]
    assert ["b"] == names(store.range("pods", "ns", revision, start_after="ns/a"))
    assert ["a", "b"] == [record.key.name for record in snapshot.range("pods")]
    assert 1 == snapshot.get(key("a")).raw["x"]  # type: ignore[union-attr]
    assert store.get(key("c"), revision) is None
    store.compact(revision)
    assert ["a", "b"] == names(store.range("pods", "ns", revision))
    store.compact(revision + 1)
    with pytest.raises(Compacted):
        store.range("pods", "ns", revision)
    with pytest.raises(Compacted):
        snapshot.get(key("a"))
    with pytest.raises(FutureRevision):
        store.get(key("a"), store.revision + 1)
    store.check()


def test_changes_after_a_revision_are_complete_or_refused(store: Store) -> None:
    """A watch gets every change after its revision, or learns that some are forgotten."""
    store.put(key("a"), obj("a"), 0)
    store.put(key("n", "", "nodes"), obj("n"), 0)
    store.delete(key("a"), None)
    assert [2, 3, 4] == [change.revision for change in store.changes_since(1)]
    assert [2, 4] == [change.revision for change in store.changes_since(1, "pods")]
    assert [4] == [change.revision for change in store.changes_since(3, "pods")]
    assert [] == store.changes_since(4)
    store.compact(3)
    assert [4] == [change.revision for change in store.changes_since(3)]
    with pytest.raises(Compacted):
        store.changes_since(2)


def test_compaction_never_goes_back_nor_ahead(store: Store) -> None:
    """Compacting at an older revision does nothing; at a future one it is refused."""
    store.put(key("a"), obj("a"), 0)
    store.put(key("a"), obj("a"), None)
    assert 3 == store.compact(3)
    assert 3 == store.compact(2)
    with pytest.raises(FutureRevision):
        store.compact(4)
