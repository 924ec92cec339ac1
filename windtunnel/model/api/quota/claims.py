"""How quotas count claims of volumes: each as one, and by the storage asked for, in all and by storage class.

Not modelled: a change of a claim's status is charged only at the next full count.
"""

from __future__ import annotations

from collections.abc import Iterable

from windtunnel.model.api.quantity import from_json
from windtunnel.model.api.quota.evaluator import ONE, Evaluator
from windtunnel.model.api.quota.scopes import Requirement
from windtunnel.model.api.resource_list import ResourceList
from windtunnel.model.objects.json import Json, get

CLASS_SUFFIX = ".storageclass.storage.k8s.io/"
CLASS_ANNOTATION = "volume.beta.kubernetes.io/storage-class"
_CLAIMS, _STORAGE = "persistentvolumeclaims", "requests.storage"


class Claims(Evaluator):
    """Counts claims."""

    def __init__(self) -> None:
        super().__init__(_CLAIMS)
        self.names = (self.count, _CLAIMS, _STORAGE)

    def tracked(self, names: Iterable[str]) -> tuple[str, ...]:
        """Which of the names in a quota are about claims, those of single classes included. O(names)."""
        endings = (CLASS_SUFFIX + _CLAIMS, CLASS_SUFFIX + _STORAGE)
        return tuple(name for name in names if name in self.names or name.endswith(endings))

    def is_in_scope(self, requirement: Requirement, obj: Json) -> bool:
        """Whether a claim is in a scope: the only one for claims is about attributes classes."""
        if requirement.scope != "VolumeAttributesClass":
            return False
        return requirement.accepts(_attributes_classes(obj))

    def usage(self, obj: Json, now_ms: int) -> ResourceList:
        """What a claim uses. O(1)."""
        used: ResourceList = {self.count: ONE, _CLAIMS: ONE}
        storage_class = storage_class_of(obj)
        if storage_class:
            used[f"{storage_class}{CLASS_SUFFIX}{_CLAIMS}"] = ONE
        asked = get(obj, "spec", "resources", "requests", "storage")
        if asked is None:
            return used
        amount = from_json(asked).rounded_up(0)
        allocated = get(obj, "status", "allocatedResources", "storage")
        if allocated is not None:
            amount = max(amount, from_json(allocated).rounded_up(0))
        used[_STORAGE] = amount
        if storage_class:
            used[f"{storage_class}{CLASS_SUFFIX}{_STORAGE}"] = amount
        return used

    def was_freed(self, old: Json, new: Json, now_ms: int) -> bool:
        """Whether what was allocated, or the attributes class, changed."""
        path = ("status", "allocatedResources", "storage")
        if get(old, *path) != get(new, *path):
            return True
        return sorted(_attributes_classes(old)) != sorted(_attributes_classes(new))


def storage_class_of(claim: Json) -> str:
    """Return the name of a claim's storage class, '' where it has none."""
    annotated = get(claim, "metadata", "annotations", CLASS_ANNOTATION)
    if annotated is not None:
        return str(annotated)
    return str(get(claim, "spec", "storageClassName", default=""))


def _attributes_classes(claim: Json) -> tuple[str, ...]:
    found = (
        get(claim, "spec", "volumeAttributesClassName"),
        get(claim, "status", "currentVolumeAttributesClassName"),
        get(claim, "status", "modifyVolumeStatus", "targetVolumeAttributesClassName"),
    )
    return tuple(dict.fromkeys(name for name in found if name))
