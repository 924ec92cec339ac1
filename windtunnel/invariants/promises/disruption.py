"""Disruption budgets: no eviction without one of the disruptions that a budget allows, and those are counted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from windtunnel.invariants.meaning.budgets import (
    allowed,
    disrupted,
    has_number,
    is_share,
    lets_unready_pods_go,
    must_be_well,
    selected,
    selects,
    well,
)
from windtunnel.invariants.past import WORKLOADS
from windtunnel.invariants.promise import (
    always,
    asked,
    eventually,
    minutes,
    when_it_happens,
    written,
)
from windtunnel.invariants.promises.replicas import is_leaving
from windtunnel.invariants.verdict import UNCONCERNED, Findings, Violation
from windtunnel.invariants.world import World
from windtunnel.invariants.writers import named
from windtunnel.model.facts import CallBegun, Committed
from windtunnel.model.objects.json import Json, get
from windtunnel.model.objects.pod import Pod
from windtunnel.model.objects.record import Record

BUDGETS = "poddisruptionbudgets.policy"
DISRUPTION_TIMEOUT_MS = 120_000
UNSERVING = ("Pending", "Succeeded", "Failed")


@always(on=(written("pods", BUDGETS), asked("create")), applies=when_it_happens)
class EvictionsUseTheBudget:
    """A pod that serves and that a budget selects is evicted only after one of the disruptions that the budget allowed
    was taken for it, or while it is not ready and the budget lets such pods go."""

    def __init__(self) -> None:
        self.begun_at: dict[int, int] = {}
        self.taken: dict[tuple[int, str], None] = {}
        self.since: dict[str, tuple[Any, int]] = {}

    def check(self, fact: Committed | CallBegun, world: World) -> Findings:
        """Follow what is taken from budgets; judge an eviction. O(budgets)."""
        if isinstance(fact, CallBegun):
            if getattr(fact.request, "subresource", "") == "eviction":
                self.begun_at[fact.call] = world.revision
            return UNCONCERNED
        change = fact.change
        if change.key.resource == BUDGETS:
            return self._budget(fact)
        before, after = change.before, change.after
        evicted = change.subresource == "eviction" and change.verb == "delete"
        if not evicted or before is None:
            return UNCONCERNED
        pod = before.view
        assert isinstance(pod, Pod)
        gone = after is None or after.view.metadata.deleting
        if not gone or pod.metadata.deleting or pod.status.phase in UNSERVING:
            return UNCONCERNED
        budgets = self._budgets_of(pod, change.call, world)
        if not budgets:
            return UNCONCERNED
        if (change.call, pod.name) in self.taken:
            return None
        if not pod.ready and any(lets_unready_pods_go(budget.raw) for budget in budgets):
            return None
        return Violation(
            f"{named(budgets[0])} gave one of its disruptions for it",
            f"it was evicted, while the budget allows {allowed(budgets[0].raw)}",
            named(before),
            change.revision,
        )

    def _budget(self, fact: Committed) -> Findings:
        change = fact.change
        after = change.after
        if after is None:
            return UNCONCERNED
        uid, selector = after.raw["metadata"]["uid"], get(after.raw, "spec", "selector")
        if self.since.get(uid, (None, 0))[0] != selector:
            self.since[uid] = (selector, change.revision)
        old = change.before.raw if change.before is not None else {}
        if change.call not in self.begun_at:
            return UNCONCERNED
        for name in disrupted(after.raw):
            if name not in disrupted(old):
                self.taken[change.call, name] = None
        if allowed(old) > 0 and allowed(after.raw) == allowed(old) - 1:
            return None
        return Violation(
            "one of the disruptions that it allows is taken",
            f"it allowed {allowed(old)} before and allows {allowed(after.raw)} now",
            named(after),
            change.revision,
        )

    def _budgets_of(self, pod: Pod, call: int, world: World) -> list[Record]:
        """The budgets that have selected the pod for as long as the eviction is under way. O(budgets)."""
        begun_at = self.begun_at.get(call)
        if begun_at is None:
            return []
        versions = world.past.pods.get(pod.uid, ())
        if len({tuple(sorted(version.labels.items())) for version in versions}) > 1:
            # Its labels changed at some time, perhaps while the server looked for its budget.
            return []
        return [
            record
            for record in world.objects(BUDGETS)
            if record.key.namespace == pod.namespace
            and selects(record.raw, pod)
            and self.since.get(record.raw["metadata"]["uid"], (None, begun_at + 1))[1] <= begun_at
        ]


def _had_budgets(world: World) -> bool:
    return world.had(BUDGETS)


@eventually(
    within=minutes(
        23, "a work queue's back-off of up to 1,000 s, and evictions noted for 2 minutes"
    ),
    applies=_had_budgets,
)
def budgets_are_counted(world: World) -> Iterator[Violation]:
    """The status of a PodDisruptionBudget says how many of its pods are well, and allows as many disruptions as there
    are more than must be."""
    for record in world.objects(BUDGETS):
        budget = record.raw
        if budget["metadata"].get("deletionTimestamp") or is_leaving(record.key.namespace, world):
            continue
        pods = pods_of(record, world)
        expected = _expected(budget, pods, world)
        shared = any(
            other is not record
            and other.key.namespace == record.key.namespace
            and any(selects(other.raw, pod) for pod in pods)
            for other in world.objects(BUDGETS)
        )
        if expected is None or shared or disrupted(budget) or _is_stale(budget, world):
            continue
        healthy = well(pods)
        spare = max(healthy - must_be_well(budget, expected), 0) if expected else 0
        found = get(budget, "status", "currentHealthy", default=0), allowed(budget)
        if found != (healthy, spare):
            yield Violation(
                f"{healthy} pods are well, and {spare} may be disrupted",
                f"its status says {found[0]} and {found[1]}",
                named(record),
                record.revision,
            )


def _is_stale(budget: Json, world: World) -> bool:
    """Whether nobody may have told the controller to count: it gave up, or a pod left the budget by its labels."""
    conditions = get(budget, "status", "conditions", default=())
    if any(each.get("reason") == "SyncFailed" for each in conditions):
        return True
    return any(
        selected(budget, versions[0].labels) and not selected(budget, versions[-1].labels)
        for versions in world.past.pods.values()
        if len(versions) > 1
    )


def pods_of(budget: Record, world: World) -> list[Pod]:
    """The pods that a budget selects. O(pods)."""
    pods = [
        record.view
        for record in world.objects("pods")
        if record.key.namespace == budget.key.namespace
    ]
    return [pod for pod in pods if isinstance(pod, Pod) and selects(budget.raw, pod)]


def _expected(budget: Json, pods: list[Pod], world: World) -> int | None:
    """How many pods there should be; None where that is somebody else's to say. O(pods)."""
    if not has_number(budget):
        return 0
    if not is_share(budget):
        return len(pods)
    total = 0
    owners: dict[str, None] = {}
    for pod in pods:
        owner = pod.metadata.controller
        if owner is None or owner.uid in owners:
            continue
        owners[owner.uid] = None
        record = world.by_uid(owner.uid)
        if (
            record is None
            or record.key.resource not in WORKLOADS
            or record.view.metadata.controller
        ):
            return None
        total += get(record.raw, "spec", "replicas", default=0)
    return total
