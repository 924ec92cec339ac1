"""Replica counts: what a ReplicationController or ReplicaSet wants and has."""

from __future__ import annotations

from collections.abc import Iterator

from attrs import define, field

from windtunnel.invariants.past import WORKLOADS, WorkloadPast, active, active_under
from windtunnel.invariants.promise import always, answered, eventually, minutes, sometimes, written
from windtunnel.invariants.verdict import UNCONCERNED, Findings, Unconcerned, Violation
from windtunnel.invariants.world import World
from windtunnel.invariants.writers import REPLICATION, named
from windtunnel.model.facts import CallAnswered, Committed
from windtunnel.model.objects.json import get
from windtunnel.model.objects.pod import Pod
from windtunnel.model.objects.record import Record
from windtunnel.model.objects.workloads import ReplicaSet, ReplicationController

NAMED_AT_MOST = 3
LONGEST_BATCH_MS = 60_000
"""How long before the last creation of a batch its expectations may have been set: before the first was sent."""


def has_workloads(world: World) -> bool:
    """Whether the run had a ReplicationController or ReplicaSet."""
    return world.had(*WORKLOADS)


@eventually(
    within=minutes(23, "a work queue's back-off of up to 1,000 s, and expectations of 5 minutes"),
    applies=has_workloads,
)
def replica_count(world: World) -> Iterator[Violation]:
    """Every ReplicationController and ReplicaSet has exactly as many active pods as its spec asks for."""
    for resource in WORKLOADS:
        for record in world.objects(resource):
            workload = record.view
            assert isinstance(workload, ReplicationController | ReplicaSet)
            if workload.metadata.deleting or excuse(record, world):
                continue
            pods = list(world.pods_of(workload.uid))
            count = sum(1 for pod in pods if isinstance(pod.view, Pod) and active(pod.view))
            wanted = workload.spec.replicas
            if count != wanted:
                yield Violation(
                    f"{wanted} active pods", f"{count} active pods{_others(pods)}", named(record)
                )


def is_leaving(namespace: str, world: World) -> bool:
    """Whether a namespace is gone or on its way out, so that nothing new can be made in it. O(1)."""
    place = world.get("namespaces", "", namespace)
    return place is None or get(place.raw, "metadata", "deletionTimestamp") is not None


def excuse(record: Record, world: World) -> str:
    """Why even a correct controller need not reach its count, in words; '' when it must. O(1)."""
    namespace = record.key.namespace
    if is_leaving(namespace, world):
        return f"namespace {namespace} is going away"
    template = get(record.raw, "spec", "template", "spec", default={})
    account = template.get("serviceAccountName") or "default"
    if world.had("serviceaccounts") and world.get("serviceaccounts", namespace, account) is None:
        return f"there is no service account {account}"
    if template.get("nodeName"):
        return "its template names a node, which may refuse the pods for ever"
    if template.get("activeDeadlineSeconds"):
        return "its template ends every pod after a while"
    return ""


def _others(pods: list[Record]) -> str:
    texts = []
    for record in pods:
        pod = record.view
        if isinstance(pod, Pod) and not active(pod):
            why = "is terminating" if pod.metadata.deleting else f"is {pod.status.phase}"
            texts.append(f"{pod.name} {why}")
    more = f" and {len(texts) - NAMED_AT_MOST} more" if len(texts) > NAMED_AT_MOST else ""
    return f"; {', '.join(texts[:NAMED_AT_MOST])}{more}" if texts else ""


@define
class Causes:
    """What may explain that an owner has more active pods than it ever wanted at a time, each counted."""

    unseen: int = 0
    """Creations of which their controller did not learn: the answer was lost, or its sender was gone by then."""

    overlapping: int = 0
    """Creations by one controller process while another one lives that has created too, as two leaders may."""

    expired: bool = False
    """A creation came after expectations of the one before it had expired."""

    creators: dict[str, int] = field(factory=dict)
    """The processes that have created, and in which incarnation last."""

    created_ms: int = 0


@always(on=(written("pods"), answered("create")), applies=has_workloads)
class NoSurplusIsCreated:
    """Every pod that a controller creates beyond what its owner ever wanted at a time has a cause: a creation that it
    did not learn of, another controller that acts at the same time, a pod that its owner took over, or an expectation
    that expired."""

    def __init__(self) -> None:
        self.created_by_call: dict[int, str] = {}
        self.causes: dict[str, Causes] = {}

    def check(self, fact: Committed | CallAnswered, world: World) -> Findings:
        """Count at each creation; remember whose creations went unanswered. O(1)."""
        if isinstance(fact, CallAnswered):
            owner = self.created_by_call.pop(fact.call, "")
            if owner and fact.error is not None:
                # It was carried out and its creator does not know: it may well be made once more.
                self.causes[owner].unseen += 1
            return UNCONCERNED
        change = fact.change
        if change.before is not None or change.by not in REPLICATION:
            return UNCONCERNED
        owner = active_under(change.record.view)
        past = world.past.workloads.get(owner)
        if past is None:
            return UNCONCERNED
        causes = self.causes.setdefault(owner, Causes(created_ms=fact.now_ms))
        self._learn(causes, fact, owner, world)
        allowed = past.most_wanted + past.adopted + causes.unseen + causes.overlapping
        if causes.expired or past.active <= allowed:
            return None
        owner_record = world.by_uid(owner)
        name = named(owner_record) if owner_record is not None else "their owner"
        return Violation(
            f"at most {allowed} active pods of {name}: {past.most_wanted} that it wanted, "
            f"{past.adopted} taken over, {causes.unseen} created unknowingly, "
            f"{causes.overlapping} by several controllers at once",
            f"{past.active}, with this one",
            named(change.record),
            change.revision,
        )

    def _learn(self, causes: Causes, fact: Committed, owner: str, world: World) -> None:
        call = fact.change.call
        if world.calls.late(call):
            causes.unseen += 1
        else:
            self.created_by_call[call] = owner
        sent, living = world.calls.of(call), world.calls.incarnations
        if sent is not None:
            causes.overlapping += any(
                name != sent.process and living.get(name) == incarnation
                for name, incarnation in causes.creators.items()
            )
            causes.creators[sent.process] = sent.incarnation
        timeout_ms = world.cluster.environment.settings.controller_manager.expectations_timeout_ms
        if fact.now_ms - causes.created_ms >= world.at_least_ms(timeout_ms) - LONGEST_BATCH_MS:
            causes.expired = True
        causes.created_ms = fact.now_ms


def _must_replace(world: World) -> bool:
    return any(
        _must_make_up(world.by_uid(uid), past, world) for uid, past in world.past.workloads.items()
    )


def _must_make_up(owner: Record | None, past: WorkloadPast, world: World) -> bool:
    # Only an owner that always wanted the same, and never took a pod over, makes up for a loss by a new pod.
    steady = past.least_wanted == past.most_wanted > 0 and not past.adopted
    if owner is None or not past.lost or not steady:
        return False
    return not owner.view.metadata.deleting and not excuse(owner, world)


@sometimes(on=written("pods"), applies=_must_replace)
def a_lost_pod_is_replaced(fact: Committed, world: World) -> bool | Unconcerned:
    """A controller that lost a pod to somebody else makes a new one."""
    change = fact.change
    if change.before is not None or change.by not in REPLICATION:
        return UNCONCERNED
    reference = change.record.view.metadata.controller
    past = world.past.workloads.get(reference.uid) if reference is not None else None
    return past is not None and past.lost > 0
