"""Several processes that share the scenarios of a search.

Each worker is forked from the searching process, so it has the same plan, code of one's own included, and takes the
next number whenever it is free. It runs the scenario, saves what it found, tells, shrinks, and tells again, over a pipe
of its own. Who ran what and when makes no difference: a scenario is a function of its number, and the collector sums up
in their order. A worker ends when there is no number left, time is up or the searching process is gone; one that dies
ends the search with an error. An error in a scenario is raised here, by running that scenario here.

Not modelled: systems that cannot fork.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkContext, ForkProcess
from typing import Any, NoReturn

from attrs import evolve, frozen

from windtunnel.model.cluster.scenario import Scenario
from windtunnel.model.outcome import ScenarioOutcome
from windtunnel.strategies.collector import Collector, Ran, Shrunk

PATIENCE_S = 10.0
"""How long a worker that is told to end may take for what it is in."""
AT_ONCE_S = 0.5

Examine = Callable[[int, ScenarioOutcome, Callable[[], bool]], Iterator[Ran | Shrunk]]


class WorkerDied(Exception):
    """A worker is gone without a word, or failed where nothing fails here."""


@frozen
class Failed:
    """A scenario raised an error in a worker; the text says which."""

    number: int
    error: str


@frozen
class Over:
    """A worker has nothing left to do."""


@frozen
class Work:
    """What workers do: run the scenario of a number, and examine what came of it, until time is up."""

    run: Callable[[int], ScenarioOutcome]
    examine: Examine
    out_of_time: Callable[[], bool]


def can_fork() -> bool:
    """Whether this system can make workers."""
    return "fork" in multiprocessing.get_all_start_methods()


class Workers:
    """Some worker processes. Owns them and their pipes; a context manager, at whose end none of them is left."""

    def __init__(self, count: int, work: Work) -> None:
        context: ForkContext = multiprocessing.get_context("fork")
        self._work = work
        self._next = context.Value("q", 0)
        self._limit = context.Value("q", 2**62, lock=False)
        self._readers: list[Connection[Any, Any]] = []
        self._processes: list[ForkProcess] = []
        for _ in range(count):
            self._start(context)

    def _start(self, context: ForkContext) -> None:
        reader, writer = context.Pipe(duplex=False)
        self._readers.append(reader)
        process = context.Process(target=self._be_a_worker, args=(writer, os.getpid()), daemon=True)
        # Ctrl-C goes to the whole group of processes, and a worker must not be hit before it can ignore it.
        with _undisturbed():
            process.start()
        self._processes.append(process)
        writer.close()

    # -- in the searching process ----------------------------------------------------------------------------------

    def collect(self, collector: Collector) -> None:
        """Hand what the workers tell to the collector, until it has enough or they have nothing left.

        Raises WorkerDied where one does, and what a scenario raised when it is that scenario's turn.
        """
        failed: dict[int, Failed] = {}
        working = dict(enumerate(self._readers))
        while working and not collector.enough:
            self._limit.value = collector.limit
            ready = wait(list(working.values()))
            for place in [place for place, reader in working.items() if reader in ready]:
                with _undisturbed():
                    message = self._receive(place)
                    if isinstance(message, Ran | Shrunk):
                        collector.take(message)
                if isinstance(message, Over):
                    del working[place]
                elif isinstance(message, Failed):
                    failed[message.number] = message
            if collector.next_number in failed and not collector.enough:
                self._raise(failed[collector.next_number])
        if failed and not collector.enough:
            self._raise(failed[min(failed)])

    def _receive(self, place: int) -> Ran | Shrunk | Failed | Over:
        try:
            message: Ran | Shrunk | Failed | Over = self._readers[place].recv()
        except (EOFError, OSError):
            process = self._processes[place]
            process.join(AT_ONCE_S)
            code = process.exitcode
            how = f"signal {-code}" if code is not None and code < 0 else f"exit status {code}"
            count = len(self._processes)
            raise WorkerDied(f"worker {place + 1} of {count} died ({how})") from None
        return message

    def _raise(self, failed: Failed) -> NoReturn:
        self._end()
        outcome = self._work.run(failed.number)
        for _ in self._work.examine(failed.number, outcome, lambda: True):
            pass  # saving may be what fails; shrinking is not even tried, since time is up
        raise WorkerDied(
            f"scenario {failed.number} failed in a worker and not again: {failed.error}"
        )

    def rest(self, collector: Collector) -> None:
        """Tell the workers to end, and take in what they still have to tell. For a search that was interrupted."""
        self._limit.value = 0
        for place in range(len(self._processes)):
            with suppress(WorkerDied):
                while self._readers[place].poll(PATIENCE_S):
                    with _undisturbed():
                        message = self._receive(place)
                        if isinstance(message, Ran | Shrunk):
                            collector.take(message)
                    if isinstance(message, Over):
                        break

    def _end(self) -> None:
        """End every worker, by force where it does not by itself."""
        self._limit.value = 0
        for reader in self._readers:
            reader.close()
        for process in self._processes:
            process.terminate()
        for process in self._processes:
            process.join(PATIENCE_S)
            if process.is_alive():
                process.kill()
                process.join()

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    # -- in a worker -----------------------------------------------------------------------------------------------

    def _be_a_worker(self, writer: Connection[Any, Any], parent: int) -> None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, _leave)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, (signal.SIGINT,))
        for reader in self._readers:
            reader.close()  # or nobody would learn that the searching process is gone
        with suppress(BrokenPipeError):
            for message in self._messages(parent):
                try:
                    writer.send(message)
                except (AttributeError, TypeError, ValueError) as error:
                    # Somebody's own action, or what it was given, cannot go through a pipe.
                    number = message.number if isinstance(message, Ran | Shrunk) else 0
                    writer.send(Failed(number, f"{type(error).__name__}: {error}"))

    def _messages(self, parent: int) -> Iterator[Ran | Shrunk | Failed | Over]:
        number = 0

        def unwanted() -> bool:
            return number >= self._limit.value or os.getppid() != parent

        def ended() -> bool:
            return unwanted() or self._work.out_of_time()

        while True:
            with self._next.get_lock():
                number = self._next.value
                self._next.value = number + 1
            # The first scenario runs however late it is, as it does without workers.
            if unwanted() or (number and self._work.out_of_time()):
                break
            try:
                outcome = self._work.run(number)
                if unwanted():
                    break
                for message in self._work.examine(number, outcome, ended):
                    yield _light(message) if isinstance(message, Ran) else message
            except Exception as error:  # noqa: BLE001 - whatever it is, the searching process is to raise it
                yield Failed(number, f"{type(error).__name__}: {error}")
                break
        yield Over()


def _light(ran: Ran) -> Ran:
    """Without what nobody asks of a scenario that broke nothing: its scenario, which is most of it."""
    if ran.failure is not None:
        return ran
    return evolve(ran, outcome=evolve(ran.outcome, scenario=Scenario(), not_applied=()))


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Ctrl-C waits until this is over: half a message would be none."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT,))
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _leave(number: int, frame: object) -> NoReturn:
    raise SystemExit
