"""Node, Lease and Namespace as views."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import frozen

from windtunnel.model.objects.building import EMPTY, moment, part, parts, plain, strings
from windtunnel.model.objects.meta import Condition, KubeObject


@frozen
class Taint:
    """A taint that keeps pods away, or drives them out."""

    key: str = plain("")
    value: str = plain("")
    effect: str = plain("")
    time_added: int | None = moment()


@frozen
class NodeSpec:
    """What the node should be."""

    unschedulable: bool = plain(False)
    taints: tuple[Taint, ...] = parts(Taint)
    pod_cidr: str = plain("", name="podCIDR")
    provider_id: str = plain("", name="providerID")


@frozen
class NodeStatus:
    """What the node's kubelet last said."""

    capacity: Mapping[str, Any] = plain(EMPTY)
    allocatable: Mapping[str, Any] = plain(EMPTY)
    conditions: tuple[Condition, ...] = parts(Condition)
    addresses: tuple[Any, ...] = strings()
    images: tuple[Any, ...] = strings()
    node_info: Mapping[str, Any] = plain(EMPTY)


@frozen
class Node(KubeObject):
    """A node."""

    spec: NodeSpec = part(NodeSpec)
    status: NodeStatus = part(NodeStatus)


@frozen
class LeaseSpec:
    """Who holds a lease, and since when."""

    holder_identity: str = plain("")
    lease_duration_seconds: int = plain(0)
    acquire_time: int | None = moment()
    renew_time: int | None = moment()
    lease_transitions: int = plain(0)


@frozen
class Lease(KubeObject):
    """A lease: a node's heartbeat, or a leader's claim."""

    spec: LeaseSpec = part(LeaseSpec)


@frozen
class NamespaceStatus:
    """Active or Terminating."""

    phase: str = plain("")
    conditions: tuple[Condition, ...] = parts(Condition)


@frozen
class NamespaceSpec:
    """The finalizers that hold a namespace until it is empty."""

    finalizers: tuple[str, ...] = strings()


@frozen
class Namespace(KubeObject):
    """A namespace."""

    spec: NamespaceSpec = part(NamespaceSpec)
    status: NamespaceStatus = part(NamespaceStatus)
