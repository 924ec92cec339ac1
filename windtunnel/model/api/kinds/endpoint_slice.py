"""EndpointSlice: some of the endpoints of a service, all of one address type and with the same ports.

Each endpoint says in its conditions whether it is ready, serving and terminating. What kind of addresses a slice holds
is decided once. A change of labels counts as a generation, as every change outside of metadata does: controllers
recognise by the generation whether they have seen their own last write.

Not modelled: the old API version, whose topology map is dropped here unless nothing about the endpoints changes.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from windtunnel.model.api.addresses import parse_ip, special_use
from windtunnel.model.api.errors import (
    Cause,
    duplicate,
    invalid,
    not_supported,
    required,
    too_many,
)
from windtunnel.model.api.kind import Kind, Strategy, with_generation
from windtunnel.model.api.kinds.endpoints import PROTOCOLS
from windtunnel.model.api.kinds.pod.container_validation import label_details
from windtunnel.model.api.metadata import validate_labels
from windtunnel.model.api.names import (
    is_dns1123_label,
    is_dns1123_subdomain,
    is_label_value,
    is_qualified_name,
)
from windtunnel.model.api.schema import (
    BOOLEAN,
    INTEGER,
    OBJECT_REFERENCE,
    POINTER_STRING,
    STRING,
    STRING_MAP,
    STRINGS,
    ListOf,
    Object,
    resource,
)
from windtunnel.model.objects.json import Json

ADDRESS_TYPES = ("FQDN", "IPv4", "IPv6")
MAX_ADDRESSES = 100
MAX_ENDPOINTS = 1000
MAX_HINTS = 8
MAX_PORTS = 20_000
MAX_TOPOLOGY_LABELS = 16
_FAMILIES = {"IPv4": 4, "IPv6": 6}
_CONDITIONS = Object(
    {"ready": BOOLEAN, "serving": BOOLEAN, "terminating": BOOLEAN}, "EndpointConditions"
)
_HINTS = Object(
    {
        "forZones": ListOf(Object({"name": STRING}, "ForZone")),
        "forNodes": ListOf(Object({"name": STRING}, "ForNode")),
    },
    "EndpointHints",
)
_ENDPOINT = Object(
    {
        "addresses": STRINGS,
        "conditions": _CONDITIONS,
        "hostname": POINTER_STRING,
        "targetRef": OBJECT_REFERENCE,
        "deprecatedTopology": STRING_MAP,
        "nodeName": POINTER_STRING,
        "zone": POINTER_STRING,
        "hints": _HINTS,
    },
    "Endpoint",
)
_PORT = Object(
    {
        "name": POINTER_STRING,
        "protocol": POINTER_STRING,
        "port": INTEGER,
        "appProtocol": POINTER_STRING,
    },
    "EndpointPort",
)
SCHEMA = resource(
    "EndpointSlice",
    {"addressType": STRING, "endpoints": ListOf(_ENDPOINT), "ports": ListOf(_PORT)},
)


@lru_cache(maxsize=16384)
def _address_details(address: str, family: int) -> tuple[str, ...]:
    """Return what keeps the address from being an endpoint of a family. O(1) once seen."""
    parsed = parse_ip(address)
    wrong = parsed is None or parsed[0] != family
    return (*([f"must be a valid IPv{family} address"] if wrong else []), *special_use(address))


@lru_cache(maxsize=4096)
def _node_details(name: str) -> tuple[str, ...]:
    return tuple(is_dns1123_subdomain(name))


def _validate_address(address: str, address_type: str, path: str) -> list[Cause]:
    family = _FAMILIES.get(address_type)
    if family is None:
        return _validate_domain_name(address, path) if address_type == "FQDN" else []
    return [invalid(path, address, detail) for detail in _address_details(address, family)]


def _validate_domain_name(name: str, path: str) -> list[Cause]:
    if not name:
        return [required(path)]
    name = name.removesuffix(".")
    details = is_dns1123_subdomain(name)
    if details:
        return [invalid(path, name, ",".join(details))]
    labels = name.split(".")
    if len(labels) < 2:
        detail = "should be a domain with at least two segments separated by dots"
        return [invalid(path, name, detail)]
    wrong = [(label, is_dns1123_label(label)) for label in labels]
    return [invalid(path, label, ",".join(details)) for label, details in wrong if details]


def _validate_hints(hints: Json, path: str) -> list[Cause]:
    causes: list[Cause] = []
    for key, details_of in (("forZones", is_label_value), ("forNodes", is_dns1123_subdomain)):
        named = hints.get(key) or ()
        if len(named) > MAX_HINTS:
            causes.append(too_many(f"{path}.{key}", len(named), MAX_HINTS))
            continue
        seen: set[str] = set()
        for index, each in enumerate(named):
            where, name = f"{path}.{key}[{index}].name", each.get("name", "")
            if name in seen:
                causes.append(duplicate(where, name))
            seen.add(name)
            causes += [invalid(where, name, detail) for detail in details_of(name)]
    return causes


def _validate_endpoint(endpoint: Json, address_type: str, path: str) -> list[Cause]:
    addresses = endpoint.get("addresses") or ()
    causes: list[Cause] = []
    if not addresses:
        causes.append(required(f"{path}.addresses", "must contain at least 1 address"))
    elif len(addresses) > MAX_ADDRESSES:
        causes.append(too_many(f"{path}.addresses", len(addresses), MAX_ADDRESSES))
    for index, address in enumerate(addresses):
        causes += _validate_address(address, address_type, f"{path}.addresses[{index}]")
    node = endpoint.get("nodeName")
    if node is not None:
        where = f"{path}.nodeName"
        causes += [invalid(where, node, detail) for detail in _node_details(node)]
    topology = endpoint.get("deprecatedTopology")
    if topology:
        where = f"{path}.deprecatedTopology"
        if len(topology) > MAX_TOPOLOGY_LABELS:
            causes.append(too_many(where, len(topology), MAX_TOPOLOGY_LABELS))
        causes += validate_labels(topology, where)
    hostname = endpoint.get("hostname")
    if hostname is not None:
        where = f"{path}.hostname"
        causes += [invalid(where, hostname, detail) for detail in label_details(hostname)]
    return causes + _validate_hints(endpoint.get("hints") or {}, f"{path}.hints")


def _validate_endpoints(obj: Json) -> list[Cause]:
    endpoints = obj.get("endpoints") or ()
    if len(endpoints) > MAX_ENDPOINTS:
        return [too_many("endpoints", len(endpoints), MAX_ENDPOINTS)]
    address_type = obj.get("addressType", "")
    return [
        cause
        for index, endpoint in enumerate(endpoints)
        for cause in _validate_endpoint(endpoint, address_type, f"endpoints[{index}]")
    ]


def _validate_ports(ports: list[Json]) -> list[Cause]:
    if len(ports) > MAX_PORTS:
        return [too_many("ports", len(ports), MAX_PORTS)]
    causes: list[Cause] = []
    names: set[str] = set()
    for index, port in enumerate(ports):
        path = f"ports[{index}]"
        name, protocol = port.get("name") or "", port.get("protocol")
        if name:
            causes += [invalid(f"{path}.name", name, detail) for detail in label_details(name)]
        if name in names:
            causes.append(duplicate(f"{path}.name", name))
        names.add(name)
        if protocol not in PROTOCOLS:
            causes.append(not_supported(f"{path}.protocol", protocol or "", PROTOCOLS))
        application = port.get("appProtocol")
        if application is not None:
            where = f"{path}.appProtocol"
            causes += [invalid(where, application, each) for each in is_qualified_name(application)]
    return causes


def _without_topology(obj: Json) -> Json:
    endpoints: list[Any] = obj.get("endpoints") or []
    if not any("deprecatedTopology" in endpoint for endpoint in endpoints):
        return obj
    kept = [{k: v for k, v in each.items() if k != "deprecatedTopology"} for each in endpoints]
    return {**obj, "endpoints": kept}


def _labels(obj: Json) -> Json:
    return (obj.get("metadata") or {}).get("labels") or {}


def _content(obj: Json) -> Json:
    return {key: value for key, value in obj.items() if key != "metadata" and value}


class EndpointSliceStrategy(Strategy):
    """The rules of an EndpointSlice."""

    def prepare_for_create(self, obj: Json) -> Json:
        """Begin with generation 1."""
        return with_generation(_without_topology(obj), 1)

    def default(self, obj: Json) -> Json:
        """A port that does not say otherwise has the empty name, and TCP."""
        ports: list[Any] = obj.get("ports") or []
        if all("name" in port and "protocol" in port for port in ports):
            return obj
        return {**obj, "ports": [{"name": "", "protocol": "TCP", **port} for port in ports]}

    def prepare_for_update(self, new: Json, old: Json) -> Json:
        """Count a generation if the labels, or anything outside of metadata, differs."""
        generation = (old.get("metadata") or {}).get("generation", 0)
        changed = _labels(new) != _labels(old) or _content(new) != _content(old)
        new = with_generation(new, generation + 1 if changed else generation)
        same = new.get("endpoints") == old.get("endpoints")
        return new if same else _without_topology(new)

    def validate_own(self, obj: Json) -> list[Cause]:
        """Check address type, endpoints and ports."""
        address_type = obj.get("addressType")
        causes: list[Cause] = []
        if not address_type:
            causes.append(required("addressType"))
        elif address_type not in ADDRESS_TYPES:
            causes.append(not_supported("addressType", address_type, ADDRESS_TYPES))
        return causes + _validate_endpoints(obj) + _validate_ports(obj.get("ports") or [])

    def validate_own_update(self, new: Json, old: Json) -> list[Cause]:
        """Check the slice, and that its address type is the one it was made with."""
        causes = self.validate_own(new)
        if new.get("addressType") != old.get("addressType"):
            value = new.get("addressType", "")
            causes.append(invalid("addressType", value, "field is immutable"))
        return causes


KIND = Kind(
    "EndpointSlice",
    "endpointslices",
    "discovery.k8s.io",
    "v1",
    namespaced=True,
    schema=SCHEMA,
    strategy=EndpointSliceStrategy(),
)
