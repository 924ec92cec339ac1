"""How long a pod may stay on a node with NoExecute taints: pure functions."""

from __future__ import annotations

from collections.abc import Sequence

from windtunnel.model.objects.node import Node, Taint
from windtunnel.model.objects.pod import Toleration
from windtunnel.model.scheduler.taints import NO_EXECUTE, tolerates


def no_execute_taints(node: Node) -> tuple[Taint, ...]:
    """The taints that drive pods out. O(taints)."""
    return tuple(taint for taint in node.spec.taints if taint.effect == NO_EXECUTE)


def used_tolerations(
    taints: Sequence[Taint], tolerations: Sequence[Toleration]
) -> tuple[Toleration, ...] | None:
    """For each taint the first toleration of it; None if there is a taint without. O(taints * tolerations)."""
    used = []
    for taint in taints:
        found = next((each for each in tolerations if tolerates(each, taint)), None)
        if found is None:
            return None
        used.append(found)
    return tuple(used)


def seconds_to_stay(used: Sequence[Toleration]) -> int | None:
    """The least of the tolerations' seconds; None if all of them are for ever. O(used)."""
    limits = [
        max(each.toleration_seconds, 0) for each in used if each.toleration_seconds is not None
    ]
    return min(limits, default=None)
