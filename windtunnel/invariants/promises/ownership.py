"""Who may own and touch a pod: one controlling owner, and no controller meddles with what is not its own."""

from __future__ import annotations

from windtunnel.invariants.meaning.selectors import workload_selects
from windtunnel.invariants.past import WorkloadPast
from windtunnel.invariants.promise import always, when_it_happens, written
from windtunnel.invariants.promises.replicas import has_workloads
from windtunnel.invariants.verdict import UNCONCERNED, Findings, Violation
from windtunnel.invariants.world import World
from windtunnel.invariants.writers import REPLICATION, named
from windtunnel.model.facts import Committed
from windtunnel.model.objects.meta import OwnerReference
from windtunnel.model.objects.pod import Pod
from windtunnel.model.objects.record import Record


def _has_owned(world: World) -> bool:
    return bool(world.past.controllers_of) or has_workloads(world)


@always(on=Committed, applies=_has_owned)
def one_controlling_owner(fact: Committed, world: World) -> Findings:
    """An object has at most one owner that controls it."""
    after = fact.change.after
    if after is None:
        return UNCONCERNED
    references = after.raw["metadata"].get("ownerReferences")
    if not references:
        return UNCONCERNED
    before = fact.change.before
    if before is not None and before.raw["metadata"].get("ownerReferences") is references:
        return None
    return controlled_twice(after)


def controlled_twice(record: Record) -> Violation | None:
    """Say so if more than one owner reference claims control. O(references)."""
    references = record.raw["metadata"].get("ownerReferences") or ()
    controlling = [each for each in references if each.get("controller")]
    if len(controlling) <= 1:
        return None
    owners = ", ".join(f"{each.get('kind')} {each.get('name')}" for each in controlling)
    return Violation("one controlling owner", owners, named(record), record.revision)


@always(on=written("pods"), applies=has_workloads)
def controllers_take_what_they_select(fact: Committed, world: World) -> Findings:
    """A ReplicationController or ReplicaSet takes only a pod that was free and that its selector matched."""
    change = fact.change
    kind, after = REPLICATION.get(change.by), change.after
    if kind is None or after is None:
        return UNCONCERNED
    new, old = _controller(after), _controller(change.before)
    if new is None or (old is not None and old.uid == new.uid):
        return UNCONCERNED
    if old is not None:
        return Violation(
            f"{old.kind} {old.name} keeps its pod", f"{new.kind} {new.name} took it", named(after)
        )
    if new.kind != kind:
        return Violation(f"an owner of kind {kind}", f"{new.kind} {new.name}", named(after))
    past = world.past.workloads.get(new.uid)
    if past is None:
        return Violation("an owner that exists", f"{new.kind} {new.name} never did", named(after))
    versions = world.past.pods.get(after.view.uid, [])
    if any(
        workload_selects(kind, selector, version.labels)
        for selector in past.selectors
        for version in versions
    ):
        return None
    return Violation(
        f"labels that {kind} {new.name} selects by {past.selectors[-1]}",
        f"labels {dict(after.view.metadata.labels)}",
        named(after),
    )


@always(on=written("pods"), applies=when_it_happens)
def foreign_pods_are_left_alone(fact: Committed, world: World) -> Findings:
    """A ReplicationController or ReplicaSet writes to no pod of another kind of owner, and deletes only what it had too
    many of."""
    change = fact.change
    kind = REPLICATION.get(change.by)
    before = change.before
    if kind is None or before is None:
        return UNCONCERNED
    pod = before.view
    assert isinstance(pod, Pod)
    gone = change.after is None or (
        change.after.view.metadata.deleting and not pod.metadata.deleting
    )
    if not gone:
        reference = _controller(before)
        if reference is not None and reference.kind != kind:
            return Violation(
                f"the pod of {reference.kind} {reference.name} is left alone",
                f"the controller of {kind}s wrote to it",
                named(before),
            )
        return None
    pasts = [
        world.past.workloads[uid]
        for uid in world.past.controllers_of.get(change.key, ())
        if uid in world.past.workloads and world.past.workloads[uid].kind == kind
    ]
    if not pasts:
        return Violation(
            f"only pods of a {kind} are deleted by its controller",
            f"this one was {_owner_text(before)}",
            named(before),
        )
    if not any(_may_have_seen_surplus(past) for past in pasts):
        past = pasts[-1]
        return Violation(
            "pods are deleted where there were more than wanted",
            f"its owner wanted {past.least_wanted} at least and never had more than "
            f"{past.most_active}",
            named(before),
        )
    return None


def _may_have_seen_surplus(past: WorkloadPast) -> bool:
    # One that takes a pod over counts it beside pods that its cache still shows and that are already gone.
    return past.most_active > past.least_wanted or past.adopted > 0


def _controller(record: Record | None) -> OwnerReference | None:
    return record.view.metadata.controller if record is not None else None


def _owner_text(record: Record) -> str:
    reference = _controller(record)
    return "nobody's" if reference is None else f"that of {reference.kind} {reference.name}"
