"""Which addresses a service stands for: a flat set of (ip, pod uid, ready, port name, port number, protocol).

A pod counts when it carries the service's labels, has an address, is not over, and is not on its way out (unless the
service publishes unready addresses). The number of a named target port is the pod's own. How addresses are grouped into
subsets is not part of the meaning, so it does not matter here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from attrs import frozen

from windtunnel.model.objects.pod import Pod
from windtunnel.model.objects.service import Endpoints, Service, ServicePort


@frozen(order=True)
class Endpoint:
    """One address at one port; port 0 and no name for a headless service without ports."""

    ip: str
    pod_uid: str
    ready: bool
    port_name: str
    port: int
    protocol: str

    def __str__(self) -> str:
        state = "ready" if self.ready else "not ready"
        return f"{self.ip}:{self.port}{f' ({self.port_name})' if self.port_name else ''} {state}"


def has_managed_endpoints(service: Service) -> bool:
    """Whether the Endpoints of a service are the controller's business: it has a selector and is not an alias."""
    return bool(service.spec.selector) and service.spec.type != "ExternalName"


def expected(service: Service, pods: Iterable[Pod]) -> frozenset[Endpoint]:
    """The endpoints of a service, given the pods that carry its labels. O(pods x ports)."""
    return frozenset(each for pod in pods for each in _of_pod(service, pod))


def stored(endpoints: Endpoints) -> frozenset[Endpoint]:
    """What an Endpoints object says, flat. O(addresses x ports)."""
    return frozenset(_flat(endpoints))


def addresses(endpoints: Endpoints | None) -> frozenset[tuple[str, str, bool]]:
    """The (ip, pod uid, ready) of an Endpoints object. O(addresses)."""
    if endpoints is None:
        return frozenset()
    return frozenset(
        (address.ip, _uid(address.target_ref), ready)
        for subset in endpoints.subsets
        for ready, group in ((True, subset.addresses), (False, subset.not_ready_addresses))
        for address in group
    )


def _of_pod(service: Service, pod: Pod) -> Iterator[Endpoint]:
    spec = service.spec
    ip = _address(service, pod)
    leaving = pod.metadata.deleting and not spec.publish_not_ready_addresses
    if not ip or pod.terminal or leaving:
        return
    ready = pod.ready or spec.publish_not_ready_addresses
    if not spec.ports:
        if spec.cluster_ip == "None":
            yield Endpoint(ip, pod.uid, ready, "", 0, "")
        return
    for port in spec.ports:
        number = port_number(port, pod)
        if number:
            yield Endpoint(ip, pod.uid, ready, port.name, number, port.protocol)


def _address(service: Service, pod: Pod) -> str:
    family = service.spec.ip_families[0] if service.spec.ip_families else "IPv4"
    ips = [each.ip for each in pod.status.pod_ips] or [pod.status.pod_ip]
    return next((ip for ip in ips if ip and (":" in ip) == (family == "IPv6")), "")


def port_number(port: ServicePort, pod: Pod) -> int:
    """The port of the pod that a service port leads to; 0 where the pod has none of that name. O(container ports)."""
    target = port.target_port
    if isinstance(target, str):
        containers = (
            *pod.spec.containers,
            *(c for c in pod.spec.init_containers if c.restart_policy == "Always"),
        )
        for container in containers:
            for each in container.ports:
                if each.name == target and each.protocol == port.protocol:
                    return each.container_port
        return 0
    return target or port.port


def _flat(endpoints: Endpoints) -> Iterator[Endpoint]:
    for subset in endpoints.subsets:
        for ready, group in ((True, subset.addresses), (False, subset.not_ready_addresses)):
            for address in group:
                uid = _uid(address.target_ref)
                if not subset.ports:
                    yield Endpoint(address.ip, uid, ready, "", 0, "")
                for port in subset.ports:
                    yield Endpoint(address.ip, uid, ready, port.name, port.port, port.protocol)


def _uid(target_ref: Mapping[str, Any]) -> str:
    uid: str = (target_ref or {}).get("uid", "")
    return uid
