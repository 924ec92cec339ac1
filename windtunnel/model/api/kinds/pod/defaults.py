"""The defaults of a pod, and of the pod spec inside a template.

A pod gets more than a template does: requests from limits, `enableServiceLinks`, and host ports under
`hostNetwork` are filled in when the pod itself is made. Fields that exist twice for old clients are kept in
step: serviceAccount with serviceAccountName, podIP with podIPs.

Not modelled: the defaults of volume sources that the model does not look into; huge pages at pod level.
"""

from __future__ import annotations

from typing import Any

from windtunnel.model.api import quantity
from windtunnel.model.api.kinds.pod.container_defaults import (
    default_container,
    default_each,
    default_volume,
)
from windtunnel.model.api.shared_json import remembered
from windtunnel.model.objects.json import Json

TERMINATION_GRACE_SECONDS = 30
DEFAULT_SCHEDULER = "default-scheduler"
POD_LEVEL_RESOURCES = ("cpu", "memory")
_NO_SECURITY_CONTEXT: Json = {}
_SIMPLE_DEFAULTS: dict[str, Any] = {
    "restartPolicy": "Always",
    "terminationGracePeriodSeconds": TERMINATION_GRACE_SECONDS,
    "dnsPolicy": "ClusterFirst",
    "securityContext": _NO_SECURITY_CONTEXT,
    "schedulerName": DEFAULT_SCHEDULER,
}
_CONTAINER_LISTS = ("containers", "initContainers", "ephemeralContainers")


@remembered
def default_pod_spec(spec: Json) -> Json:
    """Return the spec of a template, or of a pod, with the defaults both have. O(containers), remembered."""
    changed = {key: value for key, value in _SIMPLE_DEFAULTS.items() if key not in spec}
    account = spec.get("serviceAccountName") or spec.get("serviceAccount")
    if account:
        for key in ("serviceAccountName", "serviceAccount"):
            if spec.get(key) != account:
                changed[key] = account
    for key in _CONTAINER_LISTS:
        containers = spec.get(key)
        if containers:
            result = default_each(containers, default_container)
            if result is not containers:
                changed[key] = result
    volumes = spec.get("volumes")
    if volumes:
        result = default_each(volumes, default_volume)
        if result is not volumes:
            changed["volumes"] = result
    return {**spec, **changed} if changed else spec


def _requests_from_limits(container: Json) -> Json:
    resources = container.get("resources")
    limits = resources.get("limits") if resources else None
    if not resources or not limits:
        return container
    requests = resources.get("requests") or {}
    missing = {name: limit for name, limit in limits.items() if name not in requests}
    if not missing:
        return container
    return {**container, "resources": {**resources, "requests": {**requests, **missing}}}


def _host_ports(container: Json) -> Json:
    ports = container.get("ports")
    if not ports or all(port.get("hostPort") for port in ports):
        return container
    filled = [
        port if port.get("hostPort") else {**port, "hostPort": port.get("containerPort", 0)}
        for port in ports
    ]
    return {**container, "ports": filled}


def _pod_level_requests(spec: Json) -> Json:
    """Return the requests of the whole pod: given ones, else the containers' sums, else the limits."""
    resources: Json = spec["resources"]
    requests = dict(resources.get("requests") or {})
    for name in POD_LEVEL_RESOURCES:
        if name in requests:
            continue
        amounts = [
            container["resources"]["requests"][name]
            for container in spec.get("containers") or ()
            if name in (container.get("resources", {}).get("requests") or {})
        ]
        if amounts:
            total = quantity.ZERO
            for amount in amounts:
                total += quantity.parse(amount)
            requests[name] = str(total)
        elif name in (resources.get("limits") or {}):
            requests[name] = resources["limits"][name]
    if requests == (resources.get("requests") or {}):
        return resources
    return {**resources, "requests": requests}


@remembered
def _default_spec_of_pod(spec: Json) -> Json:
    spec = default_pod_spec(spec)
    changed: dict[str, Any] = {}
    if "enableServiceLinks" not in spec:
        changed["enableServiceLinks"] = True
    on_host = spec.get("hostNetwork", False)
    for key in ("containers", "initContainers"):
        containers = spec.get(key)
        if not containers:
            continue
        result = default_each(containers, _requests_from_limits)
        if on_host:
            result = default_each(result, _host_ports)
        if result is not containers:
            changed[key] = result
    if spec.get("resources"):
        resources = _pod_level_requests({**spec, **changed})
        if resources is not spec["resources"]:
            changed["resources"] = resources
    return {**spec, **changed} if changed else spec


def _default_status(status: Json) -> Json:
    """Keep podIP and podIPs in step; where they differ the single one counts."""
    address, addresses = status.get("podIP"), status.get("podIPs")
    if address:
        if not addresses or addresses[0].get("ip") != address:
            return {**status, "podIPs": [{"ip": address}]}
    elif addresses and addresses[0].get("ip"):
        return {**status, "podIP": addresses[0]["ip"]}
    return status


def default_pod(pod: Json) -> Json:
    """Return the pod with all its defaults; the same object if it has them. O(containers), remembered."""
    before = pod.get("spec")
    spec = _default_spec_of_pod(before if before is not None else {})
    status_before = pod.get("status")
    status = _default_status(status_before) if status_before else status_before
    changed: dict[str, Any] = {}
    if spec is not before:
        changed["spec"] = spec
    if status is not status_before:
        changed["status"] = status
    return {**pod, **changed} if changed else pod
