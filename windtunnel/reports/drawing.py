"""The timeline of one run as shapes to draw: which rows there are, where bars and marks lie, what the axis says.

Virtual time jumps: a second full of requests may be followed by a quiet minute. So the axis is drawn by what happened:
between two moments it gives a quiet stretch room by the logarithm of its length. Faults that overlap get a row each.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from itertools import pairwise
from math import log1p

from attrs import frozen

from windtunnel.model.outcome import Finding
from windtunnel.model.timeline import ACTIONS, Span
from windtunnel.reports.report import plain, seconds, shortened

LABEL_WIDTH = 210
PLOT_WIDTH = 780
ROW_HEIGHT = 24
AXIS_HEIGHT = 26
MARGIN = 18
MAX_ROWS = 40
_NUMBER = re.compile(r"#(\d{1,3}) ")
_NARROWEST = 3.0
_TICK_DISTANCE = 84
_LETTER_WIDTH = 6.2


@frozen
class Shape:
    """A bar (width > 0) or a mark around x; label is what fits into a bar, of an action its number."""

    x: float
    width: float
    sort: str
    title: str
    label: str = ""


@frozen
class Row:
    """One row with its top edge and shapes."""

    name: str
    top: int
    shapes: tuple[Shape, ...]


@frozen
class Tick:
    """A labelled place on the axis."""

    x: float
    label: str


@frozen
class Drawing:
    """Everything that a template needs to draw a run. broken is where promises broke."""

    width: int
    height: int
    rows: tuple[Row, ...]
    ticks: tuple[Tick, ...]
    broken: tuple[Tick, ...]
    rows_left_out: int


class Axis:
    """Where a moment lies."""

    def __init__(self, moments: Sequence[int]) -> None:
        self._moments = sorted(dict.fromkeys(moments)) or [0]
        self._offsets = [0.0]
        for before, after in pairwise(self._moments):
            self._offsets.append(self._offsets[-1] + log1p(after - before))
        self._scale = PLOT_WIDTH / (self._offsets[-1] or 1.0)

    def x(self, moment: int) -> float:
        """The place of a moment; one that nothing happened at lies at the moment before it. O(log moments)."""
        at = max(bisect_right(self._moments, moment) - 1, 0)
        return round(LABEL_WIDTH + self._offsets[at] * self._scale, 1)

    def ticks(self) -> tuple[Tick, ...]:
        """Labels at moments that are far enough from each other, from the first one on. O(moments)."""
        found: list[Tick] = []
        for moment in self._moments:
            x = self.x(moment)
            if x > LABEL_WIDTH + PLOT_WIDTH - MARGIN and found:
                break
            if not found or x - found[-1].x >= _TICK_DISTANCE:
                found.append(Tick(x, seconds(moment)))
        return tuple(found)


def draw(spans: Sequence[Span], findings: Sequence[Finding]) -> Drawing | None:
    """Lay out a run; None where nothing was recorded. O(spans log spans)."""
    if not spans:
        return None
    moments = [moment for span in spans for moment in (span.begin_ms, span.end_ms)]
    axis = Axis([*moments, *(finding.now_ms for finding in findings)])
    lanes = _lanes(spans, axis)
    rows = tuple(
        Row(
            shortened(name, 32),
            MARGIN + number * ROW_HEIGHT,
            tuple(_shape(span, axis) for span in row),
        )
        for number, (name, row) in enumerate(lanes[:MAX_ROWS])
    )
    return Drawing(
        width=LABEL_WIDTH + PLOT_WIDTH + MARGIN,
        height=MARGIN + len(rows) * ROW_HEIGHT + AXIS_HEIGHT,
        rows=rows,
        ticks=axis.ticks(),
        broken=_broken(findings, axis),
        rows_left_out=len(lanes) - len(rows),
    )


def _broken(findings: Sequence[Finding], axis: Axis) -> tuple[Tick, ...]:
    """One place for each promise: where it broke first."""
    first: dict[str, Finding] = {}
    for finding in findings:
        first.setdefault(finding.invariant, finding)
    return tuple(
        Tick(axis.x(finding.now_ms), f"{plain(name)} is broken at {seconds(finding.now_ms)}")
        for name, finding in first.items()
    )


def _lanes(spans: Sequence[Span], axis: Axis) -> list[tuple[str, list[Span]]]:
    """Rows in order: actions, faults (as many as overlap), then everything else by first appearance."""
    actions = [span for span in spans if span.row == ACTIONS and span.sort != "fault"]
    faults: list[list[Span]] = []
    rows: dict[str, list[Span]] = {}
    for span in spans:
        if span.row == ACTIONS and span.sort == "fault":
            _place(span, faults, axis)
        elif span.row != ACTIONS:
            rows.setdefault(span.row, []).append(span)
    lanes = [(ACTIONS, actions)] if actions else []
    lanes += [("faults" if not number else "", lane) for number, lane in enumerate(faults)]
    return lanes + list(rows.items())


def _place(span: Span, lanes: list[list[Span]], axis: Axis) -> None:
    for lane in lanes:
        last = lane[-1]
        if axis.x(span.begin_ms) >= max(axis.x(last.end_ms), axis.x(last.begin_ms) + _NARROWEST):
            lane.append(span)
            return
    lanes.append([span])


def _shape(span: Span, axis: Axis) -> Shape:
    x = axis.x(span.begin_ms)
    text = plain(span.text)
    if span.sort not in ("fault", "down", "cut"):
        number = _NUMBER.match(text)
        title = f"{seconds(span.begin_ms)} {text}"
        return Shape(x, 0.0, span.sort, title, number[1] if number else "")
    width = round(max(axis.x(span.end_ms) - x, _NARROWEST), 1)
    title = f"{seconds(span.begin_ms)} to {seconds(span.end_ms)} {text}"
    letters = int((width - 8) / _LETTER_WIDTH)
    return Shape(x, width, span.sort, title, shortened(text, letters) if letters >= 3 else "")
