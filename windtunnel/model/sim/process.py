"""A process: a name, a host, tasks, and a component that is made anew at every start.

A crash kills every task, closes every connection and forgets everything the component knew; a restart builds a fresh
component from the factory. Requests that were already sent may still land, as in life. A trap can be set to crash the
process just before it sends, or just after it has sent, its k-th request from now.

Not modelled: memory limits, slow start, a process that hangs but keeps its connections.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Protocol

from windtunnel.model.facts import ProcessDown, ProcessUp
from windtunnel.model.sim.facts import FactHub
from windtunnel.model.sim.loop import Loop
from windtunnel.model.sim.network import Call, Network
from windtunnel.model.sim.tasks import Await, Gather, Task


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
        self._factory = factory
        self._tasks: dict[Task, None] = {}
        self._corpses: list[Task] = []
        self._trap: int | None = None
        self._snapped = False
        network.register(self)

    @property
    def now_ms(self) -> int:
        """The time on this process's clock."""
        return self.loop.now_ms

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
        self.network.process_down(self)
        self.facts.emit(ProcessDown(self.loop.step, self.loop.now_ms, self.name, self.incarnation))

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
            task.resume(None)
        return task

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
        self._trap = requests

    def disarm(self) -> None:
        """Take the trap away; where it has already snapped, the crash is not put off any longer."""
        self._trap = None
        if self._snapped:
            self.crash()

    def before_request(self) -> bool:
        """Called by the network for each request about to be sent; False when the process just died of its trap."""
        if self._trap is None:
            return True
        if self._trap == 0:
            self.loop.after(
                0, self.name, "crashes between two requests", _crash, (self, self.incarnation)
            )
            self._trap = None
            self._snapped = True
            return False
        self._trap -= 1
        return True


def _crash(process_and_incarnation: tuple[Process, int]) -> None:
    process, incarnation = process_and_incarnation
    if process.incarnation == incarnation:
        process.crash()
