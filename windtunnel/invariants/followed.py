"""What a watch or a cache follows: which changes of a resource concern it, and how it must see each of them.

Pods of one node have a log of their own, and one object by its name is found at once, so that what thousands of
kubelets follow is judged at the cost of what concerns them.
"""

from __future__ import annotations

from collections.abc import Iterable

from windtunnel.invariants.change_log import Log, Logs
from windtunnel.invariants.meaning.selectors import fields_select, text_selects
from windtunnel.invariants.world import World
from windtunnel.model.objects.record import Record
from windtunnel.model.store.change import Change
from windtunnel.model.store.errors import StoreError

_NODE = "spec.nodeName="
_NAME = "metadata.name="


class Followed:
    """The objects of a resource in a namespace ('' is all), by name, labels and fields."""

    __slots__ = ("fields", "labels", "log", "name", "namespace", "node", "resource", "takes_all")

    def __init__(
        self, logs: Logs, resource: str, namespace: str, name: str, labels: str, fields: str
    ) -> None:
        self.resource = resource
        self.namespace = namespace
        self.name = name or _only(fields, _NAME)
        self.labels = labels
        self.fields = fields if fields != f"{_NAME}{self.name}" else ""
        self.node = _only(fields, _NODE) if resource == "pods" else ""
        self.takes_all = not (namespace or self.name or labels or fields)
        self.log: Log = logs.log(resource, self.node)

    def concerns(self, record: Record | None) -> bool:
        """Whether an object in this version is followed. O(selectors)."""
        if record is None:
            return False
        if self.takes_all:
            return True
        key = record.key
        if self.namespace not in ("", key.namespace) or self.name not in ("", key.name):
            return False
        if self.labels and not text_selects(
            self.labels, record.raw["metadata"].get("labels") or {}
        ):
            return False
        if self.node:
            return bool((record.raw.get("spec") or {}).get("nodeName") == self.node)
        return not self.fields or fields_select(self.fields, record.raw)

    def event_of(self, change: Change) -> str:
        """How a change must be seen: ADDED, MODIFIED, DELETED, or '' where it is not seen at all. O(selectors)."""
        if self.takes_all:
            before, after = change.before is not None, change.after is not None
        else:
            before, after = self.concerns(change.before), self.concerns(change.after)
        if after:
            return "MODIFIED" if before else "ADDED"
        return "DELETED" if before else ""

    def state_at(self, revision: int, world: World) -> list[Record] | None:
        """The followed objects as they were at a revision, None where that is forgotten. O(those that may be followed),
        and O(changes since then) where there were some."""
        if self.log.at(self.log.position_after(revision)) is None:
            return [record for record in self._candidates(world) if self.concerns(record)]
        try:
            records, *_ = world.cluster.store.range(self.resource, self.namespace or None, revision)
        except StoreError:
            return None
        return [record for record in records if self.concerns(record)]

    def _candidates(self, world: World) -> Iterable[Record]:
        if self.node:
            return world.pods_on(self.node)
        if self.name:
            found = world.get(self.resource, self.namespace, self.name)
            if found is not None:
                return (found,)
        return world.objects(self.resource)


def _only(fields: str, prefix: str) -> str:
    """The value of a field selector that asks for one field to equal it, else ''."""
    value = fields.removeprefix(prefix)
    return value if value != fields and not set(value) & set(",=!") else ""
