"""The defaults of a Service.

Addresses, node ports and IP families are no defaults: the API server allocates them, see `allocation`.
"""

from __future__ import annotations

from typing import Any

from windtunnel.model.api.kinds.service.fields import (
    CLUSTER_IP,
    EXTERNAL_NAME,
    LOAD_BALANCER,
    TYPES,
    is_external,
    with_spec,
)
from windtunnel.model.objects.json import Json

CLIENT_IP_TIMEOUT_SECONDS = 10_800
_NO_LOAD_BALANCER: Json = {}


def _default_port(port: Json) -> Json:
    changed: dict[str, Any] = {}
    if "protocol" not in port:
        changed["protocol"] = "TCP"
    if port.get("targetPort", 0) in (0, ""):
        number = port.get("port", 0)
        if port.get("targetPort") != number:
            changed["targetPort"] = number
    return {**port, **changed} if changed else port


def _affinity_config(spec: Json) -> Json:
    config = spec.get("sessionAffinityConfig") or {}
    client = config.get("clientIP") or {}
    if client.get("timeoutSeconds") is not None:
        return config
    return {**config, "clientIP": {**client, "timeoutSeconds": CLIENT_IP_TIMEOUT_SECONDS}}


def default_service(service: Json) -> Json:
    """Return the service with its defaults; the same object if it has them. O(ports)."""
    spec: Json = service.get("spec") or {}
    changed: dict[str, Any] = {}
    affinity = spec.get("sessionAffinity")
    if not affinity:
        affinity = changed["sessionAffinity"] = "None"
    config = spec.get("sessionAffinityConfig")
    if affinity == "None":
        if config is not None:
            changed["sessionAffinityConfig"] = None
    elif affinity == "ClientIP":
        completed = _affinity_config(spec)
        if completed is not config:
            changed["sessionAffinityConfig"] = completed
    kind = spec.get("type")
    if not kind:
        kind = changed["type"] = CLUSTER_IP
    ports = spec.get("ports") or ()
    filled = [_default_port(port) for port in ports]
    if any(new is not old for new, old in zip(filled, ports, strict=True)):
        changed["ports"] = filled
    if is_external({"spec": {"type": kind}}) and not spec.get("externalTrafficPolicy"):
        changed["externalTrafficPolicy"] = "Cluster"
    if kind in TYPES and kind != EXTERNAL_NAME and spec.get("internalTrafficPolicy") is None:
        changed["internalTrafficPolicy"] = "Cluster"
    if kind == LOAD_BALANCER and spec.get("allocateLoadBalancerNodePorts") is None:
        changed["allocateLoadBalancerNodePorts"] = True
    service = with_spec(service, changed)
    status = service.get("status")
    if status is None or "loadBalancer" not in status:
        service = {**service, "status": {**(status or {}), "loadBalancer": _NO_LOAD_BALANCER}}
    return service
