"""The one source of chance of the swarm: a generator for each scenario, from the seed and the scenario's number.

Scenario n is thus the same whatever ran before it, and whoever runs it. Only `random()` is asked, whose numbers Python
keeps the same between its versions, which it does not promise of shuffling and choosing.
"""

from __future__ import annotations

from bisect import bisect
from collections.abc import Iterable, Sequence
from hashlib import blake2b
from itertools import accumulate
from random import Random
from typing import Generic, TypeVar

T = TypeVar("T")


class Generator:
    """Draws for one scenario. Owns its state; equal names give equal draws."""

    def __init__(self, *name: object) -> None:
        text = "/".join(str(part) for part in name)
        digest = blake2b(text.encode(), digest_size=16).digest()
        self._random = Random(int.from_bytes(digest)).random

    def below(self, limit: int) -> int:
        """A number in [0, limit). O(1)."""
        return int(self._random() * limit)

    def share(self) -> float:
        """A number in [0, 1). O(1)."""
        return self._random()

    def chance(self, probability: float) -> bool:
        """True with this probability. O(1)."""
        return self._random() < probability

    def one_of(self, items: Sequence[T]) -> T:
        """One of at least one item. O(1)."""
        return items[int(self._random() * len(items))]

    def heavy(self, weights: Weights[T]) -> T:
        """One of at least one item, by their weights. O(log items)."""
        sums = weights.sums
        return weights.items[bisect(sums, self._random() * sums[-1], 0, len(sums) - 1)]

    def some_of(self, items: Iterable[T], probability: float) -> list[T]:
        """Those items that chance takes, each with this probability, in their order. O(items)."""
        return [item for item in items if self._random() < probability]


class Weights(Generic[T]):
    """Items with positive weights, ready to be drawn from. sums are the weights up to each item, added up."""

    __slots__ = ("items", "sums")

    def __init__(self, weighted: Iterable[tuple[T, float]]) -> None:
        pairs = [(item, weight) for item, weight in weighted if weight > 0]
        self.items = [item for item, _ in pairs]
        self.sums = list(accumulate(weight for _, weight in pairs))

    def __bool__(self) -> bool:
        return bool(self.items)
