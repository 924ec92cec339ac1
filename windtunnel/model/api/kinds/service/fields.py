"""Which fields a Service of a given type has a use for.

Defaults, allocation, clean-up after a change of type, and validation all ask these questions.
"""

from __future__ import annotations

from typing import Any

from windtunnel.model.objects.json import Json

CLUSTER_IP = "ClusterIP"
NODE_PORT = "NodePort"
LOAD_BALANCER = "LoadBalancer"
EXTERNAL_NAME = "ExternalName"
TYPES = (CLUSTER_IP, EXTERNAL_NAME, LOAD_BALANCER, NODE_PORT)
HEADLESS = "None"
SINGLE_STACK = "SingleStack"
PREFER_DUAL_STACK = "PreferDualStack"
REQUIRE_DUAL_STACK = "RequireDualStack"


def spec_of(service: Json) -> Json:
    """Return the spec, an empty one if there is none. O(1)."""
    spec: Json = service.get("spec") or {}
    return spec


def with_spec(service: Json, changes: dict[str, Any]) -> Json:
    """Return the service with these fields of the spec (None: absent); itself for no changes. O(fields)."""
    if not changes:
        return service
    spec = {
        key: value for key, value in {**spec_of(service), **changes}.items() if value is not None
    }
    return {**service, "spec": spec}


def is_headless(service: Json) -> bool:
    """Tell whether the service says that it wants no address of its own. O(1)."""
    spec = spec_of(service)
    addresses = spec.get("clusterIPs")
    return addresses == [HEADLESS] or (not addresses and spec.get("clusterIP") == HEADLESS)


def needs_cluster_ip(service: Json) -> bool:
    """Tell whether the type has a clusterIP, be it `None`. O(1)."""
    return spec_of(service).get("type") in (CLUSTER_IP, NODE_PORT, LOAD_BALANCER)


def is_external(service: Json) -> bool:
    """Tell whether the service can be reached from outside of the cluster through its nodes. O(1)."""
    return spec_of(service).get("type") in (NODE_PORT, LOAD_BALANCER)


def needs_node_ports(service: Json) -> bool:
    """Tell whether each port of the service gets a node port if it has none. O(1)."""
    spec = spec_of(service)
    if spec.get("type") == LOAD_BALANCER:
        return spec.get("allocateLoadBalancerNodePorts") is not False
    return spec.get("type") == NODE_PORT


def needs_health_check_node_port(service: Json) -> bool:
    """Tell whether load balancers ask each node which of them have endpoints. O(1)."""
    spec = spec_of(service)
    local = spec.get("externalTrafficPolicy") == "Local"
    return spec.get("type") == LOAD_BALANCER and local
