"""The life of a Service in the API server.

A change of type takes away what the new type has no use for, as long as the client did not change that too:
then it is an error. Allocation is around these methods, not in them; see `allocation`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from windtunnel.model.api.errors import Cause
from windtunnel.model.api.kind import COMMON_FIELDS, Kind, Strategy
from windtunnel.model.api.kinds.service.addresses_validation import validate_address_change
from windtunnel.model.api.kinds.service.defaults import default_service
from windtunnel.model.api.kinds.service.fields import (
    LOAD_BALANCER,
    is_external,
    needs_cluster_ip,
    needs_health_check_node_port,
    needs_node_ports,
    spec_of,
    with_spec,
)
from windtunnel.model.api.kinds.service.schema import SERVICE
from windtunnel.model.api.kinds.service.validation import validate_service
from windtunnel.model.api.names import is_dns1123_label, mask_trailing_dash
from windtunnel.model.objects.json import Json


def _node_ports(ports: Sequence[Json]) -> list[int]:
    return [port["nodePort"] for port in ports if port.get("nodePort")]


def without_unused_fields(new: Json, old: Json) -> Json:
    """Return the new service without old values that its type no longer has a use for. O(ports)."""
    spec, before = spec_of(new), spec_of(old)
    if spec.get("type") == before.get("type") and spec.get("externalTrafficPolicy") == before.get(
        "externalTrafficPolicy"
    ):
        return new
    changes: dict[str, Any] = {}

    def drop(*keys: str) -> None:
        if all(spec.get(key) == before.get(key) for key in keys):
            changes.update(dict.fromkeys(key for key in keys if key in spec))

    if needs_cluster_ip(old) and not needs_cluster_ip(new):
        drop("clusterIPs")
        if "clusterIPs" in changes:
            changes["clusterIP"] = None
        drop("ipFamilies")
        drop("ipFamilyPolicy")
    if needs_node_ports(old) and not needs_node_ports(new):
        ports = spec.get("ports") or ()
        if _node_ports(ports) == _node_ports(before.get("ports") or ()):
            changes["ports"] = [
                {key: value for key, value in port.items() if key != "nodePort"} for port in ports
            ]
    if needs_health_check_node_port(old) and not needs_health_check_node_port(new):
        drop("healthCheckNodePort")
    if before.get("type") == LOAD_BALANCER and spec.get("type") != LOAD_BALANCER:
        drop("allocateLoadBalancerNodePorts")
        drop("loadBalancerClass")
    if is_external(old) and not is_external(new):
        drop("externalTrafficPolicy")
    return with_spec(new, changes)


class ServiceStrategy(Strategy):
    """The rules of services."""

    has_status = True
    allow_create_on_update = True
    supported_fields = (*COMMON_FIELDS, "spec.clusterIP", "spec.type")

    def validate_name(self, name: str, prefix: bool) -> list[str]:
        """Names are DNS labels, since they become part of DNS names."""
        return is_dns1123_label(mask_trailing_dash(name) if prefix else name)

    def default(self, obj: Json) -> Json:
        """Fill in type, affinity, policies, protocols and target ports."""
        return default_service(obj)

    def prepare_for_create(self, obj: Json) -> Json:
        """Start without a load balancer."""
        return {**super().prepare_for_create(obj), "status": {"loadBalancer": {}}}

    def prepare_for_update(self, new: Json, old: Json) -> Json:
        """Keep the status, and drop what a new type has no use for."""
        new = without_unused_fields(super().prepare_for_update(new, old), old)
        status = new.get("status") or {}
        if status.get("loadBalancer") and spec_of(new).get("type") != LOAD_BALANCER:
            new = {**new, "status": {**status, "loadBalancer": {}}}
        return new

    def validate_own(self, obj: Json) -> list[Cause]:
        """Check the service."""
        return validate_service(obj)

    def validate_own_update(self, new: Json, old: Json) -> list[Cause]:
        """Check the service, and that its addresses stay."""
        return validate_address_change(new, old) + validate_service(new)

    def selectable_fields(self, obj: Json) -> dict[str, str]:
        """Return address and type beside the name."""
        spec = spec_of(obj)
        return {
            **super().selectable_fields(obj),
            "spec.clusterIP": spec.get("clusterIP", ""),
            "spec.type": spec.get("type", ""),
        }


KIND = Kind(
    "Service",
    "services",
    "",
    "v1",
    namespaced=True,
    schema=SERVICE,
    strategy=ServiceStrategy(),
    subresources=("status",),
    short_names=("svc",),
    categories=("all",),
)
