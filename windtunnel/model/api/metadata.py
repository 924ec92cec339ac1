"""Metadata: what every object carries, what of it a client may set, and what is valid in it.

`system_metadata` and `repaired_metadata` are what the server does to the metadata a client sends,
at create and at update; the two validations return the causes in the order the real server finds
them.

Not modelled: managedFields (dropped on every write) and selfLink.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

from windtunnel.model.api import errors
from windtunnel.model.api.errors import Cause
from windtunnel.model.api.names import (
    is_dns1123_label,
    is_label_value,
    is_qualified_name,
)
from windtunnel.model.objects.json import Json

MAX_ANNOTATION_BYTES = 256 * 1024
MAX_GENERATED_PREFIX = 58
STANDARD_FINALIZERS = ("kubernetes", "orphan", "foregroundDeletion")
IMMUTABLE = "field is immutable"
NOT_A_SERVER_FIELD = ("managedFields", "selfLink")
SET_AT_DELETION = ("deletionTimestamp", "deletionGracePeriodSeconds")


def system_metadata(
    metadata: Json, *, name: str, namespace: str, uid: str, creation_timestamp: str
) -> Json:
    """Return the metadata of a new object: with the identity the server gives, without deletion.

    O(fields).
    """
    made: dict[str, Any] = {
        key: value
        for key, value in metadata.items()
        if key not in NOT_A_SERVER_FIELD and key not in SET_AT_DELETION
    }
    made["name"] = name
    if namespace:
        made["namespace"] = namespace
    else:
        made.pop("namespace", None)
    made["uid"] = uid
    made["creationTimestamp"] = creation_timestamp
    return made


def repaired_metadata(new: Json, old: Json) -> Json:
    """Return the metadata of an update, with the old values of what a client cannot change.

    The uid is filled in if missing; creation time and generation are the old ones; a deletion once
    begun stays. The same object if nothing is to do. O(fields).
    """
    changes: dict[str, Any] = {}
    if not new.get("uid") and old.get("uid"):
        changes["uid"] = old["uid"]
    for key in ("creationTimestamp", "generation", *NOT_A_SERVER_FIELD):
        kept = None if key in NOT_A_SERVER_FIELD else old.get(key)
        if new.get(key) != kept:
            changes[key] = kept
    deletion = old.get("deletionTimestamp")
    if deletion and new.get("deletionTimestamp") != deletion:
        changes["deletionTimestamp"] = deletion
    grace = "deletionGracePeriodSeconds"
    if new.get(grace) is None and old.get(grace) is not None:
        changes[grace] = old[grace]
    if not changes:
        return new
    return {key: value for key, value in {**new, **changes}.items() if value is not None}


def validate_object_meta(
    metadata: Json,
    validate_name: Callable[[str, bool], list[str]],
    field: str = "metadata",
) -> list[Cause]:
    """Return what is wrong with the metadata of an object to be created.

    O(labels + annotations + owners).
    """
    causes: list[Cause] = []
    generate_name = metadata.get("generateName")
    if generate_name:
        for detail in validate_name(generate_name, True):
            causes.append(errors.invalid(f"{field}.generateName", generate_name, detail))
    name = metadata.get("name")
    if not name:
        causes.append(errors.required(f"{field}.name", "name or generateName is required"))
    else:
        for detail in validate_name(name, False):
            causes.append(errors.invalid(f"{field}.name", name, detail))
    namespace = metadata.get("namespace")
    if namespace:
        for detail in is_dns1123_label(namespace):
            causes.append(errors.invalid(f"{field}.namespace", namespace, detail))
    if metadata.get("generation", 0) < 0:
        detail = "must be greater than or equal to 0"
        causes.append(errors.invalid(f"{field}.generation", metadata["generation"], detail))
    causes += validate_free_parts(metadata, field)
    finalizers = metadata.get("finalizers")
    if finalizers:
        causes += _validate_finalizers(finalizers, f"{field}.finalizers")
    return causes


def validate_free_parts(metadata: Json, field: str = "metadata") -> list[Cause]:
    """Return what is wrong with labels, annotations and owner references."""
    causes: list[Cause] = []
    labels = metadata.get("labels")
    if labels:
        causes += validate_labels(labels, f"{field}.labels")
    annotations = metadata.get("annotations")
    if annotations:
        causes += validate_annotations(annotations, f"{field}.annotations")
    owners = metadata.get("ownerReferences")
    if owners:
        causes += _validate_owner_references(owners, f"{field}.ownerReferences")
    return causes


@lru_cache(maxsize=4096)
def _label_details(key: str, value: str) -> tuple[tuple[str, str], ...]:
    found = [(key, detail) for detail in is_qualified_name(key)]
    found += [(value, detail) for detail in is_label_value(value)]
    return tuple(found)


def validate_labels(labels: Json, field: str) -> list[Cause]:
    """Return what is wrong with the keys and values of labels.

    Each key and value is parsed only once.
    """
    causes: list[Cause] = []
    for key, value in labels.items():
        details = _label_details(key, value)
        if details:
            causes += [errors.invalid(field, wrong, detail) for wrong, detail in details]
    return causes


@lru_cache(maxsize=4096)
def _annotation_key_details(key: str) -> tuple[str, ...]:
    return tuple(is_qualified_name(key.lower()))


def validate_annotations(annotations: Json, field: str) -> list[Cause]:
    """Return what is wrong with annotations: their keys, and their size all together."""
    causes: list[Cause] = []
    size = 0
    for key, value in annotations.items():
        causes += [errors.invalid(field, key, detail) for detail in _annotation_key_details(key)]
        size += len(key) + len(value)
    if size * 4 > MAX_ANNOTATION_BYTES:
        size = sum(len(key.encode()) + len(value.encode()) for key, value in annotations.items())
        if size > MAX_ANNOTATION_BYTES:
            causes.append(errors.too_long(field, MAX_ANNOTATION_BYTES))
    return causes


def _validate_owner_references(owners: Sequence[Json], field: str) -> list[Cause]:
    causes: list[Cause] = []
    controller: Json | None = None
    for owner in owners:
        api_version = owner.get("apiVersion", "")
        if not api_version.rpartition("/")[2]:
            causes.append(
                errors.invalid(f"{field}.apiVersion", api_version, "version must not be empty")
            )
        for key in ("kind", "name", "uid"):
            if not owner.get(key):
                causes.append(
                    errors.invalid(f"{field}.{key}", owner.get(key, ""), "must not be empty")
                )
        if api_version == "v1" and owner.get("kind") == "Event":
            detail = "/v1, Kind=Event is disallowed from being an owner"
            causes.append(errors.invalid(field, owner, detail))
        if owner.get("controller"):
            if controller is None:
                controller = owner
            else:
                both = " and ".join(
                    f"{each.get('kind')}/{each.get('name')}" for each in (controller, owner)
                )
                detail = (
                    "Only one reference can have Controller set to true. "
                    f'Found "true" in references for {both}'
                )
                causes.append(errors.invalid(field, owners, detail))
    return causes


def _validate_finalizers(finalizers: Sequence[str], field: str) -> list[Cause]:
    causes: list[Cause] = []
    for finalizer in finalizers:
        causes += [errors.invalid(field, finalizer, each) for each in is_qualified_name(finalizer)]
    if "orphan" in finalizers and "foregroundDeletion" in finalizers:
        detail = "finalizer orphan and foregroundDeletion cannot be both set"
        causes.append(errors.invalid(field, finalizers, detail))
    return causes


def validate_finalizer_names(metadata: Json, field: str = "metadata") -> list[Cause]:
    """Return which finalizers of a built-in kind are neither standard ones nor have a domain."""
    causes: list[Cause] = []
    for index, finalizer in enumerate(metadata.get("finalizers") or ()):
        if "/" not in finalizer and finalizer not in STANDARD_FINALIZERS:
            detail = "name is neither a standard finalizer name nor is it fully qualified"
            causes.append(errors.invalid(f"{field}.finalizers[{index}]", finalizer, detail))
    return causes


def validate_object_meta_update(new: Json, old: Json, field: str = "metadata") -> list[Cause]:
    """Return what is wrong with a change of metadata (already repaired). O(changed parts)."""
    if new is old:
        return []
    causes: list[Cause] = []
    only_deletion = "field is immutable; may only be changed via deletion"
    for key in ("deletionGracePeriodSeconds", "deletionTimestamp"):
        value = new.get(key)
        if value is not None and value != old.get(key):
            causes.append(errors.invalid(f"{field}.{key}", value, only_deletion))
    if old.get("deletionTimestamp"):
        before = old.get("finalizers") or ()
        added = sorted(each for each in new.get("finalizers") or () if each not in before)
        if added:
            shown = "[]string{" + ", ".join(json.dumps(each) for each in added) + "}"
            detail = (
                "no new finalizers can be added if the object is being deleted, "
                f"found new finalizers {shown}"
            )
            causes.append(errors.forbidden(f"{field}.finalizers", detail))
    if not new.get("resourceVersion"):
        detail = "must be specified for an update"
        causes.append(errors.invalid(f"{field}.resourceVersion", "", detail))
    if new.get("generation", 0) < old.get("generation", 0):
        detail = "must not be decremented"
        causes.append(errors.invalid(f"{field}.generation", new.get("generation", 0), detail))
    for key in ("name", "namespace", "uid", "creationTimestamp"):
        if new.get(key) != old.get(key):
            causes.append(errors.invalid(f"{field}.{key}", new.get(key), IMMUTABLE))
    for key in ("labels", "annotations", "ownerReferences"):
        if new.get(key) is not old.get(key):
            causes += validate_free_parts({key: new.get(key)}, field)
    return causes
