"""Garbage collection: what belongs to nobody any more goes, and nothing else does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from windtunnel.invariants.promise import always, eventually, minutes, when_it_happens
from windtunnel.invariants.verdict import UNCONCERNED, Findings, Violation
from windtunnel.invariants.world import World
from windtunnel.invariants.writers import GARBAGE_COLLECTOR, named
from windtunnel.model.facts import Committed
from windtunnel.model.objects.record import Record

OWNERS = {
    ("v1", "ReplicationController"): "replicationcontrollers",
    ("apps/v1", "ReplicaSet"): "replicasets.apps",
    ("v1", "Pod"): "pods",
    ("v1", "Service"): "services",
    ("v1", "ConfigMap"): "configmaps",
    ("v1", "Secret"): "secrets",
    ("v1", "ServiceAccount"): "serviceaccounts",
    ("v1", "Endpoints"): "endpoints",
    ("v1", "Node"): "nodes",
}
"""The kinds of owner that are judged; a reference to any other kind keeps its object."""

CLUSTER_SCOPED = ("nodes",)
NOT_COLLECTED = ("events",)
Reference = Mapping[str, Any]


def has_owned_objects(world: World) -> bool:
    """Whether an owner of something was ever deleted."""
    return world.past.owners_gone > 0


@always(on=Committed, applies=when_it_happens)
def owned_objects_are_kept(fact: Committed, world: World) -> Findings:
    """The garbage collector deletes an object only when none of its owners exists, or those left wait for it to go."""
    change = fact.change
    before, after = change.before, change.after
    if change.by != GARBAGE_COLLECTOR or change.verb != "delete" or before is None:
        return UNCONCERNED
    sent = world.calls.of(change.call)
    if sent is not None and sent.request.options.precondition_resource_version is None:
        # The second try after a conflict, on an owner list that was looked at once more: it may be outdated by now.
        return UNCONCERNED
    old = before.raw["metadata"]
    if old.get("deletionTimestamp") or (
        after is not None and not after.raw["metadata"].get("deletionTimestamp")
    ):
        return UNCONCERNED
    for reference in old.get("ownerReferences") or ():
        owner = owner_of(before, reference, world)
        if owner is not None and not waits_for_dependents(owner):
            return Violation(
                "an object whose owner exists is kept",
                f"it was deleted, although {named(owner)} exists",
                named(before),
                change.revision,
            )
    return None


@eventually(
    within=minutes(23, "a work queue's back-off of up to 1,000 s"), applies=has_owned_objects
)
def orphans_are_collected(world: World) -> Iterator[Violation]:
    """An object whose owners are all gone is deleted too, unless they were deleted as its orphaning."""
    for resource, group in world.indexes.by_resource.items():
        if resource not in NOT_COLLECTED:
            for record in group.values():
                owners = gone_owners(record, world)
                if owners:
                    found = f"it is still there, owned by {owners}, which is gone"
                    yield Violation("it is gone", found, named(record), record.revision)


def gone_owners(record: Record, world: World) -> str:
    """The owners of an object in words if none of them exists and it is not being deleted; else ''. O(references)."""
    metadata = record.raw["metadata"]
    references = metadata.get("ownerReferences")
    if not references or metadata.get("deletionTimestamp"):
        return ""
    for reference in references:
        if not is_judged(record, reference) or owner_of(record, reference, world) is not None:
            return ""
    return ", ".join(f"{each['kind']} {each['name']}" for each in references)


def is_judged(record: Record, reference: Reference) -> bool:
    """Whether it can be said that the owner of a reference is gone. O(1)."""
    resource = OWNERS.get((reference.get("apiVersion", ""), reference.get("kind", "")))
    return resource is not None and (bool(record.key.namespace) or resource in CLUSTER_SCOPED)


def owner_of(record: Record, reference: Reference, world: World) -> Record | None:
    """The living owner that a reference means: kind, namespace, name and uid must all be its. O(1)."""
    resource = OWNERS.get((reference.get("apiVersion", ""), reference.get("kind", "")))
    owner = world.by_uid(str(reference.get("uid")))
    if owner is None or owner.key.resource != resource or owner.key.name != reference.get("name"):
        return None
    return owner if owner.key.namespace in ("", record.key.namespace) else None


def waits_for_dependents(owner: Record) -> bool:
    """Whether an owner is being deleted in the foreground. O(finalizers)."""
    metadata = owner.raw["metadata"]
    waits = "foregroundDeletion" in (metadata.get("finalizers") or ())
    return bool(metadata.get("deletionTimestamp")) and waits
