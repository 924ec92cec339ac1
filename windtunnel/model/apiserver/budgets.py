"""What a disruption budget says about one eviction: whom it selects, whom it lets go freely, and what it has left."""

from __future__ import annotations

from collections.abc import Iterable

from windtunnel.model.api import errors
from windtunnel.model.api.disruption import (
    ALLOWED,
    SYNC_FAILED,
    condition_of,
    with_allowed_condition,
)
from windtunnel.model.api.errors import ApiError, Cause, ResourceName
from windtunnel.model.api.selectors.labels import SelectorError, from_label_selector
from windtunnel.model.objects.json import Json, get
from windtunnel.model.objects.record import Record
from windtunnel.model.objects.time import format_time

MAX_DISRUPTED_PODS = 2000
RETRY_AFTER_SECONDS = 10
WOULD_VIOLATE = "Cannot evict pod as it would violate the pod's disruption budget."
_FORBIDDEN = ResourceName("PodDisruptionBudget", "poddisruptionbudget", "policy")


def serves_nobody(pod: Json) -> bool:
    """Whether a pod is over, not yet running, or being deleted: no budget counts it."""
    phase = get(pod, "status", "phase")
    deleted = bool(pod["metadata"].get("deletionTimestamp"))
    return deleted or phase in ("Succeeded", "Failed", "Pending")


def budgets_of(pod: Json, budgets: Iterable[Record]) -> list[Record]:
    """The budgets that select a pod. O(budgets)."""
    labels = pod["metadata"].get("labels") or {}
    return [budget for budget in budgets if _selects(budget.raw, labels)]


def _selects(budget: Json, labels: dict[str, str]) -> bool:
    try:
        return from_label_selector(get(budget, "spec", "selector")).matches(labels)
    except SelectorError:
        return False


def may_ignore_budget(pod: Json, budget: Json) -> bool:
    """Whether a budget lets a pod go that is not ready anyway. O(conditions)."""
    ready = condition_of(pod, "Ready")
    if ready is not None and ready.get("status") == "True":
        return False
    if get(budget, "spec", "unhealthyPodEvictionPolicy") == "AlwaysAllow":
        return True
    wanted: int = get(budget, "status", "desiredHealthy", default=0)
    healthy: int = get(budget, "status", "currentHealthy", default=0)
    return 0 < wanted <= healthy


def with_disruption_taken(budget: Json, pod_name: str, now_ms: int) -> Json:
    """The budget with one disruption less, which the pod takes. O(disrupted pods).

    Raises 429 if it allows none or has not been counted since it changed, 403 if its status makes no sense.
    """
    name, status = budget["metadata"]["name"], budget.get("status") or {}
    if status.get("observedGeneration", 0) < budget["metadata"].get("generation", 0):
        raise still_processed(name)
    allowed: int = status.get("disruptionsAllowed", 0)
    disrupted = status.get("disruptedPods") or {}
    if allowed < 0:
        raise errors.forbidden_error(_FORBIDDEN, name, "pdb disruptions allowed is negative")
    if len(disrupted) > MAX_DISRUPTED_PODS:
        problem = "DisruptedPods map too big - too many evictions not confirmed by PDB controller"
        raise errors.forbidden_error(_FORBIDDEN, name, problem)
    if allowed == 0:
        raise _refused(_why_none(budget, name, status))
    taken = {
        **status,
        "disruptionsAllowed": allowed - 1,
        "disruptedPods": {**disrupted, pod_name: format_time(now_ms)},
    }
    return {**budget, "status": taken if allowed > 1 else with_allowed_condition(taken, now_ms)}


def _why_none(budget: Json, name: str, status: Json) -> str:
    condition = condition_of(budget, ALLOWED)
    if condition is not None and condition.get("reason") == SYNC_FAILED:
        return (
            f"The disruption budget {name} does not allow evicting pods currently because it failed "
            f"sync: {condition.get('message', '')}"
        )
    return (
        f"The disruption budget {name} needs {status.get('desiredHealthy', 0)} healthy pods "
        f"and has {status.get('currentHealthy', 0)} currently"
    )


def still_processed(name: str) -> ApiError:
    """The error of an eviction that has to wait until the budget is counted again."""
    detail = f"The disruption budget {name} is still being processed by the server."
    return _refused(detail, RETRY_AFTER_SECONDS)


def _refused(detail: str, retry_after_seconds: int = 0) -> ApiError:
    cause = Cause("DisruptionBudget", "", detail)
    return errors.too_many_requests(WOULD_VIOLATE, retry_after_seconds, [cause])
