"""Coroutines on the loop: what they may await, how they are resumed, and how they die.

There is no asyncio here. A coroutine awaits an Operation (a call, a sleep, a future); the operation is told which task
waits and resumes it later with an answer or an error. Every await is thus a place where a process can crash, be
delayed, get an error, or lose its answer. A killed task is closed, whatever its clean-up raises is swallowed, and a
coroutine that refuses to end is kept as a corpse so that it never runs again.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Generator
from typing import Any, Generic, Protocol, TypeVar

from windtunnel.model.sim.clock import RIGHT
from windtunnel.model.sim.loop import Event, Loop

T = TypeVar("T")


class Operation(Protocol):
    """What a task may wait for: told once who waits, it resumes or fails that task later."""

    def start(self, task: Task) -> None:
        """Begin, on behalf of the task that awaits."""


class Await(Generic[T]):
    """Makes an operation awaitable: `answer = await Await(operation)`."""

    __slots__ = ("operation",)

    def __init__(self, operation: Operation) -> None:
        self.operation = operation

    def __await__(self) -> Generator[Operation, Any, T]:
        answer: T = yield self.operation
        return answer


class Task:
    """A coroutine that is on its way, and who owns it."""

    __slots__ = (
        "_at_once", "_done", "_starting", "alive", "coroutine", "error", "loop", "name", "owner", "result", "then",
    )  # fmt: skip

    def __init__(
        self,
        loop: Loop,
        owner: str,
        name: str,
        coroutine: Coroutine[Any, Any, Any],
        done: Callable[[Task], None] | None = None,
    ) -> None:
        self.loop = loop
        self.owner = owner
        self.name = name
        self.coroutine = coroutine
        self.alive = True
        self.result: Any = None
        self.error: Exception | None = None
        self._done = done
        self._starting = False
        self._at_once: tuple[Any, Exception | None] | None = None
        self.then: Callable[[Task], None] | None = None
        """What the owner was asked to do when the task is done."""

    def begin(self) -> None:
        """Run to the first await, within the current event."""
        self.resume(None)

    def resume(self, answer: Any) -> None:
        """Go on with an answer until the next await. A dead task stays dead."""
        if self._starting:
            self._at_once = (answer, None)
        elif self.alive:
            self._go_on(answer, None)

    def fail(self, error: Exception) -> None:
        """Go on with an error raised at the await."""
        if self._starting:
            self._at_once = (None, error)
        elif self.alive:
            self._go_on(None, error)

    def kill(self) -> None:
        """End the task where it stands: it is fenced first, so nothing that its clean-up does has an effect."""
        if not self.alive:
            return
        self.alive = False
        try:
            self.coroutine.close()
        except Exception:  # noqa: BLE001 - a dying process has nobody to report to
            self.result = None

    def _go_on(self, answer: Any, error: Exception | None) -> None:
        # An operation that has its answer at once gives it while it is started. It is taken up here, in a loop: a
        # stream with a thousand messages in its buffer must not need a thousand frames of Python's stack.
        coroutine = self.coroutine
        while True:
            try:
                operation = coroutine.send(answer) if error is None else coroutine.throw(error)
            except StopIteration as stop:
                self._finish(stop.value, None)
                return
            except Exception as raised:  # noqa: BLE001 - the error belongs to whoever waits for this task
                self._finish(None, raised)
                return
            if not self.alive:
                coroutine.close()
                return
            try:
                start = operation.start
            except AttributeError:
                answer, error = None, foreign_awaitable(self.name, operation)
                continue
            self._starting = True
            try:
                start(self)
            finally:
                self._starting = False
            if self._at_once is None:
                return
            (answer, error), self._at_once = self._at_once, None
            if not self.alive:
                return

    def _finish(self, result: Any, error: Exception | None) -> None:
        self.alive = False
        self.result = result
        self.error = error
        if self._done is not None:
            self._done(self)


def foreign_awaitable(name: str, operation: object) -> TypeError:
    """The one clear sentence for a coroutine that awaits what this loop does not run."""
    return TypeError(
        f"{name} awaits a {type(operation).__name__}, which the wind tunnel does not run; await ctx.client, ctx.sleep "
        "or ctx.gather instead of asyncio or other libraries"
    )


class Sleep:
    """Wakes its task after a while of virtual time."""

    __slots__ = ("background", "delay_ms", "event", "what")

    def __init__(
        self, delay_ms: int, what: str = "wakes up", background: bool | None = None
    ) -> None:
        self.delay_ms = delay_ms
        self.what = what
        self.background = background
        self.event: Event | None = None

    def start(self, task: Task) -> None:
        """Put the waking on the agenda."""
        loop, delay_ms = task.loop, self.delay_ms
        if loop.rates:
            delay_ms = -(-delay_ms * RIGHT // loop.rates.get(task.owner, RIGHT))
        self.event = loop.after(
            delay_ms,
            task.owner,
            f"{task.name} {self.what}",
            task.resume,
            None,
            background=self.background,
        )


def sleep(delay_ms: int, what: str = "wakes up", *, background: bool | None = None) -> Await[None]:
    """Wait for delay_ms of virtual time. background: None inherits, True for timers that recur for ever."""
    return Await(Sleep(delay_ms, what, background))


class Future(Generic[T]):
    """A value that comes later; any number of tasks may wait for it."""

    __slots__ = ("_error", "_settled", "_value", "_waiters", "loop", "what", "who")

    def __init__(self, loop: Loop, who: str, what: str = "goes on") -> None:
        self.loop = loop
        self.who = who
        self.what = what
        self._settled = False
        self._value: T | None = None
        self._error: Exception | None = None
        self._waiters: list[Task] = []

    @property
    def settled(self) -> bool:
        """Whether the value or the error is there."""
        return self._settled

    def set(self, value: T, *, background: bool | None = None) -> None:
        """Give the value; each waiter goes on in an event of its own, in the order in which they came."""
        self._settle(value, None, background)

    def set_error(self, error: Exception) -> None:
        """Give an error, raised at each waiter's await."""
        self._settle(None, error, None)

    def start(self, task: Task) -> None:
        """Wait, or go on at once where the value is there."""
        if self._settled:
            self._wake(task, None)
        else:
            self._waiters.append(task)

    def __await__(self) -> Generator[Operation, Any, T]:
        answer: T = yield self
        return answer

    def _settle(self, value: T | None, error: Exception | None, background: bool | None) -> None:
        if self._settled:
            return
        self._settled, self._value, self._error = True, value, error
        waiters, self._waiters = self._waiters, []
        for task in waiters:
            self._wake(task, background)

    def _wake(self, task: Task, background: bool | None) -> None:
        if self._error is not None:
            self.loop.after(0, self.who, self.what, task.fail, self._error, background=background)
        else:
            self.loop.after(0, self.who, self.what, task.resume, self._value, background=background)


class DeadlineExceeded(Exception):
    """Whoever waited gave up: the request may or may not have been carried out, or may still be."""


class Owner(Protocol):
    """What runs tasks and measures time for them: a process."""

    loop: Loop
    name: str

    def spawn(
        self,
        coroutine: Coroutine[Any, Any, Any],
        name: str,
        done: Callable[[Task], None] | None = None,
        *,
        begin: bool = True,
    ) -> Task:
        """Start a task."""

    def abandon(self, task: Task) -> None:
        """Kill a task."""

    def lasts_ms(self, duration_ms: int) -> int:
        """How long a duration by the owner's clock takes in the loop's time."""


class Within:
    """Runs a coroutine as a child of the awaiting task, for a limited time."""

    __slots__ = ("awaitable", "child", "limit_ms", "owner", "parent", "timer", "what")

    def __init__(self, owner: Owner, limit_ms: int, awaitable: Awaitable[Any], what: str) -> None:
        self.owner = owner
        self.limit_ms = limit_ms
        self.awaitable = awaitable
        self.what = what
        self.parent: Task | None = None
        self.child: Task | None = None
        self.timer: Event | None = None

    def start(self, task: Task) -> None:
        """Start the child; the parent goes on with its result or error, or with DeadlineExceeded."""
        owner = self.owner
        self.parent = task
        self.timer = owner.loop.after(
            owner.lasts_ms(self.limit_ms),
            owner.name,
            f"{task.name} gives up {self.what}",
            self._give_up,
        )
        child = owner.spawn(_as_coroutine(self.awaitable), task.name, self._done, begin=False)
        self.child = child
        child.begin()

    def _done(self, child: Task) -> None:
        parent = self.parent
        assert parent is not None and self.timer is not None
        parent.loop.cancel(self.timer)
        if child.error is not None:
            parent.fail(child.error)
        else:
            parent.resume(child.result)

    def _give_up(self, _: None) -> None:
        parent, child = self.parent, self.child
        assert parent is not None and child is not None
        self.owner.abandon(child)
        parent.fail(DeadlineExceeded(f"no answer within {self.limit_ms / 1000:g} s: {self.what}"))


class Gather:
    """Runs several coroutines at once as children of the awaiting task; answers with their results, in order."""

    __slots__ = ("awaitables", "children", "parent", "spawn", "waiting")

    def __init__(self, spawn: Callable[..., Task], awaitables: list[Awaitable[Any]]) -> None:
        self.spawn = spawn
        self.awaitables = awaitables
        self.waiting = len(awaitables)
        self.children: list[Task] = []
        self.parent: Task | None = None

    def start(self, task: Task) -> None:
        """Start every child; the parent goes on when the last is done, with the first error if there is one."""
        self.parent = task
        if not self.awaitables:
            task.loop.after(0, task.owner, f"{task.name} goes on", task.resume, [])
            return
        self.children = [
            self.spawn(
                _as_coroutine(awaitable), f"{task.name}[{index}]", self._child_done, begin=False
            )
            for index, awaitable in enumerate(self.awaitables)
        ]
        for child in self.children:
            child.begin()

    def _child_done(self, child: Task) -> None:
        self.waiting -= 1
        parent = self.parent
        if self.waiting or parent is None:
            return
        error = next((c.error for c in self.children if c.error is not None), None)
        what = f"{parent.name} goes on"
        if error is not None:
            parent.loop.after(0, parent.owner, what, parent.fail, error)
        else:
            results = [c.result for c in self.children]
            parent.loop.after(0, parent.owner, what, parent.resume, results)


async def _as_coroutine(awaitable: Awaitable[T]) -> T:
    return await awaitable
