"""A process: a name, a host, tasks, and a component that is made anew at every start.

A crash kills every task, closes every connection and forgets everything the component knew; a restart builds a fresh
component from the factory. Requests that were already sent may still land, as in life. A trap can be set to crash the
process just before it sends its k-th request from now, or around its k-th write. A process can also end itself; then
whoever supervises it hears of it.

A paused process (SIGSTOP) runs nothing: what would happen to it waits in the loop, and happens in order when it is
resumed. Its connections stay, and what it had sent arrives. It measures and writes time by a clock of its own.

Not modelled: memory limits, slow start, buffers that fill up while a process is paused.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Protocol

from windtunnel.model.facts import (
    ClockChanged,
    ProcessDown,
    ProcessPaused,
    ProcessResumed,
    ProcessUp,
)
from windtunnel.model.sim.clock import Clock
from windtunnel.model.sim.facts import FactHub
from windtunnel.model.sim.loop import Loop
from windtunnel.model.sim.network import Call, Network
from windtunnel.model.sim.tasks import Await, Gather, Task, Within


class Component(Protocol):
    """What runs in a process."""

    def start(self) -> None:
        """Begin work: spawn tasks, register as a server. Called once per incarnation."""

    def busy(self) -> str | None:
        """Why the component is not idle, in words; None when it has nothing to do."""


class Process:
    """Owns the tasks of one incarnation after another."""

    def __init__(
        self,
        name: str,
        host: str,
        loop: Loop,
        network: Network,
        facts: FactHub,
        factory: Callable[[Process], Component],
    ) -> None:
        self.name = name
        self.host = host
        self.loop = loop
        self.network = network
        self.facts = facts
        self.incarnation = 0
        self.alive = False
        self.component: Component | None = None
        self.on_call: Callable[[Call], None] | None = None
        self.on_exit: Callable[[Process], None] | None = None
        """Who supervises the process: called when an incarnation has ended itself."""
        self.clock: Clock | None = None
        """None for a clock that was never wrong, and thus shows the loop's time."""
        self._factory = factory
        self._tasks: dict[Task, None] = {}
        self._corpses: list[Task] = []
        self._trap: _Trap | None = None
        self._snapped = False
        network.register(self)

    @property
    def now_ms(self) -> int:
        """The steady reading of this process's clock: what durations are measured by. O(1)."""
        clock = self.clock
        return self.loop.now_ms if clock is None else clock.steady_ms(self.loop.now_ms)

    @property
    def wall_ms(self) -> int:
        """The time of day by this process's clock: what is written into objects, and compared with what is. O(1)."""
        clock = self.clock
        return self.loop.now_ms if clock is None else clock.wall_ms(self.loop.now_ms)

    def due_ms(self, reading_ms: int) -> int:
        """The loop's time at which now_ms will be so much: for timers that are set with Loop.at. O(1)."""
        clock = self.clock
        return reading_ms if clock is None else clock.true_ms(reading_ms)

    def lasts_ms(self, duration_ms: int) -> int:
        """How long a duration by this clock takes in the loop's time: for timers set with Loop.after. O(1)."""
        clock = self.clock
        return duration_ms if clock is None else clock.lasts_ms(duration_ms)

    def jump_clock(self, by_ms: int) -> None:
        """Set the wall clock forward, or back where negative; durations and timers do not notice. O(1)."""
        clock = self.clock or Clock()
        clock.jump(by_ms)
        self._has_set(clock)

    def set_clock_rate(self, rate: int) -> None:
        """Measure time at so many thousandths of the true rate from now on, by timers under way too. O(agenda)."""
        loop, clock = self.loop, self.clock or Clock()
        loop.stretch_plans(self.name, self.network, clock.rate, rate)
        clock.set_rate(loop.now_ms, rate)
        self._has_set(clock)

    def _has_set(self, clock: Clock) -> None:
        self.clock = None if clock.is_right else clock
        loop = self.loop
        self.facts.emit(ClockChanged(loop.step, loop.now_ms, self.name, clock.rate, clock.ahead_ms))

    @property
    def paused(self) -> bool:
        """Whether the process is stopped, and everything that would happen to it waits. O(1)."""
        return self.name in self.loop.paused

    def pause(self) -> None:
        """Stop where it stands. O(1)."""
        if self.alive and not self.paused:
            loop = self.loop
            loop.pause(self.name)
            self.facts.emit(ProcessPaused(loop.step, loop.now_ms, self.name, self.incarnation))

    def resume(self) -> None:
        """Go on: what would have happened meanwhile happens now, in order. O(what was held)."""
        if self.paused:
            loop = self.loop
            loop.resume(self.name)
            self.facts.emit(ProcessResumed(loop.step, loop.now_ms, self.name, self.incarnation))

    def start(self) -> None:
        """Start a new incarnation with an empty memory; does nothing while one runs."""
        if self.alive:
            return
        self.alive = True
        self.incarnation += 1
        self._trap = None
        self.component = self._factory(self)
        self.facts.emit(ProcessUp(self.loop.step, self.loop.now_ms, self.name, self.incarnation))
        self.component.start()

    def crash(self) -> None:
        """Kill the incarnation where it stands: tasks, connections and memory are gone. O(tasks)."""
        if not self.alive:
            return
        self.alive = False
        self.on_call = None
        self._trap = None
        self._snapped = False
        tasks, self._tasks = list(self._tasks), {}
        for task in tasks:
            task.kill()
        self._corpses.extend(tasks)
        self.loop.cancel_plans(self.name, self.network)
        self.loop.resume(self.name)
        self.network.process_down(self)
        if self.clock is not None:
            self.clock = self.clock.of_a_new_life(self.loop.now_ms)
        self.facts.emit(ProcessDown(self.loop.step, self.loop.now_ms, self.name, self.incarnation))

    def exit(self, why: str) -> None:
        """End this incarnation by its own decision, and tell its supervisor. The caller must do nothing after."""
        if not self.alive:
            return
        with self.loop.because(self.name, f"exits: {why}"):
            self.crash()
            if self.on_exit is not None:
                self.on_exit(self)

    def spawn(
        self,
        coroutine: Coroutine[Any, Any, Any],
        name: str,
        done: Callable[[Task], None] | None = None,
        *,
        begin: bool = True,
    ) -> Task:
        """Start a task of this incarnation; it runs to its first await at once."""

        task = Task(self.loop, self.name, name, coroutine, self._finished)
        task.then = done
        self._tasks[task] = None
        if begin:
            if self.loop.paused and self.paused:
                self.loop.after(0, self.name, f"{name} begins", task.resume)
            else:
                task.resume(None)
        return task

    def abandon(self, task: Task) -> None:
        """Kill one task of this incarnation; what it has asked for may still be carried out. O(1)."""
        self._tasks.pop(task, None)
        task.kill()

    def _finished(self, task: Task) -> None:
        self._tasks.pop(task, None)
        if task.then is not None:
            task.then(task)
        elif task.error is not None:
            # Nobody waits for this task: a component let an error out, which is a bug of its code.
            raise task.error

    def gather(self, *awaitables: Awaitable[Any]) -> Await[list[Any]]:
        """Run coroutines at once and wait for all; the first error, in the order given, is raised."""
        return Await(Gather(self.spawn, list(awaitables)))

    def within(self, limit_ms: int, awaitable: Awaitable[Any], what: str) -> Await[Any]:
        """Wait for a coroutine no longer than a while, by this process's clock. Raises DeadlineExceeded, and leaves the
        request that the coroutine waited for to its fate."""
        return Await(Within(self, limit_ms, awaitable, what))

    def call(self, target: str, request: Any, what: str) -> Call:
        """Send a request to a process by name and wait for the answer. Raises what the server answers with, or
        ConnectionLost / ConnectionTimedOut."""
        return Call(self.network, self, target, request, what)

    @property
    def is_trapped(self) -> bool:
        """Whether a crash waits for one of the next requests, or is under way."""
        return self._trap is not None or self._snapped

    def crash_after(self, requests: int) -> None:
        """Crash just before the request after that many more requests; 0 crashes before the very next one."""
        self._trap = _Trap(requests, writes_only=False, sends=False)

    def crash_around_write(self, number: int, *, after: bool) -> None:
        """Crash just before the n-th write from now is sent, counted from 1, or just after it was. O(1)."""
        self._trap = _Trap(number - 1, writes_only=True, sends=after)

    def disarm(self) -> None:
        """Take the trap away; where it has already snapped, the crash is not put off any longer."""
        self._trap = None
        if self._snapped:
            self.crash()

    def lets_out(self, request: Any) -> bool:
        """Called by the network for each request about to be sent; False where the process dies before it."""
        if self._snapped:
            return False
        trap = self._trap
        if trap is None or (trap.writes_only and not getattr(request, "writes", False)):
            return True
        if trap.left:
            trap.left -= 1
            return True
        where = "just after a write" if trap.sends else "between two requests"
        self.loop.after(0, self.name, f"crashes {where}", _crash, (self, self.incarnation))
        self._trap = None
        self._snapped = True
        return trap.sends


class _Trap:
    """Snaps at a request when as many more as are left were sent; with `sends` that one is still sent."""

    __slots__ = ("left", "sends", "writes_only")

    def __init__(self, left: int, *, writes_only: bool, sends: bool) -> None:
        self.left = left
        self.writes_only = writes_only
        self.sends = sends


def _crash(process_and_incarnation: tuple[Process, int]) -> None:
    process, incarnation = process_and_incarnation
    if process.incarnation == incarnation:
        process.crash()
