"""The arithmetic of a budget: how many of its pods are well, how many have to be, and how many may therefore go."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from attrs import frozen

from windtunnel.model.api.disruption import (
    ALLOWED,
    allowed_state,
    condition_of,
    with_allowed_condition,
)
from windtunnel.model.objects.json import Json
from windtunnel.model.objects.pod import Pod
from windtunnel.model.objects.time import parse_time

DELETION_TIMEOUT_MS = 120_000
"""How long an evicted pod is taken for gone before somebody saw its deletion."""


@frozen
class Count:
    """What a budget's status says in numbers."""

    expected_pods: int
    desired_healthy: int
    current_healthy: int
    disrupted_pods: Mapping[str, str]

    @property
    def disruptions_allowed(self) -> int:
        """How many pods may go: none while no pods are expected, as nobody knows yet how many there will be."""
        spare = self.current_healthy - self.desired_healthy
        return max(spare, 0) if self.expected_pods > 0 else 0


def scaled(value: Any, total: int) -> int:
    """A number, or a percentage of a total, rounded up. O(1)."""
    if isinstance(value, str):
        return -(-int(value.removesuffix("%")) * total // 100)
    return int(value)


def needs_scale(spec: Json) -> bool:
    """Whether a budget is about a share of the pods that their controllers want. O(1)."""
    return spec.get("maxUnavailable") is not None or isinstance(spec.get("minAvailable"), str)


def desired_healthy(spec: Json, expected_pods: int) -> int:
    """How many pods have to be well, of so many expected ones. O(1)."""
    unavailable, available = spec.get("maxUnavailable"), spec.get("minAvailable")
    if unavailable is not None:
        return max(expected_pods - scaled(unavailable, expected_pods), 0)
    return scaled(available, expected_pods) if available is not None else 0


def disrupted_pods(
    pods: Iterable[Pod], disrupted: Mapping[str, str], now_ms: int
) -> tuple[dict[str, str], int | None]:
    """The evicted pods whose deletion is still expected, and when the first of them is given up. O(pods)."""
    kept: dict[str, str] = {}
    again_ms: int | None = None
    for pod in pods:
        evicted = disrupted.get(pod.name)
        if evicted is None or pod.metadata.deleting:
            continue
        expected_ms = parse_time(evicted) + DELETION_TIMEOUT_MS
        if expected_ms >= now_ms:
            kept[pod.name] = evicted
            again_ms = expected_ms if again_ms is None else min(again_ms, expected_ms)
    return kept, again_ms


def count_healthy(pods: Iterable[Pod], disrupted: Mapping[str, str], now_ms: int) -> int:
    """How many pods are ready, and neither going nor expected to go. O(pods)."""
    return sum(
        1
        for pod in pods
        if pod.ready
        and not pod.metadata.deleting
        and not (
            pod.name in disrupted and parse_time(disrupted[pod.name]) + DELETION_TIMEOUT_MS > now_ms
        )
    )


def status_of(budget: Json, count: Count, now_ms: int) -> Json:
    """The status that a budget should have. O(disrupted pods)."""
    before = budget.get("status") or {}
    status: Json = {
        "observedGeneration": budget["metadata"].get("generation", 0),
        "disruptionsAllowed": count.disruptions_allowed,
        "currentHealthy": count.current_healthy,
        "desiredHealthy": count.desired_healthy,
        "expectedPods": count.expected_pods,
        "conditions": before.get("conditions") or [],
    }
    if count.disrupted_pods:
        status["disruptedPods"] = dict(count.disrupted_pods)
    return with_allowed_condition(status, now_ms)


def is_up_to_date(budget: Json, count: Count) -> bool:
    """Whether a budget's status says all this already. O(disrupted pods)."""
    status = budget.get("status") or {}
    condition = condition_of(budget, ALLOWED) or {}
    return (
        status.get("observedGeneration", 0) == budget["metadata"].get("generation", 0)
        and status.get("disruptionsAllowed", 0) == count.disruptions_allowed
        and status.get("currentHealthy", 0) == count.current_healthy
        and status.get("desiredHealthy", 0) == count.desired_healthy
        and status.get("expectedPods", 0) == count.expected_pods
        and (status.get("disruptedPods") or {}) == count.disrupted_pods
        and (condition.get("status"), condition.get("reason"))
        == allowed_state(count.disruptions_allowed)
    )
