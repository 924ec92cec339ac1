"""A store, a reading API server and client processes: the smallest world in which reading can be tested."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from windtunnel.model.api.errors import ApiError, already_exists, conflict
from windtunnel.model.api.kinds import BUILT_IN, KindRegistry
from windtunnel.model.apiserver.listing import get_object, list_objects, open_watch
from windtunnel.model.apiserver.request import Options, Request, WatchEvent
from windtunnel.model.environment import Environment
from windtunnel.model.objects.json import Json
from windtunnel.model.objects.record import Record, StoreKey
from windtunnel.model.roles import Roles
from windtunnel.model.settings import Settings
from windtunnel.model.sim.choices import Choices
from windtunnel.model.sim.facts import FactHub
from windtunnel.model.sim.identity import Identity
from windtunnel.model.sim.loop import Loop
from windtunnel.model.sim.network import Call, Network, NetworkError, Stream
from windtunnel.model.sim.process import Process
from windtunnel.model.store.errors import RevisionMismatch
from windtunnel.model.store.requests import Delete, Put
from windtunnel.model.store.server import StoreServer
from windtunnel.model.store.store import Store


class ReadingServer:
    """An API server that reads as the real one does, and writes what it is given."""

    def __init__(self, process: Process, environment: Environment) -> None:
        self.process = process
        self.environment = environment
        self.caches: dict[str, Any] = {}
        self.fails_with: list[ApiError] = []
        self.served: list[Request] = []

    def start(self) -> None:
        """Listen, with a cache of each resource that the tests use."""
        for kind in self.environment.kinds.kinds:
            if kind.resource in ("pods", "configmaps", "nodes"):
                cache = self.environment.roles["watch-cache"](self.process, self.environment, kind)
                self.caches[kind.resource] = cache
                cache.start()
        self.process.on_call = self.on_call

    def busy(self) -> str | None:
        """Never."""
        return None

    def on_call(self, call: Call) -> None:
        """Serve a call in a task of its own."""
        self.process.spawn(self.serve(call), call.what)

    async def serve(self, call: Call) -> None:
        """Answer one call."""
        self.served.append(call.request)
        try:
            if self.fails_with:
                raise self.fails_with.pop(0)
            call.reply(await self.handle(call.request, call.source))
        except (ApiError, NetworkError) as error:
            call.reply_error(error)

    async def handle(self, request: Request, client: Process) -> Any:
        """One request."""
        cache = self.caches[request.resource]
        if request.verb == "get":
            return await get_object(cache, request)
        if request.verb == "list":
            return await list_objects(cache, request)
        if request.verb == "watch":
            return await open_watch(cache, request, client)
        key = StoreKey(request.resource, request.namespace, request.name)
        command = (
            Delete(key, None)
            if request.verb == "delete"
            else Put(key, request.body, 0 if request.verb == "create" else None)
        )
        try:
            return await self.process.call(self.environment.store, command, str(command))
        except RevisionMismatch as error:
            if request.verb == "create":
                raise already_exists(cache.kind, request.name) from error
            raise conflict(cache.kind, request.name) from error


class Idle:
    """A process that the tests drive from outside."""

    def __init__(self, process: Process) -> None:
        self.process = process

    def start(self) -> None:
        """Nothing."""

    def busy(self) -> str | None:
        """Never."""
        return None


class World:
    """One store, one or more API servers, a client process "user"."""

    def __init__(
        self,
        deviations: Mapping[str, Mapping[int, int]] | None = None,
        swaps: Mapping[str, type] | None = None,
        settings: Settings | None = None,
        apiservers: int = 1,
    ) -> None:
        self.loop = Loop()
        self.facts = FactHub()
        choices = Choices(deviations)
        self.network = Network(self.loop, self.facts, choices)
        self.environment = Environment(
            KindRegistry(BUILT_IN),
            Roles(swaps),
            settings or Settings(),
            Identity(),
            choices,
            apiservers=tuple(f"apiserver-{n}" for n in range(apiservers)),
        )
        self.store: Store = self.environment.roles["store"]()
        self.store_process = self.process(
            "store", "store-0", lambda p: StoreServer(p, self.environment, self.store)
        )
        self.servers = [
            self.process(name, name, lambda p: ReadingServer(p, self.environment))
            for name in self.environment.apiservers
        ]
        self.user = self.process("user", "user", Idle)
        self.run(10)

    def process(self, name: str, host: str, factory: Callable[[Process], Any]) -> Process:
        """One more process, started."""
        made = Process(name, host, self.loop, self.network, self.facts, factory)
        made.start()
        return made

    @property
    def server(self) -> ReadingServer:
        """The first API server's component."""
        component = self.servers[0].component
        assert isinstance(component, ReadingServer)
        return component

    def cache(self, resource: str = "configmaps", server: int = 0) -> Any:
        """A watch cache."""
        component = self.servers[server].component
        assert isinstance(component, ReadingServer)
        return component.caches[resource]

    def run(self, milliseconds: int) -> None:
        """Let time pass."""
        end_ms = self.loop.now_ms + milliseconds
        while (at_ms := self.loop.next_at_ms()) is not None and at_ms <= end_ms:
            self.loop.run_next()
        self.loop.advance_to(end_ms)

    def do(self, work: Coroutine[Any, Any, Any], limit_ms: int = 20_000) -> Any:
        """Run a coroutine of the user's to its end and give its result, or raise its error."""
        over: list[Any] = []
        self.user.spawn(work, "work", over.append)
        end_ms = self.loop.now_ms + limit_ms
        while not over:
            at_ms = self.loop.next_at_ms()
            assert at_ms is not None and at_ms <= end_ms, "the work does not end"
            self.loop.run_next()
        if over[0].error is not None:
            raise over[0].error
        return over[0].result

    # -- the store, at once

    def put(
        self, name: str, *, resource: str = "configmaps", namespace: str = "ns", **parts: Any
    ) -> Record:
        """Write an object directly into the store, at once, and let the store tell its watchers."""
        raw = self.object(name, resource=resource, namespace=namespace, **parts)
        record = self.store.put(StoreKey(resource, namespace, name), raw, None)
        self.store_server.committed()
        return record

    def delete(self, name: str, *, resource: str = "configmaps", namespace: str = "ns") -> Record:
        """Remove an object directly from the store, at once."""
        record = self.store.delete(StoreKey(resource, namespace, name), None)
        self.store_server.committed()
        return record

    @property
    def store_server(self) -> StoreServer:
        """The store's component."""
        component = self.store_process.component
        assert isinstance(component, StoreServer)
        return component

    def object(
        self, name: str, *, resource: str, namespace: str, labels: Json | None = None, **parts: Any
    ) -> Json:
        """An object of a resource."""
        kind = next(kind for kind in self.environment.kinds.kinds if kind.resource == resource)
        metadata: Json = {"name": name, "uid": f"uid-{name}"}
        if namespace:
            metadata["namespace"] = namespace
        if labels:
            metadata["labels"] = labels
        return {"apiVersion": kind.api_version, "kind": kind.kind, "metadata": metadata, **parts}

    # -- requests by hand

    def ask(
        self,
        verb: str,
        name: str = "",
        *,
        resource: str = "configmaps",
        namespace: str = "ns",
        **options: Any,
    ) -> Any:
        """Send a get, list or watch and give its raw answer."""
        request = Request(verb, resource, namespace, name, options=Options(**options))

        async def work() -> Any:
            return await self.user.call("apiserver-0", request, str(request))

        return self.do(work())

    def watch(self, name: str = "", **options: Any) -> Reader:
        """Open a watch and read it from now on."""
        return Reader(self, self.ask("watch", name, **options))


class Reader:
    """Reads a stream as it comes."""

    def __init__(self, world: World, stream: Stream) -> None:
        self.world = world
        self.stream = stream
        self.events: list[WatchEvent | None] = []
        self.error: NetworkError | None = None
        world.user.spawn(self._work(), "reader")

    async def _work(self) -> None:
        try:
            while (event := await self.stream.next()) is not None:
                self.events.append(event)
            self.events.append(None)
        except NetworkError as error:
            self.error = error

    def new(self, milliseconds: int = 10) -> list[WatchEvent | None]:
        """What came since the last time, after some more time; None is the end."""
        self.world.run(milliseconds)
        found, self.events[:] = list(self.events), []
        return found


def brief(events: list[WatchEvent | None]) -> list[Any]:
    """Events as (type, name) or their type; None stays None."""
    return [
        None
        if event is None
        else (event.type, event.record.key.name)
        if event.record is not None
        else "INITIAL-END"
        if event.initial_events_end
        else event.type
        for event in events
    ]


def names(answer: Any) -> list[str]:
    """The names of a list's items."""
    return [record.key.name for record in answer.items]
