"""Which changes of its status a pod allows.

A status writer may move the phase freely, but not the QoS class, and not bring a terminated container back
to life in a pod whose restart policy forbids it.

Not modelled: the statuses of resource claims, and what the kubelet reports about users and devices.
"""

from __future__ import annotations

from collections.abc import Sequence

from windtunnel.model.api.addresses import is_ip_address, parse_ip
from windtunnel.model.api.errors import Cause, duplicate, forbidden, invalid
from windtunnel.model.api.kinds.pod.resource_validation import NOT_NEGATIVE
from windtunnel.model.api.kinds.pod.scheduling_validation import key_details
from windtunnel.model.api.kinds.pod.update_validation import validate_annotation_change
from windtunnel.model.api.metadata import IMMUTABLE
from windtunnel.model.api.names import is_dns1123_subdomain
from windtunnel.model.objects.json import Json


def _validate_container_states(
    new: Sequence[Json], old: Sequence[Json], policy: str, path: str
) -> list[Cause]:
    if policy == "Always":
        return []
    causes: list[Cause] = []
    for index, before in enumerate(old):
        terminated = (before.get("state") or {}).get("terminated")
        if terminated is None:
            continue
        if policy == "OnFailure" and terminated.get("exitCode", 0) != 0:
            continue
        for after in new:
            same = after.get("name") == before.get("name")
            if same and "terminated" not in (after.get("state") or {}):
                detail = "may not be transitioned to non-terminated state"
                causes.append(forbidden(f"{path}[{index}].state", detail))
    return causes


def _without_sidecars(statuses: Sequence[Json], spec: Json) -> list[Json]:
    sidecars = [
        container.get("name")
        for container in spec.get("initContainers") or ()
        if container.get("restartPolicy") == "Always"
    ]
    return [status for status in statuses if status.get("name") not in sidecars]


def _validate_addresses(addresses: Sequence[Json], path: str) -> list[Cause]:
    causes: list[Cause] = []
    families: list[int] = []
    for index, entry in enumerate(addresses):
        text = entry.get("ip", "")
        details = is_ip_address(text)
        causes += [invalid(f"{path}[{index}]", text, detail) for detail in details]
        parsed = parse_ip(text)
        if parsed:
            families.append(parsed[0])
        if entry in addresses[:index]:
            causes.append(duplicate(f"{path}[{index}]", entry))
    if not causes and len(addresses) > 1 and sorted(families) != [4, 6]:
        detail = "may specify no more than one IP for each IP family"
        causes.append(invalid(path, [entry.get("ip", "") for entry in addresses], detail))
    return causes


def _validate_conditions(conditions: Sequence[Json], path: str) -> list[Cause]:
    causes: list[Cause] = []
    for index, condition in enumerate(conditions):
        name = condition.get("type", "")
        causes += [invalid(f"{path}[{index}].type", name, detail) for detail in key_details(name)]
        generation = condition.get("observedGeneration", 0)
        if generation < 0:
            where = f"{path}[{index}].observedGeneration"
            causes.append(invalid(where, generation, NOT_NEGATIVE))
    return causes


def validate_pod_status_change(new: Json, old: Json) -> list[Cause]:
    """Return what is wrong with an update of a pod's status, outside of its metadata. O(statuses)."""
    after, before = new.get("status") or {}, old.get("status") or {}
    if after is before:
        return []
    causes = validate_annotation_change(new, old)
    causes += _validate_conditions(after.get("conditions") or (), "status.conditions")
    nominated = after.get("nominatedNodeName")
    if nominated and nominated != before.get("nominatedNodeName"):
        where = "status.nominatedNodeName"
        causes += [invalid(where, nominated, each) for each in is_dns1123_subdomain(nominated)]
    if after.get("qosClass") != before.get("qosClass"):
        causes.append(invalid("status.qosClass", after.get("qosClass", ""), IMMUTABLE))
    spec = old.get("spec") or {}
    policy = spec.get("restartPolicy", "")
    for key, rule in (
        ("containerStatuses", policy),
        ("initContainerStatuses", policy),
        ("ephemeralContainerStatuses", "Never"),
    ):
        statuses, earlier = after.get(key) or (), before.get(key) or ()
        if earlier and statuses is not earlier:
            if key == "initContainerStatuses":
                earlier = _without_sidecars(earlier, spec)
            causes += _validate_container_states(statuses, earlier, rule, f"status.{key}")
    for key, single in (("podIPs", "podIP"), ("hostIPs", "hostIP")):
        addresses = after.get(key)
        if addresses:
            causes += _validate_addresses(addresses, f"status.{key}")
            if key == "hostIPs" and addresses[0].get("ip") != after.get(single):
                first = addresses[0].get("ip", "")
                causes.append(invalid("status.hostIPs[0].ip", first, "must be equal to `hostIP`"))
    return causes
