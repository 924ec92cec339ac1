"""Roles: which class plays which part. `--swap ROLE=FILE.py:NAME` puts another class in a built-in's place.

A class in a role has the built-in's interface and constructor; most easily it is a subclass with one method overridden.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

BUILT_IN: dict[str, str] = {
    "store": "windtunnel.model.store.store:Store",
    "apiserver": "windtunnel.model.apiserver.server:ApiServer",
    "watch-cache": "windtunnel.model.apiserver.watch_cache:WatchCache",
    "reflector": "windtunnel.model.client.reflector:Reflector",
    "informer": "windtunnel.model.client.informer:Informer",
    "workqueue": "windtunnel.model.client.workqueue:WorkQueue",
    "leader-election": "windtunnel.model.client.leader_election:LeaderElector",
    "selectors": "windtunnel.model.api.selectors.labels:Selectors",
    "scheduler": "windtunnel.model.scheduler.scheduler:Scheduler",
    "replication": "windtunnel.model.controllers.replication.controller:ReplicationManager",
    "endpoints": "windtunnel.model.controllers.endpoints.controller:EndpointsController",
    "endpointslice": "windtunnel.model.controllers.endpoint_slice.controller:EndpointSliceController",
    "endpointslice-mirroring": "windtunnel.model.controllers.endpoint_slice_mirroring.controller:EndpointSliceMirror",
    "garbage-collector": "windtunnel.model.controllers.garbage_collector.collector:GarbageCollector",
    "namespace": "windtunnel.model.controllers.namespace.controller:NamespaceController",
    "service-account": "windtunnel.model.controllers.service_account.controller:ServiceAccountController",
    "node-lifecycle": "windtunnel.model.controllers.node_lifecycle.controller:NodeLifecycle",
    "taint-eviction": "windtunnel.model.controllers.taint_eviction.controller:TaintEviction",
    "pod-gc": "windtunnel.model.controllers.pod_gc.controller:PodGarbageCollector",
    "disruption": "windtunnel.model.controllers.disruption.controller:DisruptionController",
    "resource-quota": "windtunnel.model.controllers.resource_quota.controller:ResourceQuotaController",
    "service-allocator": "windtunnel.model.apiserver.service_allocator:ServiceAllocator",
    "kubelet": "windtunnel.model.kubelet.kubelet:Kubelet",
    "prober": "windtunnel.model.kubelet.prober:ProbeWorker",
}
"""The role's name and where its built-in class lives."""


class Roles:
    """The classes of one cluster, by role."""

    def __init__(self, swaps: Mapping[str, type] | None = None) -> None:
        self._swaps = dict(swaps or {})
        self._classes: dict[str, Any] = {}

    def __getitem__(self, role: str) -> Any:
        """The class in a role. Raises KeyError for a role that does not exist. O(1) after the first time."""
        found = self._classes.get(role)
        if found is None:
            found = self._swaps.get(role)
            if found is None:
                module, _, name = BUILT_IN[role].partition(":")
                found = getattr(import_module(module), name)
            self._classes[role] = found
        return found

    @property
    def swapped(self) -> tuple[str, ...]:
        """The roles that a class of somebody else's plays, sorted."""
        return tuple(sorted(self._swaps))
