"""The work queue of client-go: keys to reconcile, each at most once at a time.

An item that is added while it waits is kept once. One that is added while it is worked on waits until it is done and
then comes again, so nothing is lost and nothing is worked on twice at once. Items can be added after a delay (of
several delays for one item the earliest counts) or rate limited, with a delay that doubles with each failure.

Not modelled: priorities, metrics.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable
from typing import Generic, TypeVar

from windtunnel.model.client.rate_limiter import RateLimiter
from windtunnel.model.sim.loop import Event
from windtunnel.model.sim.process import Process
from windtunnel.model.sim.tasks import Await, Task

T = TypeVar("T", bound=Hashable)


class WorkQueue(Generic[T]):
    """Role "workqueue": made with (process, name). Owns the items that wait, those that are worked on, and timers."""

    def __init__(
        self, process: Process, name: str, base_delay_ms: int = 5, max_delay_ms: int = 1_000_000
    ) -> None:
        self.process = process
        self.name = name
        self.shutting_down = False
        self.limiter = RateLimiter(base_delay_ms, max_delay_ms)
        self._queue: deque[T] = deque()
        self._dirty: dict[T, None] = {}
        self._processing: dict[T, None] = {}
        self._delayed: dict[T, Event] = {}
        self._getters: deque[Task] = deque()
        self._hand_outs = 0
        self._drain = False
        self._drain_waiters: deque[Task] = deque()

    def __len__(self) -> int:
        """How many items are ready to be worked on. O(1)."""
        return len(self._queue)

    # -- adding ----------------------------------------------------------------------------------------------------

    def add(self, item: T) -> None:
        """Mark an item as needing work. O(1)."""
        if self.shutting_down or item in self._dirty:
            return
        self._dirty[item] = None
        if item in self._processing:
            return
        self._queue.append(item)
        self._wake()

    def add_after(self, item: T, delay_ms: int, *, background: bool | None = None) -> None:
        """Add an item later; of several pending delays for it the earliest counts. O(log n)."""
        if self.shutting_down:
            return
        if delay_ms <= 0:
            self.add(item)
            return
        loop, delay_ms = self.process.loop, self.process.lasts_ms(delay_ms)
        pending = self._delayed.get(item)
        if pending is not None:
            if pending.when_ms <= loop.now_ms + delay_ms:
                if pending.background and not (
                    loop.in_background if background is None else background
                ):
                    loop.promote(pending)
                return
            loop.cancel(pending)
        self._delayed[item] = loop.after(
            delay_ms,
            self.process.name,
            f"{self.name} queues {item} again",
            self._delay_over,
            item,
            background=background,
        )

    def add_rate_limited(self, item: T) -> None:
        """Add an item after the delay that its failures call for. O(log n)."""
        self.add_after(item, self.limiter.when(item, self.process.now_ms))

    def forget(self, item: T) -> None:
        """Forget the failures of an item; it stays queued if it is. O(1)."""
        self.limiter.forget(item)

    def num_requeues(self, item: T) -> int:
        """How often the item was rate limited since it was forgotten. O(1)."""
        return self.limiter.failures(item)

    # -- working ---------------------------------------------------------------------------------------------------

    def get(self) -> Await[T | None]:
        """The next item, or None once the queue is shut down and empty; call done(item) when its work is over."""
        return Await(_Get(self))

    def done(self, item: T) -> None:
        """The work on an item is over; it comes again at once if it was added meanwhile. O(1)."""
        self._processing.pop(item, None)
        if item in self._dirty:
            self._queue.append(item)
            self._wake()
        elif self._drain and not self._processing:
            self._resume_all(self._drain_waiters)

    def shut_down(self) -> None:
        """Take no more items; what waits is still handed out, then every get() is answered with None. O(getters)."""
        self.shutting_down = True
        for event in self._delayed.values():
            self.process.loop.cancel(event)
        self._delayed.clear()
        if not self._queue:
            self._resume_all(self._getters)

    def shut_down_with_drain(self) -> Await[None]:
        """Shut down and wait until everything that is worked on is done."""
        self._drain = True
        self.shut_down()
        return Await(_Drain(self))

    def busy(self) -> str | None:
        """What the queue still has to do now, in words, or None; delayed items are on the agenda, not here. O(1)."""
        if self._processing:
            return f"{self.name} works on {next(iter(self._processing))}"
        if self._queue:
            return f"{self.name} has {len(self._queue)} keys waiting, first {self._queue[0]}"
        return None

    def check(self) -> None:
        """Assert what must hold between waiting, dirty and worked-on items. O(items)."""
        waiting = list(self._queue)
        assert len(waiting) == len(dict.fromkeys(waiting)), "an item waits once"
        for item in waiting:
            assert item in self._dirty, "what waits needs work"
            assert item not in self._processing, "an item is not worked on and waiting at once"
        for item in self._dirty:
            assert item in self._processing or item in waiting, "what needs work waits for it"
        for item, event in self._delayed.items():
            assert event.state == Event.WAITING, f"the delay of {item} is not over"
        assert not (self.shutting_down and self._delayed), "a queue that shuts down takes no more"

    # -- inside ----------------------------------------------------------------------------------------------------

    def wait_for_item(self, task: Task) -> None:
        """A task waits for an item. O(log n)."""
        if self.shutting_down and not self._queue:
            task.loop.after(0, self.process.name, f"{task.name} ends", task.resume, None)
            return
        self._getters.append(task)
        if self._queue:
            self._wake()

    def wait_for_drain(self, task: Task) -> None:
        """A task waits until nothing is worked on. O(log n)."""
        if self._processing:
            self._drain_waiters.append(task)
        else:
            task.loop.after(0, self.process.name, f"{task.name} goes on", task.resume, None)

    def _wake(self) -> None:
        if self._hand_outs < len(self._getters):
            self._hand_outs += 1
            process = self.process
            process.loop.after(0, process.name, f"{self.name} hands out a key", self._hand_out)

    def _hand_out(self, _: None) -> None:
        self._hand_outs -= 1
        while self._getters and self._queue:
            task = self._getters.popleft()
            if not task.alive:
                continue
            item = self._queue.popleft()
            del self._dirty[item]
            self._processing[item] = None
            task.resume(item)
            break
        if self.shutting_down and not self._queue:
            self._resume_all(self._getters)

    def _delay_over(self, item: T) -> None:
        del self._delayed[item]
        self.add(item)

    def _resume_all(self, tasks: deque[Task]) -> None:
        while tasks:
            task = tasks.popleft()
            task.loop.after(0, self.process.name, f"{task.name} goes on", task.resume, None)


class _Get(Generic[T]):
    """The operation behind get()."""

    __slots__ = ("queue",)

    def __init__(self, queue: WorkQueue[T]) -> None:
        self.queue = queue

    def start(self, task: Task) -> None:
        self.queue.wait_for_item(task)


class _Drain(Generic[T]):
    """The operation behind shut_down_with_drain()."""

    __slots__ = ("queue",)

    def __init__(self, queue: WorkQueue[T]) -> None:
        self.queue = queue

    def start(self, task: Task) -> None:
        self.queue.wait_for_drain(task)
