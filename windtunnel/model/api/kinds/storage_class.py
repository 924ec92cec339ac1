"""StorageClass: who makes the volumes of some kind of claim, and how. Only labels and limits of it ever change."""

from __future__ import annotations

from windtunnel.model.api.errors import Cause, forbidden, invalid, not_supported, required
from windtunnel.model.api.kind import Kind, Strategy
from windtunnel.model.api.kinds.pod.container_defaults import completed
from windtunnel.model.api.metadata import IMMUTABLE
from windtunnel.model.api.names import is_label_value, is_qualified_name
from windtunnel.model.api.schema import (
    BOOLEAN,
    STRING,
    STRING_MAP,
    STRINGS,
    ListOf,
    Object,
    resource,
)
from windtunnel.model.objects.json import Json

RECLAIM_POLICIES = ("Delete", "Retain")
BINDING_MODES = ("Immediate", "WaitForFirstConsumer")
_TOPOLOGY = Object(
    {
        "matchLabelExpressions": ListOf(
            Object({"key": STRING, "values": STRINGS}, "TopologySelectorLabelRequirement")
        )
    },
    "TopologySelectorTerm",
)
SCHEMA = resource(
    "StorageClass",
    {
        "provisioner": STRING,
        "parameters": STRING_MAP,
        "reclaimPolicy": STRING,
        "mountOptions": STRINGS,
        "allowVolumeExpansion": BOOLEAN,
        "volumeBindingMode": STRING,
        "allowedTopologies": ListOf(_TOPOLOGY),
    },
)
_SETTLED = ("parameters", "provisioner", "reclaimPolicy")


def _validate_topologies(obj: Json) -> list[Cause]:
    causes: list[Cause] = []
    for index, term in enumerate(obj.get("allowedTopologies") or ()):
        for position, wanted in enumerate(term.get("matchLabelExpressions") or ()):
            path = f"allowedTopologies[{index}].matchLabelExpressions[{position}]"
            key, values = wanted.get("key", ""), wanted.get("values") or ()
            if not values:
                causes.append(required(f"{path}.values"))
            for number, value in enumerate(values):
                where = f"{path}.values[{number}]"
                causes += [invalid(where, value, detail) for detail in is_label_value(value)]
            causes += [invalid(f"{path}.key", key, detail) for detail in is_qualified_name(key)]
    return causes


class StorageClassStrategy(Strategy):
    """The rules of storage classes."""

    def default(self, obj: Json) -> Json:
        """Volumes go with their claims and are bound at once, unless the class says otherwise."""
        return completed(obj, {"reclaimPolicy": "Delete", "volumeBindingMode": "Immediate"})

    def validate_own(self, obj: Json) -> list[Cause]:
        """Check provisioner, policy, mode and topologies."""
        provisioner = obj.get("provisioner", "")
        causes: list[Cause] = []
        if not provisioner:
            causes.append(required("provisioner", provisioner))
        else:
            details = is_qualified_name(provisioner.lower())
            causes += [invalid("provisioner", provisioner, detail) for detail in details]
        if "" in (obj.get("parameters") or {}):
            causes.append(invalid("parameters", "", "field can not be empty."))
        policy, mode = obj.get("reclaimPolicy"), obj.get("volumeBindingMode")
        if policy and policy not in RECLAIM_POLICIES:
            causes.append(not_supported("reclaimPolicy", policy, RECLAIM_POLICIES))
        if not mode:
            causes.append(required("volumeBindingMode"))
        elif mode not in BINDING_MODES:
            causes.append(not_supported("volumeBindingMode", mode, BINDING_MODES))
        return causes + _validate_topologies(obj)

    def validate_own_update(self, new: Json, old: Json) -> list[Cause]:
        """Check that what volumes are made by is the same."""
        causes = [
            forbidden(key, f"updates to {key} are forbidden.")
            for key in _SETTLED
            if (new.get(key) or None) != (old.get(key) or None)
        ]
        mode = new.get("volumeBindingMode")
        if mode != old.get("volumeBindingMode"):
            causes.append(invalid("volumeBindingMode", mode, IMMUTABLE))
        return causes + _validate_topologies(new)


KIND = Kind(
    "StorageClass",
    "storageclasses",
    "storage.k8s.io",
    "v1",
    namespaced=False,
    schema=SCHEMA,
    strategy=StorageClassStrategy(),
    short_names=("sc",),
)
