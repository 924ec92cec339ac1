"""Namespaces: what is in one goes before it does, and it goes once it is empty."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from windtunnel.invariants.promise import always, eventually, minutes, when_it_happens, written
from windtunnel.invariants.promises.metadata import COLLECTOR_FINALIZERS
from windtunnel.invariants.verdict import UNCONCERNED, Violation
from windtunnel.invariants.world import World
from windtunnel.invariants.writers import NAMESPACES, named
from windtunnel.model.facts import Committed
from windtunnel.model.objects.json import get
from windtunnel.model.objects.record import Record

FINALIZER = "kubernetes"
SHOWN = 4


@always(on=written("namespaces"), applies=when_it_happens)
class NamespacesAreEmptied:
    """The namespace controller lets a namespace go only when nothing is left of what was in it when its deletion
    began."""

    def __init__(self) -> None:
        self.deleted_at: dict[str, int] = {}

    def check(self, fact: Committed, world: World) -> Iterator[Any]:
        """Note when deletions begin; look into a namespace that is let go. O(objects, then)."""
        change = fact.change
        before, after = change.before, change.after
        if after is not None and after.raw["metadata"].get("deletionTimestamp"):
            self.deleted_at.setdefault(after.raw["metadata"]["uid"], change.revision)
        if change.by != NAMESPACES or before is None or not _held(before) or _held(after):
            yield UNCONCERNED
            return
        # What a server let in before it heard of the deletion may be written after it.
        began = self.deleted_at.get(before.raw["metadata"]["uid"], 0)
        left = [each for each in content(change.key.name, world) if each.create_revision < began]
        if left:
            names = ", ".join(named(each) for each in left[:SHOWN])
            yield Violation(
                "an empty namespace", f"{len(left)} objects in it: {names}", named(before)
            )


def _held(namespace: Record | None) -> bool:
    finalizers = get(namespace.raw, "spec", "finalizers") if namespace is not None else None
    return FINALIZER in (finalizers or ())


def content(name: str, world: World) -> list[Record]:
    """Everything in a namespace. O(namespaced objects)."""
    return [
        record
        for group in world.indexes.by_resource.values()
        for key, record in group.items()
        if key.namespace == name
    ]


def _some_terminating(world: World) -> bool:
    return world.past.namespaces_deleted > 0


@eventually(
    within=minutes(23, "a work queue's back-off of up to 1,000 s"), applies=_some_terminating
)
def terminating_namespaces_go(world: World) -> Iterator[Violation]:
    """A namespace whose deletion was accepted is gone, unless a finalizer holds it or what is in it, or a pod in it is
    still ending."""
    for record in world.objects("namespaces"):
        metadata = record.raw["metadata"]
        finalizers = get(record.raw, "spec", "finalizers", default=[])
        foreign = [each for each in finalizers if each != FINALIZER]
        if not metadata.get("deletionTimestamp") or metadata.get("finalizers") or foreign:
            continue
        left = content(record.key.name, world)
        if not any(_may_stay(each) for each in left):
            found = f"it is still there, with {len(left)} objects"
            yield Violation("it is gone", found, named(record), record.revision)


def _may_stay(record: Record) -> bool:
    finalizers = record.raw["metadata"].get("finalizers") or ()
    if record.key.resource == "pods":
        return bool(record.raw["metadata"].get("deletionTimestamp"))
    return any(name not in COLLECTOR_FINALIZERS for name in finalizers)
