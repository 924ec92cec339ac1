"""Cluster IPs and node ports: who has which, kept in the store so that no crash forgets it.

An address is taken by creating an IPAddress object of its name, which only one can do. Node ports are one list in one
object, changed by compare-and-swap on what was just read. What a server remembers of taken addresses only shortens its
search; whether a wanted one is free, the store decides.

A service gets its addresses and ports before it is stored. If it is then not stored they are given back; if the server
dies in between, they stay taken.

Constructor contract of the role "service-allocator": (storage, environment).

Not modelled: the repair loops that give back what no service has; IPv6; the object of the service default/kubernetes,
whose address is the first of the range.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from windtunnel.model.api import errors
from windtunnel.model.api.errors import ApiError, Cause
from windtunnel.model.api.kinds.service import allocation as steps
from windtunnel.model.api.kinds.service.fields import (
    is_headless,
    needs_cluster_ip,
    needs_health_check_node_port,
    needs_node_ports,
    spec_of,
)
from windtunnel.model.apiserver.address_range import address_range, port_range
from windtunnel.model.apiserver.context import RequestContext
from windtunnel.model.apiserver.node_ports import (
    choose_for_create,
    choose_for_update,
    node_ports_of,
    with_chosen,
)
from windtunnel.model.objects.json import Json
from windtunnel.model.objects.record import StoreKey
from windtunnel.model.objects.time import format_time
from windtunnel.model.store.errors import RevisionMismatch
from windtunnel.model.store.requests import Delete, Put

if TYPE_CHECKING:
    from windtunnel.model.apiserver.storage import Storage
    from windtunnel.model.environment import Environment

ADDRESSES = "ipaddresses.networking.k8s.io"
NODE_PORTS = StoreKey("rangeallocations", "", "servicenodeports")
USER = "system:apiserver"
RANGE_IS_FULL = "range is full"


class Allocation:
    """What one attempt to write a service took, and what the service will no longer need."""

    def __init__(self, allocator: ServiceAllocator, context: RequestContext) -> None:
        self._allocator = allocator
        self._context = context
        self.addresses: list[str] = []
        self.ports: list[int] = []
        self.unused_addresses: list[str] = []
        self.unused_ports: list[int] = []

    async def commit(self) -> None:
        """The service is stored: free what it had before and no longer uses."""
        await self._allocator.free(self._context, self.unused_addresses, self.unused_ports)

    async def revert(self) -> None:
        """The service is not stored: free what it took."""
        await self._allocator.free(self._context, self.addresses, self.ports)


class ServiceAllocator:
    """Gives services their addresses and node ports."""

    def __init__(self, storage: Storage, environment: Environment) -> None:
        self.storage = storage
        self.environment = environment
        settings = environment.settings.apiserver
        self.addresses = address_range(settings.service_cidr)
        self.ports = port_range(settings.node_port_low, settings.node_port_high)
        self.known_taken: dict[str, None] = {}

    # -- whole services

    async def allocate_create(
        self, context: RequestContext, service: Json
    ) -> tuple[Json, Allocation]:
        """A new service with its addresses and ports. Raises 422 for one that cannot be had."""
        service, causes = steps.begin_create(service)
        self.raise_invalid(context, service, causes)
        allocation = Allocation(self, context)
        try:
            service = await self.allocate_addresses(context, service, None, allocation)
            service = await self.allocate_ports(context, service, None, allocation)
        except ApiError:
            await allocation.revert()
            raise
        return service, allocation

    async def allocate_update(
        self, context: RequestContext, new: Json, old: Json
    ) -> tuple[Json, Allocation]:
        """A changed service with the addresses and ports that it keeps or needs. Raises 422."""
        new, causes = steps.begin_update(new, old)
        self.raise_invalid(context, new, causes)
        allocation = Allocation(self, context)
        try:
            new = await self.allocate_addresses(context, new, old, allocation)
            new = await self.allocate_ports(context, new, old, allocation)
        except ApiError:
            await allocation.revert()
            raise
        return new, allocation

    async def release(self, context: RequestContext, service: Json) -> None:
        """Free everything of a service that is gone."""
        await self.free(context, cluster_ips_of(service), node_ports_of(service))

    async def free(
        self, context: RequestContext, addresses: Sequence[str], ports: Sequence[int]
    ) -> None:
        """Give addresses and ports back. Trouble with the store leaves them taken."""
        if context.request.options.dry_run:
            return
        for address in addresses:
            await self.free_address(context, address)
        if ports:
            await self.free_ports(context, ports)

    def raise_invalid(self, context: RequestContext, service: Json, causes: list[Cause]) -> None:
        """Raise 422 if there are causes."""
        if causes:
            name = service["metadata"].get("name", "")
            raise errors.invalid_error(context.kind, name, causes)

    # -- addresses

    async def allocate_addresses(
        self, context: RequestContext, service: Json, old: Json | None, allocation: Allocation
    ) -> Json:
        """The service with a cluster IP, if it has a use for one."""
        before = cluster_ips_of(old) if old is not None else []
        if not needs_cluster_ip(service) or is_headless(service):
            if old is not None and not needs_cluster_ip(service):
                allocation.unused_addresses = before
            return service
        if before or (old is not None and needs_cluster_ip(old)):
            return service
        wanted = [each for each in spec_of(service).get("clusterIPs") or () if each]
        for address in wanted:
            problem = await self.take_address(context, service, address)
            if problem:
                message = f"failed to allocate IP {address}: {problem}"
                cause = errors.invalid("spec.clusterIPs", spec_of(service)["clusterIPs"], message)
                self.raise_invalid(context, service, [cause])
            allocation.addresses.append(address)
        for _ in steps.missing_cluster_ips(service):
            address = await self.take_next_address(context, service)
            allocation.addresses.append(address)
            wanted.append(address)
        return steps.with_cluster_ips(service, wanted) if wanted else service

    async def take_next_address(self, context: RequestContext, service: Json) -> str:
        """A free address. Raises 500 if there is none."""
        seed = self.seed("service address", service)
        for sure in (False, True):
            for address in self.addresses.search(seed):
                if (address in self.known_taken) == sure and not await self.take_address(
                    context, service, address
                ):
                    return address
        raise errors.internal_error(f"failed to allocate a serviceIP: {RANGE_IS_FULL}")

    async def take_address(self, context: RequestContext, service: Json, address: str) -> str:
        """Take an address for a service; '' or why it cannot be had. One hop."""
        problem = self.addresses.problem(address)
        if problem:
            return problem
        key = StoreKey(ADDRESSES, "", address)
        if context.request.options.dry_run:
            free = await self.storage.read(key) is None
            return "" if free else "provided IP is already allocated"
        raw = self.ip_address(service, address)
        self.known_taken[address] = None
        try:
            await self.storage.ask_store(Put(key, raw, 0, USER, context.call))
        except RevisionMismatch:
            return "provided IP is already allocated"
        return ""

    async def free_address(self, context: RequestContext, address: str) -> None:
        """Give an address back."""
        self.known_taken.pop(address, None)
        try:
            await self.storage.ask_store(
                Delete(StoreKey(ADDRESSES, "", address), None, USER, context.call)
            )
        except RevisionMismatch:
            return

    def ip_address(self, service: Json, address: str) -> Json:
        """The object that says which service has an address."""
        metadata = service["metadata"]
        return {
            "apiVersion": "networking.k8s.io/v1",
            "kind": "IPAddress",
            "metadata": {
                "name": address,
                "uid": self.environment.identity.uid(ADDRESSES, address),
                "creationTimestamp": format_time(self.storage.process.now_ms),
                "labels": {
                    "ipaddress.kubernetes.io/ip-family": "IPv4",
                    "ipaddress.kubernetes.io/managed-by": "ipallocator.k8s.io",
                },
            },
            "spec": {
                "parentRef": {
                    "resource": "services",
                    "namespace": metadata.get("namespace", ""),
                    "name": metadata.get("name", ""),
                }
            },
        }

    # -- node ports

    async def allocate_ports(
        self, context: RequestContext, service: Json, old: Json | None, allocation: Allocation
    ) -> Json:
        """The service with a node port for each port, if its type has them."""
        held = node_ports_of(old) if old is not None else []
        seed = self.seed("node port", service) if needs_node_ports(service) else 0

        def choose(taken: Sequence[int]) -> Json:
            chooser = choose_for_create if old is None else choose_for_update
            chosen = chooser(service, self.ports, taken, held, seed)
            self.raise_invalid(context, service, list(chosen.causes))
            allocation.ports = [port for port in chosen.ports if port not in held]
            allocation.unused_ports = [port for port in held if port not in chosen.ports]
            return with_chosen(service, chosen)

        if not (needs_node_ports(service) or needs_health_check_node_port(service)):
            allocation.unused_ports = held
            return service
        return await self.change_ports(context, choose, allocation)

    async def change_ports(
        self,
        context: RequestContext,
        choose: Callable[[Sequence[int]], Json],
        allocation: Allocation,
    ) -> Json:
        """Choose ports with what the store says is taken, and take them in one step."""
        while True:
            record = await self.storage.read(NODE_PORTS)
            taken: list[int] = record.raw["ports"] if record is not None else []
            allocation.ports = []
            service = choose(taken)
            if not allocation.ports or context.request.options.dry_run:
                return service
            raw = self.range_allocation([*taken, *allocation.ports])
            try:
                await self.storage.ask_store(
                    Put(NODE_PORTS, raw, record.revision if record else 0, USER, context.call)
                )
            except RevisionMismatch:
                continue
            return service

    async def free_ports(self, context: RequestContext, ports: Sequence[int]) -> None:
        """Give node ports back."""
        while True:
            record = await self.storage.read(NODE_PORTS)
            if record is None:
                return
            kept = [port for port in record.raw["ports"] if port not in ports]
            raw = self.range_allocation(kept)
            try:
                await self.storage.ask_store(
                    Put(NODE_PORTS, raw, record.revision, USER, context.call)
                )
            except RevisionMismatch:
                continue
            return

    def range_allocation(self, ports: list[int]) -> Json:
        """The object that says which node ports are taken."""
        return {
            "apiVersion": "v1",
            "kind": "RangeAllocation",
            "metadata": {"name": NODE_PORTS.name},
            "range": f"{self.ports.first}-{self.ports.last}",
            "ports": ports,
        }

    def seed(self, what: str, service: Json) -> int:
        """Where the search for this service begins."""
        metadata = service["metadata"]
        place = (what, metadata.get("namespace", ""), metadata.get("name", ""))
        return int(self.environment.identity.uid(*place)[:8], 16)


def cluster_ips_of(service: Json) -> list[str]:
    """The addresses that a service has from the range."""
    if not needs_cluster_ip(service) or is_headless(service):
        return []
    return [address for address in spec_of(service).get("clusterIPs") or () if address]
