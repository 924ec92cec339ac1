"""A control plane without nodes: store, API server, controller manager and a user, on one loop."""

from __future__ import annotations

from collections.abc import Coroutine, Mapping, Sequence
from typing import Any

from windtunnel.model.api.kinds import BUILT_IN, KindRegistry
from windtunnel.model.client.client import Client
from windtunnel.model.controllers.manager import BUILT_IN_CONTROLLERS, ControllerManager
from windtunnel.model.environment import Environment
from windtunnel.model.objects.json import Json
from windtunnel.model.roles import Roles
from windtunnel.model.settings import Settings
from windtunnel.model.sim.choices import Choices
from windtunnel.model.sim.facts import FactHub
from windtunnel.model.sim.identity import Identity
from windtunnel.model.sim.loop import Loop
from windtunnel.model.sim.network import Network
from windtunnel.model.sim.process import Process
from windtunnel.model.store.server import StoreServer

WITHOUT_POD_GC = tuple(name for name in BUILT_IN_CONTROLLERS if name != "pod-gc")
"""There are no nodes here: the pod garbage collector would remove every pod that is bound."""


class Nothing:
    """The component of the user's process."""

    def __init__(self, process: Process) -> None:
        self.process = process

    def start(self) -> None:
        """Nothing to begin."""

    def busy(self) -> str | None:
        """Never busy."""
        return None


class ControlPlane:
    """What a controller needs around it."""

    def __init__(
        self,
        controllers: Sequence[str | type] = WITHOUT_POD_GC,
        *,
        swaps: Mapping[str, type] | None = None,
        kinds: KindRegistry | None = None,
        settings: Settings = Settings(),
    ) -> None:
        self.loop = Loop()
        self.facts = FactHub()
        choices = Choices()
        self.network = Network(self.loop, self.facts, choices, 1)
        self.environment = Environment(
            kinds or KindRegistry(BUILT_IN), Roles(swaps), settings, Identity(), choices
        )
        environment, roles = self.environment, self.environment.roles
        self.store = roles["store"]()
        self.store_process = self._process(
            "store", lambda p: StoreServer(p, environment, self.store)
        )
        self.apiserver = self._process("apiserver-0", lambda p: roles["apiserver"](p, environment))
        self.manager = self._process(
            "controller-manager-0", lambda p: ControllerManager(p, environment, controllers)
        )
        self.user = self._process("user", Nothing)
        self.client = Client(self.user, environment)
        for process in (self.store_process, self.apiserver, self.user):
            process.start()
        self.do(self._namespaces())
        self.manager.start()
        self.settle()

    def _process(self, name: str, factory: Any) -> Process:
        return Process(name, name, self.loop, self.network, self.facts, factory)

    async def _namespaces(self) -> None:
        await self.client.create(
            {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "default"}}
        )

    def do(self, work: Coroutine[Any, Any, Any]) -> Any:
        """The result of the user's requests, or their error."""
        task = self.user.spawn(work, "user", done=lambda _: None)
        while task.alive:
            assert self.loop.run_next()
        if task.error is not None:
            raise task.error
        return task.result

    def busy(self) -> str | None:
        """What somebody still has to do."""
        for process in (self.store_process, self.apiserver, self.manager):
            if process.alive and process.component is not None:
                reason = process.component.busy()
                if reason:
                    return f"{process.name}: {reason}"
        return None

    def settle(self, limit_ms: int = 600_000) -> None:
        """Run until nothing is left to do."""
        end_ms = self.loop.now_ms + limit_ms
        while self.loop.foreground or self.busy():
            next_ms = self.loop.next_at_ms()
            assert next_ms is not None, self.busy()
            assert next_ms <= end_ms, (self.busy(), [e.what for e in self.loop.pending()[:5]])
            self.loop.run_next()

    def run_for(self, duration_ms: int) -> None:
        """Let virtual time pass."""
        end_ms = self.loop.now_ms + duration_ms
        while (next_ms := self.loop.next_at_ms()) is not None and next_ms <= end_ms:
            self.loop.run_next()
        self.loop.advance_to(end_ms)

    def create(self, obj: Json) -> Any:
        """Create an object as the user."""
        return self.do(self.client.create(obj))

    def get(self, kind: str, name: str) -> Any:
        """A namespaced object of `default` as the API server has it."""
        return self.do(self.client.get(kind, f"default/{name}"))

    def list(self, kind: str, label_selector: str = "") -> list[Any]:
        """The objects of a kind in `default`."""
        found: list[Any] = self.do(self.client.list(kind, "default", label_selector))
        return found

    def patch(self, kind: str, name: str, body: Json, subresource: str = "") -> Any:
        """Merge-patch an object."""
        return self.do(self.client.patch(kind, f"default/{name}", body, "merge", subresource))

    def delete(self, kind: str, name: str, **options: Any) -> Any:
        """Delete an object."""
        return self.do(self.client.delete(kind, f"default/{name}", **options))


def workload(name: str, replicas: int, kind: str = "ReplicationController", **spec: Any) -> Json:
    """A ReplicationController or ReplicaSet of pods labelled app=name, which no scheduler takes."""
    labels = {"app": name}
    template = {
        "metadata": {"labels": labels},
        "spec": {"schedulerName": "none", "containers": [{"name": "c", "image": "img:1"}]},
    }
    return {
        "apiVersion": "v1" if kind == "ReplicationController" else "apps/v1",
        "kind": kind,
        "metadata": {"name": name, "namespace": "default"},
        "spec": {
            "replicas": replicas,
            "selector": labels if kind == "ReplicationController" else {"matchLabels": labels},
            "template": template,
            **spec,
        },
    }
