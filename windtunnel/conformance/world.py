"""A small world for conformance cases: a store, one API server, a user, and the controllers a case needs.

Cases speak to the API server through its REST entry, as kubectl would, but without a network in between. Virtual time
passes only while a case waits.
"""

from __future__ import annotations

import json
from collections.abc import Coroutine, Mapping
from typing import Any

from windtunnel.model.api.kinds import BUILT_IN, KindRegistry
from windtunnel.model.apiserver.rest import RestAnswer, event_json, rest
from windtunnel.model.client.client import Client
from windtunnel.model.environment import Environment
from windtunnel.model.objects.json import Json
from windtunnel.model.roles import Roles
from windtunnel.model.settings import Settings
from windtunnel.model.sim.choices import Choices
from windtunnel.model.sim.facts import FactHub
from windtunnel.model.sim.identity import Identity
from windtunnel.model.sim.loop import Loop
from windtunnel.model.sim.network import Network, Stream
from windtunnel.model.sim.process import Component, Process
from windtunnel.model.store.server import StoreServer

PATIENCE_MS = 120_000
"""How long the user waits for one answer; nothing in a healthy world takes that long."""


class _Idle:
    def start(self) -> None:
        """Nothing to begin."""

    def busy(self) -> str | None:
        """Never busy of its own accord."""
        return None


class World:
    """Owns the processes of one case."""

    def __init__(
        self,
        settings: Settings = Settings(),
        *,
        roles: tuple[str, ...] = (),
        kinds: KindRegistry | None = None,
        swaps: Mapping[str, type] | None = None,
        deviations: Mapping[str, Mapping[int, int]] | None = None,
    ) -> None:
        self.loop = Loop()
        self.facts = FactHub()
        choices = Choices(deviations)
        self.network = Network(self.loop, self.facts, choices, settings.latency_ms)
        self.environment = Environment(
            kinds=kinds or KindRegistry(BUILT_IN),
            roles=Roles(swaps),
            settings=settings,
            identity=Identity(),
            choices=choices,
        )
        self.store = self.environment.roles["store"]()
        self._processes: list[Process] = []
        self._add("store", lambda process: StoreServer(process, self.environment, self.store))
        self.apiserver = self._add(
            "apiserver-0",
            lambda process: self.environment.roles["apiserver"](process, self.environment),
        )
        self.user = self._add("user", lambda process: _Idle())
        self.client = Client(self.user, self.environment)
        self._add_controllers(roles)
        for process in self._processes:
            process.start()
        self._wait_for_apiserver()

    def _add(self, name: str, factory: Any) -> Process:
        process = Process(name, name, self.loop, self.network, self.facts, factory)
        self._processes.append(process)
        return process

    def _add_controllers(self, roles: tuple[str, ...]) -> None:
        environment = self.environment
        managed = tuple(role for role in roles if role != "scheduler")
        if managed:
            from windtunnel.model.controllers.manager import ControllerManager

            def controller_manager(process: Process) -> Component:
                return ControllerManager(process, environment, managed)

            self._add("controller-manager-0", controller_manager)
        if "scheduler" in roles:
            self._add(
                "scheduler-0", lambda process: environment.roles["scheduler"](process, environment)
            )

    def _wait_for_apiserver(self) -> None:
        while self.apiserver.component is not None and self.apiserver.component.busy():
            if not self.loop.run_next():
                raise RuntimeError("the API server never became ready")

    def restart_apiserver(self) -> None:
        """Stop the API server and start it again: what was written before is then history."""
        self.apiserver.crash()
        self.apiserver.start()
        self._wait_for_apiserver()

    # -- running

    def run(self, work: Coroutine[Any, Any, Any], name: str, process: Process | None = None) -> Any:
        """Run a coroutine to its end and return its result; its error is raised here."""
        task = (process or self.user).spawn(work, name, done=lambda _: None)
        end_ms = self.loop.now_ms + PATIENCE_MS
        while task.alive:
            next_ms = self.loop.next_at_ms()
            if next_ms is None or next_ms > end_ms:
                raise TimeoutError(f"{name} has no answer after {PATIENCE_MS} ms")
            self.loop.run_next()
        if task.error is not None:
            raise task.error
        return task.result

    def run_for(self, duration_ms: int) -> None:
        """Let virtual time pass."""
        end_ms = self.loop.now_ms + duration_ms
        while (next_ms := self.loop.next_at_ms()) is not None and next_ms <= end_ms:
            self.loop.run_next()
        self.loop.advance_to(end_ms)

    def http(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None = None,
        body: Any = None,
        content_type: str = "application/json",
        headers: Mapping[str, Any] | None = None,
    ) -> RestAnswer:
        """Send one request to the REST entry. body is a JSON document, bytes as they are, or None."""
        raw = (
            body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        )
        component: Any = self.apiserver.component
        answer: RestAnswer = self.run(
            rest(
                component, method, path, query, {"Content-Type": content_type, **(headers or {})},
                raw, self.user,
            ),
            f"{method} {path}",
            self.apiserver,
        )  # fmt: skip
        return answer


class WatchReader:
    """Collects what a watch sends while virtual time passes."""

    def __init__(self, world: World, answer: RestAnswer) -> None:
        assert answer.stream is not None
        self.events: list[Json] = []
        self.closed = False
        self._stream: Stream = answer.stream
        self._kind = answer.kind
        world.user.spawn(self._read(), "reads a watch")

    async def _read(self) -> None:
        assert self._kind is not None
        while (event := await self._stream.next()) is not None:
            self.events.append(event_json(self._kind, event))
        self.closed = True

    def take(self) -> list[Json]:
        """What has come since the last time."""
        events, self.events = self.events, []
        return events

    def close(self) -> None:
        """Turn away."""
        self._stream.close()
