"""From one pod and one service to the endpoint and the ports that the service's slices have for it.

Every pod with an address is in, until it is over: one that is being deleted too, as terminating. `serving` is the pod's
own readiness; `ready` is that and not being on the way out, or true in any case where the service publishes not-ready
addresses.

An endpoint keeps its place in a slice as long as addresses, hostname and the pod's name are the same; everything else
about it is updated in place.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from windtunnel.model.controllers.endpoints.addresses import (
    belongs_in_endpoints,
    find_port,
    shows_hostname,
)
from windtunnel.model.objects.json import Json
from windtunnel.model.objects.node import Node
from windtunnel.model.objects.pod import Pod
from windtunnel.model.objects.service import Service

ZONE = "topology.kubernetes.io/zone"
EndpointIdentity = tuple[tuple[str, ...], str, str, str]
PortsKey = tuple[tuple[str, int, str, str], ...]
_COMPARED = ("nodeName", "zone")
_CONDITIONS = ("ready", "serving", "terminating")


def address_types(service: Service) -> tuple[str, ...]:
    """The address types for which a service has slices, sorted. O(families)."""
    if service.spec.ip_families:
        return tuple(sorted(dict.fromkeys(service.spec.ip_families)))
    if service.spec.cluster_ip not in ("", "None"):
        return ("IPv6",) if ":" in service.spec.cluster_ip else ("IPv4",)
    return ("IPv4", "IPv6")


def belongs_in_slices(pod: Pod) -> bool:
    """Whether a pod can be an endpoint at all, terminating or not. O(1)."""
    return belongs_in_endpoints(pod, publish_not_ready=True)


def pod_endpoint(pod: Pod, service: Service, node: Node | None, address_type: str) -> Json | None:
    """The endpoint of a pod, on its node if that exists; None if it has no address of the type. O(addresses)."""
    wants_ipv6 = address_type == "IPv6"
    addresses = sorted(each.ip for each in pod.status.pod_ips if (":" in each.ip) == wants_ipv6)
    if not addresses:
        return None
    serving, terminating = pod.ready, pod.metadata.deleting
    ready = service.spec.publish_not_ready_addresses or (serving and not terminating)
    endpoint: Json = {
        "addresses": addresses,
        "conditions": {"ready": ready, "serving": serving, "terminating": terminating},
        "targetRef": {
            "kind": "Pod",
            "namespace": pod.namespace,
            "name": pod.name,
            "uid": pod.uid,
        },
    }
    if shows_hostname(pod, service):
        endpoint["hostname"] = pod.spec.hostname
    if pod.spec.node_name:
        endpoint["nodeName"] = pod.spec.node_name
    zone = node.metadata.labels.get(ZONE) if node is not None else None
    if zone:
        endpoint["zone"] = zone
    return endpoint


def pod_ports(pod: Pod, service: Service) -> list[Json]:
    """The service's ports as the pod serves them, in the order of `ports_key`. O(ports * container ports)."""
    ports: list[Json] = []
    for port in service.spec.ports:
        number = find_port(pod, port)
        if number is None:
            continue
        found: Json = {"name": port.name, "port": number, "protocol": port.protocol}
        if port.app_protocol is not None:
            found["appProtocol"] = port.app_protocol
        ports.append(found)
    return sorted(ports, key=_port_key) if len(ports) > 1 else ports


def ports_key(ports: Iterable[Json]) -> PortsKey:
    """What tells one set of ports from another, whatever their order. O(ports, sorted)."""
    return tuple(sorted(map(_port_key, ports)))


def _port_key(port: Json) -> tuple[str, int, str, str]:
    return (
        port.get("name") or "",
        port.get("port") or 0,
        port.get("protocol") or "",
        port.get("appProtocol") or "",
    )


def endpoint_identity(endpoint: Json) -> EndpointIdentity:
    """What makes an endpoint the same one after a change. O(addresses)."""
    reference: Mapping[str, str] = endpoint.get("targetRef") or {}
    return (
        tuple(sorted(endpoint.get("addresses") or ())),
        endpoint.get("hostname") or "",
        reference.get("namespace", ""),
        reference.get("name", ""),
    )


def same_endpoint(first: Json, second: Json) -> bool:
    """Whether two endpoints of one identity need no update, whatever version of a pod they refer to. O(1)."""
    if any(first.get(name) != second.get(name) for name in _COMPARED):
        return False
    conditions, others = first.get("conditions") or {}, second.get("conditions") or {}
    if any(conditions.get(name) != others.get(name) for name in _CONDITIONS):
        return False
    return _without_version(first) == _without_version(second)


def _without_version(endpoint: Json) -> Json:
    reference: Json = endpoint.get("targetRef") or {}
    return {key: value for key, value in reference.items() if key != "resourceVersion"}
