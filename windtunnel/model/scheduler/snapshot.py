"""Snapshot: the nodes that one scheduling attempt looks at, by name and in the order of their names.

The cache brings it up to date before each attempt. Everything that is worked out about all nodes together (how many
have an image, which have pods with affinity, how many pods of a node a selector means) is carried along, so that an
attempt costs what has changed and not what there is.

A FrozenSnapshot is one moment of a Snapshot, for those who look later: it costs nothing to take, because it shares the
history of changes, and is put together only when somebody reads it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property

from attrs import frozen
from sortedcontainers import SortedDict

from windtunnel.model.api.selectors.labels import Selector
from windtunnel.model.scheduler.listers import Listers
from windtunnel.model.scheduler.node_info import NodeInfo, PodInfo

Change = tuple[str, NodeInfo | None]
_FEW_CHANGES = 256
_SELECTORS = 128


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
        self.topology_version = 0
        """Grows whenever a node comes or goes, or is another one than before in anything but its pods."""
        self._base: Mapping[str, NodeInfo] = {}
        self._history: list[Change] = []
        self._forgotten = 0
        self._counts: dict[tuple[str, str], dict[str, tuple[NodeInfo, int]]] = {}
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
        if before is None or info is None or before.node is not info.node:
            self.topology_version += 1
            self._count_images(before, -1)
            self._count_images(info, 1)
        if info is None:
            del self.nodes[name]
        else:
            self.nodes[name] = info
        if info is not None and info.with_affinity:
            self.with_affinity[name] = info
        else:
            self.with_affinity.pop(name, None)
        self._history.append((name, info))
        if len(self._history) > 2 * len(self.nodes) + _FEW_CHANGES:
            self._forgotten += len(self._history)
            self._history = []
            self._base = dict(self.nodes)

    # -- what changed ----------------------------------------------------------------------------------------------

    @property
    def position(self) -> int:
        """How many changes there were. O(1)."""
        return self._forgotten + len(self._history)

    def changes_since(self, position: int) -> Sequence[Change] | None:
        """The changes after a position, oldest first; None where they are forgotten. O(changes)."""
        if position < self._forgotten:
            return None
        return self._history[position - self._forgotten :]

    def freeze(self) -> FrozenSnapshot:
        """This moment, to be kept. O(1)."""
        labels = self.listers.namespace_labels
        return FrozenSnapshot(labels, self._base, self._history, len(self._history))

    # -- pods that a selector means --------------------------------------------------------------------------------

    def count(self, namespace: str, selector: Selector, text: str, node: NodeInfo) -> int:
        """How many pods of a node, of those that are not going, a selector means; text is the selector in print.

        O(1) where at most one pod changed since the last time, else O(pods on the node).
        """
        if not node.pods or selector.selects_everything:
            return 0
        key = (namespace, text)
        counts = self._counts.get(key)
        if counts is None:
            if len(self._counts) >= _SELECTORS:
                self._counts.pop(next(iter(self._counts)))
            counts = self._counts[key] = {}
        known = counts.get(node.name)
        if known is not None and known[0].pods is node.pods:
            # Another version of the node (a heartbeat), the very same pods.
            counts[node.name] = (node, known[1])
            return known[1]
        change = node.change
        if known is not None and change is not None and change.since == known[0].generation > 0:
            number = known[1]
            number -= change.before is not None and is_meant(namespace, selector, change.before)
            number += change.after is not None and is_meant(namespace, selector, change.after)
        else:
            number = matching_pods(namespace, selector, node)
        counts[node.name] = (node, number)
        return number

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


def is_meant(namespace: str, selector: Selector, info: PodInfo) -> bool:
    """Whether a pod is one of a namespace that a selector means, and not going. O(conditions)."""
    metadata = info.pod.metadata
    return (
        metadata.namespace == namespace
        and metadata.deletion_timestamp is None
        and selector.matches(metadata.labels)
    )


def matching_pods(namespace: str, selector: Selector, node: NodeInfo) -> int:
    """How many pods of a node a selector means. O(pods)."""
    return sum(is_meant(namespace, selector, info) for info in node.pods.values())
