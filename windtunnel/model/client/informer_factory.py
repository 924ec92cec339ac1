"""The informers of one process, each made once and shared by all who ask for the same thing."""

from __future__ import annotations

from typing import Any

from windtunnel.model.client.client import Client
from windtunnel.model.environment import Environment
from windtunnel.model.sim.process import Process


class InformerFactory:
    """Makes informers through the role "informer". Owns them."""

    def __init__(
        self, process: Process, environment: Environment, client: Client | None = None
    ) -> None:
        self.process = process
        self.environment = environment
        self.client = client or Client(process, environment, f"system:{process.name}")
        self._informers: dict[tuple[str, str, str, str], Any] = {}

    def informer(
        self, kind: str, *, namespace: str = "", label_selector: str = "", field_selector: str = ""
    ) -> Any:
        """The informer of a kind ("Pod" or "pods") and selection; start it, or all, with start(). O(1)."""
        resource = self.client.kind(kind).resource
        wanted = (resource, namespace, label_selector, field_selector)
        found = self._informers.get(wanted)
        if found is None:
            found = self._informers[wanted] = self.environment.roles["informer"](
                self.process,
                self.environment,
                resource,
                namespace=namespace,
                label_selector=label_selector,
                field_selector=field_selector,
                client=self.client,
            )
        return found

    def start(self) -> None:
        """Start every informer that was asked for and does not run yet."""
        for informer in list(self._informers.values()):
            informer.start()

    async def wait_for_sync(self) -> None:
        """Wait until every informer has taken in its first list."""
        for informer in list(self._informers.values()):
            await informer.wait_for_sync()

    def busy(self) -> str | None:
        """Why a copy may be out of date, or None. O(informers)."""
        for informer in self._informers.values():
            reason: str | None = informer.busy()
            if reason is not None:
                return reason
        return None
