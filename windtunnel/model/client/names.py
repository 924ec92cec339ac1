"""Names as callers write them: an object's key as text, a kind by its own name or by its resource."""

from __future__ import annotations

from windtunnel.model.api.kind import Kind
from windtunnel.model.api.kinds.registry import KindRegistry
from windtunnel.model.objects.record import Key


def key_of(key: Key | str) -> Key:
    """A key from a key, or from "namespace/name" or "name". O(1)."""
    if isinstance(key, Key):
        return key
    namespace, slash, name = key.partition("/")
    return Key(namespace, name) if slash else Key("", key)


def find_kind(registry: KindRegistry, name: str) -> Kind:
    """The kind called "Pod", "pods" or "replicasets.apps"; the first registered of several. O(kinds).

    Raises LookupError for a kind that the cluster does not serve.
    """
    for kind in registry.kinds:
        if name in (kind.kind, kind.resource):
            return kind
    for kind in registry.kinds:
        if name == kind.plural:
            return kind
    known = ", ".join(kind.kind for kind in registry.kinds)
    raise LookupError(f"{name!r} is no kind that this cluster serves; known: {known}")
