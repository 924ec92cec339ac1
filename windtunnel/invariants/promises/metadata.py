"""What every object is promised: finalizers hold it, deletion is never taken back, and generation counts the spec."""

from __future__ import annotations

from collections.abc import Iterator

from windtunnel.invariants.promise import always, eventually, minutes
from windtunnel.invariants.verdict import UNCONCERNED, Findings, Violation
from windtunnel.invariants.world import World
from windtunnel.invariants.writers import named
from windtunnel.model.facts import Committed
from windtunnel.model.objects.record import Record
from windtunnel.model.objects.time import parse_time

COLLECTOR_FINALIZERS = ("orphan", "foregroundDeletion")
JUDGED_APART = ("pods", "namespaces")
DELETIONS = ("delete", "deletecollection")
COUNTED = ("replicationcontrollers", "replicasets.apps", "pods")
COUNTED_STRICTLY = ("replicationcontrollers", "replicasets.apps")


def _some_removed(world: World) -> bool:
    return sum(world.ever.values()) > len(world.indexes.by_uid)


@always(on=Committed, applies=_some_removed)
def finalizers_hold(fact: Committed, world: World) -> Findings:
    """An object that somebody's finalizer still holds is never removed from the store."""
    change = fact.change
    if change.after is not None or change.before is None:
        return UNCONCERNED
    metadata = change.before.raw["metadata"]
    held = list(metadata.get("finalizers") or ())
    if change.verb in DELETIONS:
        # A deletion's own policy may take the collector's finalizers away in the same breath.
        held = [name for name in held if name not in COLLECTOR_FINALIZERS]
    elif held:
        # The write that removes the last finalizer is the removal; what it asked for says which ones it kept.
        held = _kept(change.call, world)
        if not held and not metadata.get("deletionTimestamp"):
            return Violation("it is being deleted", "it was not", named(change.before))
    if change.key.resource == "namespaces" and change.verb in DELETIONS:
        held += (change.before.raw.get("spec") or {}).get("finalizers") or []
    if held:
        return Violation(
            "the object stays until its finalizers are gone",
            f"it was removed with {', '.join(held)}",
            named(change.before),
            change.revision,
        )
    return None


def _kept(call: int, world: World) -> list[str]:
    sent = world.calls.of(call)
    if sent is None or sent.request.verb != "update" or not isinstance(sent.request.body, dict):
        return []
    return list((sent.request.body.get("metadata") or {}).get("finalizers") or ())


def _some_deleting(world: World) -> bool:
    return world.past.deletions > 0


def _some_marked(world: World) -> bool:
    return world.past.marks > 0


@always(on=Committed, applies=_some_marked)
def deletion_is_final(fact: Committed, world: World) -> Findings:
    """A deletion that was accepted is never taken back, and its time only ever moves nearer."""
    before, after = fact.change.before, fact.change.after
    since = _deletion_time(before)
    now = _deletion_time(after)
    if since is None and now is None:
        return UNCONCERNED
    if after is None or since is None or now == since:
        return None
    if now is None or parse_time(now) > parse_time(since):
        return Violation(
            f"deletionTimestamp {since} or earlier", f"deletionTimestamp {now}", named(after)
        )
    return None


def _deletion_time(record: Record | None) -> str | None:
    return record.raw["metadata"].get("deletionTimestamp") if record is not None else None


def _counts(world: World) -> bool:
    return world.had(*COUNTED)


@always(on=Committed, applies=_counts)
def generation_counts_the_spec(fact: Committed, world: World) -> Findings:
    """metadata.generation grows by one with a write that changes the spec or begins the deletion, and with no other."""
    before, after = fact.change.before, fact.change.after
    resource = fact.change.key.resource
    if before is None or after is None or resource not in COUNTED:
        return UNCONCERNED
    old, new = before.raw["metadata"], after.raw["metadata"]
    grown = new.get("generation", 0) - old.get("generation", 0)
    spec, spec_before = after.raw.get("spec"), before.raw.get("spec")
    changed = spec is not spec_before and spec != spec_before
    marked = old.get("deletionTimestamp") != new.get("deletionTimestamp")
    must = changed and resource in COUNTED_STRICTLY
    if grown not in (0, 1) or (grown and not changed and not marked) or (must and not grown):
        wanted = "grows by one" if must else "stays, or grows by one with the spec or the deletion"
        return Violation(
            f"generation {wanted}",
            f"it went from {old.get('generation', 0)} to {new.get('generation', 0)} "
            f"while the spec {'changed' if changed else 'stayed'}",
            named(after),
        )
    return None


@eventually(
    within=minutes(23, "a work queue's back-off of up to 1,000 s, and expectations of 5 minutes"),
    applies=_some_deleting,
)
def deletion_ends(world: World) -> Iterator[Violation]:
    """An object whose deletion was accepted is gone, unless somebody's finalizer, or a dependent that is going, holds
    it."""
    for resource, group in world.indexes.by_resource.items():
        if resource not in JUDGED_APART:
            for record in group.values():
                finalizers = record.raw["metadata"].get("finalizers") or []
                if record.raw["metadata"].get("deletionTimestamp") and not held_up(record, world):
                    found = f"it is still there, and waits for {', '.join(finalizers) or 'nothing'}"
                    yield Violation("it is gone", found, named(record), record.revision)


def held_up(record: Record, world: World) -> bool:
    """Whether a deleted object has a reason to stay. O(finalizers), O(objects) for a foreground deletion."""
    finalizers = record.raw["metadata"].get("finalizers") or ()
    if any(name not in COLLECTOR_FINALIZERS for name in finalizers):
        return True
    # Each dependent that is being deleted is judged by itself; the owner only waits for it.
    return "foregroundDeletion" in finalizers and any(
        dependent.raw["metadata"].get("deletionTimestamp")
        and any(
            reference.get("uid") == record.raw["metadata"]["uid"]
            for reference in dependent.raw["metadata"].get("ownerReferences") or ()
        )
        for group in world.indexes.by_resource.values()
        for dependent in group.values()
    )
