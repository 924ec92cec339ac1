"""Snapshot: the nodes that one scheduling attempt looks at, by name, and in the order in which they are looked at.

The cache brings it up to date before each attempt. Everything that is worked out about all nodes together (how many
have an image, which have pods with affinity, which are alike, how many pods of a node a selector means) is carried
along, so that an attempt costs what has changed and not what there is.

A FrozenSnapshot is one moment of a Snapshot, for those who look later: it costs nothing to take, because it shares the
history of changes, and is put together only when somebody reads it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property

from attrs import frozen
from sortedcontainers import SortedDict

from windtunnel.model.scheduler.columns import Columns
from windtunnel.model.scheduler.likeness import Likeness
from windtunnel.model.scheduler.listers import Listers
from windtunnel.model.scheduler.node_info import NodeInfo
from windtunnel.model.scheduler.node_tree import NodeTree

Change = tuple[str, NodeInfo | None]
_FEW_CHANGES = 256


@frozen(slots=False, eq=False)
class FrozenSnapshot:
    """What a Snapshot was at one moment; immutable."""

    namespace_labels: Mapping[str, Mapping[str, str]]
    """The labels of each namespace, for namespace selectors."""
    _base: Mapping[str, NodeInfo]
    _history: Sequence[Change]
    _length: int

    @cached_property
    def nodes(self) -> Mapping[str, NodeInfo]:
        """The nodes in the order of their names, each with the pods known or assumed there. O(n log n) once."""
        found = dict(self._base)
        for name, info in self._history[: self._length]:
            if info is None:
                found.pop(name, None)
            else:
                found[name] = info
        return dict(sorted(found.items()))


class Snapshot:
    """Owns the NodeInfos of an attempt. listers answer for what is neither node nor pod."""

    def __init__(self, nodes: Iterable[NodeInfo] = (), listers: Listers | None = None) -> None:
        self.nodes: SortedDict[str, NodeInfo] = SortedDict()
        self.listers = listers or Listers()
        self.images: dict[str, int] = {}
        self.with_affinity: dict[str, NodeInfo] = {}
        self._base: Mapping[str, NodeInfo] = {}
        self._history: list[Change] = []
        self._tree = NodeTree()
        self._likeness = Likeness()
        self._columns: Columns | None = None
        for info in nodes:
            self.replace(info.name, info)

    def get(self, name: str) -> NodeInfo | None:
        """The node of this name, if it takes part. O(1)."""
        found: NodeInfo | None = self.nodes.get(name)
        return found

    def __len__(self) -> int:
        return len(self.nodes)

    def replace(self, name: str, info: NodeInfo | None) -> None:
        """Take in the newest version of a node, or drop it. O(log n) and the images of the node."""
        before = self.get(name)
        if before is None and info is None:
            return
        itself = before is None or info is None or before.node is not info.node
        if itself:
            self._node_changed(name, before, info)
        if info is None:
            del self.nodes[name]
        else:
            self.nodes[name] = info
            if self._columns is not None:
                self._columns.changed(info, itself=itself)
        if info is not None and info.with_affinity:
            self.with_affinity[name] = info
        else:
            self.with_affinity.pop(name, None)
        self._history.append((name, info))
        if len(self._history) > 2 * len(self.nodes) + _FEW_CHANGES:
            self._history = []
            self._base = dict(self.nodes)

    def freeze(self) -> FrozenSnapshot:
        """This moment, to be kept. O(1)."""
        labels = self.listers.namespace_labels
        return FrozenSnapshot(labels, self._base, self._history, len(self._history))

    @property
    def columns(self) -> Columns:
        """What is known of all nodes, the zones by turns (node_tree.py). O(nodes) after one came or went, else O(1)."""
        if self._columns is None:
            row = [self.nodes[name] for name in self._tree.order]
            self._columns = Columns(row, self._likeness)
        return self._columns

    def _node_changed(self, name: str, before: NodeInfo | None, info: NodeInfo | None) -> None:
        """A node came or went, or is another one than before in anything but its pods."""
        self._count_images(before, -1)
        self._count_images(info, 1)
        if info is None:
            self._tree.remove(name)
            self._likeness.forget(name)
            self._columns = None
            return
        assert info.node is not None
        old = before.node if before is not None else None
        anew = old is None or old.metadata.uid != info.node.metadata.uid
        if self._tree.put(info.node, anew=anew):
            self._columns = None

    def _count_images(self, info: NodeInfo | None, step: int) -> None:
        if info is None or info.node is None:
            return
        for image in info.node.status.images:
            for name in dict.fromkeys(image.get("names") or ()):
                number = self.images.get(name, 0) + step
                if number:
                    self.images[name] = number
                else:
                    del self.images[name]
