"""The endpoint slice mirroring controller: slices for Endpoints that somebody wrote by hand.

It mirrors the Endpoints of a service without a selector; kube-proxy reads slices only. Endpoints that say so in a
label, and those that are a leader's lock, are not mirrored. As soon as there is nothing to mirror any more, the
mirroring slices are deleted: the Endpoints or the service are gone, or the service has got a selector.

Correction: a key is tried for as long as it fails; Kubernetes 1.36 drops it after 15 attempts.

Not modelled: Events about addresses that are not mirrored; the informers' resync.
"""

from __future__ import annotations

from typing import cast

from windtunnel.model.client.client import Client
from windtunnel.model.client.informer_factory import InformerFactory
from windtunnel.model.controllers.base import key_of
from windtunnel.model.controllers.endpoint_slice.slice_controller import SliceController
from windtunnel.model.controllers.endpoint_slice_mirroring.mirrored import (
    CONTROLLER_NAME,
    plan_mirror,
)
from windtunnel.model.controllers.endpoints.controller import LEADER_ANNOTATION
from windtunnel.model.environment import Environment
from windtunnel.model.objects.record import Key
from windtunnel.model.objects.service import Endpoints, Service
from windtunnel.model.sim.process import Process

SKIP_MIRROR = "endpointslice.kubernetes.io/skip-mirror"


def should_mirror(endpoints: Endpoints) -> bool:
    """Whether Endpoints may be mirrored at all, whatever their service is. O(1)."""
    metadata = endpoints.metadata
    return (
        metadata.labels.get(SKIP_MIRROR) != "true" and LEADER_ANNOTATION not in metadata.annotations
    )


class EndpointSliceMirror(SliceController):
    """Keeps mirroring slices in line with Endpoints."""

    name = "endpointslice-mirroring"
    managed_by = CONTROLLER_NAME
    retry_max_delay_ms = 100_000

    def __init__(
        self, process: Process, environment: Environment, client: Client, informers: InformerFactory
    ) -> None:
        super().__init__(process, environment, client, informers)
        settings = environment.settings.controller_manager
        self.workers = settings.mirroring_concurrent_service_endpoint_syncs
        self.limit = settings.mirroring_max_endpoints_per_subset
        self.services = self.watch("services")
        self.endpoints = self.watch("endpoints")
        self.services.add_handler(self.service_changed, self.service_updated, self.service_changed)
        self.endpoints.add_handler(
            self.endpoints_changed, self.endpoints_updated, self.endpoints_changed
        )

    # -- events ------------------------------------------------------------------------------------

    def service_changed(self, service: Service) -> None:
        """A service showed up or is gone."""
        if not service.spec.selector:
            self.queue.add(key_of(service))

    def service_updated(self, old: Service, new: Service) -> None:
        """A service changed: it counts if it got or lost its selector."""
        if bool(old.spec.selector) != bool(new.spec.selector):
            self.queue.add(key_of(new))

    def endpoints_changed(self, endpoints: Endpoints) -> None:
        """Endpoints showed up or are gone."""
        if should_mirror(endpoints):
            self.enqueue(key_of(endpoints))

    def endpoints_updated(self, old: Endpoints, new: Endpoints) -> None:
        """Endpoints changed."""
        if should_mirror(new) or should_mirror(old):
            self.enqueue(key_of(new))

    def enqueue(self, key: Key) -> None:
        """Have Endpoints synced, unless they are known to be a controller's, and not mirrored."""
        service = cast("Service | None", self.services.get(key))
        # A sync would do nothing, and there are many writes of such Endpoints.
        if service is None or not service.spec.selector or self.slices_of(key):
            self.queue.add(key)

    # -- one sync ----------------------------------------------------------------------------------

    async def sync(self, key: Key) -> None:
        """Mirror one Endpoints object, or stop mirroring it. O(addresses)."""
        endpoints = cast("Endpoints | None", self.endpoints.get(key))
        service = cast("Service | None", self.services.get(key))
        if (
            endpoints is None
            or not should_mirror(endpoints)
            or service is None
            or service.spec.selector
        ):
            await self.stop_mirroring(key)
            return
        slices = self.slices_of(key)
        self.ensure_fresh(key, slices)
        changes = plan_mirror(endpoints, slices, self.limit)
        await self.carry_out(changes, may_create=not endpoints.metadata.deleting)

    async def stop_mirroring(self, key: Key) -> None:
        """Delete all mirroring slices of a service; raises the first error in the end. O(slices)."""
        self.tracker.forget(key)
        errors: list[Exception] = []
        for current in self.slices_of(key):
            try:
                await self.delete_slice(current)
            except self.survives as error:
                errors.append(error)
        self.tracker.forget(key)
        if errors:
            raise errors[0]
