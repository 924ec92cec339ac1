"""A kind of object: its names, its schema and the rules of its life.

`Kind` is a value: names, schema, subresources. What differs in behaviour is a `Strategy`, as in
the real API server: what a create or an update may set, the defaults, validation, which fields a
field selector knows, how it is deleted. The base strategy is right for a plain object (a ConfigMap
without its `data`); a kind overrides what it does differently. Every method takes and returns JSON
and changes nothing in place: it returns the same object if there is nothing to do.

A kind's own checks go to `validate_own` and `validate_own_update`; metadata is checked around them.

Not modelled: table output and OpenAPI; conversion between versions of one kind.
"""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from attrs import field, frozen

from windtunnel.model.api import errors
from windtunnel.model.api.errors import Cause
from windtunnel.model.api.metadata import (
    validate_finalizer_names,
    validate_object_meta,
    validate_object_meta_update,
)
from windtunnel.model.api.names import is_dns1123_subdomain, mask_trailing_dash
from windtunnel.model.api.schema import Object, Scalar
from windtunnel.model.objects.json import Json

Propagation = Literal["Background", "Foreground", "Orphan"]
COMMON_FIELDS = ("metadata.name", "metadata.namespace")
ALL_VERBS = (
    "create",
    "delete",
    "deletecollection",
    "get",
    "list",
    "patch",
    "update",
    "watch",
)


class Strategy:
    """The rules of a plain object; a kind subclasses it and overrides what it does differently.

    has_status: the kind has a status subresource, so create drops the status and update keeps the
    old one. counts_generation: metadata.generation starts at 1 and grows with each change of the
    spec.
    """

    has_status: ClassVar[bool] = False
    counts_generation: ClassVar[bool] = False
    allow_create_on_update: ClassVar[bool] = False
    allow_unconditional_update: ClassVar[bool] = True
    default_propagation: ClassVar[Propagation] = "Background"
    supported_fields: ClassVar[tuple[str, ...]] = COMMON_FIELDS

    def validate_name(self, name: str, prefix: bool) -> list[str]:
        """Return what is wrong with an object's name, or with a generateName if `prefix`."""
        return is_dns1123_subdomain(mask_trailing_dash(name) if prefix else name)

    # --- create

    def prepare_for_create(self, obj: Json) -> Json:
        """Return the object with generation 1, without what a creator may not set (its status)."""
        if self.has_status and "status" in obj:
            obj = {key: value for key, value in obj.items() if key != "status"}
        return with_generation(obj, 1) if self.counts_generation else obj

    def default(self, obj: Json) -> Json:
        """Return the object with the API defaults filled in."""
        return obj

    def validate(self, obj: Json) -> list[Cause]:
        """Return all that is wrong with an object to be created."""
        metadata = obj.get("metadata") or {}
        causes = validate_object_meta(metadata, self.validate_name)
        causes += validate_finalizer_names(metadata)
        causes += self.validate_own(obj)
        return causes

    def validate_own(self, obj: Json) -> list[Cause]:
        """Return what is wrong outside of metadata."""
        return []

    # --- update

    def prepare_for_update(self, new: Json, old: Json) -> Json:
        """Return the new object with the old status, and the generation the change deserves."""
        if self.has_status:
            new = with_part(new, "status", old.get("status"))
        if self.counts_generation:
            generation = (old.get("metadata") or {}).get("generation", 0)
            changed = new.get("spec") is not old.get("spec") and new.get("spec") != old.get("spec")
            new = with_generation(new, generation + 1 if changed else generation)
        return new

    def validate_update(self, new: Json, old: Json) -> list[Cause]:
        """Return all that is wrong with the new object, or with the change that made it."""
        causes = self.validate_metadata_update(new, old)
        causes += self.validate_own_update(new, old)
        return causes

    def validate_own_update(self, new: Json, old: Json) -> list[Cause]:
        """Return what is wrong with an update outside of metadata."""
        return self.validate_own(new)

    def validate_metadata_update(self, new: Json, old: Json) -> list[Cause]:
        """Return what is wrong with the new metadata, or with the change of it."""
        metadata = new.get("metadata") or {}
        causes = validate_object_meta_update(metadata, old.get("metadata") or {})
        return causes + validate_finalizer_names(metadata)

    # --- status subresource

    def prepare_for_status_update(self, new: Json, old: Json) -> Json:
        """Return the new object with everything but status and metadata as it was."""
        result = dict(new)
        for key in (*new, *old):
            if key in ("status", "metadata", "kind", "apiVersion"):
                continue
            if key in old:
                result[key] = old[key]
            else:
                result.pop(key, None)
        if self.counts_generation:
            generation = (old.get("metadata") or {}).get("generation", 0)
            return with_generation(result, generation)
        return result

    def validate_status_update(self, new: Json, old: Json) -> list[Cause]:
        """Return all that is wrong with an update of the status."""
        return self.validate_metadata_update(new, old)

    # --- reading and deleting

    def selectable_fields(self, obj: Json) -> dict[str, str]:
        """Return the fields a field selector can ask for, with their values as text."""
        metadata = obj.get("metadata") or {}
        return {
            "metadata.name": metadata.get("name", ""),
            "metadata.namespace": metadata.get("namespace", ""),
        }

    def check_selectable(self, name: str) -> None:
        """Raise 400 for a field that a field selector on this kind cannot ask for."""
        if name in self.supported_fields:
            return
        if self.supported_fields == COMMON_FIELDS:
            only = ", ".join(f'"{each}"' for each in COMMON_FIELDS)
            raise errors.bad_request(f'"{name}" is not a known field selector: only {only}')
        raise errors.bad_request(f"field label not supported: {name}")

    def grace_period(self, obj: Json, requested: int | None) -> int | None:
        """Return the seconds a deletion waits for the owner of the real thing.

        None: it never waits.
        """
        return None

    def scale(self, obj: Json) -> Json:
        """Return the Scale of the object; only for kinds with the subresource `scale`."""
        raise NotImplementedError

    def apply_scale(self, obj: Json, scale: Json) -> Json:
        """Return the object with the replicas the Scale asks for."""
        raise NotImplementedError


def with_part(obj: Json, key: str, value: Any) -> Json:
    """Return the object with the value under the key (None: without the key); itself if it is so.

    O(keys).
    """
    if obj.get(key) is value:
        return obj
    if value is None:
        return {name: part for name, part in obj.items() if name != key}
    return {**obj, key: value}


def with_generation(obj: Json, generation: int) -> Json:
    """Return the object with this metadata.generation (0: none); itself if it has it. O(keys)."""
    metadata = obj.get("metadata") or {}
    if metadata.get("generation", 0) == generation:
        return obj
    return {**obj, "metadata": with_part(metadata, "generation", generation or None)}


@frozen(eq=False)
class Kind:
    """A kind of object that the API serves."""

    kind: str
    plural: str
    group: str
    version: str
    namespaced: bool
    schema: Object | Scalar
    strategy: Strategy = field(factory=Strategy)
    subresources: tuple[str, ...] = ()
    short_names: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    verbs: tuple[str, ...] = ALL_VERBS
    custom: bool = False
    """Whether it is a custom resource, which the server serves without knowing its Go type: no strategic merge."""

    @property
    def is_plain(self) -> bool:
        """Whether its objects are kept without knowing what is in them."""
        return isinstance(self.schema, Object) and self.schema.open

    @property
    def api_version(self) -> str:
        """The `apiVersion` of its objects: `v1`, `apps/v1`."""
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def list_kind(self) -> str:
        """The `kind` of its lists."""
        return self.kind + "List"

    @property
    def resource(self) -> str:
        """The plural with the group, as messages print it: `pods`, `replicasets.apps`."""
        return f"{self.plural}.{self.group}" if self.group else self.plural

    @property
    def singular(self) -> str:
        """The singular name that discovery shows and command lines take."""
        return self.kind.lower()
