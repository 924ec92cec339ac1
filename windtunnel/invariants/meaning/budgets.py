"""What a PodDisruptionBudget means: how many of its pods must be well, and how many may therefore be disrupted.

A pod is well when it is ready and nobody has asked for its deletion. A budget says how many must be well, or how many
may be missing, as a number or as a share, rounded up, of the pods that there should be.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import ceil
from typing import Any

from windtunnel.invariants.meaning.selectors import structure_selects
from windtunnel.model.objects.json import Json
from windtunnel.model.objects.pod import Pod


def selected(budget: Json, labels: Mapping[str, str]) -> bool:
    """Whether a budget is about pods with these labels in its namespace. O(conditions)."""
    return structure_selects((budget.get("spec") or {}).get("selector"), labels)


def selects(budget: Json, pod: Pod) -> bool:
    """Whether a budget is about a pod of its namespace. O(conditions)."""
    return selected(budget, pod.metadata.labels)


def has_number(budget: Json) -> bool:
    """Whether a budget says a number at all; one that does not allows nothing. O(1)."""
    spec = budget.get("spec") or {}
    return spec.get("maxUnavailable") is not None or spec.get("minAvailable") is not None


def well(pods: Iterable[Pod]) -> int:
    """How many pods are well. O(pods)."""
    return sum(1 for pod in pods if pod.ready and not pod.metadata.deleting)


def is_share(budget: Json) -> bool:
    """Whether a budget counts from the pods that there should be, and not only from those that are well. O(1)."""
    spec = budget.get("spec") or {}
    return spec.get("maxUnavailable") is not None or isinstance(spec.get("minAvailable"), str)


def must_be_well(budget: Json, expected: int) -> int:
    """How many pods must be well, of so many that there should be. O(1)."""
    spec = budget.get("spec") or {}
    missing = spec.get("maxUnavailable")
    if missing is not None:
        return max(expected - _number(missing, expected), 0)
    return _number(spec.get("minAvailable") or 0, expected)


def lets_unready_pods_go(budget: Json) -> bool:
    """Whether a budget does not hold a pod that is not ready. O(1)."""
    if (budget.get("spec") or {}).get("unhealthyPodEvictionPolicy") == "AlwaysAllow":
        return True
    status = budget.get("status") or {}
    wanted = status.get("desiredHealthy", 0)
    return bool(0 < wanted <= status.get("currentHealthy", 0))


def allowed(budget: Json) -> int:
    """How many disruptions the budget's status allows. O(1)."""
    number: int = (budget.get("status") or {}).get("disruptionsAllowed", 0)
    return number


def disrupted(budget: Json) -> tuple[str, ...]:
    """The pods that the status notes as about to go. O(pods)."""
    return tuple((budget.get("status") or {}).get("disruptedPods") or ())


def _number(value: Any, total: int) -> int:
    if isinstance(value, str):
        return ceil(int(value.rstrip("%")) * total / 100)
    return int(value)
