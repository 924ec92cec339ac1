"""What is valid in the volumes of a pod.

Not modelled: the inside of the sources that the schema keeps as free JSON.
"""

from __future__ import annotations

from collections.abc import Sequence

from windtunnel.model.api.errors import (
    Cause,
    duplicate,
    forbidden,
    invalid,
    required,
)
from windtunnel.model.api.kinds.pod.container_validation import label_details
from windtunnel.model.api.kinds.pod.environment_validation import validate_field_reference
from windtunnel.model.api.kinds.pod.volume_schema import VOLUME_SOURCES
from windtunnel.model.api.quantity import parse
from windtunnel.model.objects.json import Json

FILE_FIELDS = ("metadata.name", "metadata.namespace", "metadata.uid")
_HIGHEST_MODE = 0o777
_REQUIRED = {
    "hostPath": "path",
    "secret": "secretName",
    "configMap": "name",
    "persistentVolumeClaim": "claimName",
    "ephemeral": "volumeClaimTemplate",
}


def _validate_mode(source: Json, key: str, path: str) -> list[Cause]:
    mode = source.get(key)
    if mode is None or 0 <= mode <= _HIGHEST_MODE:
        return []
    detail = "must be a number between 0 and 0777 (octal), both inclusive"
    return [invalid(f"{path}.{key}", mode, detail)]


def _validate_items(items: Sequence[Json], path: str) -> list[Cause]:
    causes: list[Cause] = []
    for index, item in enumerate(items):
        where = f"{path}[{index}]"
        for key in ("key", "path"):
            if not item.get(key):
                causes.append(required(f"{where}.{key}"))
        inner = item.get("path", "")
        if inner.startswith("/"):
            causes.append(invalid(f"{where}.path", inner, "must be a relative path"))
        if ".." in inner.split("/"):
            causes.append(invalid(f"{where}.path", inner, "must not contain '..'"))
        causes += _validate_mode(item, "mode", where)
    return causes


def _validate_files(items: Sequence[Json], path: str) -> list[Cause]:
    causes: list[Cause] = []
    for index, item in enumerate(items):
        where = f"{path}[{index}]"
        if not item.get("path"):
            causes.append(required(f"{where}.path"))
        if "fieldRef" in item:
            causes += validate_field_reference(item["fieldRef"], FILE_FIELDS, f"{where}.fieldRef")
        elif "resourceFieldRef" not in item:
            causes.append(required(where, "one of fieldRef and resourceFieldRef is required"))
        causes += _validate_mode(item, "mode", where)
    return causes


def _validate_source(kind: str, source: Json, path: str) -> list[Cause]:
    causes: list[Cause] = []
    needed = _REQUIRED.get(kind)
    if needed and not source.get(needed):
        causes.append(required(f"{path}.{needed}"))
    if kind == "emptyDir":
        limit = source.get("sizeLimit")
        if limit is not None and parse(limit).sign < 0:
            detail = "SizeLimit field must be a valid resource quantity"
            causes.append(forbidden(f"{path}.sizeLimit", detail))
    elif kind in ("secret", "configMap"):
        causes += _validate_mode(source, "defaultMode", path)
        causes += _validate_items(source.get("items") or (), f"{path}.items")
    elif kind == "downwardAPI":
        causes += _validate_mode(source, "defaultMode", path)
        causes += _validate_files(source.get("items") or (), f"{path}.items")
    elif kind == "projected":
        causes += _validate_mode(source, "defaultMode", path)
        for index, projection in enumerate(source.get("sources") or ()):
            where = f"{path}.sources[{index}]"
            for name in ("secret", "configMap"):
                if name in projection:
                    items = projection[name].get("items") or ()
                    causes += _validate_items(items, f"{where}.{name}.items")
            if "downwardAPI" in projection:
                items = projection["downwardAPI"].get("items") or ()
                causes += _validate_files(items, f"{where}.downwardAPI.items")
    return causes


def validate_volumes(volumes: Sequence[Json], path: str) -> list[Cause]:
    """Return what is wrong with the volumes of a pod. O(volumes)."""
    causes: list[Cause] = []
    seen: set[str] = set()
    for index, volume in enumerate(volumes):
        where = f"{path}[{index}]"
        name = volume.get("name")
        if not name:
            causes.append(required(f"{where}.name"))
        else:
            causes += [invalid(f"{where}.name", name, detail) for detail in label_details(name)]
            if name in seen:
                causes.append(duplicate(f"{where}.name", name))
            seen.add(name)
        sources = [key for key in volume if key in VOLUME_SOURCES]
        if not sources:
            causes.append(required(where, "must specify a volume type"))
            continue
        for kind in sources[1:]:
            causes.append(forbidden(f"{where}.{kind}", "may not specify more than 1 volume type"))
        causes += _validate_source(sources[0], volume[sources[0]], f"{where}.{sources[0]}")
    return causes
