"""PersistentVolume: storage of some size that a claim can be bound to.

Where the storage is never changes, nor does how it is presented; from where it can be reached may be filled in once.
A new volume is Pending until a controller makes it Available.

Not modelled: the inside of most sources, which is kept as it is; lastPhaseTransitionTime after creation, which the
real server sets when the phase changes and nobody else did.
"""

from __future__ import annotations

from windtunnel.model.api.errors import Cause, forbidden, invalid, not_supported, required
from windtunnel.model.api.kind import Kind, Strategy, with_part
from windtunnel.model.api.kinds.persistent_volume_claim import (
    FILESYSTEM,
    PENDING,
    STORAGE,
    VOLUME_MODES,
    validate_access_modes,
    validate_size,
)
from windtunnel.model.api.kinds.pod.container_defaults import completed
from windtunnel.model.api.kinds.pod.scheduling_schema import NODE_SELECTOR
from windtunnel.model.api.kinds.pod.scheduling_validation import validate_node_selector
from windtunnel.model.api.metadata import IMMUTABLE
from windtunnel.model.api.names import is_dns1123_subdomain
from windtunnel.model.api.schema import (
    ANY,
    OBJECT_REFERENCE,
    POINTER_STRING,
    QUANTITIES,
    STRING,
    STRINGS,
    TIME,
    Object,
    Type,
    resource,
)
from windtunnel.model.api.shared_json import remembered
from windtunnel.model.objects.json import Json

RECLAIM_POLICIES = ("Delete", "Recycle", "Retain")
_UNINTERPRETED_SOURCES = (
    "gcePersistentDisk",
    "awsElasticBlockStore",
    "glusterfs",
    "nfs",
    "rbd",
    "iscsi",
    "cinder",
    "cephfs",
    "fc",
    "flocker",
    "flexVolume",
    "azureFile",
    "vsphereVolume",
    "quobyte",
    "azureDisk",
    "photonPersistentDisk",
    "portworxVolume",
    "scaleIO",
    "storageos",
    "csi",
)
_SOURCES: dict[str, Type] = {
    "hostPath": Object({"path": STRING, "type": POINTER_STRING}, "HostPathVolumeSource"),
    "local": Object({"path": STRING, "fsType": POINTER_STRING}, "LocalVolumeSource"),
    **dict.fromkeys(_UNINTERPRETED_SOURCES, ANY),
}
SCHEMA = resource(
    "PersistentVolume",
    {
        "spec": Object(
            {
                "capacity": QUANTITIES,
                **_SOURCES,
                "accessModes": STRINGS,
                "claimRef": OBJECT_REFERENCE,
                "persistentVolumeReclaimPolicy": STRING,
                "storageClassName": STRING,
                "mountOptions": STRINGS,
                "volumeMode": STRING,
                "nodeAffinity": Object({"required": NODE_SELECTOR}, "VolumeNodeAffinity"),
                "volumeAttributesClassName": POINTER_STRING,
            },
            "PersistentVolumeSpec",
            shared=True,
        ),
        "status": Object(
            {
                "phase": STRING,
                "message": STRING,
                "reason": STRING,
                "lastPhaseTransitionTime": TIME,
            },
            "PersistentVolumeStatus",
        ),
    },
)


def _source(spec: Json) -> Json:
    return {key: value for key, value in spec.items() if key in _SOURCES}


def _validate_capacity(capacity: Json, path: str) -> list[Cause]:
    if not capacity:
        return [required(path)]
    causes: list[Cause] = []
    if STORAGE not in capacity or len(capacity) > 1:
        causes.append(not_supported(path, capacity, (STORAGE,)))
    for name, text in capacity.items():
        causes += validate_size(text, f"{path}[{name}]")
    return causes


def _validate_source(spec: Json) -> list[Cause]:
    sources = [key for key in spec if key in _SOURCES]
    if not sources:
        return [required("spec", "must specify a volume type")]
    detail = "may not specify more than 1 volume type"
    causes = [forbidden(f"spec.{key}", detail) for key in sources[1:]]
    kind = sources[0]
    if kind in ("hostPath", "local") and not spec[kind].get("path"):
        causes.append(required(f"spec.{kind}.path"))
    if kind == "local" and "nodeAffinity" not in spec:
        causes.append(required("spec.nodeAffinity", "Local volume requires node affinity"))
    recycled = spec.get("persistentVolumeReclaimPolicy") == "Recycle"
    if recycled and spec.get("hostPath", {}).get("path") == "/":
        detail = "may not be 'recycle' for a hostPath mount of '/'"
        causes.append(forbidden("spec.persistentVolumeReclaimPolicy", detail))
    return causes


@remembered
def _validate_spec(spec: Json) -> tuple[Cause, ...]:
    modes = spec.get("accessModes") or ()
    causes: list[Cause] = []
    if not modes:
        causes.append(required("spec.accessModes"))
    causes += validate_access_modes(modes, "spec.accessModes")
    causes += _validate_capacity(spec.get("capacity") or {}, "spec.capacity")
    policy = spec.get("persistentVolumeReclaimPolicy")
    if policy and policy not in RECLAIM_POLICIES:
        where = "spec.persistentVolumeReclaimPolicy"
        causes.append(not_supported(where, policy, RECLAIM_POLICIES))
    affinity = spec.get("nodeAffinity")
    if affinity is not None:
        where = "spec.nodeAffinity.required"
        if affinity.get("required") is None:
            causes.append(required(where, "must specify required node constraints"))
        else:
            causes += validate_node_selector(affinity["required"], where)
    causes += _validate_source(spec)
    name = spec.get("storageClassName")
    if name:
        where = "spec.storageClassName"
        causes += [invalid(where, name, detail) for detail in is_dns1123_subdomain(name)]
    mode = spec.get("volumeMode")
    if mode is not None and mode not in VOLUME_MODES:
        causes.append(not_supported("spec.volumeMode", mode, VOLUME_MODES))
    return tuple(causes)


@remembered
def _default_spec(spec: Json) -> Json:
    defaults = {"persistentVolumeReclaimPolicy": "Retain", "volumeMode": FILESYSTEM}
    spec = completed(spec, defaults)
    path = spec.get("hostPath")
    return spec if path is None else with_part(spec, "hostPath", completed(path, {"type": ""}))


class PersistentVolumeStrategy(Strategy):
    """The rules of volumes."""

    has_status = True

    def default(self, obj: Json) -> Json:
        """Fill in mode, policy and phase."""
        before = obj.get("spec")
        obj = with_part(obj, "spec", _default_spec(before if before is not None else {}))
        return with_part(obj, "status", completed(obj.get("status") or {}, {"phase": PENDING}))

    def prepare_for_create(self, obj: Json) -> Json:
        """A new volume is Pending since its creation."""
        status = {"phase": PENDING}
        created = (obj.get("metadata") or {}).get("creationTimestamp")
        if created:
            status["lastPhaseTransitionTime"] = created
        return {**obj, "status": status}

    def validate_own(self, obj: Json) -> list[Cause]:
        """Check size, access, source and class."""
        return list(_validate_spec(obj.get("spec") or {}))

    def validate_own_update(self, new: Json, old: Json) -> list[Cause]:
        """Check the volume, and that it is the same storage."""
        spec, before = new.get("spec") or {}, old.get("spec") or {}
        causes = list(_validate_spec(spec))
        if _source(spec) != _source(before):
            detail = "spec.persistentvolumesource is immutable after creation"
            causes.append(forbidden("spec.persistentvolumesource", detail))
        mode, affinity = spec.get("volumeMode"), spec.get("nodeAffinity")
        if mode != before.get("volumeMode"):
            causes.append(invalid("volumeMode", mode, IMMUTABLE))
        if before.get("nodeAffinity") not in (None, affinity):
            causes.append(invalid("nodeAffinity", affinity, IMMUTABLE))
        return causes


KIND = Kind(
    "PersistentVolume",
    "persistentvolumes",
    "",
    "v1",
    namespaced=False,
    schema=SCHEMA,
    strategy=PersistentVolumeStrategy(),
    subresources=("status",),
    short_names=("pv",),
)
