"""What a ReplicationController or ReplicaSet reports about its pods.

Counts are over the pods claimed before this sync's creations and deletions. Zero counts are left out of the JSON, as
the API writes them; `replicas` is always there, and `terminatingReplicas` where the kind has it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from windtunnel.model.api.selectors.labels import from_match_labels
from windtunnel.model.controllers.replication.availability import is_available
from windtunnel.model.controllers.replication.workload import Workload
from windtunnel.model.objects.json import Json, get
from windtunnel.model.objects.pod import Pod
from windtunnel.model.objects.time import format_time

REPLICA_FAILURE = "ReplicaFailure"


def compute_status(
    workload: Workload,
    active: Sequence[Pod],
    terminating: int | None,
    failure: Exception | None,
    now_ms: int,
) -> Json:
    """The new status, with the generation it is about. O(pods).

    terminating is None where the kind does not count them; failure is what creating or deleting pods ended with.
    """
    template_labels = from_match_labels(get(workload.spec.template, "metadata", "labels"))
    min_ready_seconds = workload.spec.min_ready_seconds
    ready = [pod for pod in active if pod.ready]
    counts = {
        "fullyLabeledReplicas": sum(template_labels.matches(p.metadata.labels) for p in active),
        "readyReplicas": len(ready),
        "availableReplicas": sum(is_available(pod, min_ready_seconds, now_ms) for pod in ready),
        "observedGeneration": workload.metadata.generation,
    }
    status: Json = {"replicas": len(active)}
    status.update((name, count) for name, count in counts.items() if count)
    if terminating is not None:
        status["terminatingReplicas"] = terminating
    conditions = _conditions(workload, len(active), failure, now_ms)
    if conditions:
        status["conditions"] = conditions
    return status


def status_differs(workload: Workload, status: Json) -> bool:
    """Whether the status has to be written. O(conditions)."""
    old = get(workload.raw, "status", default={})
    names = (
        "replicas",
        "fullyLabeledReplicas",
        "readyReplicas",
        "availableReplicas",
        "observedGeneration",
    )
    return (
        any((old.get(name) or 0) != (status.get(name) or 0) for name in names)
        or old.get("terminatingReplicas") != status.get("terminatingReplicas")
        or (old.get("conditions") or []) != (status.get("conditions") or [])
    )


def _conditions(
    workload: Workload, active: int, failure: Exception | None, now_ms: int
) -> list[Json]:
    old: Iterable[Json] = get(workload.raw, "status", "conditions", default=[])
    others = [each for each in old if each.get("type") != REPLICA_FAILURE]
    present = [each for each in old if each.get("type") == REPLICA_FAILURE]
    if failure is None:
        return others
    if present:
        return [*others, *present]
    surplus = active - workload.spec.replicas
    reason = "FailedCreate" if surplus < 0 else "FailedDelete" if surplus > 0 else ""
    return [
        *others,
        {
            "type": REPLICA_FAILURE,
            "status": "True",
            "lastTransitionTime": format_time(now_ms),
            "reason": reason,
            "message": str(failure),
        },
    ]
