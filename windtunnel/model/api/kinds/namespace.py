"""Namespace: Active until it is deleted, then Terminating until nothing is left in it.

Its own finalizer list, `spec.finalizers`, is set by the server at creation and emptied through the
subresource `finalize`; an ordinary update cannot touch it.
"""

from __future__ import annotations

from windtunnel.model.api import errors
from windtunnel.model.api.errors import Cause
from windtunnel.model.api.kind import Kind, Strategy, with_part
from windtunnel.model.api.metadata import STANDARD_FINALIZERS
from windtunnel.model.api.names import (
    is_dns1123_label,
    is_qualified_name,
    mask_trailing_dash,
)
from windtunnel.model.api.schema import CONDITION, STRING, STRINGS, ListOf, Object, resource
from windtunnel.model.objects.json import Json

NAME_LABEL = "kubernetes.io/metadata.name"
FINALIZER = "kubernetes"

SCHEMA = resource(
    "Namespace",
    {
        "spec": Object({"finalizers": STRINGS}, "NamespaceSpec"),
        "status": Object(
            {"phase": STRING, "conditions": ListOf(CONDITION, merge_key="type", strategy="merge")},
            "NamespaceStatus",
        ),
    },
)


class NamespaceStrategy(Strategy):
    """The rules of namespaces."""

    has_status = True
    supported_fields = ("metadata.name", "status.phase", "name")

    def validate_name(self, name: str, prefix: bool) -> list[str]:
        """Names are DNS labels, since they become part of service names."""
        return is_dns1123_label(mask_trailing_dash(name) if prefix else name)

    def default(self, obj: Json) -> Json:
        """Add the label that carries the name, and the phase."""
        if not (obj.get("status") or {}).get("phase"):
            obj = {**obj, "status": {**(obj.get("status") or {}), "phase": "Active"}}
        return _labelled(obj)

    def prepare_for_create(self, obj: Json) -> Json:
        """A new namespace is Active, and stays after deletion until it has been emptied."""
        finalizers = (obj.get("spec") or {}).get("finalizers") or []
        if FINALIZER not in finalizers:
            finalizers = [*finalizers, FINALIZER]
        spec = {**(obj.get("spec") or {}), "finalizers": finalizers}
        return _labelled({**obj, "spec": spec, "status": {"phase": "Active"}})

    def validate_own(self, obj: Json) -> list[Cause]:
        """Check the finalizers of the spec."""
        causes: list[Cause] = []
        for finalizer in (obj.get("spec") or {}).get("finalizers") or ():
            field = "spec.finalizers"
            details = is_qualified_name(finalizer)
            causes += [errors.invalid(field, finalizer, detail) for detail in details]
            if "/" not in finalizer and finalizer not in STANDARD_FINALIZERS:
                detail = "name is neither a standard finalizer name nor is it fully qualified"
                causes.append(errors.invalid(field, finalizer, detail))
        return causes

    def prepare_for_update(self, new: Json, old: Json) -> Json:
        """Keep the finalizers and the status."""
        return with_part(super().prepare_for_update(new, old), "spec", old.get("spec"))

    def validate_own_update(self, new: Json, old: Json) -> list[Cause]:
        """Nothing outside of metadata can change."""
        return []

    def validate_status_update(self, new: Json, old: Json) -> list[Cause]:
        """Check that the phase says what the deletion timestamp says."""
        causes = super().validate_status_update(new, old)
        phase = (new.get("status") or {}).get("phase")
        deleted = bool((new.get("metadata") or {}).get("deletionTimestamp"))
        expected, how = ("Terminating", "not empty") if deleted else ("Active", "empty")
        if phase != expected:
            detail = f"may only be '{expected}' if `deletionTimestamp` is {how}"
            causes.append(errors.invalid("status.phase", phase, detail))
        return causes

    def prepare_for_finalize(self, new: Json, old: Json) -> Json:
        """Return what the subresource `finalize` writes: new finalizers, the old status."""
        return with_part(new, "status", old.get("status"))

    def validate_finalize(self, new: Json, old: Json) -> list[Cause]:
        """Return all that is wrong with an update through `finalize`."""
        return super().validate_update(new, old) + self.validate_own(new)

    def selectable_fields(self, obj: Json) -> dict[str, str]:
        """Return the name and the phase."""
        name = (obj.get("metadata") or {}).get("name", "")
        phase = (obj.get("status") or {}).get("phase", "")
        return {"metadata.name": name, "name": name, "status.phase": phase}


def _labelled(obj: Json) -> Json:
    metadata = obj.get("metadata") or {}
    labels, name = metadata.get("labels") or {}, metadata.get("name")
    if not name or labels.get(NAME_LABEL) == name:
        return obj
    return {**obj, "metadata": {**metadata, "labels": {**labels, NAME_LABEL: name}}}


KIND = Kind(
    "Namespace",
    "namespaces",
    "",
    "v1",
    namespaced=False,
    schema=SCHEMA,
    strategy=NamespaceStrategy(),
    subresources=("status", "finalize"),
    short_names=("ns",),
    verbs=("create", "delete", "get", "list", "patch", "update", "watch"),
)
