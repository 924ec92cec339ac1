"""What every controller of the controller manager is made of: caches, a work queue, and workers that sync keys.

Nothing is synced before all caches are filled. A sync that fails with an error of the server or of the network is
tried again with the queue's back-off; any other error is a bug and ends the run. Subclasses say which caches they
watch, which keys an event puts in the queue, and what a sync does.
"""

from __future__ import annotations

from typing import Any

from windtunnel.model.api.errors import ApiError
from windtunnel.model.client.client import Client
from windtunnel.model.client.informer import Informer
from windtunnel.model.client.informer_factory import InformerFactory
from windtunnel.model.controllers.freshness import RetryLater
from windtunnel.model.environment import Environment
from windtunnel.model.objects.meta import KubeObject
from windtunnel.model.objects.record import Key
from windtunnel.model.sim.network import NetworkError
from windtunnel.model.sim.process import Process


def key_of(obj: KubeObject) -> Key:
    """The key of an object. O(1)."""
    return Key(obj.metadata.namespace, obj.metadata.name)


def namespace_is_terminating(error: ApiError) -> bool:
    """Whether a creation was refused because the namespace is going away. O(causes)."""
    return any(cause.reason == "NamespaceTerminating" for cause in error.causes)


class QueueController:
    """Owns a work queue and its workers. Subclasses set `name` and `workers` and override `sync`."""

    name = "controller"
    workers = 1
    survives: tuple[type[Exception], ...] = (ApiError, NetworkError, RetryLater)

    def __init__(
        self, process: Process, environment: Environment, client: Client, informers: InformerFactory
    ) -> None:
        self.process = process
        self.environment = environment
        self.client = client
        self.informers = informers
        self.queue = self.new_queue(self.name)
        self.caches: list[Informer] = []
        self.running: dict[Any, None] = {}
        self.last_errors: dict[Any, str] = {}

    def new_queue(self, name: str) -> Any:
        """A work queue with the controller manager's back-off."""
        settings = self.environment.settings.controller_manager
        return self.environment.roles["workqueue"](
            self.process, name, settings.retry_base_delay_ms, settings.retry_max_delay_ms
        )

    def watch(self, resource: str) -> Informer:
        """The shared cache of a resource, which has to be filled before the first sync."""
        informer: Informer = self.informers.informer(resource)
        if informer not in self.caches:
            self.caches.append(informer)
        return informer

    def start(self) -> None:
        """Begin: wait for the caches, then work."""
        self.process.spawn(self.run(), f"{self.name} controller")

    async def run(self) -> None:
        """Wait for the caches, then let the workers begin."""
        await self.wait_for_caches()
        self.caches_are_filled()
        for number in range(self.workers):
            self.process.spawn(self.work(), f"{self.name} worker {number}")

    async def wait_for_caches(self) -> None:
        """Wait until every cache holds its first list."""
        for informer in self.caches:
            await informer.wait_for_sync()

    def caches_are_filled(self) -> None:
        """Called once, before the workers begin."""

    async def work(self) -> None:
        """Sync one key after the other, for ever."""
        while True:
            key = await self.queue.get()
            await self.process_key(key)

    async def process_key(self, key: Any) -> None:
        """Sync one key, and decide whether it is tried again."""
        self.running[key] = None
        try:
            await self.sync(key)
        except self.survives as error:
            self.sync_failed(key, error)
        else:
            self.sync_succeeded(key)
        del self.running[key]
        self.queue.done(key)

    async def sync(self, key: Any) -> None:
        """Bring the world one step nearer to what the object of the key asks for."""
        raise NotImplementedError

    def sync_succeeded(self, key: Any) -> None:
        """The key needs no further attempt: its back-off starts anew."""
        self.last_errors.pop(key, None)
        self.queue.forget(key)

    def sync_failed(self, key: Any, error: Exception) -> None:
        """Try the key again after its back-off."""
        self.last_errors[key] = str(error)
        self.queue.add_rate_limited(key)

    def busy(self) -> str | None:
        """What the controller still has to do, in words; None if it has nothing to do. O(keys)."""
        for informer in self.caches:
            if not informer.synced:
                return f"{self.name} waits for its cache of {informer.resource}"
        for key in self.running:
            return f"{self.name} is at work on {key}{self._last_error(key)}"
        waiting = self.queue.busy()
        if waiting is not None:
            return str(waiting)
        for key, error in self.last_errors.items():
            return f"{self.name} is to try {key} again: {error}"
        return None

    def _last_error(self, key: Any) -> str:
        error = self.last_errors.get(key)
        return f" (its last error: {error})" if error else ""
