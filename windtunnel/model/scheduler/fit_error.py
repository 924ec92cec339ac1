"""The sentence that says why a pod fits nowhere, as it stands in its PodScheduled condition.

Nodes are counted by reason, the reasons in alphabetical order of the finished entries. Where a filter could say at once
that the pod fits no node at all, its reason stands alone. What is said about making room comes after (preemption.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from attrs import frozen

from windtunnel.model.scheduler.framework import Rejection

NO_NODES = "no nodes available to schedule pods"


def histogram(nodes: int, reasons: Iterable[str]) -> str:
    """How many nodes are not available for which reason. O(nodes)."""
    counts: dict[str, int] = {}
    for reason in reasons:
        counts[reason] = counts.get(reason, 0) + 1
    text = f"0/{nodes} nodes are available"
    if counts:
        text += ": " + ", ".join(sorted(f"{count} {reason}" for reason, count in counts.items()))
    return f"{text}."


@frozen
class FitError:
    """Why no node takes a pod: the rejection by node name, out of how many nodes; everywhere is one for all of them."""

    nodes: int
    rejections: Mapping[str, Rejection]
    everywhere: str = ""

    @property
    def plugins(self) -> tuple[str, ...]:
        """The filters that turned a node away. O(nodes)."""
        return tuple(dict.fromkeys(rejection.plugin for rejection in self.rejections.values()))

    def message(self, preemption: str = "") -> str:
        """The whole sentence, with what came of preemption. O(nodes)."""
        if self.nodes == 0:
            return NO_NODES
        if self.everywhere:
            text = f"0/{self.nodes} nodes are available: {self.everywhere}."
        else:
            reasons = (reason for each in self.rejections.values() for reason in each.reasons)
            text = histogram(self.nodes, reasons)
        if not preemption:
            return text
        return f"{text} no new claims to deallocate, preemption: {preemption}"
