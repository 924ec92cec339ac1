"""From one pod and one service to the address and ports that the service's Endpoints list for it.

A pod is listed if it has an address and is not over; one that is being deleted only where the service publishes
not-ready addresses. A named target port is looked up among the pod's container ports; a pod that lacks it is not listed
under that port.
"""

from __future__ import annotations

from windtunnel.model.objects.json import Json
from windtunnel.model.objects.pod import Pod
from windtunnel.model.objects.service import Service, ServicePort


def belongs_in_endpoints(pod: Pod, publish_not_ready: bool) -> bool:
    """Whether the pod can be an endpoint at all, ready or not. O(1)."""
    if pod.terminal or not (pod.status.pod_ip or pod.status.pod_ips):
        return False
    return publish_not_ready or not pod.metadata.deleting


def endpoint_address(pod: Pod, service: Service) -> Json | None:
    """The pod's address in the service's IP family, with what it refers to; None if it has none there. O(addresses)."""
    wants_ipv6 = _wants_ipv6(service, pod)
    for candidate in pod.status.pod_ips:
        if _is_ipv6(candidate.ip) == wants_ipv6:
            break
    else:
        return None
    address: Json = {"ip": candidate.ip}
    if shows_hostname(pod, service):
        address["hostname"] = pod.spec.hostname
    if pod.spec.node_name:
        address["nodeName"] = pod.spec.node_name
    address["targetRef"] = {
        "kind": "Pod",
        "namespace": pod.namespace,
        "name": pod.name,
        "uid": pod.uid,
    }
    return address


def shows_hostname(pod: Pod, service: Service) -> bool:
    """Whether the pod's hostname is part of its endpoint: its subdomain has to be the service. O(1)."""
    return bool(
        pod.spec.hostname
        and pod.spec.subdomain == service.name
        and pod.namespace == service.namespace
    )


def endpoint_port(pod: Pod, port: ServicePort) -> Json | None:
    """The service port as the pod serves it; None if the pod has no port of that name. O(container ports)."""
    number = find_port(pod, port)
    if number is None:
        return None
    found: Json = {"port": number, "protocol": port.protocol}
    if port.name:
        found["name"] = port.name
    if port.app_protocol is not None:
        found["appProtocol"] = port.app_protocol
    return found


def find_port(pod: Pod, port: ServicePort) -> int | None:
    """The number of the port on the pod that the service port leads to. O(container ports)."""
    target = port.target_port
    if not isinstance(target, str):
        return target or 0
    sidecars = [c for c in pod.spec.init_containers if c.restart_policy == "Always"]
    for container in (*pod.spec.containers, *sidecars):
        for candidate in container.ports:
            if candidate.name == target and candidate.protocol == port.protocol:
                return candidate.container_port
    return None


def _wants_ipv6(service: Service, pod: Pod) -> bool:
    if service.spec.ip_families:
        return service.spec.ip_families[0] == "IPv6"
    if service.spec.cluster_ip not in ("", "None"):
        return _is_ipv6(service.spec.cluster_ip)
    return _is_ipv6(pod.status.pod_ip)


def _is_ipv6(address: str) -> bool:
    return ":" in address
