"""Secret: like a ConfigMap, but in base64, of a type that may ask for certain keys.

`stringData` is a convenience for writers: it goes into `data` and is never shown.

Not modelled: encryption at rest.
"""

from __future__ import annotations

import base64
import json

from windtunnel.model.api import errors
from windtunnel.model.api.errors import Cause
from windtunnel.model.api.kind import COMMON_FIELDS, Kind, Strategy
from windtunnel.model.api.kinds.config_map import (
    MAX_DATA_BYTES,
    decoded_bytes,
    validate_sealed,
)
from windtunnel.model.api.metadata import IMMUTABLE
from windtunnel.model.api.names import is_config_map_key
from windtunnel.model.api.schema import BOOLEAN, BYTES, STRING, STRING_MAP, MapOf, resource
from windtunnel.model.objects.json import Json

SCHEMA = resource(
    "Secret",
    {"immutable": BOOLEAN, "data": MapOf(BYTES), "stringData": STRING_MAP, "type": STRING},
)
OPAQUE = "Opaque"
SERVICE_ACCOUNT_TOKEN = "kubernetes.io/service-account-token"
SERVICE_ACCOUNT_NAME = "kubernetes.io/service-account.name"
REQUIRED_KEYS = {
    "kubernetes.io/ssh-auth": ("ssh-privatekey",),
    "kubernetes.io/tls": ("tls.crt", "tls.key"),
}
DOCKER_KEYS = {
    "kubernetes.io/dockercfg": ".dockercfg",
    "kubernetes.io/dockerconfigjson": ".dockerconfigjson",
}


class SecretStrategy(Strategy):
    """The rules of secrets."""

    supported_fields = (*COMMON_FIELDS, "type")

    def default(self, obj: Json) -> Json:
        """Move `stringData` into `data`, and make the type Opaque if none is given."""
        if "stringData" in obj:
            written = {
                key: base64.b64encode(value.encode()).decode()
                for key, value in obj["stringData"].items()
            }
            obj = {key: value for key, value in obj.items() if key != "stringData"}
            obj["data"] = {**(obj.get("data") or {}), **written}
        return obj if obj.get("type") else {**obj, "type": OPAQUE}

    def validate_own(self, obj: Json) -> list[Cause]:
        """Check the keys, the size, and what the type asks for."""
        data = obj.get("data") or {}
        causes = [
            errors.invalid(f"data[{key}]", key, detail)
            for key in data
            for detail in is_config_map_key(key)
        ]
        if sum(decoded_bytes(value) for value in data.values()) > MAX_DATA_BYTES:
            causes.append(errors.too_long("data", MAX_DATA_BYTES))
        return causes + _validate_type(obj, data)

    def validate_own_update(self, new: Json, old: Json) -> list[Cause]:
        """Check that the type stays, and the seal, then the new content."""
        causes: list[Cause] = []
        if new.get("type") != old.get("type"):
            causes.append(errors.invalid("type", new.get("type"), IMMUTABLE))
        return causes + validate_sealed(new, old, ("data",)) + self.validate(new)

    def selectable_fields(self, obj: Json) -> dict[str, str]:
        """Add the type."""
        return {**super().selectable_fields(obj), "type": obj.get("type", "")}


def _validate_type(obj: Json, data: Json) -> list[Cause]:
    kind = obj.get("type")
    if kind == SERVICE_ACCOUNT_TOKEN:
        annotations = obj.get("metadata", {}).get("annotations") or {}
        if not annotations.get(SERVICE_ACCOUNT_NAME):
            return [errors.required(f"metadata.annotations[{SERVICE_ACCOUNT_NAME}]")]
    elif kind in DOCKER_KEYS:
        return _validate_docker(DOCKER_KEYS[kind], data)
    elif kind == "kubernetes.io/basic-auth":
        if "username" not in data and "password" not in data:
            return [errors.required("data[username]"), errors.required("data[password]")]
    elif kind in REQUIRED_KEYS:
        return [errors.required(f"data[{key}]") for key in REQUIRED_KEYS[kind] if key not in data]
    return []


def _validate_docker(key: str, data: Json) -> list[Cause]:
    if key not in data:
        return [errors.required(f"data[{key}]")]
    try:
        json.loads(base64.b64decode(data[key]))
    except ValueError as error:
        return [errors.invalid(f"data[{key}]", "<secret contents redacted>", str(error))]
    return []


KIND = Kind(
    "Secret",
    "secrets",
    "",
    "v1",
    namespaced=True,
    schema=SCHEMA,
    strategy=SecretStrategy(),
)
