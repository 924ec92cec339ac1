"""What was reached is kept: after the first rest once every fault is healed, nothing goes away without a reason.

That a count or a list of addresses is right again at each later rest is what each eventual promise says of itself. Here
it is held that it was right all the time: a pod is not replaced, and an address does not flicker.
"""

from __future__ import annotations

from collections.abc import Iterator

from windtunnel.invariants.meaning.endpoints import addresses
from windtunnel.invariants.meaning.nodes import no_execute, patience_seconds
from windtunnel.invariants.past import WORKLOADS, active, active_under
from windtunnel.invariants.promise import always, when_it_happens, written
from windtunnel.invariants.promises.replicas import excuse
from windtunnel.invariants.verdict import UNCONCERNED, Findings, Violation
from windtunnel.invariants.world import World
from windtunnel.invariants.writers import ENDPOINTS, SCHEDULER, named
from windtunnel.model.cluster.action import TIME
from windtunnel.model.facts import ActionBegun, Committed, Healed, Physical, Settled
from windtunnel.model.objects.node import Node
from windtunnel.model.objects.pod import Pod
from windtunnel.model.objects.record import StoreKey
from windtunnel.model.objects.service import Endpoints
from windtunnel.model.objects.workloads import ReplicaSet, ReplicationController


@always(
    on=(written("pods", "endpoints"), Settled, Healed, ActionBegun, Physical),
    applies=when_it_happens,
)
class WhatIsReachedIsKept:
    """Once every fault is healed and the cluster has come to rest, a workload that has its pods keeps each of them for
    as long as its node keeps it, and Endpoints keep an address while its pod and service stay as they are."""

    def __init__(self) -> None:
        self.healed = False
        self.rest_revision: int | None = None
        self.stirred: dict[str, None] = {}
        """The pods of which something physical happened since."""

    def check(
        self, fact: Committed | Settled | Healed | ActionBegun | Physical, world: World
    ) -> Findings | Iterator[Violation]:
        """Note the first rest, and judge what goes away after it. O(1), O(addresses) for Endpoints."""
        if not isinstance(fact, Committed):
            return None if self._note(fact, world) else UNCONCERNED
        change = fact.change
        if self.rest_revision is None or change.before is None:
            return UNCONCERNED
        if change.key.resource == "pods":
            return self._pod(fact, world)
        if change.by != ENDPOINTS or change.after is None:
            return UNCONCERNED
        return list(self._addresses(fact, self.rest_revision, world))

    def _note(self, fact: Settled | Healed | ActionBegun | Physical, world: World) -> bool:
        """Whether this is the first rest, with something to keep."""
        if isinstance(fact, Healed):
            self.healed = True
        elif isinstance(fact, ActionBegun):
            if fact.action.action_sort != TIME:
                self.healed, self.rest_revision = False, None
        elif isinstance(fact, Settled):
            if self.healed and self.rest_revision is None:
                self.rest_revision, self.stirred = world.revision, {}
                return world.had(*WORKLOADS, "endpoints")
        elif self.rest_revision is not None:
            self.stirred[fact.pod_uid] = None
        return False

    # -- pods ------------------------------------------------------------------------------------------------------

    def _pod(self, fact: Committed, world: World) -> Findings:
        change = fact.change
        before = change.before
        assert before is not None and isinstance(before.view, Pod)
        pod = before.view
        owner = active_under(pod)
        after = change.after.view if change.after is not None else None
        if not owner or (isinstance(after, Pod) and active(after)):
            return UNCONCERNED
        record, past = world.by_uid(owner), world.past.workloads.get(owner)
        if record is None or past is None or pod.uid in self.stirred or excuse(record, world):
            return UNCONCERNED
        workload = record.view
        assert isinstance(workload, ReplicationController | ReplicaSet)
        # The count has just gone down by one.
        had = past.active + 1
        if workload.metadata.deleting or had != workload.spec.replicas or change.by == SCHEDULER:
            return UNCONCERNED
        if _must_go(pod, world):
            return None
        return Violation(
            f"{named(record)} keeps its {had} pods",
            f"this one was taken away by {change.by}",
            named(before),
            change.revision,
        )

    # -- addresses -------------------------------------------------------------------------------------------------

    def _addresses(self, fact: Committed, rest: int, world: World) -> Iterator[Violation]:
        change = fact.change
        before, after = change.before, change.after
        assert before is not None and after is not None
        assert isinstance(before.view, Endpoints) and isinstance(after.view, Endpoints)
        service = world.get("services", change.key.namespace, change.key.name)
        if service is None or service.revision > rest:
            return
        key = StoreKey("endpoints", change.key.namespace, change.key.name)
        if world.past.endpoints_by_hand.get(key) or before.revision > rest:
            return
        for ip, uid, ready in sorted(addresses(before.view) - addresses(after.view)):
            record = world.by_uid(uid)
            if record is None or record.revision > rest:
                continue
            state = "ready" if ready else "not ready"
            yield Violation(
                f"{ip} ({state}) stays, as {named(record)} and the service are as they were",
                f"it was taken out by {change.by}",
                named(after),
                after.revision,
            )


def _must_go(pod: Pod, world: World) -> bool:
    """Whether a pod's node is gone, or does not bear it."""
    record = world.get("nodes", "", pod.spec.node_name)
    if record is None or not pod.spec.node_name:
        return True
    node = record.view
    assert isinstance(node, Node)
    taints = no_execute(node)
    return bool(taints) and patience_seconds(taints, pod.spec.tolerations) is not None
