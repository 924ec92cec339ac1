"""NodeTree: the order in which nodes are looked at, the zones in turn, so that a part of them is a part of every zone.

Zones come in the order in which their first node came, the nodes of a zone in the order of their coming.
"""

from __future__ import annotations

from windtunnel.model.objects.node import Node

_REGION = ("failure-domain.beta.kubernetes.io/region", "topology.kubernetes.io/region")
_ZONE = ("failure-domain.beta.kubernetes.io/zone", "topology.kubernetes.io/zone")

Zone = tuple[str, str]


def zone_of(node: Node) -> Zone:
    """The region and the zone that a node's labels name, the old names first. O(1)."""
    labels = node.metadata.labels
    region = labels.get(_REGION[0], labels.get(_REGION[1], ""))
    return region, labels.get(_ZONE[0], labels.get(_ZONE[1], ""))


class NodeTree:
    """Owns the names of the nodes by zone."""

    def __init__(self) -> None:
        self._zones: dict[Zone, dict[str, None]] = {}
        self._zone_of: dict[str, Zone] = {}
        self._order: tuple[str, ...] | None = ()

    def put(self, node: Node, *, anew: bool) -> bool:
        """A node came or changed; says whether that changes the order. anew: it is another node of that name. O(1)."""
        zone, name = zone_of(node), node.name
        known = self._zone_of.get(name)
        if known == zone and not anew:
            return False
        if known is not None:
            self.remove(name)
        self._zones.setdefault(zone, {})[name] = None
        self._zone_of[name] = zone
        self._order = None
        return True

    def remove(self, name: str) -> None:
        """A node is gone. O(1)."""
        zone = self._zone_of.pop(name)
        names = self._zones[zone]
        del names[name]
        if not names:
            del self._zones[zone]
        self._order = None

    @property
    def order(self) -> tuple[str, ...]:
        """All names: the first of each zone, then the second of each. O(nodes) after a change, else O(1)."""
        if self._order is None:
            zones = [list(names) for names in self._zones.values()]
            longest = max(map(len, zones), default=0)
            self._order = tuple(
                names[turn] for turn in range(longest) for names in zones if turn < len(names)
            )
        return self._order
