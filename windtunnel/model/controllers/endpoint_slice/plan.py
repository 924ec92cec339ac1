"""From a service, its pods and its slices to what has to be written.

Slices are made for each address type of the service apart, and within it for each set of ports, because a named target
port may have another number on another pod. A service always has a slice of each address type: where no pod is there,
an empty one without ports. Slices of an earlier service of the same name are not touched but deleted.

A pod on a node that does not exist is left out, unless the service publishes not-ready addresses.

Not modelled: topology hints and traffic distribution: hints that a slice has stay until its endpoints are rewritten.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial

from attrs import Factory, define, frozen

from windtunnel.model.controllers.endpoint_slice.changes import Changes
from windtunnel.model.controllers.endpoint_slice.endpoints import (
    EndpointIdentity,
    PortsKey,
    address_types,
    belongs_in_slices,
    endpoint_identity,
    pod_endpoint,
    pod_ports,
    ports_key,
)
from windtunnel.model.controllers.endpoint_slice.labels import (
    is_owned_by,
    new_slice,
    slice_labels,
)
from windtunnel.model.controllers.endpoint_slice.packing import pack
from windtunnel.model.objects.endpoint_slice import EndpointSlice
from windtunnel.model.objects.json import Json
from windtunnel.model.objects.node import Node
from windtunnel.model.objects.pod import Pod
from windtunnel.model.objects.service import Service

NodeOf = Callable[[str], Node | None]


@define
class PortGroup:
    """The endpoints that have the same ports."""

    ports: list[Json]
    endpoints: dict[EndpointIdentity, Json] = Factory(dict)


@frozen
class Plan:
    """The changes for each address type, those for types the service no longer has, and nodes that were missing."""

    changes: tuple[Changes, ...]
    missing_nodes: tuple[str, ...]


def plan(
    service: Service,
    pods: Sequence[Pod],
    existing: Iterable[EndpointSlice],
    node_of: NodeOf,
    limit: int,
) -> Plan:
    """What has to be written so that the slices show the pods. limit: endpoints in a slice.

    O((pods + endpoints) * address types).
    """
    by_type: dict[str, list[EndpointSlice]] = {name: [] for name in address_types(service)}
    unsupported = Changes()
    for current in existing:
        by_type.get(current.address_type, unsupported.delete).append(current)
    missing: dict[str, None] = {}
    changes = [
        _plan_type(service, pods, slices, node_of, limit, address_type, missing)
        for address_type, slices in by_type.items()
    ]
    return Plan((*changes, unsupported), tuple(missing))


def _plan_type(
    service: Service,
    pods: Sequence[Pod],
    existing: list[EndpointSlice],
    node_of: NodeOf,
    limit: int,
    address_type: str,
    missing: dict[str, None],
) -> Changes:
    desired = desired_groups(service, pods, node_of, address_type, missing)
    changes = Changes()
    by_ports: dict[PortsKey, list[EndpointSlice]] = {}
    for current in existing:
        if is_owned_by(current, service):
            key = ports_key(current.raw.get("ports") or ())
            by_ports.setdefault(key, []).append(current)
        else:
            changes.delete.append(current)
    for key, group in desired.items():
        make = partial(new_slice, service, address_type, group.ports)
        changes.add(pack(by_ports.pop(key, ()), group.endpoints, service, make, limit))
    for slices in by_ports.values():
        changes.delete += slices
    if len(changes.delete) == len(existing) and not changes.create:
        _keep_placeholder(changes, service, address_type)
    changes.recycle(partial(is_owned_by, service=service))
    return changes


def desired_groups(
    service: Service,
    pods: Iterable[Pod],
    node_of: NodeOf,
    address_type: str,
    missing: dict[str, None],
) -> dict[PortsKey, PortGroup]:
    """The endpoints that slices of an address type should have, by ports; notes nodes that are missing. O(pods)."""
    groups: dict[PortsKey, PortGroup] = {}
    for pod in pods:
        if not belongs_in_slices(pod):
            continue
        ports = pod_ports(pod, service)
        key = ports_key(ports)
        group = groups.get(key)
        if group is None:
            group = groups[key] = PortGroup(ports)
        node = node_of(pod.spec.node_name)
        if node is None and not service.spec.publish_not_ready_addresses:
            missing[pod.spec.node_name] = None
            continue
        endpoint = pod_endpoint(pod, service, node, address_type)
        if endpoint is not None:
            group.endpoints[endpoint_identity(endpoint)] = endpoint
    return groups


def _keep_placeholder(changes: Changes, service: Service, address_type: str) -> None:
    """No slice would be left: keep the empty one that is there, or have one made."""
    if len(changes.delete) == 1 and _is_placeholder(changes.delete[0], service):
        changes.delete = []
    else:
        changes.create.append(new_slice(service, address_type, []))


def _is_placeholder(current: EndpointSlice, service: Service) -> bool:
    return (
        not current.endpoints
        and not current.ports
        and current.metadata.labels == slice_labels(service)
    )
