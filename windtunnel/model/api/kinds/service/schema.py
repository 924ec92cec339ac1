"""The fields of a Service, as of v1 in Kubernetes 1.36."""

from __future__ import annotations

from windtunnel.model.api.schema import (
    BOOLEAN,
    FLAG,
    INT_OR_STRING,
    INTEGER,
    META_CONDITION,
    OMITTED_ZERO,
    POINTER_STRING,
    STRING,
    STRING_MAP,
    STRINGS,
    ListOf,
    Object,
    resource,
)

_PORT = Object(
    {
        "name": STRING,
        "protocol": STRING,
        "appProtocol": POINTER_STRING,
        "port": INTEGER,
        "targetPort": INT_OR_STRING,
        "nodePort": OMITTED_ZERO,
    },
    "ServicePort",
)
_AFFINITY_CONFIG = Object(
    {"clientIP": Object({"timeoutSeconds": INTEGER}, "ClientIPConfig")}, "SessionAffinityConfig"
)
_SPEC = Object(
    {
        "ports": ListOf(_PORT, merge_key="port", strategy="merge"),
        "selector": STRING_MAP,
        "clusterIP": STRING,
        "clusterIPs": STRINGS,
        "type": STRING,
        "externalIPs": STRINGS,
        "sessionAffinity": STRING,
        "loadBalancerIP": STRING,
        "loadBalancerSourceRanges": STRINGS,
        "externalName": STRING,
        "externalTrafficPolicy": STRING,
        "healthCheckNodePort": OMITTED_ZERO,
        "publishNotReadyAddresses": FLAG,
        "sessionAffinityConfig": _AFFINITY_CONFIG,
        "ipFamilies": STRINGS,
        "ipFamilyPolicy": POINTER_STRING,
        "allocateLoadBalancerNodePorts": BOOLEAN,
        "loadBalancerClass": POINTER_STRING,
        "internalTrafficPolicy": POINTER_STRING,
        "trafficDistribution": POINTER_STRING,
    },
    "ServiceSpec",
)
_INGRESS = Object(
    {
        "ip": STRING,
        "hostname": STRING,
        "ipMode": STRING,
        "ports": ListOf(
            Object({"port": INTEGER, "protocol": STRING, "error": POINTER_STRING}, "PortStatus")
        ),
    },
    "LoadBalancerIngress",
)
SERVICE = resource(
    "Service",
    {
        "spec": _SPEC,
        "status": Object(
            {
                "loadBalancer": Object({"ingress": ListOf(_INGRESS)}, "LoadBalancerStatus"),
                "conditions": ListOf(META_CONDITION, merge_key="type", strategy="merge"),
            },
            "ServiceStatus",
        ),
    },
)
