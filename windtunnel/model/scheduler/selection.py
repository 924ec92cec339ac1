"""Selection: some nodes of a snapshot, by their places in the order in which the snapshot has them.

What is known of all nodes is kept in columns, lists in that same order, so that what is known of some of them is picked
out of a column at once and no node needs to be touched.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar, overload

from windtunnel.model.scheduler.node_info import NodeInfo

T = TypeVar("T")


class Selection(Sequence[NodeInfo]):
    """The nodes at some places of a row of nodes; places is a range where they stand side by side."""

    __slots__ = ("_row", "places")

    def __init__(self, row: list[NodeInfo], places: Sequence[int]) -> None:
        self._row = row
        self.places = places

    def pick(self, column: list[T]) -> list[T]:
        """The entries of a column for these nodes. O(nodes)."""
        places = self.places
        if isinstance(places, range):
            return column[places.start : places.stop]
        return list(map(column.__getitem__, places))

    def part(self, begin: int, end: int) -> Selection:
        """The nodes from one to another, the last one not included. O(nodes) where they do not stand side by side."""
        return Selection(self._row, self.places[begin:end])

    def only(self, indices: Sequence[int]) -> Selection:
        """Those of them at these positions, counted from 0 among these nodes. O(answer)."""
        return Selection(self._row, list(map(self.places.__getitem__, indices)))

    def and_then(self, others: Selection) -> Selection:
        """These nodes, and then the others. O(nodes)."""
        if not self.places:
            return others
        return Selection(self._row, [*self.places, *others.places])

    def __len__(self) -> int:
        return len(self.places)

    def __iter__(self) -> Iterator[NodeInfo]:
        return iter(self.pick(self._row))

    @overload
    def __getitem__(self, index: int) -> NodeInfo: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[NodeInfo]: ...
    def __getitem__(self, index: int | slice) -> NodeInfo | Sequence[NodeInfo]:
        if isinstance(index, slice):
            return Selection(self._row, self.places[index])
        return self._row[self.places[index]]
