"""PersistentVolumeClaim: the wish for a volume of some size, class and way of access.

What is asked for stays as it is: the name of the volume may be filled in once, a bound claim may grow, and a claim that
named no class may be given the default one. A claim shrinks only back to what it has, after a growth that failed.
The same spec stands inside of StatefulSets, as the template of each pod's claim.

Not modelled: data sources and volume attributes classes are kept but not checked; the class in the old annotation.
"""

from __future__ import annotations

from collections.abc import Sequence

from windtunnel.model.api.errors import Cause, forbidden, invalid, not_supported, required
from windtunnel.model.api.kind import Kind, Strategy, with_part
from windtunnel.model.api.kinds.workload import conditions_schema
from windtunnel.model.api.metadata import IMMUTABLE
from windtunnel.model.api.names import is_dns1123_subdomain
from windtunnel.model.api.quantity import ZERO, Quantity, parse
from windtunnel.model.api.schema import (
    ANY,
    LABEL_SELECTOR,
    OBJECT_META,
    POINTER_STRING,
    QUANTITIES,
    STRING,
    STRING_MAP,
    ListOf,
    MapOf,
    Object,
    resource,
)
from windtunnel.model.api.selectors.labels import validate_label_selector
from windtunnel.model.api.shared_json import remembered
from windtunnel.model.objects.json import Json

STORAGE = "storage"
ONLY_ONE_POD = "ReadWriteOncePod"
ACCESS_MODES = ("ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", ONLY_ONE_POD)
FILESYSTEM = "Filesystem"
VOLUME_MODES = ("Block", FILESYSTEM)
PENDING = "Pending"
BOUND = "Bound"
CLAIM_IS_IMMUTABLE = (
    "spec is immutable after creation except resources.requests and volumeAttributesClassName "
    "for bound claims"
)

CLAIM_SPEC = Object(
    {
        "accessModes": ListOf(STRING),
        "selector": LABEL_SELECTOR,
        "resources": Object(
            {"limits": QUANTITIES, "requests": QUANTITIES}, "VolumeResourceRequirements"
        ),
        "volumeName": STRING,
        "storageClassName": POINTER_STRING,
        "volumeMode": STRING,
        "dataSource": Object(
            {"apiGroup": POINTER_STRING, "kind": STRING, "name": STRING},
            "TypedLocalObjectReference",
        ),
        "dataSourceRef": Object(
            {
                "apiGroup": POINTER_STRING,
                "kind": STRING,
                "name": STRING,
                "namespace": POINTER_STRING,
            },
            "TypedObjectReference",
        ),
        "volumeAttributesClassName": POINTER_STRING,
    },
    "PersistentVolumeClaimSpec",
    shared=True,
)
CLAIM_STATUS = Object(
    {
        "phase": STRING,
        "accessModes": ListOf(STRING),
        "capacity": QUANTITIES,
        "conditions": conditions_schema("PersistentVolumeClaim", "lastProbeTime"),
        "allocatedResources": QUANTITIES,
        "allocatedResourceStatuses": STRING_MAP,
        "currentVolumeAttributesClassName": POINTER_STRING,
        "modifyVolumeStatus": MapOf(ANY),
    },
    "PersistentVolumeClaimStatus",
)
SCHEMA = resource("PersistentVolumeClaim", {"spec": CLAIM_SPEC, "status": CLAIM_STATUS})
CLAIM_TEMPLATE = Object(
    {
        "apiVersion": STRING,
        "kind": STRING,
        "metadata": OBJECT_META,
        "spec": CLAIM_SPEC,
        "status": CLAIM_STATUS,
    },
    "PersistentVolumeClaim",
)


@remembered
def default_claim_spec(spec: Json) -> Json:
    """Return the spec of a claim with its defaults: a file system, and no resources beside the wished. O(1)."""
    changed: Json = {}
    if "volumeMode" not in spec:
        changed["volumeMode"] = FILESYSTEM
    if "resources" not in spec:
        changed["resources"] = {}
    return {**spec, **changed} if changed else spec


def default_claim(claim: Json) -> Json:
    """Return the claim with its defaults; a claim that says nothing else is Pending. O(1)."""
    before = claim.get("spec")
    claim = with_part(claim, "spec", default_claim_spec(before if before is not None else {}))
    status = claim.get("status") or {}
    return claim if status.get("phase") else {**claim, "status": {**status, "phase": PENDING}}


def validate_access_modes(modes: Sequence[str], path: str) -> list[Cause]:
    """Return which ways of access are unknown, or do not go with the others. O(modes)."""
    causes = [not_supported(path, mode, ACCESS_MODES) for mode in modes if mode not in ACCESS_MODES]
    if ONLY_ONE_POD in modes and any(mode != ONLY_ONE_POD for mode in modes):
        detail = f"may not use {ONLY_ONE_POD} with other access modes"
        causes.append(forbidden(path, detail))
    return causes


def validate_size(size: str, path: str) -> list[Cause]:
    """Return what keeps an amount of storage from being one: it must be more than nothing. O(1)."""
    if parse(size).sign > 0:
        return []
    causes = [invalid(path, size, "must be greater than zero")]
    if parse(size).sign < 0:
        causes.insert(0, invalid(path, size, "must be a valid resource quantity"))
    return causes


@remembered
def validate_claim_spec(spec: Json, path: str = "spec") -> tuple[Cause, ...]:
    """Return what is wrong with the spec of a claim at the path. O(modes), remembered."""
    causes: list[Cause] = []
    modes = spec.get("accessModes") or ()
    if not modes:
        causes.append(required(f"{path}.accessModes", "at least 1 access mode is required"))
    if spec.get("selector") is not None:
        causes += validate_label_selector(spec["selector"], f"{path}.selector")
    causes += validate_access_modes(modes, f"{path}.accessModes")
    size, where = _requests(spec).get(STORAGE), f"{path}.resources[{STORAGE}]"
    causes += [required(where)] if size is None else validate_size(size, where)
    name = spec.get("storageClassName")
    if name:
        where = f"{path}.storageClassName"
        causes += [invalid(where, name, detail) for detail in is_dns1123_subdomain(name)]
    mode = spec.get("volumeMode")
    if mode is not None and mode not in VOLUME_MODES:
        causes.append(not_supported(f"{path}.volumeMode", mode, VOLUME_MODES))
    return tuple(causes)


def _requests(spec: Json) -> Json:
    requests: Json = (spec.get("resources") or {}).get("requests") or {}
    return requests


def _size(requests: Json) -> Quantity:
    size = requests.get(STORAGE)
    return parse(size) if size is not None else ZERO


def _comparable(spec: Json, before: Json, bound: bool) -> Json:
    """The new spec with the old value of everything that may change."""
    changed: Json = {"volumeAttributesClassName": before.get("volumeAttributesClassName")}
    if not before.get("volumeName"):
        changed["volumeName"] = before.get("volumeName")
    if before.get("storageClassName") is None:
        changed["storageClassName"] = None
    if bound and STORAGE in _requests(before) and _requests(spec):
        requests = {**_requests(spec), STORAGE: _requests(before)[STORAGE]}
        changed["resources"] = {**spec["resources"], "requests": requests}
    return {key: value for key, value in {**spec, **changed}.items() if value is not None}


def _validate_change(new: Json, old: Json) -> list[Cause]:
    spec, before = new.get("spec") or {}, old.get("spec") or {}
    if spec is before:
        return []
    causes: list[Cause] = []
    bound = (new.get("status") or {}).get("phase") == BOUND
    if _comparable(spec, before, bound) != before:
        causes.append(forbidden("spec", CLAIM_IS_IMMUTABLE))
    size, size_before = _size(_requests(spec)), _size(_requests(before))
    capacity = _size((old.get("status") or {}).get("capacity") or {})
    if size < size_before and size <= capacity:
        detail = "field can not be less than status.capacity"
        causes.append(forbidden("spec.resources.requests.storage", detail))
    mode = spec.get("volumeMode")
    if mode != before.get("volumeMode"):
        causes.append(invalid("spec.volumeMode", mode, IMMUTABLE))
    return causes


class PersistentVolumeClaimStrategy(Strategy):
    """The rules of claims."""

    has_status = True

    def default(self, obj: Json) -> Json:
        """Fill in the mode and the phase."""
        return default_claim(obj)

    def prepare_for_create(self, obj: Json) -> Json:
        """A new claim is Pending."""
        return {**obj, "status": {"phase": PENDING}}

    def validate_own(self, obj: Json) -> list[Cause]:
        """Check access, size and class."""
        return list(validate_claim_spec(obj.get("spec") or {}))

    def validate_own_update(self, new: Json, old: Json) -> list[Cause]:
        """Check the claim, and that it asks for the same, or for more once it is bound."""
        return self.validate_own(new) + _validate_change(new, old)

    def validate_status_update(self, new: Json, old: Json) -> list[Cause]:
        """Check that the capacity is one."""
        causes = super().validate_status_update(new, old)
        if not (new.get("spec") or {}).get("accessModes"):
            causes.append(required("spec.accessModes"))
        capacity = (new.get("status") or {}).get("capacity") or {}
        for name, text in capacity.items():
            if parse(text).sign < 0:
                detail = "must be a valid resource quantity"
                causes.append(invalid(f"status.capacity[{name}]", text, detail))
        return causes


KIND = Kind(
    "PersistentVolumeClaim",
    "persistentvolumeclaims",
    "",
    "v1",
    namespaced=True,
    schema=SCHEMA,
    strategy=PersistentVolumeClaimStrategy(),
    subresources=("status",),
    short_names=("pvc",),
)
