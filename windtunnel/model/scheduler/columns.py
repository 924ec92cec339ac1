"""Columns: what is known of all nodes, in lists that have the same order: that in which an attempt looks at nodes.

They are good for as long as no node comes or goes or moves to another zone. A node that changes in another way changes
its entries.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from windtunnel.model.api.selectors.labels import Selector
from windtunnel.model.scheduler.domains import Domains
from windtunnel.model.scheduler.likeness import Likeness
from windtunnel.model.scheduler.node_info import NodeInfo
from windtunnel.model.scheduler.peers import PeerCounts
from windtunnel.model.scheduler.selection import Selection

_FEW_CHANGES = 256
_SELECTORS = 128


class Columns:
    """Owns the columns. likes holds the number that those nodes share that look the same (likeness.py)."""

    def __init__(self, row: list[NodeInfo], likeness: Likeness) -> None:
        self.row = row
        self.likes = [likeness.of(info) for info in row]
        self.places = {info.name: place for place, info in enumerate(row)}
        self._likeness = likeness
        self._domains: dict[str, Domains] = {}
        self._peers: dict[tuple[str, str], PeerCounts] = {}
        self._changes: list[NodeInfo] = []

    def changed(self, info: NodeInfo, *, itself: bool) -> None:
        """A node changed: itself, or only the pods that are on it. O(domains kept)."""
        place = self.places[info.name]
        self.row[place] = info
        self.likes[place] = self._likeness.of(info)
        if itself:
            for each in self._domains.values():
                each.changed(place, info)
        if self._peers:
            self._changes.append(info)
            if len(self._changes) > 2 * len(self.row) + _FEW_CHANGES:
                self._changes, self._peers = [], {}

    @property
    def everything(self) -> Selection:
        """All nodes. O(1)."""
        return Selection(self.row, range(len(self.row)))

    def named(self, names: Iterable[str]) -> Selection:
        """The nodes of these names, as far as there are such, in order. O(names * log names)."""
        places = self.places
        return Selection(self.row, sorted([places[name] for name in names if name in places]))

    def selection(self, nodes: Sequence[NodeInfo]) -> Selection:
        """The same nodes as a selection. O(1) where they are one."""
        if isinstance(nodes, Selection):
            return nodes
        return Selection(self.row, [self.places[node.name] for node in nodes])

    def domains(self, key: str) -> Domains:
        """The domains of a topology key. O(1), O(nodes) at first."""
        found = self._domains.get(key)
        if found is None:
            found = self._domains[key] = Domains(key, self.row)
        return found

    def peers(self, namespace: str, selector: Selector, text: str) -> PeerCounts:
        """How many pods a selector means, by node; text is the selector in print. O(what changed), O(pods) at first."""
        key = (namespace, text)
        found = self._peers.get(key)
        if found is None:
            if len(self._peers) >= _SELECTORS:
                del self._peers[next(iter(self._peers))]
            found = self._peers[key] = PeerCounts(namespace, selector, self.places)
            found.take_in([info for info in self.row if info.pods], len(self._changes))
        elif found.position < len(self._changes):
            found.take_in(self._changes[found.position :], len(self._changes))
        return found
