"""Likeness: nodes that look the same to a plugin have the same number, so that one of them can speak for all.

What is compared is all that a plugin may read of a node, but for its name, the label with its host name, and which pods
are on it: its other labels, taints, what it offers and what of that is taken. A node with another condition or a newer
heartbeat is still like the one before.
"""

from __future__ import annotations

from typing import Any

from windtunnel.model.objects.node import Node
from windtunnel.model.scheduler.node_info import NodeInfo
from windtunnel.model.scheduler.node_selection import HOSTNAME

_REMEMBERED = 16_384


class Likeness:
    """Owns the numbers. A number is never given twice, so that whoever kept it is not mistaken."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[Any, ...], int] = {}
        self._sorts: dict[str, tuple[Node, int]] = {}
        self._given = 0

    def of(self, info: NodeInfo) -> int:
        """The number of a node as it is now. O(size of what plugins read) after a change of the node itself,
        O(resources) after a change of its pods."""
        known = self._sorts.get(info.name)
        if known is None or known[0] is not info.node:
            assert info.node is not None
            known = self._sorts[info.name] = (info.node, self._sort(info.node, known))
        return self._number(
            (
                known[1],
                len(info.pods),
                info.scoring_cpu,
                info.scoring_memory,
                info.host_ports,
                *info.requested.items(),
            )
        )

    def forget(self, name: str) -> None:
        """A node is gone. O(1)."""
        self._sorts.pop(name, None)

    def _sort(self, node: Node, known: tuple[Node, int] | None) -> int:
        if known is not None and _untouched(known[0], node):
            return known[1]
        return self._number(
            (
                tuple([pair for pair in node.metadata.labels.items() if pair[0] != HOSTNAME]),
                tuple([(taint.key, taint.value, taint.effect) for taint in node.spec.taints]),
                node.spec.unschedulable,
                tuple(node.status.allocatable.items()),
                tuple(
                    [
                        (tuple(image.get("names") or ()), image.get("sizeBytes", 0))
                        for image in node.status.images
                    ]
                ),
            )
        )

    def _number(self, looks: tuple[Any, ...]) -> int:
        found = self._numbers.get(looks)
        if found is None:
            if len(self._numbers) >= _REMEMBERED:
                # Only that looks were seen before is forgotten: they get a new number when they come again.
                self._numbers = {}
            self._given += 1
            found = self._numbers[looks] = self._given
        return found


def _untouched(before: Node, after: Node) -> bool:
    # A write copies only the path that it changes, so what is identical was not touched.
    return (
        after.metadata.labels is before.metadata.labels
        and after.spec is before.spec
        and after.status.allocatable is before.status.allocatable
        and after.status.images is before.status.images
    )
