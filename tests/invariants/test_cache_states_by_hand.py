"""That caches are past states of the store, on facts made by hand: what it lets pass, and what it catches."""

from __future__ import annotations

import pytest

from tests.invariants.bench import Bench, pod
from windtunnel.invariants.promises.caches import CachesAreTrue
from windtunnel.model.facts import CacheChanged, CacheReplaced
from windtunnel.model.objects.record import Record
from windtunnel.model.outcome import Verdict

HELD, VIOLATED = Verdict.HELD, Verdict.VIOLATED
WEB = {"app": "web"}
ALL = ("", "", "")
OF_NODE = ("", "", "spec.nodeName=node-1")


class Reader:
    """A process with an informer of pods, and the bench around it."""

    def __init__(self, selection: tuple[str, str, str] = ALL) -> None:
        self.bench = Bench(CachesAreTrue)
        self.selection = selection
        self.bench.up("reader")

    def pod(self, name: str, node: str = "node-1", **more: bool) -> Record:
        """Write a pod."""
        return self.bench.put("pods", "default", name, pod(WEB, node=node, **more))  # type: ignore[arg-type]

    def lists(self, *records: Record, revision: int = 0) -> None:
        """The cache is replaced by a list."""
        at = revision or self.bench.store.revision
        self.bench.emit(CacheReplaced, "reader", 1, "pods", at, records, self.selection)

    def takes(self, before: Record | None, after: Record | None) -> None:
        """The cache takes in a change."""
        self.bench.emit(CacheChanged, "reader", 1, "pods", before, after, self.selection)

    @property
    def found(self) -> list[tuple[str, str]]:
        """What was expected and found, of each violation."""
        return [(each.expected, each.found) for each in self.bench.monitor.findings()]


def test_a_cache_that_takes_in_every_change_in_order_is_true_however_late() -> None:
    """Additions, updates and deletions, all of them after the last one was written."""
    reader = Reader()
    reader.lists()
    a = reader.pod("a")
    b = reader.pod("b")
    a2 = reader.pod("a", ready=True)
    reader.bench.delete("pods", "default", "b")
    reader.bench.put("services", "default", "web", {})
    for before, after in ((None, a), (None, b), (a, a2), (b, None)):
        reader.takes(before, after)
    assert (HELD, 5) == (
        reader.bench.verdict(CachesAreTrue),
        reader.bench.result(CachesAreTrue).checked,
    )


def test_a_change_that_is_left_out_shows_at_the_next_one() -> None:
    """A cache without it is the state of no revision; and the mistake is told once."""
    reader = Reader()
    reader.lists()
    a, b = reader.pod("a"), reader.pod("b")
    reader.bench.delete("pods", "default", "a")
    c = reader.pod("c")
    reader.takes(None, a)
    reader.takes(None, b)
    reader.takes(None, c)
    expected = f"DELETED Pod default/a of revision {c.revision - 1} first"
    assert [(expected, f"ADDED Pod default/c of revision {c.revision}")] == reader.found
    d = reader.pod("d")
    reader.takes(None, d)
    assert 1 == reader.bench.result(CachesAreTrue).violations


def test_a_cache_never_goes_back() -> None:
    """Neither by an older version, nor by a change taken in twice, nor by an older list."""
    reader = Reader()
    reader.lists()
    old = reader.pod("a")
    new = reader.pod("a", ready=True)
    reader.takes(None, old)
    reader.takes(old, new)
    reader.takes(new, old)
    reader.takes(old, new)
    newer = f"something newer than revision {new.revision}"
    assert [newer, newer] == [expected for expected, _ in reader.found]
    reader.lists(old, revision=old.revision)
    assert (
        f"a list of revision {new.revision} or newer, what it showed before",
        f"one of revision {old.revision}",
    ) == reader.found[2]


def test_a_restart_does_not_take_a_cache_back() -> None:
    """What a restarted process lists is not older than what it had seen before (kubernetes#59848)."""
    reader = Reader()
    old = reader.pod("a")
    reader.lists(old)
    reader.bench.delete("pods", "default", "a")
    reader.takes(old, None)
    gone = reader.bench.store.revision
    reader.bench.up("reader", 2)
    reader.lists(old, revision=old.revision)
    expected = (
        f"a list of revision {gone} or newer, what it showed before its process was restarted"
    )
    assert [(expected, f"one of revision {old.revision}")] == reader.found


@pytest.mark.parametrize("later", [False, True])
def test_a_list_is_compared_with_the_store_at_its_revision(later: bool) -> None:
    """What is missing, what is too much and what was altered, also where the store has gone on since."""
    reader = Reader(OF_NODE)
    a, b = reader.pod("a"), reader.pod("b")
    other = reader.pod("c", node="node-2")
    at = reader.bench.store.revision
    if later:
        reader.bench.delete("pods", "default", "a")
    reader.lists(a, b, revision=at)
    assert HELD == reader.bench.verdict(CachesAreTrue)
    reader.lists(a, revision=at)
    reader.lists(a, b, other, revision=at)
    reader.lists(a, Record(b.key, {**b.raw, "status": {}}, b.revision), revision=at)
    assert [f"others, of which differ: pods/default/{name}" for name in ("b", "c", "b")] == [
        found for _, found in reader.found
    ]


def test_an_altered_object_is_caught_when_it_comes() -> None:
    """The version is right and the content is not."""
    reader = Reader()
    reader.lists()
    record = reader.pod("a")
    reader.takes(None, Record(record.key, {**record.raw, "status": {}}, record.revision))
    assert VIOLATED == reader.bench.verdict(CachesAreTrue)


def test_a_selection_sees_what_enters_and_leaves_it() -> None:
    """A kubelet's pods come when they are bound, and go when they are deleted; others do not concern it."""
    reader = Reader(OF_NODE)
    reader.lists()
    reader.pod("a", node="")
    bound = reader.pod("a")
    reader.pod("b", node="node-2")
    reader.bench.delete("pods", "default", "a")
    reader.takes(None, bound)
    reader.takes(bound, None)
    assert HELD == reader.bench.verdict(CachesAreTrue)
    reader.takes(None, bound)
    assert VIOLATED == reader.bench.verdict(CachesAreTrue)


def test_one_node_is_followed_by_its_name() -> None:
    """The changes of other nodes do not concern a kubelet."""
    reader = Reader()
    bench, selection = reader.bench, ("", "", "metadata.name=node-1")
    bench.put("nodes", "", "node-2", {})
    mine = bench.put("nodes", "", "node-1", {})
    bench.emit(CacheReplaced, "reader", 1, "nodes", bench.store.revision, (mine,), selection)
    bench.put("nodes", "", "node-2", {"spec": {"unschedulable": True}})
    later = bench.put("nodes", "", "node-1", {"spec": {"unschedulable": True}})
    bench.emit(CacheChanged, "reader", 1, "nodes", mine, later, selection)
    assert (HELD, 2) == (bench.verdict(CachesAreTrue), bench.result(CachesAreTrue).checked)


def test_a_cache_shows_nothing_before_its_first_list() -> None:
    """A single object is the state of no revision."""
    reader = Reader()
    reader.takes(None, reader.pod("a"))
    assert "a list first" == reader.found[0][0]


def test_what_was_deleted_twice_is_caught() -> None:
    """A deletion that never was is no change of the store's."""
    reader = Reader()
    a = reader.pod("a")
    reader.lists(a)
    reader.takes(a, None)
    assert ("nothing, since nothing has changed", "DELETED Pod default/a") == reader.found[0]
