"""Which view a resource has, and how it is built."""

from __future__ import annotations

from windtunnel.model.objects.building import build
from windtunnel.model.objects.endpoint_slice import EndpointSlice
from windtunnel.model.objects.json import Json
from windtunnel.model.objects.meta import KubeObject, ObjectMeta, Unstructured
from windtunnel.model.objects.node import Lease, Namespace, Node
from windtunnel.model.objects.pod import Pod
from windtunnel.model.objects.service import Endpoints, Service
from windtunnel.model.objects.workloads import ReplicaSet, ReplicationController

VIEWS: dict[str, type[KubeObject]] = {
    "pods": Pod,
    "nodes": Node,
    "namespaces": Namespace,
    "leases.coordination.k8s.io": Lease,
    "replicationcontrollers": ReplicationController,
    "replicasets.apps": ReplicaSet,
    "services": Service,
    "endpoints": Endpoints,
    "endpointslices.discovery.k8s.io": EndpointSlice,
}
"""Every other resource is Unstructured."""


def build_view(resource: str, raw: Json, before: KubeObject | None = None) -> KubeObject:
    """The frozen view of an object's JSON; shares with the version before what is identical. O(changed)."""
    cls = VIEWS.get(resource, Unstructured)
    metadata = raw.get("metadata") or {}
    if before is not None and type(before) is cls:
        before_metadata = before.raw.get("metadata")
        given = {
            "raw": raw,
            "metadata": build(ObjectMeta, metadata, before.metadata, before_metadata),
        }
        return build(cls, raw, before, before.raw, given)
    return build(cls, raw, given={"raw": raw, "metadata": build(ObjectMeta, metadata)})
