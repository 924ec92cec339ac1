"""Delta debugging of any list or number in a scenario.

Of a list large pieces are left out first, then smaller ones, then single items. A number is tried at its least, and is
then searched for by halves.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from windtunnel.model.cluster.scenario import Scenario
from windtunnel.strategies.shrinking.trials import Trials

Get = Callable[[Scenario], Sequence[Any]]
Put = Callable[[Scenario, Sequence[Any]], Scenario]


def fewer(trials: Trials, get: Get, put: Put, largest: int | None = None) -> None:
    """Leave out what can go, at most `largest` items at a time. O(n log n) tries, mostly far fewer.

    From the beginning: what is left out there makes later tries shorter, and the end led to the violation.
    """
    size = len(get(trials.scenario))
    chunk = size if largest is None else min(largest, size)
    while chunk:
        begin = 0
        while begin < len(get(trials.scenario)):
            items = get(trials.scenario)
            if not trials.attempt(put(trials.scenario, [*items[:begin], *items[begin + chunk :]])):
                begin += chunk
        chunk = min(chunk // 2, len(get(trials.scenario)))


def least(value: int, attempt: Callable[[int], bool]) -> None:
    """Lower a number: 1, then 0 if that will do, else by halves towards the least that will do. O(log value) tries."""
    if value <= 0:
        return
    if value == 1 or attempt(1):
        attempt(0)
        return
    refused, kept = 1, value
    while kept - refused > 1:
        middle = (refused + kept) // 2
        if attempt(middle):
            kept = middle
        else:
            refused = middle
