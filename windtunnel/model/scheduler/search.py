"""Search: what an attempt has found so far, as it looks at one node after the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from windtunnel.model.scheduler.framework import Rejection
from windtunnel.model.scheduler.selection import Selection
from windtunnel.model.scheduler.verdicts import Verdict


class Search:
    """Owns the nodes that take the pod, and why the others do not."""

    __slots__ = ("likes", "nodes", "rejections", "verdicts")

    def __init__(self, nodes: Selection) -> None:
        self.nodes = nodes
        """Those that take the pod."""
        self.likes: list[int] = []
        """The numbers that those of them share that are alike."""
        self.verdicts: dict[int, Verdict] = {}
        self.rejections: dict[str, Rejection] = {}

    def take_in(
        self,
        nodes: Selection,
        likes: list[int],
        verdicts: Mapping[int, Verdict],
        rejections: Sequence[Rejection | None],
    ) -> None:
        """More nodes were looked at; rejections are empty where every one takes the pod. O(nodes)."""
        self.verdicts.update(verdicts)
        if rejections:
            for node, each in zip(nodes, rejections, strict=True):
                if each is not None:
                    self.rejections[node.name] = each
            kept = [index for index, each in enumerate(rejections) if each is None]
            nodes, likes = nodes.only(kept), [likes[index] for index in kept]
        self.nodes = self.nodes.and_then(nodes)
        self.likes += likes

    @property
    def seen(self) -> int:
        """How many nodes were looked at. O(1)."""
        return len(self.nodes) + len(self.rejections)
