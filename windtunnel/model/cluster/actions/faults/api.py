"""Faults of what the API server says: errors that a healthy request can meet, and a webhook that nobody answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from windtunnel.model.apiserver.disturbances import (
    ANY,
    CONFLICT,
    CONFLICT_VERBS,
    INTERNAL,
    TIMEOUT,
    TOO_MANY,
    UNAVAILABLE,
    ArmedAnswer,
    DeadWebhook,
)
from windtunnel.model.cluster.action import Action, Heal, Pick, fault
from windtunnel.model.cluster.actions.faults.processes import MOST, crashable

if TYPE_CHECKING:
    from windtunnel.model.cluster.cluster import Cluster

CODES = (CONFLICT, TOO_MANY, INTERNAL, UNAVAILABLE, TIMEOUT)
VERBS = (ANY, "get", "list", "watch", "create", "update", "patch", "delete")
OFFERED_VERBS = (ANY, "watch", "create", "update", "patch", "delete")
OFFERED_RESOURCES = (ANY, "pods")
COUNTS = (1, 12)
"""Once, and more often than a client repeats a request by itself."""
GUARDED = (
    ANY,
    "pods",
    "replicationcontrollers",
    "replicasets.apps",
    "endpoints",
    "nodes",
    "leases.coordination.k8s.io",
)
OPERATIONS_OF_RULES = (ANY, "CREATE", "UPDATE")
OFFERED = tuple(
    (code, verb, resource, count)
    for code in CODES
    for verb in OFFERED_VERBS
    if code != CONFLICT or verb in (ANY, *CONFLICT_VERBS)
    for resource in OFFERED_RESOURCES
    for count in COUNTS
)


@fault
class ApiErrors(Action):
    """The next requests of a process (of a verb, on a resource, or * for any) are answered with an error by the server.

    The errors are those that any request can meet: 409 on an update or patch, 429 with Retry-After, 500, 503, and 504,
    where a write was carried out nevertheless. Healing withdraws what was not given yet.

    Promised meanwhile: a failed request is made again later, and what was done already is not done twice.
    """

    spares_heartbeats = True

    process: str
    code: int
    verb: str
    resource: str
    count: int

    @classmethod
    def choices(cls, cluster: Cluster) -> Sequence[ApiErrors]:
        """Each code for each process that lives, for the verbs and resources that matter most, once or often."""
        return [cls(name, *answer) for name in _living(cluster) for answer in OFFERED]

    @classmethod
    def draw(cls, cluster: Cluster, pick: Pick) -> ApiErrors | None:
        """One of the hundreds of choices. O(processes)."""
        names = _living(cluster)
        return cls(names[pick(len(names))], *OFFERED[pick(len(OFFERED))]) if names else None

    def why_not(self, cluster: Cluster) -> str:
        """The process must be a client of the API, and the server able to give such an answer."""
        if self.process not in crashable(cluster):
            return f"{self.process} is no client of the API"
        if self.code not in CODES:
            return f"{self.code} is no code of such an answer; write {', '.join(map(str, CODES))}"
        if self.verb not in VERBS:
            return f"{self.verb!r} is no verb; write {', '.join(VERBS)}"
        if self.code == CONFLICT and self.verb not in (ANY, *CONFLICT_VERBS):
            return f"a {self.verb} meets no conflict"
        if not 1 <= self.count <= MOST:
            return f"count must be between 1 and {MOST}"
        return _unknown(cluster, self.resource)

    def apply(self, cluster: Cluster) -> Heal:
        """Arm the API servers."""
        disturbances = cluster.environment.disturbances
        answer = ArmedAnswer(self.process, self.code, self.verb, self.resource, self.count)
        disturbances.arm(answer)
        return lambda: disturbances.disarm(answer)


@fault
class WebhookDown(Action):
    """A validating webhook with failurePolicy Fail is down: nobody can create or update what its rule names.

    The rule names a resource and CREATE or UPDATE (* is any); subresources such as a pod's status are never concerned.
    Healing brings the webhook back.

    Promised meanwhile: such a write is answered with 500, "failed calling webhook", changes nothing and is tried again;
    deletions, bindings and statuses go on.
    """

    spares_heartbeats = True

    resource: str
    operation: str

    @classmethod
    def choices(cls, cluster: Cluster) -> Sequence[WebhookDown]:
        """Each rule over the resources that controllers and kubelets write, where none such is down yet."""
        made = [cls(resource, each) for resource in GUARDED for each in OPERATIONS_OF_RULES]
        return [each for each in made if not each.why_not(cluster)]

    @classmethod
    def draw(cls, cluster: Cluster, pick: Pick) -> WebhookDown | None:
        """One rule, or None where its webhook is down already. O(kinds)."""
        rule = GUARDED[pick(len(GUARDED))], OPERATIONS_OF_RULES[pick(len(OPERATIONS_OF_RULES))]
        made = cls(*rule)
        return None if made.why_not(cluster) else made

    def why_not(self, cluster: Cluster) -> str:
        """The rule must be one, and no webhook with it down already."""
        if self.operation not in OPERATIONS_OF_RULES:
            return f"{self.operation!r} is no operation; write {', '.join(OPERATIONS_OF_RULES)}"
        webhook = DeadWebhook(self.resource, self.operation)
        if webhook in cluster.environment.disturbances.webhooks:
            return "that webhook is already down"
        return _unknown(cluster, self.resource)

    def apply(self, cluster: Cluster) -> Heal:
        """Break it."""
        disturbances = cluster.environment.disturbances
        webhook = DeadWebhook(self.resource, self.operation)
        disturbances.break_webhook(webhook)
        return lambda: disturbances.mend_webhook(webhook)


def _living(cluster: Cluster) -> list[str]:
    return [name for name in crashable(cluster) if cluster.processes[name].alive]


def _unknown(cluster: Cluster, resource: str) -> str:
    known = resource == ANY or any(
        resource == kind.resource for kind in cluster.environment.kinds.kinds
    )
    return "" if known else f"there is no resource {resource}"
