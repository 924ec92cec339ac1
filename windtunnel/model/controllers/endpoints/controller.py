"""The endpoints controller: writes, for each service with a selector, the Endpoints object of the same name.

A sync looks up the service's pods in the cache, computes the subsets, and writes only if something differs from the
cached Endpoints. A cache that still shows the version which the controller has already replaced is not compared with;
the key is tried again until the cache has moved on.

Correction: a key is tried for as long as it fails. Kubernetes 1.36 drops it after 15 attempts, and then nothing repairs
the Endpoints before the next change or resync.

Not modelled: Events; the informers' resync; batching of updates (endpoint-updates-batch-period is 0).
"""

from __future__ import annotations

from typing import cast

from windtunnel.model.api.errors import ApiError, is_not_found
from windtunnel.model.client.client import Client
from windtunnel.model.client.informer_factory import InformerFactory
from windtunnel.model.controllers.base import key_of, namespace_is_terminating
from windtunnel.model.controllers.endpoints.desired import (
    desired_endpoints,
    is_up_to_date,
    selects_pods,
)
from windtunnel.model.controllers.endpoints.membership import ServiceMembers
from windtunnel.model.controllers.endpoints.subsets import subsets_of
from windtunnel.model.controllers.endpoints.trigger_time import TriggerTimes
from windtunnel.model.controllers.freshness import RetryLater
from windtunnel.model.environment import Environment
from windtunnel.model.objects.json import Json
from windtunnel.model.objects.pod import Pod
from windtunnel.model.objects.record import Key
from windtunnel.model.objects.service import Endpoints, Service
from windtunnel.model.sim.process import Process

LEADER_ANNOTATION = "control-plane.alpha.kubernetes.io/leader"


class EndpointsController(ServiceMembers):
    """Keeps Endpoints in line with services and pods."""

    name = "endpoints"

    def __init__(
        self, process: Process, environment: Environment, client: Client, informers: InformerFactory
    ) -> None:
        super().__init__(process, environment, client, informers)
        self.workers = environment.settings.controller_manager.concurrent_endpoint_syncs
        self.endpoints = self.watch("endpoints")
        self.trigger_times = TriggerTimes()
        self.replaced: dict[Key, str] = {}
        self.endpoints.add_handler(on_delete=self.endpoints_deleted)

    def caches_are_filled(self) -> None:
        """Look at all Endpoints once: services may have gone while no controller ran."""
        self.sweep_leftovers()

    def sweep_leftovers(self) -> None:
        """Queue every Endpoints object, but for those that are leader election's. O(endpoints)."""
        for endpoints in self.endpoints.list():
            if LEADER_ANNOTATION not in endpoints.metadata.annotations:
                self.queue.add(key_of(endpoints))

    # -- events ------------------------------------------------------------------------------------

    def endpoints_deleted(self, endpoints: Endpoints) -> None:
        """Somebody deleted Endpoints: they may have to be made again."""
        self.queue.add(key_of(endpoints))

    # -- one sync ----------------------------------------------------------------------------------

    async def sync(self, key: Key) -> None:
        """Bring one service's Endpoints in line. O(pods of the namespace)."""
        service = cast("Service | None", self.services.get(key))
        if service is None:
            await self.delete_endpoints(key)
            return
        if not selects_pods(service):
            return
        pods = self.selected_pods(service)
        changed_at_ms = self.trigger_times.changed_at_ms(service, pods)
        subsets = self.subsets(service, pods)
        current = self.current_endpoints(key)
        if current is not None and is_up_to_date(current, service, subsets):
            return
        await self.write(current, desired_endpoints(current, service, subsets, changed_at_ms))

    def subsets(self, service: Service, pods: list[Pod]) -> list[Json]:
        """What the service's Endpoints should list."""
        return subsets_of(service, pods)

    def current_endpoints(self, key: Key) -> Endpoints | None:
        """The cached Endpoints; raises RetryLater while the cache shows a version that has been replaced."""
        current = cast("Endpoints | None", self.endpoints.get(key))
        if current is not None and self.replaced.get(key) == current.metadata.resource_version:
            raise RetryLater(f"the cache of endpoints does not show the last write for {key} yet")
        return current

    async def write(self, current: Endpoints | None, desired: Json) -> None:
        """Create or update the Endpoints."""
        if current is None:
            await self.create_endpoints(desired)
            return
        written = await self.client.update(desired)
        if written.metadata.resource_version != current.metadata.resource_version:
            self.replaced[key_of(current)] = current.metadata.resource_version

    async def create_endpoints(self, desired: Json) -> None:
        """Create the Endpoints, unless their namespace is going away anyway."""
        try:
            await self.client.create(desired)
        except ApiError as error:
            if not namespace_is_terminating(error):
                raise

    async def delete_endpoints(self, key: Key) -> None:
        """The service is gone: delete its Endpoints."""
        self.trigger_times.forget(key)
        self.replaced.pop(key, None)
        try:
            await self.client.delete("Endpoints", key)
        except ApiError as error:
            if not is_not_found(error):
                raise
