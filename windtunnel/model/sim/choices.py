"""The one door for everything that could go either way: jitter, back-off noise, re-ordering.

`choices(point, n)` answers 0 unless the scenario lists a deviation for that asking of that point. A scenario is thus
first-in first-out and without jitter by default, and a finding needs only the few deviations that matter.
"""

from __future__ import annotations

from collections.abc import Mapping


class Choices:
    """Answers each question from the sparse deviations of a scenario: point -> {nth asking, from 0: answer}."""

    def __init__(self, deviations: Mapping[str, Mapping[int, int]] | None = None) -> None:
        self.deviations = {point: dict(answers) for point, answers in (deviations or {}).items()}
        """What is left of the scenario's deviations. Empty: every answer is 0, and a caller need not even ask."""
        self._asked: dict[str, int] = {}

    def __call__(self, point: str, n: int) -> int:
        """A number in [0, n) for this asking of the point. O(1)."""
        answers = self.deviations.get(point)
        if answers is None:
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
