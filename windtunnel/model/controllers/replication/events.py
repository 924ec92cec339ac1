"""What the replication manager hears: which events of workloads and pods put which workload in the queue.

A pod's event goes to the workload that controls it, found by the owner reference and the UID; an orphan's goes to every
workload that could adopt it. Events also meet the expectations of the last sync.
"""

from __future__ import annotations

from typing import cast

from windtunnel.model.api.selectors.labels import Selector, SelectorError
from windtunnel.model.client.client import Client
from windtunnel.model.client.informer_factory import InformerFactory
from windtunnel.model.controllers.base import QueueController, key_of
from windtunnel.model.controllers.expectations import Expectations
from windtunnel.model.controllers.freshness import OwnWrites
from windtunnel.model.controllers.replication.workload import WORKLOAD_KINDS, Workload
from windtunnel.model.environment import Environment
from windtunnel.model.objects.meta import OwnerReference
from windtunnel.model.objects.pod import Pod
from windtunnel.model.objects.record import Key
from windtunnel.model.sim.process import Process

BY_OWNER = "by owner"


def owner_index(obj: Pod | Workload) -> tuple[str, ...]:
    """Index by the UID of the controller, and for objects without one by their namespace."""
    owner = obj.metadata.controller
    return (owner.uid if owner is not None else f"nobody/{obj.metadata.namespace}",)


class WorkloadEvents(QueueController):
    """Owns the caches of one kind of workload and of pods, and what is expected of them."""

    def __init__(
        self,
        process: Process,
        environment: Environment,
        client: Client,
        informers: InformerFactory,
        kind: str = "ReplicationController",
    ) -> None:
        self.kind = WORKLOAD_KINDS[kind]
        self.name = kind
        super().__init__(process, environment, client, informers)
        settings = environment.settings.controller_manager
        self.workers = settings.concurrent_replication_syncs
        self.burst_replicas = settings.burst_replicas
        self.workloads = self.watch(self.kind.resource)
        self.pods = self.watch("pods")
        self.workloads.add_index(BY_OWNER, owner_index)
        self.pods.add_index(BY_OWNER, owner_index)
        self.workloads.add_handler(
            self.workload_added, self.workload_updated, self.workload_deleted
        )
        self.pods.add_handler(self.pod_added, self.pod_updated, self.pod_deleted)
        self.selectors = environment.roles["selectors"]()
        self.expectations = Expectations(process, settings.expectations_timeout_ms, self.queue.add)
        self.own_writes = OwnWrites({self.kind.resource: self.workloads, "pods": self.pods})

    def busy(self) -> str | None:
        """What the controller still has to do, in words. O(keys)."""
        return super().busy() or self.expectations.outstanding()

    def workload_added(self, workload: Workload) -> None:
        """A workload showed up in the cache."""
        self.queue.add(key_of(workload))

    def workload_updated(self, old: Workload, new: Workload) -> None:
        """A workload changed, or another one took its name."""
        if old.uid != new.uid:
            self.workload_deleted(old)
        self.queue.add(key_of(new))

    def workload_deleted(self, workload: Workload) -> None:
        """A workload is gone from the cache."""
        key = key_of(workload)
        self.expectations.forget(key)
        self.own_writes.forget(key)
        self.queue.add(key)

    def pod_added(self, pod: Pod) -> None:
        """A pod showed up: one that was expected, or an orphan that somebody may adopt."""
        if pod.metadata.deleting:
            # After a restart the first list can hold pods that are on their way out already.
            self.pod_deleted(pod)
            return
        owner = pod.metadata.controller
        if owner is None:
            self.enqueue_matching(pod)
            return
        workload = self.resolve(pod.namespace, owner)
        if workload is not None:
            self.expectations.creation_observed(key_of(workload))
            self.queue.add(key_of(workload))

    def pod_updated(self, old: Pod, new: Pod) -> None:
        """A pod changed: its owners before and after have to look at it."""
        if old.metadata.resource_version == new.metadata.resource_version:
            return
        relabelled = old.metadata.labels != new.metadata.labels
        if new.metadata.deleting:
            self.pod_deleted(new)
            if relabelled:
                self.pod_deleted(old)
            return
        owner, old_owner = new.metadata.controller, old.metadata.controller
        if owner != old_owner and old_owner is not None:
            self.enqueue_owner(old.namespace, old_owner)
        if owner is not None:
            workload = self.enqueue_owner(new.namespace, owner)
            if workload is not None and not old.ready and new.ready:
                self.sync_when_available(workload)
        elif relabelled or owner != old_owner:
            self.enqueue_matching(new)

    def pod_deleted(self, pod: Pod) -> None:
        """A pod is gone, or its deletion has been asked for."""
        owner = pod.metadata.controller
        workload = self.resolve(pod.namespace, owner) if owner is not None else None
        if workload is not None:
            self.expectations.deletion_observed(key_of(workload), pod.uid)
            self.queue.add(key_of(workload))

    def resolve(self, namespace: str, owner: OwnerReference) -> Workload | None:
        """The cached workload that an owner reference means, if it is of this kind and the very same object."""
        if owner.kind != self.kind.kind:
            return None
        workload = cast("Workload | None", self.workloads.get(Key(namespace, owner.name)))
        return workload if workload is not None and workload.uid == owner.uid else None

    def enqueue_owner(self, namespace: str, owner: OwnerReference) -> Workload | None:
        """Have the owner synced, if it is one of ours."""
        workload = self.resolve(namespace, owner)
        if workload is not None:
            self.queue.add(key_of(workload))
        return workload

    def enqueue_matching(self, pod: Pod) -> None:
        """Have every workload synced that could adopt this orphan. O(workloads of the namespace)."""
        if not pod.metadata.labels:
            return
        for workload in self.workloads.list(pod.namespace):
            selector = self.selector_of(workload)
            if (
                selector is not None
                and selector.requirements
                and self.selectors.matches(selector, pod.metadata.labels)
            ):
                self.queue.add(key_of(workload))

    def sync_when_available(self, workload: Workload) -> None:
        """A pod became ready: look again when it has been for minReadySeconds."""
        if workload.spec.min_ready_seconds > 0:
            self.queue.add_after(key_of(workload), workload.spec.min_ready_seconds * 1000)

    def selector_of(self, workload: Workload) -> Selector | None:
        """The workload's selector, or None if it cannot be read. O(size)."""
        try:
            return self.kind.selector(workload)
        except SelectorError:
            return None
