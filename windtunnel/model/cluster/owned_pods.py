"""Which pods each workload controls, kept up by every write, so that an action finds rc/web#1 at any size.

The index remembers keys only; the records come from the store as it is when somebody asks.
"""

from __future__ import annotations

from typing import Any

from windtunnel.model.facts import Committed
from windtunnel.model.objects.json import Json
from windtunnel.model.objects.record import Record, StoreKey
from windtunnel.model.sim.facts import FactHub

Owner = tuple[str, str, str]
"""Namespace, kind and name of a workload."""


class OwnedPods:
    """Owns the index of the pods in a store by their controlling owner. Made before the first write."""

    def __init__(self, store: Any, facts: FactHub) -> None:
        self._store = store
        self._pods: dict[Owner, dict[StoreKey, None]] = {}
        self._owners: dict[StoreKey, Owner] = {}
        facts.subscribe(Committed, self._committed)

    def of(self, namespace: str, kind: str, name: str) -> list[Record]:
        """The living pods that a workload controls, oldest first. O(answer log answer)."""
        keys = self._pods.get((namespace, kind, name), ())
        found = [record for key in keys if (record := self._store.get(key)) is not None]
        return sorted(found, key=lambda record: record.create_revision)

    def _committed(self, fact: Committed) -> None:
        change = fact.change
        key = change.key
        if key.resource != "pods":
            return
        before = self._owners.get(key)
        after = _owner(change.after.raw) if change.after is not None else None
        if before == after:
            return
        if before is not None:
            del self._owners[key]
            pods = self._pods[before]
            del pods[key]
            if not pods:
                del self._pods[before]
        if after is not None:
            self._owners[key] = after
            self._pods.setdefault(after, {})[key] = None


def _owner(pod: Json) -> Owner | None:
    metadata = pod["metadata"]
    for reference in metadata.get("ownerReferences") or ():
        if reference.get("controller"):
            return (
                metadata.get("namespace", ""),
                reference.get("kind", ""),
                reference.get("name", ""),
            )
    return None
