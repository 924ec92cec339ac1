"""Conformance area `replicaset`: one sync, the order of deletions, availability, slow start.

`run` takes one case and returns None if the model agrees, else one sentence that says how it does not. A sync is put
together from the functions that the controller itself calls, in its order.
"""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any, TypeVar, cast

from windtunnel.model.controllers.replication.availability import (
    is_active,
    is_available,
    is_terminating,
)
from windtunnel.model.controllers.replication.claims import Claim, claim, claimed
from windtunnel.model.controllers.replication.plan import plan_replicas
from windtunnel.model.controllers.replication.ranking import compare_for_deletion, pods_to_delete
from windtunnel.model.controllers.replication.slow_start import slow_start_batch
from windtunnel.model.controllers.replication.status import compute_status
from windtunnel.model.controllers.replication.workload import REPLICA_SET, Workload
from windtunnel.model.objects.json import Json
from windtunnel.model.objects.pod import Pod
from windtunnel.model.objects.time import parse_time
from windtunnel.model.objects.views import build_view
from windtunnel.model.objects.workloads import ReplicaSet
from windtunnel.model.settings import ControllerManagerSettings

T = TypeVar("T")
_COUNTS = ("fullyLabeledReplicas", "readyReplicas", "availableReplicas", "observedGeneration")


def needs(case: Json) -> str | None:
    """What the case needs that the model does not have: nothing in this area."""
    return None


def run(case: Json) -> str | None:
    """Return how the model differs from the case, or None. O(size of the case)."""
    given = case["given"]
    found = _ANSWERS[given["kind"]](given)
    for key, expected in case["expect"].items():
        if found.get(key) != expected:
            return f"{key} should be {expected!r} and is {found.get(key)!r}."
    return None


def _sync(given: Json) -> Json:
    workload = _workload(given["replicaSet"])
    now_ms = parse_time(given["now"])
    selector = REPLICA_SET.selector(workload)
    near = [pod for pod in map(_pod, given["pods"]) if pod.namespace == workload.namespace]
    decisions = [(pod, claim(workload, selector, pod)) for pod in near if is_active(pod)]
    active = [pod for pod, decision in decisions if decision in (Claim.KEEP, Claim.ADOPT)]
    plan = plan_replicas(workload, len(active), ControllerManagerSettings().burst_replicas)
    victims = pods_to_delete(active, _related(given, workload, near), plan.delete, now_ms)
    leaving = [pod for pod in claimed(workload, selector, near) if is_terminating(pod)]
    status = compute_status(workload, active, len(leaving), None, now_ms)
    return {
        "creates": plan.create,
        "deletes": sorted(pod.name for pod in victims),
        "adopted": sorted(pod.name for pod, decision in decisions if decision is Claim.ADOPT),
        "released": sorted(pod.name for pod, decision in decisions if decision is Claim.RELEASE),
        "error": False,
        "status": {
            "replicas": status["replicas"],
            **{name: status.get(name, 0) for name in _COUNTS},
        },
    }


def _related(given: Json, workload: Workload, pods: list[Pod]) -> list[Pod]:
    owner = workload.metadata.controller
    if owner is None:
        return []
    siblings = [workload, *map(_workload, given.get("otherReplicaSets") or [])]
    selectors = [
        REPLICA_SET.selector(each)
        for each in siblings
        if each.metadata.controller is not None and each.metadata.controller.uid == owner.uid
    ]
    return [pod for pod in pods if any(s.matches(pod.metadata.labels) for s in selectors)]


def _deletion_order(given: Json) -> Json:
    first = _pod(given["first"]), given["firstColocatedReady"]
    second = _pod(given["second"]), given["secondColocatedReady"]
    verdict = compare_for_deletion(first, second, parse_time(given["now"]))
    return {"deletedFirst": "first" if verdict < 0 else "second" if verdict > 0 else "same"}


def _available(given: Json) -> Json:
    now_ms = parse_time(given["now"])
    return {"available": is_available(_pod(given["pod"]), given["minReadySeconds"], now_ms)}


def _slow_start(given: Json) -> Json:
    calls = 0

    async def run_batch(size: int) -> list[Exception | None]:
        nonlocal calls
        outcomes: list[Exception | None] = []
        for _ in range(size):
            calls += 1
            outcomes.append(None if calls <= given["callsThatSucceed"] else ValueError("refused"))
        return outcomes

    successes, error = _finish(slow_start_batch(given["count"], given["initialBatch"], run_batch))
    return {"successes": successes, "calls": calls, "failed": error is not None}


def _finish(coroutine: Coroutine[Any, Any, T]) -> T:
    """The result of a coroutine that waits for nothing."""
    try:
        coroutine.send(None)
    except StopIteration as stop:
        return cast(T, stop.value)
    raise AssertionError("the coroutine waits for something")


def _pod(raw: Json) -> Pod:
    return cast(Pod, build_view("pods", raw))


def _workload(raw: Json) -> ReplicaSet:
    return cast(ReplicaSet, build_view("replicasets.apps", raw))


_ANSWERS = {
    "sync": _sync,
    "deletionOrder": _deletion_order,
    "available": _available,
    "slowStart": _slow_start,
}
