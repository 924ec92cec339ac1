"""What is valid in a Service.

Not modelled: the details of load balancer classes and traffic distribution; warnings.
"""

from __future__ import annotations

from collections.abc import Sequence

from windtunnel.model.api.addresses import is_ip_address, parse_ip, special_use
from windtunnel.model.api.errors import (
    Cause,
    duplicate,
    forbidden,
    invalid,
    not_supported,
    required,
)
from windtunnel.model.api.kinds.pod.container_validation import label_details
from windtunnel.model.api.kinds.pod.handler_validation import validate_port_or_name
from windtunnel.model.api.kinds.service.addresses_validation import validate_cluster_addresses
from windtunnel.model.api.kinds.service.fields import (
    CLUSTER_IP,
    EXTERNAL_NAME,
    HEADLESS,
    LOAD_BALANCER,
    NODE_PORT,
    TYPES,
    is_external,
    is_headless,
    needs_health_check_node_port,
    spec_of,
)
from windtunnel.model.api.metadata import validate_labels
from windtunnel.model.api.names import is_dns1123_subdomain, is_port_number, is_qualified_name
from windtunnel.model.api.selectors.requirement import parse_integer
from windtunnel.model.objects.json import Json

PROTOCOLS = ("SCTP", "TCP", "UDP")
AFFINITIES = ("ClientIP", "None")
TRAFFIC_POLICIES = ("Cluster", "Local")
LONGEST_AFFINITY_SECONDS = 86_400
KUBELET_PORT = 10_250


def _validate_port(port: Json, needs_name: bool, seen: set[str], path: str) -> list[Cause]:
    causes: list[Cause] = []
    name, number, protocol = port.get("name"), port.get("port", 0), port.get("protocol", "")
    if name:
        causes += [invalid(f"{path}.name", name, detail) for detail in label_details(name)]
        if name in seen:
            causes.append(duplicate(f"{path}.name", name))
        seen.add(name)
    elif needs_name:
        causes.append(required(f"{path}.name"))
    causes += [invalid(f"{path}.port", number, detail) for detail in is_port_number(number)]
    if not protocol:
        causes.append(required(f"{path}.protocol"))
    elif protocol not in PROTOCOLS:
        causes.append(not_supported(f"{path}.protocol", protocol, PROTOCOLS))
    causes += validate_port_or_name(port.get("targetPort", 0), f"{path}.targetPort")
    application = port.get("appProtocol")
    if application is not None:
        where = f"{path}.appProtocol"
        causes += [invalid(where, application, each) for each in is_qualified_name(application)]
    return causes


def _validate_ports(service: Json) -> list[Cause]:
    spec = spec_of(service)
    ports: Sequence[Json] = spec.get("ports") or ()
    causes: list[Cause] = []
    if not ports and not is_headless(service) and spec.get("type") != EXTERNAL_NAME:
        causes.append(required("spec.ports"))
    names: set[str] = set()
    numbers: set[tuple[str, int]] = set()
    node_ports: set[tuple[str, int]] = set()
    for index, port in enumerate(ports):
        where, protocol = f"spec.ports[{index}]", port.get("protocol", "")
        causes += _validate_port(port, len(ports) > 1, names, where)
        number, node_port = port.get("port", 0), port.get("nodePort", 0)
        if is_external(service) and number == KUBELET_PORT:
            detail = "may not expose port 10250 externally since it is used by kubelet"
            causes.append(invalid(where, number, detail))
        if node_port:
            if spec.get("type") == CLUSTER_IP:
                detail = "may not be used when `type` is 'ClusterIP'"
                causes.append(forbidden(f"{where}.nodePort", detail))
            if (protocol, node_port) in node_ports:
                causes.append(duplicate(f"{where}.nodePort", node_port))
            node_ports.add((protocol, node_port))
        if (protocol, number) in numbers:
            causes.append(duplicate(where, {"protocol": protocol, "port": number}))
        numbers.add((protocol, number))
    return causes


def _validate_type(service: Json) -> list[Cause]:
    spec = spec_of(service)
    kind = spec.get("type", "")
    if not kind:
        return [required("spec.type")]
    if kind not in TYPES:
        return [not_supported("spec.type", kind, TYPES)]
    causes: list[Cause] = []
    if kind in (NODE_PORT, LOAD_BALANCER) and is_headless(service):
        detail = f"may not be set to '{HEADLESS}' for {LOAD_BALANCER} services"
        causes.append(invalid("spec.clusterIPs[0]", HEADLESS, detail))
    if kind == EXTERNAL_NAME:
        for key in ("clusterIPs", "ipFamilies", "ipFamilyPolicy"):
            if spec.get(key):
                detail = "may not be set for ExternalName services"
                causes.append(forbidden(f"spec.{key}", detail))
        name = spec.get("externalName", "").removesuffix(".")
        if not name:
            causes.append(required("spec.externalName"))
        for detail in is_dns1123_subdomain(name) if name else ():
            causes.append(invalid("spec.externalName", name, detail))
    return causes


def _validate_affinity(spec: Json) -> list[Cause]:
    affinity, config = spec.get("sessionAffinity", ""), spec.get("sessionAffinityConfig")
    where = "spec.sessionAffinityConfig"
    if not affinity:
        return [required("spec.sessionAffinity")]
    if affinity not in AFFINITIES:
        return [not_supported("spec.sessionAffinity", affinity, AFFINITIES)]
    if affinity == "None":
        detail = "must not be set when session affinity is None"
        return [forbidden(where, detail)] if config is not None else []
    seconds = ((config or {}).get("clientIP") or {}).get("timeoutSeconds")
    if seconds is None:
        detail = "when session affinity type is ClientIP"
        return [required(f"{where}.clientIP.timeoutSeconds", detail)]
    if not 0 < seconds <= LONGEST_AFFINITY_SECONDS:
        detail = f"must be greater than 0 and less than {LONGEST_AFFINITY_SECONDS}"
        return [invalid(f"{where}.clientIP.timeoutSeconds", seconds, detail)]
    return []


def _validate_external_addresses(spec: Json) -> list[Cause]:
    causes: list[Cause] = []
    for index, address in enumerate(spec.get("externalIPs") or ()):
        details = is_ip_address(address) or special_use(address)
        causes += [invalid(f"spec.externalIPs[{index}]", address, detail) for detail in details]
    return causes


def _is_range(text: str) -> bool:
    address, slash, bits = text.strip().partition("/")
    parsed = parse_ip(address)
    number = parse_integer(bits)
    if not slash or parsed is None or number is None or not bits.isdigit():
        return False
    return number <= (32 if parsed[0] == 4 else 128)


def _validate_load_balancer(spec: Json) -> list[Cause]:
    causes: list[Cause] = []
    kind, ranges = spec.get("type"), spec.get("loadBalancerSourceRanges")
    flag = spec.get("allocateLoadBalancerNodePorts")
    if ranges:
        where = "spec.LoadBalancerSourceRanges"  # the real server's spelling
        if kind != LOAD_BALANCER:
            causes.append(forbidden(where, "may only be used when `type` is 'LoadBalancer'"))
        elif not all(_is_range(each) for each in ranges):
            detail = "must be a list of IP ranges. For example, 10.240.0.0/24,10.250.0.0/24"
            causes.append(invalid(where, ranges, detail))
    where = "spec.allocateLoadBalancerNodePorts"
    if kind == LOAD_BALANCER:
        if flag is None:
            causes.append(required(where))
    elif flag is not None:
        causes.append(forbidden(where, "may only be used when `type` is 'LoadBalancer'"))
    if spec.get("loadBalancerClass") is not None and kind != LOAD_BALANCER:
        detail = "may only be used when `type` is 'LoadBalancer'"
        causes.append(forbidden("spec.loadBalancerClass", detail))
    return causes


def _validate_traffic(service: Json) -> list[Cause]:
    spec = spec_of(service)
    causes: list[Cause] = []
    policy, where = spec.get("externalTrafficPolicy", ""), "spec.externalTrafficPolicy"
    if not is_external(service):
        if policy:
            detail = "may only be set for externally-accessible services"
            causes.append(invalid(where, policy, detail))
    elif policy not in TRAFFIC_POLICIES:
        missing = not policy
        causes.append(
            required(where) if missing else not_supported(where, policy, TRAFFIC_POLICIES)
        )
    check_port = spec.get("healthCheckNodePort", 0)
    if check_port and not needs_health_check_node_port(service):
        detail = (
            "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'"
        )
        causes.append(invalid("spec.healthCheckNodePort", check_port, detail))
    inner, where = spec.get("internalTrafficPolicy"), "spec.internalTrafficPolicy"
    if inner is None:
        if spec.get("type") in (CLUSTER_IP, NODE_PORT, LOAD_BALANCER):
            causes.append(required(where))
    elif inner not in TRAFFIC_POLICIES:
        causes.append(not_supported(where, inner, TRAFFIC_POLICIES))
    return causes


def validate_service(service: Json) -> list[Cause]:
    """Return what is wrong with a service, outside of its metadata. O(ports)."""
    spec = spec_of(service)
    causes = _validate_ports(service) + _validate_type(service)
    if spec.get("selector"):
        causes += validate_labels(spec["selector"], "spec.selector")
    causes += _validate_affinity(spec)
    causes += validate_cluster_addresses(service)
    causes += _validate_external_addresses(spec)
    causes += _validate_load_balancer(spec)
    return causes + _validate_traffic(service)
