"""Subsets of Endpoints: built from pods, packed so that addresses with the same ports share one, in a fixed order.

Every (address, port) is first taken apart, then addresses that serve exactly the same ports in the same state come
together. A port without a number counts as none. An address that is ready and not ready under one port is not ready.

Order within a subset: addresses by IP and then by the UID they refer to, ports by name, number and protocol. Subsets
are ordered by their JSON. (Kubernetes orders ports and subsets by a hash, which means nothing to anybody.)
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import orjson

from windtunnel.model.controllers.endpoints.addresses import (
    belongs_in_endpoints,
    endpoint_address,
    endpoint_port,
)
from windtunnel.model.objects.json import Json
from windtunnel.model.objects.pod import Pod
from windtunnel.model.objects.service import Service

_AddressKey = tuple[str, str]
_PortKey = tuple[str, int, str, str]
_NO_PORT: _PortKey = ("", -1, "", "")


def subsets_of(service: Service, pods: Iterable[Pod]) -> list[Json]:
    """The packed subsets of a service over the pods that its selector selects. O(pods * ports, sorted)."""
    publish_not_ready = service.spec.publish_not_ready_addresses
    found: list[Json] = []
    for pod in pods:
        if not belongs_in_endpoints(pod, publish_not_ready):
            continue
        address = endpoint_address(pod, service)
        if address is None:
            continue
        state = "addresses" if publish_not_ready or pod.ready else "notReadyAddresses"
        if service.spec.ports:
            ports = [endpoint_port(pod, port) for port in service.spec.ports]
            found += [{state: [address], "ports": [port]} for port in ports if port is not None]
        elif service.spec.cluster_ip == "None":
            found.append({state: [address]})
    return repack(found)


def repack(subsets: Iterable[Json]) -> list[Json]:
    """The same (address, port) pairs in as few subsets as possible, in the fixed order. O(pairs, sorted)."""
    addresses: dict[_AddressKey, Json] = {}
    ports: dict[_PortKey, Json] = {}
    states: dict[_PortKey, dict[_AddressKey, bool]] = {}
    for subset in subsets:
        for port in subset.get("ports") or (None,):
            port_key = _port_key(port)
            if port is not None:
                ports.setdefault(port_key, port)
            state = states.setdefault(port_key, {})
            for ready, name in ((True, "addresses"), (False, "notReadyAddresses")):
                for address in subset.get(name) or ():
                    key = _address_key(address)
                    addresses.setdefault(key, address)
                    state[key] = ready and state.get(key, True)
    ports_of: dict[tuple[tuple[_AddressKey, bool], ...], list[_PortKey]] = {}
    for port_key, state in states.items():
        if state:
            port_keys = ports_of.setdefault(tuple(sorted(state.items())), [])
            if port_key[1] > 0:
                port_keys.append(port_key)
    packed = []
    for members, port_keys in ports_of.items():
        subset = {}
        ready_ones = [addresses[key] for key, ready in members if ready]
        others = [addresses[key] for key, ready in members if not ready]
        if ready_ones:
            subset["addresses"] = ready_ones
        if others:
            subset["notReadyAddresses"] = others
        named = [ports[key] for key in sorted(port_keys)]
        if named:
            subset["ports"] = named
        packed.append(subset)
    return sorted(packed, key=_canonical)


def equal_subsets(first: Sequence[Json], second: Sequence[Json]) -> bool:
    """Whether two lists of subsets mean the same, whatever version of a pod they refer to. O(size)."""
    return first == second or [*map(_comparable, first)] == [*map(_comparable, second)]


def _comparable(subset: Json) -> Json:
    plain = {name: value for name, value in subset.items() if value}
    for name in ("addresses", "notReadyAddresses"):
        if name in plain:
            plain[name] = [_without_version(address) for address in plain[name]]
    return plain


def _without_version(address: Json) -> Json:
    reference = address.get("targetRef")
    if not reference or "resourceVersion" not in reference:
        return address
    return {**address, "targetRef": {k: v for k, v in reference.items() if k != "resourceVersion"}}


def _address_key(address: Json) -> _AddressKey:
    return address.get("ip", ""), (address.get("targetRef") or {}).get("uid", "")


def _port_key(port: Json | None) -> _PortKey:
    if port is None:
        return _NO_PORT
    return (
        port.get("name") or "",
        port.get("port") or 0,
        port.get("protocol") or "",
        port.get("appProtocol") or "",
    )


def _canonical(subset: Json) -> bytes:
    return orjson.dumps(subset, option=orjson.OPT_SORT_KEYS)
