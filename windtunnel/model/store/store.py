"""The store: etcd's multi-version concurrency control as a value, without any input or output.

Every write takes the next revision and appends one Change to the log; nothing stored is ever altered. The current
objects of a resource are kept in key order, and a look at an older revision undoes the changes since then, so a
snapshot costs nothing to take. Compaction forgets the log up to a revision: older states and watches are then gone.

Keys are ordered by their path, namespace/name, byte by byte, as etcd orders them: "a-b/x" comes before "a/x".

Not modelled: leases and time to live, transactions over several keys, authentication, members and elections, the
limit on the size of a request.
"""

from __future__ import annotations

from bisect import bisect_right
from operator import attrgetter

from sortedcontainers import SortedDict

from windtunnel.model.objects.json import Json
from windtunnel.model.objects.record import Record, StoreKey
from windtunnel.model.store.change import Change
from windtunnel.model.store.errors import Compacted, FutureRevision, RevisionMismatch
from windtunnel.model.store.paths import path_of, prefix_of
from windtunnel.model.store.snapshot import Snapshot

_FIRST_REVISION = 1
_by_revision = attrgetter("revision")


class Store:
    """Owns the objects, the revision counter and the log. Role "store": made without arguments."""

    def __init__(self) -> None:
        self.revision = _FIRST_REVISION
        self.compacted = _FIRST_REVISION
        self._current: dict[str, SortedDict[str, Record]] = {}
        self._log: list[Change] = []
        self._logs: dict[str, list[Change]] = {}

    @property
    def latest(self) -> Change | None:
        """The newest change, if the history has any. O(1)."""
        return self._log[-1] if self._log else None

    # -- reading ---------------------------------------------------------------------------------------------------

    def get(self, key: StoreKey, revision: int = 0) -> Record | None:
        """The object of a key, now or as it was at a revision. O(1), or O(changes of the resource since then).

        Raises Compacted or FutureRevision for a revision outside of the history.
        """
        if revision:
            self._check_readable(revision)
            for change in self._changes_after(self._logs.get(key.resource, []), revision):
                if change.key == key:
                    return change.before
        current = self._current.get(key.resource)
        return current.get(path_of(key)) if current is not None else None

    def range(
        self,
        resource: str,
        namespace: str | None = None,
        revision: int = 0,
        limit: int = 0,
        start_after: str | None = None,
    ) -> tuple[tuple[Record, ...], int, bool, int]:
        """Objects in key order: (records, the revision they are from, whether there are more, how many more).

        namespace None or "" means all; start_after is the path after which to begin. O(log n + answer), and for an
        older revision O(changes of the resource since then) more. Raises Compacted or FutureRevision.
        """
        low, high = self._bounds(namespace, start_after)
        current = self._current.get(resource)
        paths: list[str] = []
        if current is not None:
            paths = list(current.irange(low, high, inclusive=(start_after is None, False)))
        if revision and revision != self.revision:
            self._check_readable(revision)
            found = self._paths_at(resource, revision, paths, low, high, start_after)
        else:
            revision = self.revision
            assert current is not None or not paths
            found = [current[path] for path in paths] if current is not None else []
        remaining = max(len(found) - limit, 0) if limit else 0
        if remaining:
            found = found[:limit]
        return tuple(found), revision, bool(remaining), remaining

    def count(self, resource: str) -> int:
        """How many objects a resource has now. O(1)."""
        return len(self._current.get(resource, ()))

    def resources(self) -> tuple[str, ...]:
        """The resources that have or had objects, in the order of their first write. O(resources)."""
        return tuple(self._current)

    def changes_since(self, revision: int, resource: str | None = None) -> list[Change]:
        """The changes after a revision, in order. O(log n + answer). Raises Compacted where some are forgotten."""
        if revision < self.compacted:
            raise Compacted(revision, self.compacted)
        log = self._log if resource is None else self._logs.get(resource, [])
        return self._changes_after(log, revision)

    def snapshot(self, revision: int = 0) -> Snapshot:
        """The whole store as it was at a revision, or is now; readable until that is compacted. O(1)."""
        return Snapshot(self, revision or self.revision)

    # -- writing ---------------------------------------------------------------------------------------------------

    def put(
        self,
        key: StoreKey,
        raw: Json,
        expect: int | None,
        *,
        by: str = "",
        call: int = 0,
        verb: str = "",
        subresource: str = "",
    ) -> Record:
        """Write an object and return it, stamped with the new revision. O(log n) for a new key, else O(1).

        expect: 0 must not exist, n must be at revision n, None anything. Raises RevisionMismatch.
        """
        path = path_of(key)
        current = self._current.get(key.resource)
        if current is None:
            current = self._current[key.resource] = SortedDict()
            self._logs[key.resource] = []
        before = current.get(path)
        self._check_expected(key, before, expect)
        revision = self.revision + 1
        stamped = stamp(raw, revision)
        record = Record(
            key, stamped, revision, before.create_revision if before else revision, before
        )
        current[path] = record
        self._append(Change(revision, key, before, record, by, call, verb, subresource))
        return record

    def delete(
        self,
        key: StoreKey,
        expect: int | None,
        *,
        by: str = "",
        call: int = 0,
        verb: str = "",
        subresource: str = "",
    ) -> Record:
        """Remove an object; returns its last state, stamped with the deletion's revision. O(log n).

        Raises RevisionMismatch where nothing is there (current is None) or the expectation does not hold.
        """
        path = path_of(key)
        current = self._current.get(key.resource)
        before = current.get(path) if current is not None else None
        if current is None or before is None:
            raise RevisionMismatch(key, None)
        self._check_expected(key, before, expect)
        revision = self.revision + 1
        del current[path]
        self._append(Change(revision, key, before, None, by, call, verb, subresource))
        return restamped(before, revision)

    def compact(self, revision: int) -> int:
        """Forget the history before a revision; returns where it now begins. O(log). Raises FutureRevision."""
        if revision > self.revision:
            raise FutureRevision(revision, self.revision)
        if revision > self.compacted:
            self.compacted = revision
            for log in (self._log, *self._logs.values()):
                del log[: bisect_right(log, revision, key=_by_revision)]
        return self.compacted

    # -- inside ----------------------------------------------------------------------------------------------------

    def check(self) -> None:
        """Assert what must hold between the parts of a store. O(objects + log)."""
        assert _FIRST_REVISION <= self.compacted <= self.revision
        revisions = [change.revision for change in self._log]
        assert revisions == list(range(self.compacted + 1, self.revision + 1)), (
            "one change a revision, without gaps"
        )
        merged = sorted((c for log in self._logs.values() for c in log), key=_by_revision)
        assert merged == self._log, "the logs of the resources are the log"
        latest: dict[StoreKey, Change] = {}
        for change in self._log:
            earlier = latest.get(change.key)
            assert earlier is None or earlier.after is change.before, (
                "each change begins where the last one ended"
            )
            latest[change.key] = change
        for resource, current in self._current.items():
            for path, record in current.items():
                assert (resource, path) == (record.key.resource, path_of(record.key))
                assert record.raw["metadata"]["resourceVersion"] == str(record.revision)
                assert record.create_revision <= record.revision <= self.revision
                change_of = latest.pop(record.key, None)
                assert change_of is None or change_of.after is record
                assert change_of is not None or record.revision <= self.compacted
        assert all(change.after is None for change in latest.values()), (
            "what is not there was deleted last"
        )

    def _check_readable(self, revision: int) -> None:
        if revision > self.revision:
            raise FutureRevision(revision, self.revision)
        if revision < self.compacted:
            raise Compacted(revision, self.compacted)

    def _check_expected(self, key: StoreKey, current: Record | None, expect: int | None) -> None:
        if expect is not None and (current.revision if current is not None else 0) != expect:
            raise RevisionMismatch(key, current)

    def _append(self, change: Change) -> None:
        self.revision = change.revision
        self._log.append(change)
        self._logs[change.key.resource].append(change)

    def _changes_after(self, log: list[Change], revision: int) -> list[Change]:
        return log[bisect_right(log, revision, key=_by_revision) :]

    def _bounds(
        self, namespace: str | None, start_after: str | None
    ) -> tuple[str | None, str | None]:
        low: str | None = None
        high: str | None = None
        if namespace:
            low = prefix_of(namespace)
            high = low[:-1] + chr(ord("/") + 1)
        if start_after is not None and (low is None or start_after > low):
            low = start_after
        return low, high

    def _paths_at(
        self,
        resource: str,
        revision: int,
        paths: list[str],
        low: str | None,
        high: str | None,
        start_after: str | None,
    ) -> list[Record]:
        """The records of a range as they were: what the first change since then replaced, else what is there now."""
        undone: dict[str, Record | None] = {}
        for change in self._changes_after(self._logs.get(resource, []), revision):
            undone.setdefault(path_of(change.key), change.before)
        if not undone:
            return [self._current[resource][path] for path in paths]
        removed = [
            path
            for path, before in undone.items()
            if before is not None
            and (low is None or path >= low)
            and (high is None or path < high)
            and path != start_after
        ]
        current = self._current[resource]
        records = []
        for path in sorted(dict.fromkeys((*paths, *removed))):
            record = undone[path] if path in undone else current[path]
            if record is not None:
                records.append(record)
        return records


def stamp(raw: Json, revision: int) -> Json:
    """A copy of an object's JSON with this metadata.resourceVersion. O(keys)."""
    return {**raw, "metadata": {**raw["metadata"], "resourceVersion": str(revision)}}


def restamped(record: Record, revision: int) -> Record:
    """The same state under a later revision: how a deletion shows what was deleted. O(keys)."""
    return Record(record.key, stamp(record.raw, revision), revision, record.create_revision, record)
