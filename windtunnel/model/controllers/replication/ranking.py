"""Which pods go first when there are too many.

Rules in order, each asked only if those before tie: not assigned before assigned; Pending, Unknown, Running; not ready
before ready; the lower deletion cost; more pods of the same owner's controllers on the node; ready for a shorter time;
more restarts; younger. Ages are compared coarsely on purpose, by the power of two of their nanoseconds; within one
power the smaller UID goes first, which spreads deletions over old and new pods.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from functools import cmp_to_key

from windtunnel.model.controllers.replication.availability import is_active
from windtunnel.model.objects.meta import condition
from windtunnel.model.objects.pod import Pod

DELETION_COST = "controller.kubernetes.io/pod-deletion-cost"
_COST = re.compile(r"(?:0|[1-9][0-9]*|-[0-9]+)\Z")
_PHASES = {"Pending": 0, "Unknown": 1, "Running": 2}
_NANOSECONDS_PER_MS = 1_000_000

Ranked = tuple[Pod, int]
"""A pod and its co-location rank: how many related pods its node has."""
Rule = Callable[[Ranked, Ranked, int], int]
"""Compares two pods at a moment: negative if the first is to be deleted first, 0 if the rule does not tell."""


def pods_to_delete(
    active: Sequence[Pod], related: Iterable[Pod], count: int, now_ms: int
) -> list[Pod]:
    """The count pods that go first; related are the pods of all controllers of the same owner. O(n log n)."""
    if count >= len(active):
        return list(active)
    ranked = with_colocation_rank(active, related)

    def compare(first: Ranked, second: Ranked) -> int:
        return compare_for_deletion(first, second, now_ms)

    return [pod for pod, _ in sorted(ranked, key=cmp_to_key(compare))[:count]]


def with_colocation_rank(pods: Iterable[Pod], related: Iterable[Pod]) -> list[Ranked]:
    """Each pod with the number of active related pods on its node. O(pods + related)."""
    on_node: dict[str, int] = {}
    for pod in related:
        if is_active(pod):
            on_node[pod.spec.node_name] = on_node.get(pod.spec.node_name, 0) + 1
    return [(pod, on_node.get(pod.spec.node_name, 0)) for pod in pods]


def compare_for_deletion(first: Ranked, second: Ranked, now_ms: int) -> int:
    """Negative if the first goes first, positive if the second does, 0 if nothing tells them apart. O(size)."""
    for rule in RULES:
        verdict = rule(first, second, now_ms)
        if verdict:
            return verdict
    return 0


def _unassigned_first(first: Ranked, second: Ranked, now_ms: int) -> int:
    return bool(first[0].spec.node_name) - bool(second[0].spec.node_name)


def _by_phase(first: Ranked, second: Ranked, now_ms: int) -> int:
    return _PHASES.get(first[0].status.phase, 0) - _PHASES.get(second[0].status.phase, 0)


def _not_ready_first(first: Ranked, second: Ranked, now_ms: int) -> int:
    return first[0].ready - second[0].ready


def _cheaper_first(first: Ranked, second: Ranked, now_ms: int) -> int:
    return deletion_cost(first[0]) - deletion_cost(second[0])


def _crowded_node_first(first: Ranked, second: Ranked, now_ms: int) -> int:
    return second[1] - first[1]


def _latest_ready_first(first: Ranked, second: Ranked, now_ms: int) -> int:
    if not (first[0].ready and second[0].ready):
        return 0
    return _younger_first(
        first[0], second[0], _ready_since(first[0]), _ready_since(second[0]), now_ms
    )


def _more_restarts_first(first: Ranked, second: Ranked, now_ms: int) -> int:
    regular, sidecar = _restarts(first[0])
    other_regular, other_sidecar = _restarts(second[0])
    return other_regular - regular or other_sidecar - sidecar


def _newest_first(first: Ranked, second: Ranked, now_ms: int) -> int:
    created = first[0].metadata.creation_timestamp, second[0].metadata.creation_timestamp
    return _younger_first(first[0], second[0], *created, now_ms)


RULES: tuple[Rule, ...] = (
    _unassigned_first,
    _by_phase,
    _not_ready_first,
    _cheaper_first,
    _crowded_node_first,
    _latest_ready_first,
    _more_restarts_first,
    _newest_first,
)


def deletion_cost(pod: Pod) -> int:
    """The pod's deletion cost; a missing or malformed annotation, or one beyond 32 bits, is 0. O(1)."""
    text = pod.metadata.annotations.get(DELETION_COST, "")
    if not _COST.match(text):
        return 0
    cost = int(text)
    return cost if -(1 << 31) <= cost < 1 << 31 else 0


def _younger_first(
    first: Pod, second: Pod, since_ms: int | None, other_since_ms: int | None, now_ms: int
) -> int:
    if since_ms == other_since_ms:
        return 0
    if since_ms is None:
        return -1
    if other_since_ms is None:
        return 1
    difference = _age_bucket(now_ms - since_ms) - _age_bucket(now_ms - other_since_ms)
    if difference:
        return difference
    return (first.uid > second.uid) - (first.uid < second.uid)


def _age_bucket(age_ms: int) -> int:
    return (age_ms * _NANOSECONDS_PER_MS).bit_length() - 1 if age_ms > 0 else -1


def _ready_since(pod: Pod) -> int | None:
    ready = condition(pod.status.conditions, "Ready")
    return ready.last_transition_time if ready is not None and ready.status == "True" else None


def _restarts(pod: Pod) -> tuple[int, int]:
    sidecars = [c.name for c in pod.spec.init_containers if c.restart_policy == "Always"]
    regular = max((status.restart_count for status in pod.status.container_statuses), default=0)
    sidecar = max(
        (s.restart_count for s in pod.status.init_container_statuses if s.name in sidecars),
        default=0,
    )
    return regular, sidecar
