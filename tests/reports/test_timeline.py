"""The timeline of a run: what is recorded, and where it is drawn."""

from __future__ import annotations

from windtunnel.model.cluster.actions.faults import NodeCrash, Partition
from windtunnel.model.cluster.actions.time import HealFault
from windtunnel.model.facts import (
    ActionBegun,
    Healed,
    LinkCut,
    LinkHealed,
    Physical,
    ProcessDown,
    ProcessUp,
)
from windtunnel.model.sim.facts import FactHub
from windtunnel.model.timeline import Span, Timeline
from windtunnel.reports.drawing import LABEL_WIDTH, PLOT_WIDTH, Axis, draw


def test_faults_and_outages_last_until_they_end() -> None:
    """A bar begins where a fault begins and ends where it is healed, or with the run."""
    hub = FactHub()
    timeline = Timeline(hub)
    crash, cut = NodeCrash("node-1"), Partition("node-2", "apiserver-0", "to")
    hub.emit(ProcessUp(1, 0, "kubelet-node-1", 1))
    hub.emit(ActionBegun(2, 100, 1, crash))
    hub.emit(ProcessDown(3, 100, "kubelet-node-1", 1))
    hub.emit(Physical(4, 100, "node-1", "node-down", "", "", ""))
    hub.emit(ActionBegun(5, 200, 2, cut))
    hub.emit(LinkCut(6, 200, "node-2", "apiserver-0"))
    hub.emit(ActionBegun(7, 300, 3, HealFault(str(crash))))
    hub.emit(ProcessUp(8, 310, "kubelet-node-1", 2))
    hub.emit(Healed(9, 400))
    hub.emit(LinkHealed(10, 400, "node-2", "apiserver-0"))
    hub.emit(ProcessDown(11, 450, "scheduler-0", 1))
    found = [(span.row, span.begin_ms, span.end_ms, span.sort) for span in timeline.spans(500)]
    expected = [
        ("actions", 100, 300, "fault"),
        ("kubelet-node-1", 100, 310, "down"),
        ("node-1", 100, 100, "physical"),
        ("actions", 200, 400, "fault"),
        ("node-2 → apiserver-0", 200, 400, "cut"),
        ("actions", 300, 300, "heal"),
        ("actions", 400, 400, "heal"),
        ("scheduler-0", 450, 500, "down"),
    ]
    assert expected == found


def test_everything_is_drawn_within_the_picture() -> None:
    """No shape, label or tick lies outside of the drawing, however long the run."""
    spans = [Span(f"row-{n % 7}", n**3, n**3 + n % 3 * 1000, "down", "x" * 90) for n in range(300)]
    drawing = draw(spans, [])
    assert drawing is not None
    for row in drawing.rows:
        for shape in row.shapes:
            assert LABEL_WIDTH <= shape.x <= shape.x + shape.width <= drawing.width
            assert len(shape.label) * 5 <= shape.width
    assert all(LABEL_WIDTH <= tick.x <= drawing.width for tick in drawing.ticks)


def test_faults_that_overlap_get_a_row_each() -> None:
    """No bar hides another one."""
    spans = [
        Span("actions", 0, 100, "fault", "one"),
        Span("actions", 50, 200, "fault", "two"),
        Span("actions", 150, 300, "fault", "three"),
    ]
    drawing = draw(spans, [])
    assert drawing is not None
    assert [2, 1] == [len(row.shapes) for row in drawing.rows]


def test_a_quiet_hour_does_not_hide_a_busy_second() -> None:
    """Time is drawn by what happened in it."""
    axis = Axis([*range(0, 1000, 10), 3_600_000])
    assert axis.x(990) - axis.x(0) > PLOT_WIDTH * 0.8
    assert LABEL_WIDTH + PLOT_WIDTH == axis.x(3_600_000)


def test_many_rows_are_cut_off_and_counted() -> None:
    """A picture of a large cluster stays a picture."""
    drawing = draw([Span(f"row-{n}", n, n, "write", "") for n in range(100)], [])
    assert drawing is not None
    assert (40, 60) == (len(drawing.rows), drawing.rows_left_out)


def test_nothing_recorded_is_nothing_drawn() -> None:
    """A run without a timeline has no picture."""
    assert draw([], []) is None
