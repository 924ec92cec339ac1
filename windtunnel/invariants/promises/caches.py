"""What an informer's cache promises: it shows the store as it was at one revision, however old, and only goes forward.

A list must be the state of the store at its revision. From there on, a cache that takes in each change of what it
follows, in the order of the store's log and without leaving one out, is at every moment the state of some revision. So
a change costs by itself, whatever the cache holds.
"""

from __future__ import annotations

from windtunnel.invariants.followed import Followed
from windtunnel.invariants.promise import always
from windtunnel.invariants.verdict import UNCONCERNED, Findings, Violation
from windtunnel.invariants.world import World
from windtunnel.invariants.writers import named
from windtunnel.model.facts import CacheChanged, CacheReplaced, ProcessUp
from windtunnel.model.objects.record import Record
from windtunnel.model.store.change import Change

SHOWN = 4

Cache = tuple[str, str, tuple[str, str, str]]
"""Process, resource and selection."""


class Shown:
    """What one informer's cache shows: the state of the store at a revision, and how far in the log that is."""

    __slots__ = ("followed", "position", "revision")

    def __init__(self, followed: Followed, revision: int) -> None:
        self.followed = followed
        self.go_to(revision)

    def go_to(self, revision: int) -> None:
        """The cache is at this revision from now on. O(log n)."""
        self.revision = revision
        self.position = self.followed.log.position_after(revision)

    @property
    def is_forgotten(self) -> bool:
        """Whether the log no longer has what follows: then nothing can be said before the next list. O(1)."""
        return self.position < self.followed.log.dropped

    def next_change(self) -> tuple[Change | None, str]:
        """The next change that concerns the cache, and as what; the cache is thereby past it. O(changes passed)."""
        log, followed = self.followed.log, self.followed
        while (change := log.at(self.position)) is not None:
            self.position += 1
            kind = followed.event_of(change)
            if kind:
                self.revision = change.revision
                return change, kind
        return None, ""


@always(on=(CacheChanged, CacheReplaced, ProcessUp))
class CachesAreTrue:
    """The cache of every informer shows the store as it was at one revision, which only grows; after a restart it is
    not older than what an earlier incarnation of its process showed."""

    def __init__(self) -> None:
        self.caches: dict[Cache, Shown] = {}
        self.earlier: dict[Cache, int] = {}
        """The revisions that the caches of dead incarnations had come to."""

    def check(self, fact: CacheChanged | CacheReplaced | ProcessUp, world: World) -> Findings:
        """Follow each cache. O(1) for each change that concerns it, amortised; O(objects) for a list."""
        if isinstance(fact, ProcessUp):
            self._forget(fact.process)
            return UNCONCERNED
        key = (fact.process, fact.resource, fact.selection)
        shown = self.caches.get(key)
        if isinstance(fact, CacheReplaced):
            return self._list(fact, key, shown, world)
        if shown is None:
            # The informer has no list yet: what its cache shows is the state of no revision.
            return Violation("a list first", _of(fact), _place(fact))
        return self._change(fact, shown)

    def _forget(self, process: str) -> None:
        for key in [key for key in self.caches if key[0] == process]:
            shown = self.caches.pop(key)
            self.earlier[key] = max(self.earlier.get(key, 0), shown.revision)

    # -- lists -----------------------------------------------------------------------------------------------------

    def _list(
        self, fact: CacheReplaced, key: Cache, shown: Shown | None, world: World
    ) -> list[Violation]:
        since = "what it showed before"
        if shown is None:
            since = "what it showed before its process was restarted"
            least = self.earlier.get(key, 0)
            namespace, labels, fields = fact.selection
            followed = Followed(world.logs, fact.resource, namespace, "", labels, fields)
            self.caches[key] = shown = Shown(followed, fact.revision)
        else:
            least = shown.revision
            shown.go_to(fact.revision)
        found = []
        if fact.revision < least:
            found.append(
                Violation(
                    f"a list of revision {least} or newer, {since}",
                    f"one of revision {fact.revision}",
                    _place(fact),
                    fact.revision,
                )
            )
        wrong = self._differing(fact, shown.followed, world)
        if wrong:
            found.append(
                Violation(
                    f"the objects of revision {fact.revision} as the store had them",
                    f"others, of which differ: {', '.join(wrong)}",
                    _place(fact),
                    fact.revision,
                )
            )
        return found

    def _differing(self, fact: CacheReplaced, followed: Followed, world: World) -> list[str]:
        records = followed.state_at(fact.revision, world)
        if records is None:
            return []
        wanted = {record.key: record for record in records}
        has = {record.key: record for record in fact.items}
        return [
            str(key)
            for key in dict.fromkeys((*wanted, *has))
            if not _same(wanted.get(key), has.get(key))
        ][:SHOWN]

    # -- changes ---------------------------------------------------------------------------------------------------

    def _change(self, fact: CacheChanged, shown: Shown) -> Findings:
        if shown.is_forgotten:
            return UNCONCERNED
        after: Record | None = fact.after
        was_at = shown.revision
        change, kind = shown.next_change()
        if change is not None and _shows(fact, change, kind):
            return None
        if after is not None and after.revision <= was_at:
            shown.go_to(was_at)
            return Violation(f"something newer than revision {was_at}", _of(fact), _place(fact))
        # What follows is judged from here on, so that one mistake is told once.
        shown.go_to(after.revision if after is not None else was_at)
        expected = "nothing, since nothing has changed"
        if change is not None:
            expected = f"{kind} {named(change.record)} of revision {change.revision} first"
        return Violation(expected, _of(fact), _place(fact), was_at)


def _shows(fact: CacheChanged, change: Change, kind: str) -> bool:
    """Whether what a cache took in is this change. O(1) where it is the very object, else O(size)."""
    if kind == "DELETED":
        return fact.after is None and fact.before is not None and fact.before.key == change.key
    return _same(change.after, fact.after)


def _same(one: Record | None, other: Record | None) -> bool:
    if one is None or other is None:
        return one is other
    return (
        one.key == other.key
        and one.revision == other.revision
        and (one.raw is other.raw or one.raw == other.raw)
    )


def _of(fact: CacheChanged) -> str:
    if fact.after is None:
        return f"DELETED {named(fact.before)}"
    kind = "ADDED" if fact.before is None else "MODIFIED"
    return f"{kind} {named(fact.after)} of revision {fact.after.revision}"


def _place(fact: CacheChanged | CacheReplaced) -> str:
    namespace, labels, fields = fact.selection
    selectors = " ".join(each for each in (namespace, labels, fields) if each)
    by = f" by {selectors}" if selectors else ""
    return f"the cache of {fact.resource}{by} in {fact.process}"
