"""What happened, step by step, and one digest of it all.

A step is (virtual time, who, what, cause). The digest folds the steps in batches, so that adding one costs a tuple and
a string; two runs of one scenario have equal digests, and where they do not, the first differing step says why.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import NamedTuple

_BATCH = 512


class Step(NamedTuple):
    """One numbered step; its number is its place in the trace, from 1. cause is the number of an earlier one, or 0."""

    when_ms: int
    who: str
    what: str
    cause: int


class Trace:
    """The steps of a run, in order, with a running digest."""

    def __init__(self) -> None:
        self._steps: list[tuple[int, str, str, int]] = []
        """Plain tuples, which cost a third of a Step; `step` makes a Step of one."""
        self._folded = 0
        self._digest = blake2b(digest_size=16)
        self._extra: list[str] = []

    def add(self, when_ms: int, who: str, what: str, cause: int) -> None:
        """Append a step. O(1)."""
        steps = self._steps
        steps.append((when_ms, who, what, cause))
        if len(steps) - self._folded >= _BATCH:
            self._fold()

    def fold(self, text: str) -> None:
        """Fold something that is no step of its own (what a write stored) into the digest. O(1)."""
        self._extra.append(text)

    @property
    def steps(self) -> list[Step]:
        """All steps so far, in order. O(steps)."""
        return [Step._make(step) for step in self._steps]

    def step(self, number: int) -> Step:
        """The step of a number, from 1. O(1)."""
        return Step._make(self._steps[number - 1])

    def causes(self, number: int, limit: int = 50) -> list[tuple[int, Step]]:
        """The chain of causes that ends in a step, earliest first, at most limit long. O(limit).

        It ends where somebody does the same again: a recurring timer is its own cause for ever.
        """
        chain: list[tuple[int, Step]] = []
        seen: set[tuple[str, str]] = set()
        while number > 0 and len(chain) < limit:
            step = self.step(number)
            if (step.who, step.what) in seen:
                break
            seen.add((step.who, step.what))
            chain.append((number, step))
            number = step.cause
        return chain[::-1]

    def digest(self) -> str:
        """The digest of everything so far, as hexadecimal text."""
        self._fold()
        return self._digest.hexdigest()

    def _fold(self) -> None:
        lines = [f"{a}|{b}|{c}|{d}" for a, b, c, d in self._steps[self._folded :]]
        self._folded = len(self._steps)
        lines += self._extra
        self._extra = []
        self._digest.update("\n".join(lines).encode())
