"""Listers: what plugins look up beside nodes and pods, namespaces, workloads, claims and budgets.

The scheduler follows these resources for the sake of a few pods, and reads them when a plugin asks. The selector that a
pod's services and its owner share says which pods are its peers where it names no peers itself; that answer is kept
until one of those objects changes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from windtunnel.model.api.selectors.labels import (
    Selector,
    SelectorError,
    from_label_selector,
    from_match_labels,
    selector,
)
from windtunnel.model.objects.json import Json
from windtunnel.model.objects.meta import KubeObject, OwnerReference
from windtunnel.model.objects.pod import Pod

NAMESPACES = "namespaces"
SERVICES = "services"
CLAIMS = "persistentvolumeclaims"
VOLUMES = "persistentvolumes"
BUDGETS = "poddisruptionbudgets.policy"
OWNERS: Mapping[tuple[str, str], str] = MappingProxyType(
    {
        ("", "ReplicationController"): "replicationcontrollers",
        ("apps", "ReplicaSet"): "replicasets.apps",
        ("apps", "StatefulSet"): "statefulsets.apps",
    }
)
"""Owners whose selector tells a pod's peers: group and kind to resource."""

FOLLOWED = (NAMESPACES, SERVICES, *OWNERS.values(), CLAIMS, VOLUMES, BUDGETS)
_SELECTING = (SERVICES, *OWNERS.values())
_REMEMBERED = 1024


class Listers:
    """Owns the newest version of each object that it was told of."""

    def __init__(self) -> None:
        self._objects: dict[str, dict[tuple[str, str], KubeObject]] = {
            name: {} for name in FOLLOWED
        }
        self._services: dict[str, dict[str, Mapping[str, str]]] = {}
        self._peers: dict[tuple[Any, ...], str] = {}
        self.namespace_labels: Mapping[str, Mapping[str, str]] = {}
        """The labels of each namespace; a change makes a new mapping, so that it can be handed out."""

    def put(self, resource: str, obj: KubeObject) -> None:
        """An object came or changed. O(1), O(namespaces) for a namespace."""
        key = (obj.namespace, obj.name)
        before = self._objects[resource].get(key)
        self._objects[resource][key] = obj
        if resource == NAMESPACES:
            if before is None or before.metadata.labels != obj.metadata.labels:
                self.namespace_labels = {**self.namespace_labels, obj.name: obj.metadata.labels}
        elif resource in _SELECTING and not _same_spec(before, obj):
            self._peers = {}
            if resource == SERVICES:
                chosen = (obj.raw.get("spec") or {}).get("selector") or {}
                self._services.setdefault(obj.namespace, {})[obj.name] = chosen

    def remove(self, resource: str, obj: KubeObject) -> None:
        """An object is gone. O(1), O(namespaces) for a namespace."""
        self._objects[resource].pop((obj.namespace, obj.name), None)
        if resource == NAMESPACES:
            kept = self.namespace_labels.items()
            self.namespace_labels = {name: labels for name, labels in kept if name != obj.name}
        elif resource in _SELECTING:
            self._peers = {}
            if resource == SERVICES:
                self._services.get(obj.namespace, {}).pop(obj.name, None)

    def get(self, resource: str, namespace: str, name: str) -> KubeObject | None:
        """An object by its key. O(1)."""
        return self._objects[resource].get((namespace, name))

    def all(self, resource: str) -> Iterable[KubeObject]:
        """Every object of a resource, in the order in which they came. O(1) a step."""
        return self._objects[resource].values()

    def peers_of(self, pod: Pod) -> str:
        """The selector of a pod's services and of its owner in print, '' where it has none.

        O(1) once known, else O(services of the namespace).
        """
        metadata = pod.metadata
        owner = metadata.controller
        key = (
            metadata.namespace,
            tuple(metadata.labels.items()),
            (owner.api_version, owner.kind, owner.name) if owner is not None else (),
        )
        found = self._peers.get(key)
        if found is None:
            if len(self._peers) >= _REMEMBERED:
                self._peers = {}
            found = self._peers[key] = str(self._find_peers(pod, owner))
        return found

    def _find_peers(self, pod: Pod, owner: OwnerReference | None) -> Selector:
        labels: dict[str, str] = {}
        own = pod.metadata.labels
        for chosen in self._services.get(pod.metadata.namespace, {}).values():
            if chosen and all(own.get(key) == value for key, value in chosen.items()):
                labels.update(chosen)
        wanted: Json | None = None
        resource = None
        if owner is not None:
            resource = OWNERS.get((owner.api_version.rpartition("/")[0], owner.kind))
            found = self.get(resource, pod.metadata.namespace, owner.name) if resource else None
            wanted = (found.raw.get("spec") or {}).get("selector") if found is not None else None
        if wanted and resource == OWNERS["", "ReplicationController"]:
            return from_match_labels({**labels, **wanted})
        of_services = from_match_labels(labels)
        if not wanted:
            return of_services
        try:
            owned = from_label_selector(wanted)
        except SelectorError:
            return of_services
        both = dict.fromkeys((*of_services.requirements, *owned.requirements))
        return selector(*both)


def listers_of(objects: Mapping[str, Sequence[KubeObject]]) -> Listers:
    """Listers that know these objects by resource. O(objects)."""
    listers = Listers()
    for resource, some in objects.items():
        for obj in some:
            listers.put(resource, obj)
    return listers


def _same_spec(before: KubeObject | None, after: KubeObject) -> bool:
    if before is None or before.uid != after.uid:
        return False
    return before.raw.get("spec") is after.raw.get("spec")
