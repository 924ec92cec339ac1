"""Endpoints: the addresses behind a service, grouped with the ports they all have.

Anyone may write them, and their author's order is kept.
"""

from __future__ import annotations

from typing import Any

from windtunnel.model.api.addresses import is_ip_address, special_use
from windtunnel.model.api.errors import Cause, invalid, not_supported, required
from windtunnel.model.api.kind import Kind, Strategy
from windtunnel.model.api.kinds.pod.container_validation import label_details
from windtunnel.model.api.names import is_dns1123_subdomain, is_port_number, is_qualified_name
from windtunnel.model.api.schema import (
    INTEGER,
    OBJECT_REFERENCE,
    POINTER_STRING,
    STRING,
    ListOf,
    Object,
    resource,
)
from windtunnel.model.objects.json import Json

PROTOCOLS = ("SCTP", "TCP", "UDP")
_ADDRESS = Object(
    {"ip": STRING, "hostname": STRING, "nodeName": POINTER_STRING, "targetRef": OBJECT_REFERENCE},
    "EndpointAddress",
)
_PORT = Object(
    {"name": STRING, "port": INTEGER, "protocol": STRING, "appProtocol": POINTER_STRING},
    "EndpointPort",
)
_SUBSET = Object(
    {
        "addresses": ListOf(_ADDRESS),
        "notReadyAddresses": ListOf(_ADDRESS),
        "ports": ListOf(_PORT),
    },
    "EndpointSubset",
)
SCHEMA = resource("Endpoints", {"subsets": ListOf(_SUBSET)})


def _validate_address(address: Json, path: str) -> list[Cause]:
    ip = address.get("ip", "")
    causes = [invalid(f"{path}.ip", ip, detail) for detail in is_ip_address(ip)]
    hostname = address.get("hostname")
    if hostname:
        where = f"{path}.hostname"
        causes += [invalid(where, hostname, detail) for detail in label_details(hostname)]
    node = address.get("nodeName")
    if node is not None:
        where = f"{path}.nodeName"
        causes += [invalid(where, node, detail) for detail in is_dns1123_subdomain(node)]
    return causes + [invalid(f"{path}.ip", ip, detail) for detail in special_use(ip)]


def _validate_port(port: Json, needs_name: bool, path: str) -> list[Cause]:
    causes: list[Cause] = []
    name, number, protocol = port.get("name"), port.get("port", 0), port.get("protocol", "")
    if name:
        causes += [invalid(f"{path}.name", name, detail) for detail in label_details(name)]
    elif needs_name:
        causes.append(required(f"{path}.name"))
    causes += [invalid(f"{path}.port", number, detail) for detail in is_port_number(number)]
    if not protocol:
        causes.append(required(f"{path}.protocol"))
    elif protocol not in PROTOCOLS:
        causes.append(not_supported(f"{path}.protocol", protocol, PROTOCOLS))
    application = port.get("appProtocol")
    if application is not None:
        where = f"{path}.appProtocol"
        causes += [invalid(where, application, each) for each in is_qualified_name(application)]
    return causes


def _validate_subset(subset: Json, path: str) -> list[Cause]:
    causes: list[Cause] = []
    if not subset.get("addresses") and not subset.get("notReadyAddresses"):
        detail = "must specify `addresses` or `notReadyAddresses`"
        causes.append(required(path, detail))
    for key in ("addresses", "notReadyAddresses"):
        for index, address in enumerate(subset.get(key) or ()):
            causes += _validate_address(address, f"{path}.{key}[{index}]")
    ports = subset.get("ports") or ()
    for index, port in enumerate(ports):
        causes += _validate_port(port, len(ports) > 1, f"{path}.ports[{index}]")
    return causes


def _default_subset(subset: Json) -> Json:
    ports = subset.get("ports") or ()
    if all("protocol" in port for port in ports):
        return subset
    filled = [port if "protocol" in port else {**port, "protocol": "TCP"} for port in ports]
    return {**subset, "ports": filled}


class EndpointsStrategy(Strategy):
    """The rules of Endpoints."""

    allow_create_on_update = True

    def default(self, obj: Json) -> Json:
        """Ports are TCP unless they say otherwise."""
        subsets: list[Any] = obj.get("subsets") or []
        filled = [_default_subset(subset) for subset in subsets]
        if all(new is old for new, old in zip(filled, subsets, strict=True)):
            return obj
        return {**obj, "subsets": filled}

    def validate_own(self, obj: Json) -> list[Cause]:
        """Check every subset."""
        return [
            cause
            for index, subset in enumerate(obj.get("subsets") or ())
            for cause in _validate_subset(subset, f"subsets[{index}]")
        ]

    def validate_own_update(self, new: Json, old: Json) -> list[Cause]:
        """Check the subsets if they changed: what is stored already stays acceptable."""
        subsets, before = new.get("subsets"), old.get("subsets")
        return [] if subsets is before or subsets == before else self.validate_own(new)


KIND = Kind(
    "Endpoints",
    "endpoints",
    "",
    "v1",
    namespaced=True,
    schema=SCHEMA,
    strategy=EndpointsStrategy(),
    short_names=("ep",),
)
