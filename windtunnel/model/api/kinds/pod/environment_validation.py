"""What is valid in the environment of a container: its variables and where their values come from."""

from __future__ import annotations

import re
from collections.abc import Sequence

from windtunnel.model.api.errors import Cause, invalid, not_supported, required
from windtunnel.model.api.names import (
    is_config_map_key,
    is_qualified_name,
    is_relaxed_env_var_name,
)
from windtunnel.model.objects.json import Json

ENVIRONMENT_FIELDS = (
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
    "spec.nodeName",
    "spec.serviceAccountName",
    "status.hostIP",
    "status.hostIPs",
    "status.podIP",
    "status.podIPs",
)
_SOURCES = ("fieldRef", "resourceFieldRef", "configMapKeyRef", "secretKeyRef", "fileKeyRef")
_subscript = re.compile(r"(metadata\.(?:labels|annotations))\['(.*)'\]").fullmatch


def validate_field_reference(reference: Json, supported: Sequence[str], path: str) -> list[Cause]:
    """Return what is wrong with a reference to a field of the pod itself. O(1)."""
    if not reference.get("apiVersion"):
        return [required(f"{path}.apiVersion")]
    field = reference.get("fieldPath", "")
    if not field:
        return [required(f"{path}.fieldPath")]
    match = _subscript(field)
    if match:
        key = match[2].lower() if match[1].endswith("annotations") else match[2]
        return [invalid(path, match[2], detail) for detail in is_qualified_name(key)]
    if field not in supported:
        return [not_supported(f"{path}.fieldPath", field, supported)]
    return []


def _validate_value_source(variable: Json, path: str) -> list[Cause]:
    source = variable["valueFrom"]
    present = [kind for kind in _SOURCES if kind in source]
    causes: list[Cause] = []
    if not present:
        detail = "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef` or `secretKeyRef`"
        causes.append(invalid(path, "", detail))
    elif variable.get("value"):
        causes.append(invalid(path, "", "may not be specified when `value` is not empty"))
    elif len(present) > 1:
        causes.append(invalid(path, "", "may not have more than one field specified at a time"))
    if "fieldRef" in source:
        where = f"{path}.fieldRef"
        causes += validate_field_reference(source["fieldRef"], ENVIRONMENT_FIELDS, where)
    if "resourceFieldRef" in source and not source["resourceFieldRef"].get("resource"):
        causes.append(required(f"{path}.resourceFieldRef.resource"))
    for kind in ("configMapKeyRef", "secretKeyRef"):
        if kind not in source:
            continue
        reference = source[kind]
        if not reference.get("name"):
            causes.append(required(f"{path}.{kind}.name"))
        key = reference.get("key")
        if not key:
            causes.append(required(f"{path}.{kind}.key"))
        for detail in is_config_map_key(key) if key else ():
            causes.append(invalid(f"{path}.{kind}.key", key, detail))
    return causes


def validate_environment(container: Json, path: str) -> list[Cause]:
    """Return what is wrong with `env` and `envFrom` of the container at the path. O(variables)."""
    causes: list[Cause] = []
    for index, variable in enumerate(container.get("env") or ()):
        name = variable.get("name")
        if not name:
            causes.append(required(f"{path}.env[{index}].name"))
        else:
            for detail in is_relaxed_env_var_name(name):
                causes.append(invalid(f"{path}.env[{index}].name", name, detail))
        if "valueFrom" in variable:
            causes += _validate_value_source(variable, f"{path}.env[{index}].valueFrom")
    for index, source in enumerate(container.get("envFrom") or ()):
        where = f"{path}.envFrom[{index}]"
        prefix = source.get("prefix")
        for detail in is_relaxed_env_var_name(prefix) if prefix else ():
            causes.append(invalid(f"{where}.prefix", prefix, detail))
        present = [kind for kind in ("configMapRef", "secretRef") if kind in source]
        if not present:
            detail = "must specify one of: `configMapRef` or `secretRef`"
            causes.append(invalid(where, "", detail))
        elif len(present) > 1:
            detail = "may not have more than one field specified at a time"
            causes.append(invalid(where, "", detail))
        for kind in present:
            if not source[kind].get("name"):
                causes.append(required(f"{where}.{kind}.name"))
    return causes
