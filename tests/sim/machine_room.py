"""A loop with two processes on two hosts, small enough to reason about by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from windtunnel.model.sim.choices import Choices
from windtunnel.model.sim.facts import FactHub
from windtunnel.model.sim.loop import Loop
from windtunnel.model.sim.network import Call, Network
from windtunnel.model.sim.process import Process


class Plain:
    """A component that does what the test gives it to do."""

    def __init__(self, process: Process, work: Callable[[Process], Any] | None = None) -> None:
        self.process = process
        self.work = work

    def start(self) -> None:
        """Begin the given work."""
        if self.work is not None:
            self.work(self.process)

    def busy(self) -> str | None:
        """Never busy."""
        return None


class Room:
    """client on host a, server on host b, one millisecond apart."""

    def __init__(self) -> None:
        self.loop = Loop()
        self.facts = FactHub()
        self.network = Network(self.loop, self.facts, Choices())
        self.served: list[Any] = []
        self.client = self.process("client", "a")
        self.server = self.process("server", "b", self._serve)

    def process(
        self, name: str, host: str, work: Callable[[Process], Any] | None = None
    ) -> Process:
        """One more process, started."""
        made = Process(
            name, host, self.loop, self.network, self.facts, lambda process: Plain(process, work)
        )
        made.start()
        return made

    def _serve(self, process: Process) -> None:
        def serve(call: Call) -> None:
            self.served.append(call.request)
            call.reply(f"done {call.request}")

        process.on_call = serve

    def run(self, until_ms: int = 10**9) -> None:
        """Run everything on the agenda up to a moment."""
        while (next_ms := self.loop.next_at_ms()) is not None and next_ms <= until_ms:
            self.loop.run_next()
        self.loop.advance_to(min(until_ms, self.loop.now_ms) if until_ms == 10**9 else until_ms)
