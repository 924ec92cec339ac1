"""A replication manager that does not wait for its cache to show the pods it just created, and creates them again."""

from __future__ import annotations

from typing import Any

from windtunnel.model.controllers.expectations import Expectations
from windtunnel.model.controllers.freshness import OwnWrites
from windtunnel.model.controllers.replication.controller import ReplicationManager
from windtunnel.model.objects.meta import KubeObject
from windtunnel.model.objects.record import Key


class NoExpectations(Expectations):
    """Expects nothing."""

    def satisfied(self, key: Key) -> bool:
        """Always."""
        return True


class NoMemory(OwnWrites):
    """Never waits for the cache."""

    def wrote(self, key: Key, resource: str, written: KubeObject) -> None:
        """Remember nothing."""

    def ensure_seen(self, key: Key) -> None:
        """Go on at once."""


class ReplicationWithoutExpectations(ReplicationManager):
    """Counts what the cache shows, however old it is."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        settings = self.environment.settings.controller_manager
        self.expectations = NoExpectations(
            self.process, settings.expectations_timeout_ms, self.queue.add
        )
        self.own_writes = NoMemory({})
