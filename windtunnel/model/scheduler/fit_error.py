"""The sentence that says why a pod fits nowhere, as it stands in its PodScheduled condition.

Nodes are counted by reason, the reasons in alphabetical order of the finished entries. Then comes what the plugins
that could still make room have to say: there are no resource claims to take back, and preemption says for each node
whether removing pods would help.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from attrs import frozen

from windtunnel.model.scheduler.framework import UNRESOLVABLE, Rejection

NO_NODES = "no nodes available to schedule pods"
_NO_HELP = "Preemption is not helpful for scheduling"
_NO_VICTIMS = "No preemption victims found for incoming pod"
_NOT_ELIGIBLE = "not eligible due to preemptionPolicy=Never."


def _histogram(nodes: int, reasons: Iterable[str]) -> str:
    counts: dict[str, int] = {}
    for reason in reasons:
        counts[reason] = counts.get(reason, 0) + 1
    text = f"0/{nodes} nodes are available"
    if counts:
        text += ": " + ", ".join(sorted(f"{count} {reason}" for reason, count in counts.items()))
    return f"{text}."


@frozen
class FitError:
    """Why no node takes a pod: the rejection by node name, out of how many nodes."""

    nodes: int
    rejections: Mapping[str, Rejection]

    @property
    def plugins(self) -> tuple[str, ...]:
        """The filters that turned a node away. O(nodes)."""
        return tuple(dict.fromkeys(rejection.plugin for rejection in self.rejections.values()))

    def message(self, preemption_policy: str) -> str:
        """The whole sentence. O(nodes)."""
        if self.nodes == 0:
            return NO_NODES
        reasons = (reason for each in self.rejections.values() for reason in each.reasons)
        preemption = _NOT_ELIGIBLE
        if preemption_policy != "Never":
            preemption = _histogram(
                self.nodes,
                (
                    _NO_HELP if each.code == UNRESOLVABLE else _NO_VICTIMS
                    for each in self.rejections.values()
                ),
            )
        return f"{_histogram(self.nodes, reasons)} no new claims to deallocate, preemption: {preemption}"
