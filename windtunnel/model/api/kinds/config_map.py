"""ConfigMap: data for pods, at most 1 MiB, which can be sealed with `immutable`."""

from __future__ import annotations

from windtunnel.model.api import errors
from windtunnel.model.api.errors import Cause
from windtunnel.model.api.kind import Kind, Strategy
from windtunnel.model.api.names import is_config_map_key
from windtunnel.model.api.schema import BOOLEAN, BYTES, STRING_MAP, MapOf, resource
from windtunnel.model.objects.json import Json

MAX_DATA_BYTES = 1024 * 1024
SEALED = "field is immutable when `immutable` is set"

SCHEMA = resource(
    "ConfigMap", {"immutable": BOOLEAN, "data": STRING_MAP, "binaryData": MapOf(BYTES)}
)


def validate_sealed(new: Json, old: Json, fields: tuple[str, ...]) -> list[Cause]:
    """Return what an update changes in an object that was sealed with `immutable`."""
    if not old.get("immutable"):
        return []
    causes = [] if new.get("immutable") else [errors.forbidden("immutable", SEALED)]
    for field in fields:
        if (new.get(field) or {}) != (old.get(field) or {}):
            causes.append(errors.forbidden(field, SEALED))
    return causes


def decoded_bytes(text: str) -> int:
    """Return the number of bytes a base64 text stands for. O(1)."""
    return len(text) // 4 * 3 - text.count("=", -2)


class ConfigMapStrategy(Strategy):
    """The rules of config maps."""

    def validate_own(self, obj: Json) -> list[Cause]:
        """Check the keys, which both maps share, and the size."""
        causes: list[Cause] = []
        data, binary = obj.get("data") or {}, obj.get("binaryData") or {}
        size = 0
        for key, value in data.items():
            causes += _validate_key("data", key)
            if key in binary:
                detail = "duplicate of key present in binaryData"
                causes.append(errors.invalid(f"data[{key}]", key, detail))
            size += len(value.encode())
        for key, value in binary.items():
            causes += _validate_key("binaryData", key)
            if key in data:
                detail = "duplicate of key present in data"
                causes.append(errors.invalid(f"binaryData[{key}]", key, detail))
            size += decoded_bytes(value)
        if size > MAX_DATA_BYTES:
            causes.append(errors.too_long("[]", MAX_DATA_BYTES))
        return causes

    def validate_own_update(self, new: Json, old: Json) -> list[Cause]:
        """Check the seal, then the new content."""
        return validate_sealed(new, old, ("data", "binaryData")) + self.validate(new)


def _validate_key(field: str, key: str) -> list[Cause]:
    return [errors.invalid(f"{field}[{key}]", key, each) for each in is_config_map_key(key)]


KIND = Kind(
    "ConfigMap",
    "configmaps",
    "",
    "v1",
    namespaced=True,
    schema=SCHEMA,
    strategy=ConfigMapStrategy(),
    short_names=("cm",),
)
