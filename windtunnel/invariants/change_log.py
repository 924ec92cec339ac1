"""The monitor's own log of changes: by resource, and for pods by node, so that a kubelet's watch costs by its pods.

A watch holds a position in a log; entries that are dropped at the limit are no longer judged.
"""

from __future__ import annotations

from bisect import bisect_right
from operator import attrgetter

from windtunnel.model.objects.record import Record
from windtunnel.model.store.change import Change

LIMIT = 200_000
_by_revision = attrgetter("revision")


class Log:
    """Changes in order; `dropped` says how many are gone at the front."""

    __slots__ = ("changes", "dropped")

    def __init__(self) -> None:
        self.changes: list[Change] = []
        self.dropped = 0

    def append(self, change: Change) -> None:
        """Add a change. Amortised O(1)."""
        self.changes.append(change)
        if len(self.changes) > LIMIT:
            half = LIMIT // 2
            del self.changes[:half]
            self.dropped += half

    def position_after(self, revision: int) -> int:
        """The position of the first change after a revision. O(log n)."""
        return self.dropped + bisect_right(self.changes, revision, key=_by_revision)

    def at(self, position: int) -> Change | None:
        """The change at a position, None past the end. O(1)."""
        index = position - self.dropped
        return self.changes[index] if 0 <= index < len(self.changes) else None


class Logs:
    """One log for each resource, and one for each node's pods."""

    def __init__(self) -> None:
        self._logs: dict[tuple[str, str], Log] = {}

    def append(self, change: Change) -> None:
        """Add a change to the logs that it belongs to. O(1)."""
        resource = change.key.resource
        self.log(resource).append(change)
        if resource == "pods":
            nodes = dict.fromkeys((_node(change.before), _node(change.after)))
            for node in nodes:
                if node:
                    self.log(resource, node).append(change)

    def log(self, resource: str, node: str = "") -> Log:
        """The log of a resource, or of the pods of one node. O(1)."""
        found = self._logs.get((resource, node))
        if found is None:
            found = self._logs[resource, node] = Log()
        return found


def _node(record: Record | None) -> str:
    node: str = ((record.raw.get("spec") or {}).get("nodeName") or "") if record is not None else ""
    return node
