"""Snapshot: the nodes that one scheduling attempt looks at, by name and in the order of their names."""

from __future__ import annotations

from collections.abc import Iterable

from sortedcontainers import SortedDict

from windtunnel.model.scheduler.node_info import NodeInfo


class Snapshot:
    """Owns the NodeInfos of an attempt; the cache brings it up to date before each one."""

    def __init__(self, nodes: Iterable[NodeInfo] = ()) -> None:
        self.nodes: SortedDict[str, NodeInfo] = SortedDict((info.name, info) for info in nodes)
        self.images: dict[str, int] = {}
        for info in nodes:
            self._count_images(info, 1)

    def get(self, name: str) -> NodeInfo | None:
        """The node of this name, if it takes part. O(1)."""
        found: NodeInfo | None = self.nodes.get(name)
        return found

    def __len__(self) -> int:
        return len(self.nodes)

    def replace(self, name: str, info: NodeInfo | None) -> None:
        """Take in the newest version of a node, or drop it. O(log n) and the images of the node."""
        before = self.nodes.get(name)
        same_node = before is not None and info is not None and before.node is info.node
        if before is not None and not same_node:
            self._count_images(before, -1)
        if info is None:
            if before is not None:
                del self.nodes[name]
            return
        self.nodes[name] = info
        if not same_node:
            self._count_images(info, 1)

    def _count_images(self, info: NodeInfo, step: int) -> None:
        if info.node is None:
            return
        for image in info.node.status.images:
            for name in dict.fromkeys(image.get("names") or ()):
                self.images[name] = self.images.get(name, 0) + step
