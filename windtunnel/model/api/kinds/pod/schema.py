"""The fields of a Pod, as of v1 in Kubernetes 1.36.

The spec is a shared object: what defaulting and validation find out about it is remembered with it, so a
write that leaves the spec alone does not pay for it again.
"""

from __future__ import annotations

from windtunnel.model.api.kinds.pod.container_schema import (
    APP_ARMOR_PROFILE,
    CONTAINER,
    EPHEMERAL_CONTAINER,
    RESOURCES,
    SE_LINUX_OPTIONS,
    SECCOMP_PROFILE,
    WINDOWS_OPTIONS,
)
from windtunnel.model.api.kinds.pod.scheduling_schema import (
    AFFINITY,
    TOLERATION,
    TOPOLOGY_SPREAD_CONSTRAINT,
)
from windtunnel.model.api.kinds.pod.status_schema import POD_STATUS
from windtunnel.model.api.kinds.pod.volume_schema import VOLUME
from windtunnel.model.api.schema import (
    BOOLEAN,
    FLAG,
    INTEGER,
    LOCAL_OBJECT_REFERENCE,
    LONG,
    POINTER_STRING,
    QUANTITIES,
    STRING,
    STRING_MAP,
    STRINGS,
    ListOf,
    Object,
    resource,
)

_POD_SECURITY_CONTEXT = Object(
    {
        "seLinuxOptions": SE_LINUX_OPTIONS,
        "windowsOptions": WINDOWS_OPTIONS,
        "runAsUser": LONG,
        "runAsGroup": LONG,
        "runAsNonRoot": BOOLEAN,
        "supplementalGroups": ListOf(LONG),
        "supplementalGroupsPolicy": STRING,
        "fsGroup": LONG,
        "sysctls": ListOf(Object({"name": STRING, "value": STRING}, "Sysctl")),
        "fsGroupChangePolicy": STRING,
        "seccompProfile": SECCOMP_PROFILE,
        "appArmorProfile": APP_ARMOR_PROFILE,
        "seLinuxChangePolicy": STRING,
    },
    "PodSecurityContext",
)
_DNS_CONFIG = Object(
    {
        "nameservers": STRINGS,
        "searches": STRINGS,
        "options": ListOf(Object({"name": STRING, "value": POINTER_STRING}, "PodDNSConfigOption")),
    },
    "PodDNSConfig",
)
_RESOURCE_CLAIM = Object(
    {
        "name": STRING,
        "resourceClaimName": POINTER_STRING,
        "resourceClaimTemplateName": POINTER_STRING,
    },
    "PodResourceClaim",
)
POD_SPEC = Object(
    {
        "volumes": ListOf(VOLUME, merge_key="name", strategy="merge"),
        "initContainers": ListOf(CONTAINER, merge_key="name", strategy="merge"),
        "containers": ListOf(CONTAINER, merge_key="name", strategy="merge"),
        "ephemeralContainers": ListOf(EPHEMERAL_CONTAINER, merge_key="name", strategy="merge"),
        "restartPolicy": STRING,
        "terminationGracePeriodSeconds": LONG,
        "activeDeadlineSeconds": LONG,
        "dnsPolicy": STRING,
        "nodeSelector": STRING_MAP,
        "serviceAccountName": STRING,
        "serviceAccount": STRING,
        "automountServiceAccountToken": BOOLEAN,
        "nodeName": STRING,
        "hostNetwork": FLAG,
        "hostPID": FLAG,
        "hostIPC": FLAG,
        "shareProcessNamespace": BOOLEAN,
        "securityContext": _POD_SECURITY_CONTEXT,
        "imagePullSecrets": ListOf(LOCAL_OBJECT_REFERENCE, merge_key="name", strategy="merge"),
        "hostname": STRING,
        "subdomain": STRING,
        "affinity": AFFINITY,
        "schedulerName": STRING,
        "tolerations": ListOf(TOLERATION),
        "hostAliases": ListOf(
            Object({"ip": STRING, "hostnames": STRINGS}, "HostAlias"),
            merge_key="ip",
            strategy="merge",
        ),
        "priorityClassName": STRING,
        "priority": INTEGER,
        "dnsConfig": _DNS_CONFIG,
        "readinessGates": ListOf(Object({"conditionType": STRING}, "PodReadinessGate")),
        "runtimeClassName": POINTER_STRING,
        "enableServiceLinks": BOOLEAN,
        "preemptionPolicy": STRING,
        "overhead": QUANTITIES,
        "topologySpreadConstraints": ListOf(
            TOPOLOGY_SPREAD_CONSTRAINT, merge_key="topologyKey", strategy="merge"
        ),
        "setHostnameAsFQDN": BOOLEAN,
        "os": Object({"name": STRING}, "PodOS"),
        "hostUsers": BOOLEAN,
        "schedulingGates": ListOf(
            Object({"name": STRING}, "PodSchedulingGate"), merge_key="name", strategy="merge"
        ),
        "resourceClaims": ListOf(_RESOURCE_CLAIM, merge_key="name", strategy="merge"),
        "resources": RESOURCES,
        "hostnameOverride": POINTER_STRING,
        "schedulingGroup": Object({"podGroupName": POINTER_STRING}, "PodSchedulingGroup"),
    },
    "PodSpec",
    shared=True,
)
POD = resource("Pod", {"spec": POD_SPEC, "status": POD_STATUS})
