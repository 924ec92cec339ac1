"""Domains: which nodes have which value of a topology key, kept up to date with the snapshot."""

from __future__ import annotations

from collections.abc import Mapping

from windtunnel.model.scheduler.node_info import NodeInfo


class Domains:
    """Owns the domains of one topology key."""

    def __init__(self, key: str, row: list[NodeInfo]) -> None:
        self.nodes: dict[str, int] = {}
        """How many nodes each domain has."""
        self._key = key
        self.column: list[str | None] = []
        """The domain of each node, None where it is in none."""
        for info in row:
            self.column.append(self._domain(info))

    def changed(self, place: int, info: NodeInfo) -> None:
        """The labels of a node changed. O(1)."""
        before = self.column[place]
        if before is not None:
            self.nodes[before] -= 1
            if not self.nodes[before]:
                del self.nodes[before]
        self.column[place] = self._domain(info)

    def _domain(self, info: NodeInfo) -> str | None:
        assert info.node is not None
        labels: Mapping[str, str] = info.node.metadata.labels
        domain = labels.get(self._key)
        if domain is not None:
            self.nodes[domain] = self.nodes.get(domain, 0) + 1
        return domain
