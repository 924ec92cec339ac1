"""Ingress: which HTTP requests from outside reach which services.

Not modelled: what is valid in the status; that hosts which TLS names are among those of the rules (nobody checks that).
"""

from __future__ import annotations

from windtunnel.model.api.addresses import is_ip_address
from windtunnel.model.api.errors import Cause, invalid, not_supported, required
from windtunnel.model.api.kind import Kind, Strategy
from windtunnel.model.api.names import (
    is_dns1123_label,
    is_dns1123_subdomain,
    is_port_name,
    is_port_number,
)
from windtunnel.model.api.schema import (
    INTEGER,
    OMITTED_ZERO,
    POINTER_STRING,
    STRING,
    STRINGS,
    ListOf,
    Object,
    resource,
)
from windtunnel.model.api.shared_json import remembered
from windtunnel.model.objects.json import Json

PATH_TYPES = ("Exact", "ImplementationSpecific", "Prefix")
_NOT_IN_PATHS = ("//", "/./", "/../", "%2f", "%2F")
_NOT_AT_THE_END = ("/..", "/.")

_BACKEND = Object(
    {
        "service": Object(
            {
                "name": STRING,
                "port": Object({"name": STRING, "number": OMITTED_ZERO}, "ServiceBackendPort"),
            },
            "IngressServiceBackend",
        ),
        "resource": Object(
            {"apiGroup": POINTER_STRING, "kind": STRING, "name": STRING},
            "TypedLocalObjectReference",
        ),
    },
    "IngressBackend",
)
_PATH = Object({"path": STRING, "pathType": STRING, "backend": _BACKEND}, "HTTPIngressPath")
_RULE = Object(
    {"host": STRING, "http": Object({"paths": ListOf(_PATH)}, "HTTPIngressRuleValue")},
    "IngressRule",
)
_PORT_STATUS = Object(
    {"port": INTEGER, "protocol": STRING, "error": POINTER_STRING}, "IngressPortStatus"
)
_ENTRY_STATUS = Object(
    {"ip": STRING, "hostname": STRING, "ports": ListOf(_PORT_STATUS)}, "IngressLoadBalancerIngress"
)
SCHEMA = resource(
    "Ingress",
    {
        "spec": Object(
            {
                "ingressClassName": POINTER_STRING,
                "defaultBackend": _BACKEND,
                "tls": ListOf(Object({"hosts": STRINGS, "secretName": STRING}, "IngressTLS")),
                "rules": ListOf(_RULE),
            },
            "IngressSpec",
            shared=True,
        ),
        "status": Object(
            {
                "loadBalancer": Object(
                    {"ingress": ListOf(_ENTRY_STATUS)}, "IngressLoadBalancerStatus"
                )
            },
            "IngressStatus",
        ),
    },
)


def _validate_port(port: Json, path: str) -> list[Cause]:
    name, number = port.get("name"), port.get("number", 0)
    if name and number:
        return [invalid(path, "", "cannot set both port name & port number")]
    if name:
        return [invalid(f"{path}.port.name", name, detail) for detail in is_port_name(name)]
    if number:
        details = is_port_number(number)
        return [invalid(f"{path}.port.number", number, detail) for detail in details]
    return [required(path, "port name or number is required")]


def _validate_backend(backend: Json, path: str) -> list[Cause]:
    service, other = backend.get("service"), backend.get("resource")
    if service is not None and other is not None:
        return [invalid(path, "", "cannot set both resource and service backends")]
    if other is not None:
        return [
            required(f"{path}.resource.{key}") for key in ("kind", "name") if not other.get(key)
        ]
    if service is None:
        return [invalid(path, "", "resource or service backend is required")]
    name = service.get("name")
    causes: list[Cause] = []
    if not name:
        causes.append(required(f"{path}.service.name"))
    else:
        details = is_dns1123_label(name)
        causes += [invalid(f"{path}.service.name", name, detail) for detail in details]
    return causes + _validate_port(service.get("port") or {}, f"{path}.service")


def _validate_host(host: str, path: str) -> list[Cause]:
    if not is_ip_address(host):
        return [invalid(path, host, "must be a DNS name, not an IP address")]
    details = is_dns1123_subdomain(host.removeprefix("*."))
    return [invalid(path, host, detail) for detail in details]


def _validate_path(entry: Json, path: str) -> list[Cause]:
    causes: list[Cause] = []
    kind, text, where = entry.get("pathType"), entry.get("path", ""), f"{path}.path"
    if not kind:
        return [required(f"{path}.pathType", "pathType must be specified")]
    if kind not in PATH_TYPES:
        causes.append(not_supported(f"{path}.pathType", kind, PATH_TYPES))
    elif (text or kind != "ImplementationSpecific") and not text.startswith("/"):
        causes.append(invalid(where, text, "must be an absolute path"))
    elif kind != "ImplementationSpecific":
        for part in _NOT_IN_PATHS:
            if part in text:
                causes.append(invalid(where, text, f"must not contain '{part}'"))
        for end in _NOT_AT_THE_END:
            if text.endswith(end):
                causes.append(invalid(where, text, f"cannot end with '{end}'"))
    return causes + _validate_backend(entry.get("backend") or {}, f"{path}.backend")


@remembered
def _validate_spec(spec: Json) -> tuple[Cause, ...]:
    rules, backend = spec.get("rules") or [], spec.get("defaultBackend")
    causes: list[Cause] = []
    if not rules and backend is None:
        detail = "either `defaultBackend` or `rules` must be specified"
        causes.append(invalid("spec", rules, detail))
    if backend is not None:
        causes += _validate_backend(backend, "spec.defaultBackend")
    for index, rule in enumerate(rules):
        where = f"spec.rules[{index}]"
        if rule.get("host"):
            causes += _validate_host(rule["host"], f"{where}.host")
        if "http" in rule:
            paths = rule["http"].get("paths") or ()
            if not paths:
                causes.append(required(f"{where}.http.paths"))
            for position, entry in enumerate(paths):
                causes += _validate_path(entry, f"{where}.http.paths[{position}]")
    for index, entry in enumerate(spec.get("tls") or ()):
        for position, host in enumerate(entry.get("hosts") or ()):
            where = f"spec.tls[{index}].hosts[{position}]"
            details = is_dns1123_subdomain(host.removeprefix("*."))
            causes += [invalid(where, host, detail) for detail in details]
    name = spec.get("ingressClassName")
    if name is not None:
        details = is_dns1123_subdomain(name)
        causes += [invalid("spec.ingressClassName", name, detail) for detail in details]
    return tuple(causes)


class IngressStrategy(Strategy):
    """The rules of ingresses."""

    has_status = True
    counts_generation = True

    def default(self, obj: Json) -> Json:
        """Show spec and status, be they empty."""
        obj = obj if "spec" in obj else {**obj, "spec": {}}
        return obj if "status" in obj else {**obj, "status": {"loadBalancer": {}}}

    def prepare_for_create(self, obj: Json) -> Json:
        """Start with generation 1 and without a load balancer."""
        return {**super().prepare_for_create(obj), "status": {"loadBalancer": {}}}

    def validate_own(self, obj: Json) -> list[Cause]:
        """Check rules and backends."""
        return list(_validate_spec(obj.get("spec") or {}))


KIND = Kind(
    "Ingress",
    "ingresses",
    "networking.k8s.io",
    "v1",
    namespaced=True,
    schema=SCHEMA,
    strategy=IngressStrategy(),
    subresources=("status",),
    short_names=("ing",),
)
