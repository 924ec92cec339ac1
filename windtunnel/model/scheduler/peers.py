"""PeerCounts: how many pods of each node a selector means, kept up to date with the snapshot.

Whoever spreads pods counts their peers on every node and in every domain. The counts are carried along from one
attempt to the next, so that an attempt costs what has changed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from windtunnel.model.api.selectors.labels import Selector
from windtunnel.model.scheduler.node_info import NodeInfo, PodInfo


class PeerCounts:
    """Owns the counts for one namespace and one selector. A selector that means every pod counts none.

    places says where a node stands in the column.
    """

    def __init__(self, namespace: str, selector: Selector, places: Mapping[str, int]) -> None:
        self.position = -1
        """How many of the changes are counted."""
        self.places = places
        self.column = [0] * len(places)
        """How many such pods each node has. Pods that are going do not count."""
        self.on: dict[str, int] = {}
        """The same by name, for the nodes that have any."""
        self._namespace = namespace
        self._selector = selector
        self._seen: dict[str, NodeInfo] = {}
        self._domains: dict[str, dict[str, int]] = {}

    def take_in(self, changed: Sequence[NodeInfo], position: int) -> None:
        """Count nodes that changed, oldest first. O(changes), and O(pods) of a node where more than one pod changed."""
        if not self._selector.selects_everything:
            latest = (
                changed if len(changed) == 1 else {info.name: info for info in changed}.values()
            )
            for info in latest:
                self._count(info.name, info)
        self.position = position

    def in_domains(self, key: str) -> Mapping[str, int]:
        """The values of a topology key where there are such pods, and how many. O(1), O(such nodes) at first."""
        sums = self._domains.get(key)
        if sums is None:
            sums = self._domains[key] = {}
            for name, number in self.on.items():
                _add(sums, key, self._seen[name], number)
        return sums

    def _count(self, name: str, info: NodeInfo) -> None:
        before = self._seen.get(name)
        known = self.on.get(name, 0)
        number = self._number(info, before, known)
        for key, sums in self._domains.items():
            if before is not None and known:
                _add(sums, key, before, -known)
            if number:
                _add(sums, key, info, number)
        self._seen[name] = info
        if number != known:
            self.column[self.places[name]] = number
            if number:
                self.on[name] = number
            else:
                del self.on[name]

    def _number(self, info: NodeInfo, before: NodeInfo | None, known: int) -> int:
        if before is None:
            return self._matching(info) if info.pods else 0
        if info.pods is before.pods:
            # Another version of the node (a heartbeat), the very same pods.
            return known
        change = info.change
        if change is None or not change.since == before.generation > 0:
            return self._matching(info)
        if change.before is not None and self._means(change.before):
            known -= 1
        if change.after is not None and self._means(change.after):
            known += 1
        return known

    def _matching(self, info: NodeInfo) -> int:
        return sum(map(self._means, info.pods.values()))

    def _means(self, info: PodInfo) -> bool:
        metadata = info.pod.metadata
        return (
            metadata.namespace == self._namespace
            and metadata.deletion_timestamp is None
            and self._selector.matches(metadata.labels)
        )


def _add(sums: dict[str, int], key: str, info: NodeInfo, number: int) -> None:
    assert info.node is not None
    domain = info.node.metadata.labels.get(key)
    if domain is None:
        return
    number += sums.get(domain, 0)
    if number:
        sums[domain] = number
    else:
        del sums[domain]
