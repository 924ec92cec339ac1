"""The endpoint slice controller: writes, for each service with a selector, slices that list its pods.

A sync looks up the service's pods, nodes and slices in the cache, and writes only the slices that have to change.
Slices of a service that is gone are left to the garbage collector. While the cache does not show the controller's own
last writes, the key is tried again, after a second at first.

Correction: a service with a pod on a node that does not exist is looked at again when the node shows up, where
Kubernetes 1.36 tries again with a growing delay. And a key is tried for as long as it fails; Kubernetes drops it after
15 attempts.

Not modelled: Events; the informers' resync; batching of updates (endpoint-updates-batch-period is 0).
"""

from __future__ import annotations

from typing import cast

from windtunnel.model.client.client import Client
from windtunnel.model.client.informer_factory import InformerFactory
from windtunnel.model.controllers.endpoint_slice.changes import Changes
from windtunnel.model.controllers.endpoint_slice.labels import CONTROLLER_NAME, with_trigger_time
from windtunnel.model.controllers.endpoint_slice.plan import Plan, plan
from windtunnel.model.controllers.endpoint_slice.slice_controller import SliceController
from windtunnel.model.controllers.endpoints.desired import selects_pods
from windtunnel.model.controllers.endpoints.membership import ServiceMembers
from windtunnel.model.controllers.endpoints.trigger_time import TriggerTimes
from windtunnel.model.environment import Environment
from windtunnel.model.objects.endpoint_slice import EndpointSlice
from windtunnel.model.objects.node import Node
from windtunnel.model.objects.pod import Pod
from windtunnel.model.objects.record import Key
from windtunnel.model.objects.service import Service
from windtunnel.model.sim.process import Process


class EndpointSliceController(SliceController, ServiceMembers):
    """Keeps slices in line with services and pods."""

    name = "endpointslice"
    managed_by = CONTROLLER_NAME
    slice_delay_ms = 1_000

    def __init__(
        self, process: Process, environment: Environment, client: Client, informers: InformerFactory
    ) -> None:
        super().__init__(process, environment, client, informers)
        settings = environment.settings.controller_manager
        self.workers = settings.concurrent_service_endpoint_syncs
        self.limit = settings.max_endpoints_per_slice
        self.trigger_times = TriggerTimes()
        self.waiting_for_node: dict[str, dict[Key, None]] = {}
        self.nodes = self.watch("nodes")
        self.nodes.add_handler(self.node_added)

    def node_added(self, node: Node) -> None:
        """A node showed up: services that had to leave out its pods look again."""
        self.enqueue(self.waiting_for_node.pop(node.name, ()))

    async def sync(self, key: Key) -> None:
        """Bring one service's slices in line. O(pods of the namespace)."""
        service = cast("Service | None", self.services.get(key))
        if service is None:
            self.trigger_times.forget(key)
            self.tracker.forget(key)
            return
        if not selects_pods(service):
            return
        pods = self.selected_pods(service)
        slices = [each for each in self.slices_of(key) if not each.metadata.deleting]
        self.ensure_fresh(key, slices)
        changed_at_ms = self.trigger_times.changed_at_ms(service, pods)
        found = self.plan(service, pods, slices)
        for name in found.missing_nodes:
            self.waiting_for_node.setdefault(name, {})[key] = None
        await self.write(service, found, changed_at_ms)

    def plan(self, service: Service, pods: list[Pod], slices: list[EndpointSlice]) -> Plan:
        """What has to be written. O(pods + endpoints)."""
        return plan(service, pods, slices, self.node_of, self.limit)

    def node_of(self, name: str) -> Node | None:
        """The cached node. O(1)."""
        return cast("Node | None", self.nodes.get(Key("", name)))

    async def write(self, service: Service, found: Plan, changed_at_ms: int | None) -> None:
        """Carry out a plan, each address type for itself; raises the first error in the end."""
        errors: list[Exception] = []
        for changes in found.changes:
            stamped = Changes(
                [with_trigger_time(raw, changed_at_ms) for raw in changes.create],
                [with_trigger_time(raw, changed_at_ms) for raw in changes.update],
                changes.delete,
            )
            try:
                # The garbage collector would delete what is made for a service that is on its way out.
                await self.carry_out(stamped, may_create=not service.metadata.deleting)
            except self.survives as error:
                errors.append(error)
        if errors:
            raise errors[0]
