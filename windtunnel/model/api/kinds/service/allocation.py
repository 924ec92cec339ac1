"""What has to happen to a Service around the allocation of its addresses and ports.

The allocation itself belongs to the API server, which owns the ranges. It goes like this:

1. `begin_create(service, families)`, or `begin_update(new, old, families)`: allocated values that the client
   left out are taken from the old service, clusterIP and clusterIPs are brought in step, and the address
   families are settled. Both return the service and causes; with causes the request fails with 422.
2. The server asks for what is missing. `missing_cluster_ips(service)` are the families, in the order of
   clusterIPs, that still need an address, and `with_cluster_ips` writes all of them; `needs_node_ports`
   says whether ports without a node port get one, `with_node_ports` writes them; likewise
   `needs_health_check_node_port`. An address or port that was named and cannot be had is a cause at
   `spec.clusterIPs` or `spec.ports[i].nodePort`.
3. The strategy prepares and validates, and only then may the object be written. If that fails, or the write
   does, what was taken is given back. What an update no longer uses, and a delete, is given back too.

`families` are the cluster's, its default first: ("IPv4",) for a single-stack cluster.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from windtunnel.model.api.errors import Cause, invalid
from windtunnel.model.api.kinds.service.addresses_validation import (
    family_of,
    validate_cluster_addresses,
)
from windtunnel.model.api.kinds.service.fields import (
    EXTERNAL_NAME,
    HEADLESS,
    PREFER_DUAL_STACK,
    REQUIRE_DUAL_STACK,
    SINGLE_STACK,
    is_headless,
    needs_cluster_ip,
    needs_health_check_node_port,
    needs_node_ports,
    spec_of,
    with_spec,
)
from windtunnel.model.objects.json import Json

IPV4_ONLY = ("IPv4",)
_POLICY = "spec.ipFamilyPolicy"
_OTHER = {"IPv4": "IPv6", "IPv6": "IPv4"}


def _kept_node_ports(ports: Sequence[Json], old: Sequence[Json]) -> list[Json] | None:
    """Return the ports with the node ports they had under the same name; None if nothing is missing."""
    if all(port.get("nodePort") for port in ports):
        return None
    before = [port.get("nodePort", 0) for port in old]
    taken = [port["nodePort"] for port in ports if port.get("nodePort") in before]
    by_name = {port.get("name", ""): port.get("nodePort", 0) for port in old}
    result: list[Json] = []
    for port in ports:
        known = by_name.get(port.get("name", ""), 0)
        if not port.get("nodePort") and known and known not in taken:
            taken.append(known)
            port = {**port, "nodePort": known}
        result.append(port)
    return result


def _with_kept_values(new: Json, old: Json) -> Json:
    spec, before = spec_of(new), spec_of(old)
    changes: dict[str, Any] = {}
    if needs_cluster_ip(old) and needs_cluster_ip(new):
        single = spec.get("clusterIP") or before.get("clusterIP")
        if single and not spec.get("clusterIP"):
            changes["clusterIP"] = single
        if not spec.get("clusterIPs") and single == before.get("clusterIP"):
            changes["clusterIPs"] = before.get("clusterIPs")
    if needs_node_ports(old) and needs_node_ports(new):
        ports = _kept_node_ports(spec.get("ports") or (), before.get("ports") or ())
        if ports is not None:
            changes["ports"] = ports
    checked = needs_health_check_node_port(old) and needs_health_check_node_port(new)
    if checked and not spec.get("healthCheckNodePort") and before.get("healthCheckNodePort"):
        changes["healthCheckNodePort"] = before["healthCheckNodePort"]
    return with_spec(new, changes)


def _in_step(new: Json, old: Json | None) -> Json:
    """Follow a client that changed only clusterIP, the older of the two fields."""
    spec = spec_of(new)
    single, addresses = spec.get("clusterIP"), spec.get("clusterIPs")
    if old is None:
        return with_spec(new, {"clusterIPs": [single]}) if single and not addresses else new
    before = spec_of(old)
    if single == before.get("clusterIP"):
        return new
    if not addresses or addresses == before.get("clusterIPs"):
        return with_spec(new, {"clusterIPs": [single] if single else None})
    return new


def _follows_old_preference(new: Json, old: Json | None) -> bool:
    """Tell whether nothing about a PreferDualStack service's addresses changes: then it stays as it is."""
    if old is None or spec_of(old).get("type") == EXTERNAL_NAME:
        return False
    spec, before = spec_of(new), spec_of(old)
    return spec.get("ipFamilyPolicy") == PREFER_DUAL_STACK and all(
        spec.get(key) == before.get(key) for key in ("ipFamilyPolicy", "clusterIPs", "ipFamilies")
    )


def _settle_policy(service: Json, old: Json | None) -> str:
    spec = spec_of(service)
    policy: str | None = spec.get("ipFamilyPolicy")
    if policy is None and old is not None:
        policy = spec_of(old).get("ipFamilyPolicy")
    if policy is not None:
        return policy
    alone = spec.get("clusterIP") == HEADLESS and not spec.get("selector")
    return REQUIRE_DUAL_STACK if alone else SINGLE_STACK


def _check_policy(
    policy: str, addresses: list[str], families: list[str], old: Json | None
) -> list[Cause]:
    causes: list[Cause] = []
    before = spec_of(old) if old is not None else {}
    if policy == SINGLE_STACK:
        detail = "must be 'RequireDualStack' or 'PreferDualStack' when multiple"
        if len(addresses) == 2:
            causes.append(invalid(_POLICY, policy, f"{detail} cluster IPs are specified"))
        if len(families) == 2:
            causes.append(invalid(_POLICY, policy, f"{detail} IP families are specified"))
        return causes
    if 0 < len(addresses) < len(before.get("clusterIPs") or ()):
        detail = "must be 'SingleStack' to release the secondary cluster IP"
        causes.append(invalid(_POLICY, policy, detail))
    if 0 < len(families) < len(before.get("ipFamilies") or ()):
        detail = "must be 'SingleStack' to release the secondary IP family"
        causes.append(invalid(_POLICY, policy, detail))
    return causes


def _settle_families(
    service: Json, old: Json | None, cluster: Sequence[str]
) -> tuple[Json, list[Cause]]:
    if spec_of(service).get("type") == EXTERNAL_NAME or _follows_old_preference(service, old):
        return service, []
    policy = _settle_policy(service, old)
    service = with_spec(service, {"ipFamilyPolicy": policy})
    causes = validate_cluster_addresses(service)
    if causes:
        return service, causes
    spec = spec_of(service)
    addresses, families = list(spec.get("clusterIPs") or ()), list(spec.get("ipFamilies") or ())
    if old is not None and policy == SINGLE_STACK:
        if addresses == spec_of(old).get("clusterIPs"):
            addresses = addresses[:1]
        if families == spec_of(old).get("ipFamilies"):
            families = families[:1]
    causes = _check_policy(policy, addresses, families, old)
    for index, address in enumerate(addresses):
        if address == HEADLESS:
            break
        if index >= len(families):
            family = family_of(address)
            if family in cluster:
                families.append(family)
            else:
                detail = f"{family} is not configured on this cluster"
                causes.append(invalid(f"spec.clusterIPs[{index}]", addresses, detail))
    if causes:
        return service, causes
    alone = is_headless(service) and not spec.get("selector")
    if not alone:
        causes = _check_cluster(policy, families, cluster)
        if causes:
            return service, causes
    if not families:
        families = [cluster[0]]
    if policy != SINGLE_STACK and len(families) == 1 and (alone or len(cluster) == 2):
        families.append(_OTHER[families[0]])
    return with_spec(service, {"clusterIPs": addresses or None, "ipFamilies": families}), []


def _check_cluster(policy: str, families: Sequence[str], cluster: Sequence[str]) -> list[Cause]:
    causes: list[Cause] = []
    if policy == REQUIRE_DUAL_STACK and len(cluster) < 2:
        detail = "this cluster is not configured for dual-stack services"
        causes.append(invalid(_POLICY, policy, detail))
    for index, family in enumerate(families):
        if family not in cluster:
            detail = "not configured on this cluster"
            causes.append(invalid(f"spec.ipFamilies[{index}]", family, detail))
    return causes


def begin_create(service: Json, families: Sequence[str] = IPV4_ONLY) -> tuple[Json, list[Cause]]:
    """Return the (defaulted) service with its families settled, and what stands against it. O(ports)."""
    return _settle_families(_in_step(service, None), None, families)


def begin_update(
    new: Json, old: Json, families: Sequence[str] = IPV4_ONLY
) -> tuple[Json, list[Cause]]:
    """Return the (defaulted) new service with what it keeps from the old, and causes. O(ports)."""
    return _settle_families(_in_step(_with_kept_values(new, old), old), old, families)


def missing_cluster_ips(service: Json) -> tuple[str, ...]:
    """Return the families for which the service still needs an address, in order. O(1)."""
    if not needs_cluster_ip(service) or is_headless(service):
        return ()
    spec = spec_of(service)
    return tuple(spec.get("ipFamilies") or ())[len(spec.get("clusterIPs") or ()) :]


def with_cluster_ips(service: Json, addresses: Sequence[str]) -> Json:
    """Return the service with all its addresses: those it has and the new ones. O(1)."""
    return with_spec(service, {"clusterIP": addresses[0], "clusterIPs": list(addresses)})


def with_node_ports(service: Json, node_ports: Sequence[int]) -> Json:
    """Return the service with a node port for each of its ports. O(ports)."""
    ports = [
        {**port, "nodePort": node_port}
        for port, node_port in zip(spec_of(service).get("ports") or (), node_ports, strict=True)
    ]
    return with_spec(service, {"ports": ports})
