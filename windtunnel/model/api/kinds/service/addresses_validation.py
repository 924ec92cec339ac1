"""What is valid in a Service's own addresses and address families, and how they may change."""

from __future__ import annotations

from windtunnel.model.api.addresses import is_ip_address, parse_ip
from windtunnel.model.api.errors import Cause, duplicate, invalid, not_supported, required
from windtunnel.model.api.kinds.service.fields import (
    EXTERNAL_NAME,
    HEADLESS,
    PREFER_DUAL_STACK,
    REQUIRE_DUAL_STACK,
    SINGLE_STACK,
    is_headless,
    spec_of,
)
from windtunnel.model.objects.json import Json

FAMILIES = ("IPv4", "IPv6")
FAMILY_POLICIES = (PREFER_DUAL_STACK, REQUIRE_DUAL_STACK, SINGLE_STACK)
_CHANGED = "may not change once set"


def family_of(address: str) -> str:
    """Return `IPv4` or `IPv6`, or `` for a text that is no address. O(length)."""
    parsed = parse_ip(address)
    return f"IPv{parsed[0]}" if parsed else ""


def _validate_families(spec: Json) -> list[Cause]:
    causes: list[Cause] = []
    families = spec.get("ipFamilies") or ()
    for index, family in enumerate(families):
        where = f"spec.ipFamilies[{index}]"
        if family not in FAMILIES:
            causes.append(not_supported(where, family, FAMILIES))
        if family in families[:index]:
            causes.append(duplicate(where, family))
    policy = spec.get("ipFamilyPolicy")
    if policy is not None and policy not in FAMILY_POLICIES:
        causes.append(not_supported("spec.ipFamilyPolicy", policy, FAMILY_POLICIES))
    return causes


def _validate_pair(spec: Json) -> list[Cause]:
    """Check that clusterIP is the first of clusterIPs."""
    single, addresses = spec.get("clusterIP"), spec.get("clusterIPs")
    where = "spec.clusterIPs"
    if single:
        if not addresses:
            return [required(where)]
        if addresses[0] != single:
            return [invalid(where, addresses, "first value must match `clusterIP`")]
    elif addresses:
        return [invalid(where, addresses, "must be empty when `clusterIP` is not specified")]
    return []


def validate_cluster_addresses(service: Json) -> list[Cause]:
    """Return what is wrong with the addresses and families a service asks for. O(1)."""
    spec = spec_of(service)
    if spec.get("type") == EXTERNAL_NAME:
        return []
    causes = _validate_pair(spec) + _validate_families(spec)
    addresses = spec.get("clusterIPs") or []
    malformed = False
    for index, address in enumerate(addresses):
        if index == 0 and address == HEADLESS:
            if len(addresses) > 1:
                malformed = True
                detail = "'None' must be the first and only value"
                causes.append(invalid("spec.clusterIPs", addresses, detail))
            continue
        details = is_ip_address(address)
        malformed = malformed or bool(details)
        causes += [invalid(f"spec.clusterIPs[{index}]", address, detail) for detail in details]
    if len(addresses) > 2:
        causes.append(invalid("spec.clusterIPs", addresses, "may only hold up to 2 values"))
    if malformed:
        return causes
    found = [family_of(address) for address in addresses if address != HEADLESS]
    if len(found) > 1 and len(found) != len(dict.fromkeys(found)):
        detail = "may specify no more than one IP for each IP family"
        causes.append(invalid("spec.clusterIPs", addresses, detail))
    for index, (family, wanted) in enumerate(
        zip(found, spec.get("ipFamilies") or (), strict=False)
    ):
        if family != wanted and wanted in FAMILIES:
            detail = f"expected an {wanted} value as indicated by `ipFamilies[{index}]`"
            causes.append(invalid(f"spec.clusterIPs[{index}]", addresses[index], detail))
    return causes


def _validate_primary_family(spec: Json, before: Json) -> list[Cause]:
    families, earlier = spec.get("ipFamilies") or [], before.get("ipFamilies") or []
    if not families or not earlier or families[0] == earlier[0]:
        return []
    return [invalid("spec.ipFamilies[0]", families, _CHANGED)]


def validate_address_change(new: Json, old: Json) -> list[Cause]:
    """Return how a service may not change its addresses: they stay, but for a second one. O(1)."""
    spec, before = spec_of(new), spec_of(old)
    if EXTERNAL_NAME in (spec.get("type"), before.get("type")):
        return []
    if is_headless(new) and is_headless(old):
        return []
    addresses, earlier = spec.get("clusterIPs") or [], before.get("clusterIPs") or []
    causes: list[Cause] = []
    if earlier and not addresses:
        detail = "primary clusterIP can not be unset"
        causes.append(invalid("spec.clusterIPs[0]", addresses, detail))
    for index, (after, was) in enumerate(zip(addresses, earlier, strict=False)):
        if after != was:
            causes.append(invalid(f"spec.clusterIPs[{index}]", addresses, _CHANGED))
    policy = spec.get("ipFamilyPolicy")
    if len(addresses) == 1 and len(earlier) == 2 and policy != SINGLE_STACK:
        detail = "must be set to 'SingleStack' when releasing the secondary clusterIP"
        causes.append(invalid("spec.ipFamilyPolicy", policy, detail))
    return causes + _validate_primary_family(spec, before)
