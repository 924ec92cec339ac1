"""What objects have been: the distinct earlier versions that a controller with a stale cache may still act on.

A controller decides on what its cache shows, which is some past state. So a promise about its decisions asks "was this
so at any time?", not "is this so now?"; what it needs of the past is kept here, once per distinct version.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import frozen

from windtunnel.invariants.writers import ENDPOINTS, REPLICATION
from windtunnel.model.objects.pod import Pod
from windtunnel.model.objects.record import Record, StoreKey
from windtunnel.model.objects.service import Service, ServiceSpec
from windtunnel.model.objects.workloads import ReplicaSet, ReplicationController
from windtunnel.model.store.change import Change

WORKLOADS = ("replicationcontrollers", "replicasets.apps")
DEFAULT_SCHEDULER = "default-scheduler"


@frozen
class PodVersion:
    """What controllers ask of a pod."""

    labels: Mapping[str, str]
    ips: tuple[str, ...]
    ready: bool
    terminal: bool
    deleting: bool
    controller: str


@frozen
class ServiceVersion:
    """One service spec and its identity."""

    uid: str
    spec: ServiceSpec


class WorkloadPast:
    """What a replication controller or replica set ever was: its selectors, what it wanted, had, took over and lost."""

    __slots__ = (
        "active", "adopted", "kind", "least_wanted", "lost", "most_active", "most_wanted", "selectors",
    )  # fmt: skip

    def __init__(self, kind: str, wanted: int) -> None:
        self.kind = kind
        self.selectors: list[Any] = []
        self.least_wanted = wanted
        self.most_wanted = wanted
        self.active = 0
        self.most_active = 0
        self.adopted = 0
        self.lost = 0


class Past:
    """Kept up by each committed write; grows with the number of distinct versions."""

    def __init__(self) -> None:
        self.pods: dict[str, list[PodVersion]] = {}
        self.pods_to_schedule = 0
        self.services: dict[StoreKey, list[ServiceVersion]] = {}
        self.service_since: dict[StoreKey, int] = {}
        self.workloads: dict[str, WorkloadPast] = {}
        self.controllers_of: dict[StoreKey, dict[str, None]] = {}
        self.endpoints_by_hand: dict[StoreKey, bool] = {}
        self.bound: dict[str, int] = {}
        self.deletions = 0
        self.marks = 0
        self.owners_gone = 0
        self.nodes_with_no_execute = 0
        self.namespaces_deleted = 0
        self.pods_with_anti_affinity = 0
        self._owners: dict[str, None] = {}

    def apply(self, change: Change, before: Record | None) -> None:
        """Take in one write; before is what the world knew. O(1) in the usual case, O(distinct versions) at worst."""
        key, after = change.key, change.after
        if before is not None:
            marked = after is not None and _marked(before, after)
            self.marks += marked
            self.deletions += marked or after is None
            self.namespaces_deleted += marked and key.resource == "namespaces"
        self._own(before, after)
        if key.resource == "pods":
            self._pod(change, before)
        elif key.resource in WORKLOADS:
            self._workload(after)
        elif key.resource == "nodes":
            self.nodes_with_no_execute += after is not None and _drives_out(after)
        elif key.resource == "services":
            self._service(key, after)
        elif key.resource == "endpoints":
            self.endpoints_by_hand[key] = after is not None and change.by != ENDPOINTS

    def _own(self, before: Record | None, after: Record | None) -> None:
        if after is None:
            if before is not None and before.raw["metadata"].get("uid") in self._owners:
                self.owners_gone += 1
            return
        references = after.raw["metadata"].get("ownerReferences")
        if references and (
            before is None or before.raw["metadata"].get("ownerReferences") is not references
        ):
            for reference in references:
                self._owners[reference.get("uid", "")] = None

    def _pod(self, change: Change, before: Record | None) -> None:
        old = before.view if before is not None else None
        new = change.after.view if change.after is not None else None
        self._count(active_under(old), active_under(new), old is None, change.by)
        if not isinstance(new, Pod):
            return
        if old is None and new.spec.affinity:
            self.pods_with_anti_affinity += bool(new.spec.affinity.get("podAntiAffinity"))
        if old is None and not new.spec.node_name and new.spec.scheduler_name == DEFAULT_SCHEDULER:
            self.pods_to_schedule += 1
        node = new.spec.node_name
        if node and not (isinstance(old, Pod) and old.spec.node_name):
            self.bound[node] = self.bound.get(node, 0) + 1
        version = _pod_version(new)
        versions = self.pods.setdefault(new.uid, [])
        if not versions or (versions[-1] != version and version not in versions):
            versions.append(version)
        if version.controller:
            self.controllers_of.setdefault(change.key, {})[version.controller] = None

    def _count(self, left: str, joined: str, created: bool, by: str) -> None:
        if left == joined:
            return
        past = self.workloads.get(left)
        if past is not None:
            past.active -= 1
            past.lost += by not in REPLICATION
        past = self.workloads.get(joined)
        if past is not None:
            past.active += 1
            past.most_active = max(past.most_active, past.active)
            past.adopted += not created or by not in REPLICATION

    def _workload(self, after: Record | None) -> None:
        view = after.view if after is not None else None
        if not isinstance(view, ReplicationController | ReplicaSet):
            return
        wanted = view.spec.replicas
        past = self.workloads.get(view.uid)
        if past is None:
            past = self.workloads[view.uid] = WorkloadPast(view.kind, wanted)
        if view.spec.selector not in past.selectors:
            past.selectors.append(view.spec.selector)
        past.least_wanted = min(past.least_wanted, wanted)
        past.most_wanted = max(past.most_wanted, wanted)

    def _service(self, key: StoreKey, after: Record | None) -> None:
        view = after.view if after is not None else None
        if not isinstance(view, Service) or after is None:
            self.service_since.pop(key, None)
            return
        self.service_since.setdefault(key, after.revision)
        version = ServiceVersion(view.uid, view.spec)
        versions = self.services.setdefault(key, [])
        if version not in versions:
            versions.append(version)


def active(pod: Pod) -> bool:
    """Whether a pod counts for its controller: not over and not on its way out. O(1)."""
    return not pod.terminal and not pod.metadata.deleting


def active_under(view: object) -> str:
    """The uid of the controlling owner for which a pod counts, or ''. O(owners)."""
    if not isinstance(view, Pod) or not active(view):
        return ""
    reference = view.metadata.controller
    return reference.uid if reference is not None else ""


def _marked(before: Record, after: Record) -> bool:
    return "deletionTimestamp" in after.raw["metadata"] and (
        "deletionTimestamp" not in before.raw["metadata"]
    )


def _drives_out(node: Record) -> bool:
    taints = (node.raw.get("spec") or {}).get("taints") or ()
    return any(taint.get("effect") == "NoExecute" for taint in taints)


def _pod_version(pod: Pod) -> PodVersion:
    reference = pod.metadata.controller
    ips = (pod.status.pod_ip, *(each.ip for each in pod.status.pod_ips))
    return PodVersion(
        pod.metadata.labels,
        tuple(dict.fromkeys(ip for ip in ips if ip)),
        pod.ready,
        pod.terminal,
        pod.metadata.deleting,
        reference.uid if reference is not None else "",
    )
