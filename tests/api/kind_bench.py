"""What the tests of kinds share: making, changing and judging objects as the API server would."""

from __future__ import annotations

from typing import Any

from windtunnel.model.api.decoder import decode
from windtunnel.model.api.errors import Cause
from windtunnel.model.api.kind import Kind

Json = dict[str, Any]
TEMPLATE: Json = {
    "metadata": {"labels": {"app": "a"}},
    "spec": {"containers": [{"name": "c", "image": "img:1"}]},
}
SELECTOR: Json = {"matchLabels": {"app": "a"}}


def metadata_of(kind: Kind, **metadata: Any) -> Json:
    """Metadata as the server gives it to a new object."""
    place = {"namespace": "ns"} if kind.namespaced else {}
    return {"name": "x", **place, "uid": "u", "resourceVersion": "1", **metadata}


def read(kind: Kind, obj: Json) -> Json:
    """An object as the server reads it, with its defaults."""
    decoded, _ = decode(kind.schema, obj)
    return kind.strategy.default(decoded)


def made(kind: Kind, metadata: Json | None = None, **fields: Any) -> Json:
    """A new object as the server would store it; fields given as None are left out."""
    given = {key: value for key, value in fields.items() if value is not None}
    obj = read(kind, {"metadata": metadata_of(kind, **(metadata or {})), **given})
    return kind.strategy.prepare_for_create(obj)


def changed(kind: Kind, old: Json, *, metadata: Json | None = None, **spec: Any) -> Json:
    """The object after a PUT that changes these fields of the spec, and of the metadata."""
    fields = {
        key: value for key, value in {**old.get("spec", {}), **spec}.items() if value is not None
    }
    new = read(kind, {**old, "metadata": {**old["metadata"], **(metadata or {})}, "spec": fields})
    return kind.strategy.prepare_for_update(new, old)


def with_status(kind: Kind, old: Json, **status: Any) -> Json:
    """The object after a PUT of the status with these fields."""
    new = read(kind, {**old, "status": {**old.get("status", {}), **status}})
    return kind.strategy.prepare_for_status_update(new, old)


def pairs(causes: list[Cause]) -> list[tuple[str, str]]:
    """Fields and reasons."""
    return [(cause.field, cause.reason.removeprefix("FieldValue")) for cause in causes]


def wrong(kind: Kind, metadata: Json | None = None, **fields: Any) -> list[tuple[str, str]]:
    """Fields and reasons of what is wrong with a new object."""
    return pairs(kind.strategy.validate(made(kind, metadata, **fields)))


def wrong_change(kind: Kind, old: Json, **spec: Any) -> list[tuple[str, str]]:
    """Fields and reasons of what is wrong with an update."""
    return pairs(kind.strategy.validate_update(changed(kind, old, **spec), old))


def wrong_status(kind: Kind, old: Json, **status: Any) -> list[tuple[str, str]]:
    """Fields and reasons of what is wrong with an update of the status."""
    return pairs(kind.strategy.validate_status_update(with_status(kind, old, **status), old))


def is_stable(kind: Kind, obj: Json) -> bool:
    """Whether reading and defaulting what was stored changes nothing."""
    return read(kind, obj) == obj
