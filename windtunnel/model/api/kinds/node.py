"""Node: a machine that pods run on, with its capacity, conditions and taints.

The status given at creation is kept, unlike that of other kinds; later it changes through its subresource
only. Addresses and provider, once known, stay.

Not modelled: the deprecated spec.configSource, and the empty nodeInfo that the real server always shows.
"""

from __future__ import annotations

from collections.abc import Sequence

from windtunnel.model.api.errors import (
    Cause,
    duplicate,
    forbidden,
    invalid,
    not_supported,
    required,
)
from windtunnel.model.api.kind import Kind, Strategy
from windtunnel.model.api.kinds.pod.resource_validation import validate_quantities
from windtunnel.model.api.kinds.pod.scheduling_validation import TAINT_EFFECTS, key_details
from windtunnel.model.api.names import is_label_value
from windtunnel.model.api.schema import (
    ANY,
    FLAG,
    INTEGER,
    LONG,
    OMITTED_ZERO_LONG,
    QUANTITIES,
    STRING,
    STRINGS,
    TIME,
    ListOf,
    Object,
    resource,
)
from windtunnel.model.objects.json import Json

_TAINT = Object({"key": STRING, "value": STRING, "effect": STRING, "timeAdded": TIME}, "Taint")
_SPEC = Object(
    {
        "podCIDR": STRING,
        "podCIDRs": ListOf(STRING, strategy="merge", set_like=True),
        "externalID": STRING,
        "providerID": STRING,
        "unschedulable": FLAG,
        "taints": ListOf(_TAINT),
        "configSource": ANY,
    },
    "NodeSpec",
)
_CONDITION = Object(
    {
        "type": STRING,
        "status": STRING,
        "lastHeartbeatTime": TIME,
        "lastTransitionTime": TIME,
        "reason": STRING,
        "message": STRING,
    },
    "NodeCondition",
)
_INFO = Object(
    {
        "machineID": STRING,
        "systemUUID": STRING,
        "bootID": STRING,
        "kernelVersion": STRING,
        "osImage": STRING,
        "containerRuntimeVersion": STRING,
        "kubeletVersion": STRING,
        "kubeProxyVersion": STRING,
        "operatingSystem": STRING,
        "architecture": STRING,
        "swap": Object({"capacity": LONG}, "NodeSwapStatus"),
    },
    "NodeSystemInfo",
)
_STATUS = Object(
    {
        "capacity": QUANTITIES,
        "allocatable": QUANTITIES,
        "phase": STRING,
        "conditions": ListOf(_CONDITION, merge_key="type", strategy="merge"),
        "addresses": ListOf(
            Object({"type": STRING, "address": STRING}, "NodeAddress"),
            merge_key="type",
            strategy="merge",
        ),
        "daemonEndpoints": Object(
            {"kubeletEndpoint": Object({"Port": INTEGER}, "DaemonEndpoint")}, "NodeDaemonEndpoints"
        ),
        "nodeInfo": _INFO,
        "images": ListOf(
            Object({"names": STRINGS, "sizeBytes": OMITTED_ZERO_LONG}, "ContainerImage")
        ),
        "volumesInUse": STRINGS,
        "volumesAttached": ListOf(Object({"name": STRING, "devicePath": STRING}, "AttachedVolume")),
        "config": ANY,
        "runtimeHandlers": ListOf(ANY),
        "features": ANY,
        "declaredFeatures": STRINGS,
    },
    "NodeStatus",
)
SCHEMA = resource("Node", {"spec": _SPEC, "status": _STATUS})


def validate_taints(taints: Sequence[Json], path: str) -> list[Cause]:
    """Return what is wrong with the taints of a node. O(taints)."""
    causes: list[Cause] = []
    seen: set[tuple[str, str]] = set()
    for index, taint in enumerate(taints):
        where = f"{path}[{index}]"
        key, value, effect = taint.get("key", ""), taint.get("value", ""), taint.get("effect", "")
        causes += [invalid(f"{where}.key", key, detail) for detail in key_details(key)]
        causes += [invalid(f"{where}.value", value, detail) for detail in is_label_value(value)]
        if not effect:
            causes.append(required(f"{where}.effect"))
        elif effect not in TAINT_EFFECTS:
            causes.append(not_supported(f"{where}.effect", effect, TAINT_EFFECTS))
        if (key, effect) in seen:
            causes.append(duplicate(where, taint))
        seen.add((key, effect))
    return causes


class NodeStrategy(Strategy):
    """The rules of nodes."""

    has_status = True
    supported_fields = ("metadata.name", "spec.unschedulable")

    def default(self, obj: Json) -> Json:
        """Take the allocatable resources from the capacity; keep podCIDR and podCIDRs in step."""
        status, spec = obj.get("status") or {}, obj.get("spec")
        if "capacity" in status and "allocatable" not in status:
            obj = {**obj, "status": {**status, "allocatable": status["capacity"]}}
        if spec is None:
            return {**obj, "spec": {}}
        single, ranges = spec.get("podCIDR"), spec.get("podCIDRs")
        if single and (not ranges or ranges[0] != single):
            return {**obj, "spec": {**spec, "podCIDRs": [single]}}
        if ranges and not single:
            return {**obj, "spec": {**spec, "podCIDR": ranges[0]}}
        return obj

    def prepare_for_create(self, obj: Json) -> Json:
        """Keep the status that was given."""
        return obj

    def validate_own(self, obj: Json) -> list[Cause]:
        """Check taints and resources."""
        spec, status = obj.get("spec") or {}, obj.get("status") or {}
        causes: list[Cause] = []
        if spec.get("taints"):
            causes += validate_taints(spec["taints"], "spec.taints")
        for key in ("capacity", "allocatable"):
            if status.get(key):
                causes += validate_quantities(status[key], f"status.{key}")
        return causes

    def validate_own_update(self, new: Json, old: Json) -> list[Cause]:
        """Check the node, and that ranges and provider do not change once they are known."""
        causes = self.validate_own(new)
        spec, before = new.get("spec") or {}, old.get("spec") or {}
        if before.get("podCIDRs") and spec.get("podCIDRs") != before["podCIDRs"]:
            detail = 'node updates may not change podCIDR except from "" to valid'
            causes.append(forbidden("spec.podCIDRs", detail))
        if before.get("providerID") and spec.get("providerID") != before["providerID"]:
            detail = 'node updates may not change providerID except from "" to valid'
            causes.append(forbidden("spec.providerID", detail))
        return causes

    def validate_status_update(self, new: Json, old: Json) -> list[Cause]:
        """Check the resources, and that no address occurs twice."""
        causes = super().validate_status_update(new, old) + self.validate_own(new)
        addresses = (new.get("status") or {}).get("addresses") or ()
        for index, address in enumerate(addresses):
            if address in addresses[:index]:
                causes.append(duplicate(f"status.addresses[{index}]", address))
        return causes

    def selectable_fields(self, obj: Json) -> dict[str, str]:
        """Return the name, and whether the node is cordoned."""
        cordoned = (obj.get("spec") or {}).get("unschedulable")
        return {
            "metadata.name": (obj.get("metadata") or {}).get("name", ""),
            "spec.unschedulable": "true" if cordoned else "false",
        }


KIND = Kind(
    "Node",
    "nodes",
    "",
    "v1",
    namespaced=False,
    schema=SCHEMA,
    strategy=NodeStrategy(),
    subresources=("status",),
    short_names=("no",),
)
