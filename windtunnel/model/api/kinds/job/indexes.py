"""Sets of completion indexes as jobs write them: `1,3-5,7`, in rising order and without overlap."""

from __future__ import annotations

from functools import lru_cache

from windtunnel.model.api.selectors.requirement import parse_integer


class IndexesError(ValueError):
    """A text is not a set of indexes; the sentence says why."""


@lru_cache(maxsize=1024)
def parse_indexes(text: str, completions: int) -> tuple[tuple[int, int], ...]:
    """Return the intervals (first, last) that the text lists; IndexesError if it is none. O(length)."""
    intervals: list[tuple[int, int]] = []
    last = -1
    for part in text.split(",") if text else ():
        limits = [_index(number, text, completions) for number in part.split("-")]
        if len(limits) > 2:
            raise IndexesError(f"the interval {part!r} is not two indexes with one '-' between")
        if limits[0] <= last or (len(limits) == 2 and limits[1] <= limits[0]):
            raise IndexesError(f"the indexes of {text!r} do not rise")
        last = limits[-1]
        intervals.append((limits[0], last))
    return tuple(intervals)


def _index(number: str, text: str, completions: int) -> int:
    index = parse_integer(number)
    if index is None or not number.isdigit():
        raise IndexesError(f"{number!r} in {text!r} is not an index")
    if index >= completions:
        raise IndexesError(f"index {number} is not below the number of completions, {completions}")
    return index


def count_indexes(intervals: tuple[tuple[int, int], ...]) -> int:
    """Return how many indexes the intervals hold. O(intervals)."""
    return sum(last - first + 1 for first, last in intervals)


def have_common_index(
    ones: tuple[tuple[int, int], ...], others: tuple[tuple[int, int], ...]
) -> bool:
    """Tell whether an index is in both sets. O(intervals of both)."""
    first = second = 0
    while first < len(ones) and second < len(others):
        if ones[first][1] < others[second][0]:
            first += 1
        elif others[second][1] < ones[first][0]:
            second += 1
        else:
            return True
    return False
