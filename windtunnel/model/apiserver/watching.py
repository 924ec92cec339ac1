"""Who watches a resource on one API server, and what a change looks like to each of them.

A change is first narrowed down to the watchers it can concern: those of the node the pod is or was on, of the object's
name, of its namespace, and those who take all. So the cost of a write does not grow with the number of kubelets. Then
each watcher sees it through its own selection: an object that enters the selection is ADDED, one that leaves it is
DELETED and shown as it was before it left, under the new revision.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from windtunnel.model.api.kind import Kind
from windtunnel.model.apiserver.request import WatchEvent
from windtunnel.model.apiserver.selection import Selection
from windtunnel.model.objects.json import Json
from windtunnel.model.objects.record import Record
from windtunnel.model.sim.loop import Event
from windtunnel.model.sim.network import Stream
from windtunnel.model.store.change import Change
from windtunnel.model.store.store import restamped


def node_name(raw: Json) -> str:
    """spec.nodeName, '' where there is none. O(1)."""
    return (raw.get("spec") or {}).get("nodeName") or ""


TRIGGERS: dict[str, tuple[str, Callable[[Json], str]]] = {"pods": ("spec.nodeName", node_name)}
"""The field of a resource by which its watchers are filed, beside name and namespace."""


class Watcher:
    """One open watch on the server's side. revision is the last one it was told of."""

    __slots__ = ("bookmarks", "bucket", "revision", "selection", "stream", "timeout_ms", "timer")

    def __init__(
        self,
        stream: Stream,
        selection: Selection,
        revision: int,
        bookmarks: bool,
        timeout_ms: int,
    ) -> None:
        self.stream = stream
        self.selection = selection
        self.revision = revision
        self.bookmarks = bookmarks
        self.timeout_ms = timeout_ms
        self.bucket: Bucket = ("all", "")
        self.timer: Event | None = None


Bucket = tuple[str, str]


class Transition:
    """One change as watchers see it; each form of it is made once and shared."""

    __slots__ = ("_after_fields", "_before_fields", "_events", "change", "kind")

    def __init__(self, change: Change, kind: Kind) -> None:
        self.change = change
        self.kind = kind
        self._events: dict[str, WatchEvent] = {}
        self._before_fields: dict[str, str] | None = None
        self._after_fields: dict[str, str] | None = None

    def seen_through(self, selection: Selection) -> WatchEvent | None:
        """The event for a watcher with this selection, or None where it concerns it not. O(conditions)."""
        before, after = self.change.before, self.change.after
        key = self.change.key
        if selection.namespace and selection.namespace != key.namespace:
            return None
        if selection.name and selection.name != key.name:
            return None
        if selection.filters:
            if before is not None and not selection.matches(before.raw, self.fields_before):
                before = None
            if after is not None and not selection.matches(after.raw, self.fields_after):
                after = None
        if after is not None:
            return self._event("ADDED" if before is None else "MODIFIED", after)
        if before is not None:
            return self._event("DELETED", before)
        return None

    def fields_before(self) -> dict[str, str]:
        """The selectable fields of the object before the change. O(fields), once."""
        if self._before_fields is None:
            assert self.change.before is not None
            self._before_fields = self.kind.strategy.selectable_fields(self.change.before.raw)
        return self._before_fields

    def fields_after(self) -> dict[str, str]:
        """The selectable fields of the object after the change. O(fields), once."""
        if self._after_fields is None:
            assert self.change.after is not None
            self._after_fields = self.kind.strategy.selectable_fields(self.change.after.raw)
        return self._after_fields

    def _event(self, type_: str, record: Record) -> WatchEvent:
        event = self._events.get(type_)
        if event is None:
            revision = self.change.revision
            if type_ == "DELETED":
                record = restamped(record, revision)
            event = self._events[type_] = WatchEvent(type_, record, revision)
        return event


class Watchers:
    """The open watches of one resource, filed by what they can be concerned with. Owns that index."""

    def __init__(self, kind: Kind) -> None:
        self._trigger = TRIGGERS.get(kind.resource)
        self._all: dict[Watcher, None] = {}
        self._buckets: dict[Bucket, dict[Watcher, None]] = {}

    def __iter__(self) -> Iterator[Watcher]:
        """All of them, oldest first."""
        return iter(self._all)

    def __len__(self) -> int:
        return len(self._all)

    def add(self, watcher: Watcher) -> None:
        """File a watcher. O(conditions)."""
        watcher.bucket = self.bucket_of(watcher.selection)
        self._all[watcher] = None
        self._buckets.setdefault(watcher.bucket, {})[watcher] = None

    def remove(self, watcher: Watcher) -> None:
        """Forget a watcher; one that is not there is left alone. O(1)."""
        if watcher not in self._all:
            return
        del self._all[watcher]
        bucket = self._buckets[watcher.bucket]
        del bucket[watcher]
        if not bucket:
            del self._buckets[watcher.bucket]

    def bucket_of(self, selection: Selection) -> Bucket:
        """Where a watcher with this selection is filed: by the narrowest condition that it has."""
        if self._trigger is not None and selection.fields is not None:
            value = selection.fields.exact_match(self._trigger[0])
            if value is not None:
                return ("trigger", value)
        if selection.name:
            return ("name", selection.name)
        if selection.namespace:
            return ("namespace", selection.namespace)
        return ("all", "")

    def concerned(self, change: Change) -> list[Watcher]:
        """The watchers that a change can concern, in a defined order. O(answer)."""
        buckets = self._buckets
        key = change.key
        found = list(buckets.get(("all", ""), ()))
        found += buckets.get(("namespace", key.namespace), ())
        found += buckets.get(("name", key.name), ())
        if self._trigger is not None:
            value_of = self._trigger[1]
            values = dict.fromkeys(
                value_of(record.raw)
                for record in (change.before, change.after)
                if record is not None
            )
            for value in values:
                found += buckets.get(("trigger", value), ())
        return found

    def check(self) -> None:
        """Assert that every watcher is filed once, in its place, and that its stream is open. O(watchers)."""
        filed = [watcher for bucket in self._buckets.values() for watcher in bucket]
        assert len(filed) == len(self._all)
        for watcher in self._all:
            assert watcher in self._buckets[self.bucket_of(watcher.selection)]
            assert watcher.stream.open, "a watch that is over is forgotten"
