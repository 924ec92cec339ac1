"""From hand-written Endpoints to the slices that mirror them: one for each set of ports and address type.

Subsets are packed first, so that subsets with the same ports become one slice. Labels and annotations come along, but
for those of the machinery. A slice takes as many addresses of a subset as the limit allows, ready ones first; the rest
is not mirrored.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from ipaddress import IPv4Address, IPv6Address

from attrs import Factory, define

from windtunnel.model.api.addresses import parse_ip
from windtunnel.model.controllers.endpoint_slice.changes import Changes
from windtunnel.model.controllers.endpoint_slice.endpoints import (
    EndpointIdentity,
    PortsKey,
    endpoint_identity,
    ports_key,
    same_endpoint,
)
from windtunnel.model.controllers.endpoint_slice.labels import generate_name, owner_reference
from windtunnel.model.controllers.endpoints.desired import LAST_CHANGE
from windtunnel.model.controllers.endpoints.subsets import repack
from windtunnel.model.objects.endpoint_slice import MANAGED_BY, SERVICE_NAME, EndpointSlice
from windtunnel.model.objects.json import Json
from windtunnel.model.objects.service import Endpoints

CONTROLLER_NAME = "endpointslicemirroring-controller.k8s.io"
LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
_Key = tuple[str, PortsKey]


@define
class MirrorGroup:
    """The endpoints of one address type that have the same ports."""

    ports: list[Json]
    endpoints: dict[EndpointIdentity, Json] = Factory(dict)


def plan_mirror(endpoints: Endpoints, existing: Iterable[EndpointSlice], limit: int) -> Changes:
    """What has to be written so that the slices mirror the Endpoints. limit: addresses of a subset. O(addresses)."""
    by_key: dict[_Key, list[EndpointSlice]] = {}
    for current in existing:
        key = (current.address_type, ports_key(current.raw.get("ports") or ()))
        by_key.setdefault(key, []).append(current)
    changes = Changes()
    for (address_type, ports), group in desired_mirror(endpoints, limit).items():
        slices = by_key.pop((address_type, ports), [])
        changes.delete += slices[1:]
        if slices and _mirrors(slices[0], endpoints, group.endpoints):
            continue
        written = mirror_slice(endpoints, address_type, group, limit)
        if slices:
            written["metadata"]["name"] = slices[0].name
            changes.update.append(written)
        else:
            written["metadata"]["generateName"] = generate_name(endpoints.name)
            changes.create.append(written)
    for slices in by_key.values():
        changes.delete += slices
    changes.recycle(lambda _: True)
    return changes


def desired_mirror(endpoints: Endpoints, limit: int) -> dict[_Key, MirrorGroup]:
    """The endpoints to be mirrored, by address type and ports. O(addresses, sorted)."""
    groups: dict[_Key, MirrorGroup] = {}
    for subset in repack(endpoints.raw.get("subsets") or ()):
        ports = [_mirrored_port(port) for port in subset.get("ports") or ()]
        key = ports_key(ports)
        left = limit
        for name, ready in (("addresses", True), ("notReadyAddresses", False)):
            for address in subset.get(name) or ():
                parsed = parse_ip(address.get("ip", ""))
                if left == 0 or parsed is None:
                    continue
                left -= 1
                family, number = parsed
                endpoint = _mirrored_endpoint(address, _text(family, number), ready)
                group = groups.setdefault((f"IPv{family}", key), MirrorGroup(ports))
                group.endpoints[endpoint_identity(endpoint)] = endpoint
    return groups


def _text(family: int, number: int) -> str:
    return str(IPv4Address(number) if family == 4 else IPv6Address(number))


def _mirrored_endpoint(address: Json, ip: str, ready: bool) -> Json:
    endpoint: Json = {"addresses": [ip], "conditions": {"ready": ready}}
    if address.get("hostname"):
        endpoint["hostname"] = address["hostname"]
    if "nodeName" in address:
        endpoint["nodeName"] = address["nodeName"]
    if "targetRef" in address:
        endpoint["targetRef"] = address["targetRef"]
    return endpoint


def _mirrored_port(port: Json) -> Json:
    found: Json = {"name": port.get("name", ""), "port": port.get("port", 0)}
    found["protocol"] = port.get("protocol", "TCP")
    if "appProtocol" in port:
        found["appProtocol"] = port["appProtocol"]
    return found


def _mirrors(
    current: EndpointSlice, endpoints: Endpoints, desired: Mapping[EndpointIdentity, Json]
) -> bool:
    """Whether a slice shows exactly the desired endpoints, labels and annotations."""
    stored: Sequence[Json] = current.raw.get("endpoints") or ()
    if len(stored) != len(desired):
        return False
    for endpoint in stored:
        wanted = desired.get(endpoint_identity(endpoint))
        if wanted is None or not same_endpoint(wanted, endpoint):
            return False
    labels = _without(current.metadata.labels, MANAGED_BY, SERVICE_NAME)
    return labels == dict(endpoints.metadata.labels) and (
        dict(current.metadata.annotations) == _mirrored_annotations(endpoints)
    )


def mirror_slice(endpoints: Endpoints, address_type: str, group: MirrorGroup, limit: int) -> Json:
    """A slice that mirrors one group, without a name yet. O(addresses)."""
    metadata: Json = {
        "namespace": endpoints.namespace,
        "labels": {
            **endpoints.metadata.labels,
            SERVICE_NAME: endpoints.name,
            MANAGED_BY: CONTROLLER_NAME,
        },
        "ownerReferences": [owner_reference(endpoints, "Endpoints")],
    }
    annotations = _mirrored_annotations(endpoints)
    if annotations:
        metadata["annotations"] = annotations
    return {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": metadata,
        "addressType": address_type,
        "endpoints": list(group.endpoints.values())[:limit],
        "ports": group.ports,
    }


def _mirrored_annotations(endpoints: Endpoints) -> dict[str, str]:
    return _without(endpoints.metadata.annotations, LAST_CHANGE, LAST_APPLIED)


def _without(mapping: Mapping[str, str], *keys: str) -> dict[str, str]:
    return {key: value for key, value in mapping.items() if key not in keys}
