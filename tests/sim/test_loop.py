"""The agenda: order, causes, foreground and background, the digest."""

from __future__ import annotations

from windtunnel.model.sim.loop import Loop
from windtunnel.model.sim.trace import Trace


def _later(loop: Loop, who: str, what: str) -> None:
    loop.after(1, who, what, lambda _: None)


def test_events_run_in_order_of_time_then_of_scheduling() -> None:
    """Two events of one moment run in the order in which they were put on the agenda."""
    loop = Loop()
    ran: list[str] = []
    for name, delay_ms in (("late", 5), ("first", 1), ("second", 1)):
        loop.after(delay_ms, "who", name, ran.append, name)
    while loop.run_next():
        pass
    assert ["first", "second", "late"] == ran
    assert 5 == loop.now_ms


def test_the_cause_of_an_event_is_the_step_that_scheduled_it() -> None:
    """A chain of causes leads from a step back to its beginning."""
    loop = Loop()
    loop.after(1, "a", "one", lambda _: _later(loop, "b", "two"))
    while loop.run_next():
        pass
    assert [(1, "one"), (2, "two")] == [(n, step.what) for n, step in loop.trace.causes(2)]


def test_a_cancelled_event_does_not_run_and_does_not_count() -> None:
    """Cancelling takes an event out of the agenda and out of the foreground."""
    loop = Loop()
    ran: list[str] = []
    event = loop.after(1, "a", "x", ran.append)
    loop.cancel(event)
    loop.cancel(event)
    assert 0 == loop.foreground
    assert not loop.run_next()
    assert [] == ran


def test_background_is_inherited_and_can_be_promoted() -> None:
    """What a background event schedules is background, until somebody knows better."""
    loop = Loop()
    loop.after(1, "a", "tick", lambda _: _later(loop, "a", "tock"), background=True)
    assert 0 == loop.foreground
    loop.run_next()
    assert 0 == loop.foreground
    event = loop.after(9, "a", "steady", lambda _: None, background=True)
    loop.promote(event)
    assert ["steady"] == [e.what for e in loop.pending()]


def test_the_digest_depends_on_every_step_and_not_on_how_they_were_batched() -> None:
    """Equal steps, equal digest; one more step, another digest."""
    one, two = Trace(), Trace()
    for number in range(1000):
        one.add(number, "who", "what", 0)
        two.add(number, "who", "what", 0)
    assert one.digest() == two.digest()
    two.add(1000, "who", "what", 0)
    assert one.digest() != two.digest()


def test_what_is_scheduled_outside_of_events_has_no_cause_but_the_given_one() -> None:
    """The event that happened to run last is no cause of what a person does next."""
    loop = Loop()
    loop.after(1, "a", "earlier", lambda _: None)
    loop.run_next()
    loop.after(1, "a", "by itself", lambda _: None)
    with loop.because("action", "#1 push"):
        loop.after(2, "a", "pushed", lambda _: None)
    while loop.run_next():
        pass
    steps = [(step.what, step.cause) for step in loop.trace.steps]
    assert [("earlier", 0), ("#1 push", 0), ("by itself", 0), ("pushed", 2)] == steps
