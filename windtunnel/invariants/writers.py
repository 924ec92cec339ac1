"""Under which users the built-in components write, and how objects are named in messages."""

from __future__ import annotations

from windtunnel.model.objects.record import Record

_ACCOUNT = "system:serviceaccount:kube-system:"

REPLICATION = {
    f"{_ACCOUNT}replication-controller": "ReplicationController",
    f"{_ACCOUNT}replicaset-controller": "ReplicaSet",
}
"""The controllers of pods, and the kind of owner that each acts for."""

ENDPOINTS = f"{_ACCOUNT}endpoint-controller"
ENDPOINT_SLICES = f"{_ACCOUNT}endpointslice-controller"
MIRRORING = f"{_ACCOUNT}endpointslicemirroring-controller"
NODES = f"{_ACCOUNT}node-controller"
"""The node lifecycle controller, which writes nodes and statuses of pods, and taint eviction, which deletes pods."""

NAMESPACES = f"{_ACCOUNT}namespace-controller"
GARBAGE_COLLECTOR = f"{_ACCOUNT}generic-garbage-collector"
SCHEDULER = "system:kube-scheduler"
KUBELETS = "system:node:"

KINDS = {
    "pods": "Pod",
    "services": "Service",
    "endpoints": "Endpoints",
    "endpointslices.discovery.k8s.io": "EndpointSlice",
    "replicationcontrollers": "ReplicationController",
    "replicasets.apps": "ReplicaSet",
    "nodes": "Node",
    "namespaces": "Namespace",
    "leases.coordination.k8s.io": "Lease",
    "poddisruptionbudgets.policy": "PodDisruptionBudget",
    "ipaddresses.networking.k8s.io": "IPAddress",
}


def named(record: Record) -> str:
    """An object as a message names it: Pod default/web-x7f2k. O(1)."""
    kind = KINDS.get(record.key.resource) or record.raw.get("kind") or record.key.resource
    return f"{kind} {record.key.key}"
