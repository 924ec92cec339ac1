"""The one door for everything that could go either way: jitter, back-off noise, re-ordering.

`choices(point, n)` answers 0 unless the scenario lists a deviation for that asking of that point. A scenario is thus
first-in first-out and without jitter by default, and a finding needs only the few deviations that matter.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Heard(NamedTuple):
    """How often a point was asked, and how many answers there are."""

    asked: int
    answers: int


class Choices:
    """Answers each question from the sparse deviations of a scenario: point -> {nth asking, from 0: answer}."""

    def __init__(self, deviations: Mapping[str, Mapping[int, int]] | None = None) -> None:
        self.deviations = {point: dict(answers) for point, answers in (deviations or {}).items()}
        """What is left of the scenario's deviations. Empty: every answer is 0, and a caller need not even ask."""
        self._asked: dict[str, int] = {}
        self._heard: dict[str, Heard] | None = None

    def listen(self) -> dict[str, Heard]:
        """From here on hear everybody ask, and answer 0: a growing account of the points, for a rehearsal."""
        self._heard = {}
        # Whoever sees that there are no deviations does not ask.
        self.deviations = {"listening": {}}
        return self._heard

    def __call__(self, point: str, n: int) -> int:
        """A number in [0, n) for this asking of the point. O(1)."""
        answers = self.deviations.get(point)
        if answers is None:
            if self._heard is not None:
                asked = self._heard[point].asked if point in self._heard else 0
                self._heard[point] = Heard(asked + 1, n)
            return 0
        nth = self._asked.get(point, 0)
        self._asked[point] = nth + 1
        answer = answers.pop(nth, 0)
        if not answers:
            del self.deviations[point]
        return answer % n

    def be_fair(self) -> None:
        """Answer 0 from here on: the liveness phase takes no deviation."""
        self.deviations = {}
