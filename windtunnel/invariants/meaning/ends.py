"""The end of a run in numbers that do not depend on how it came to it: pods and ready pods of each workload, and how
many of them each service lists.

Only what has one possible end is taken in. A workload counts where its pods can run wherever there is a free node with
room for the pods of the whole cluster (no rule says where they go, no deadline ends them, no quota keeps them out), and
where all its pods are as its template makes them today. A service counts by its selector and ports, whatever its
address. Names, places, restarts, pods without a controller and everything else are left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from attrs import field, frozen

from windtunnel.invariants.meaning.fitting import DEFAULT_PODS, requests
from windtunnel.model.api.quantity import milli_value
from windtunnel.model.objects.endpoint_slice import EndpointSlice
from windtunnel.model.objects.json import Json
from windtunnel.model.objects.node import Node
from windtunnel.model.objects.pod import Pod
from windtunnel.model.objects.record import Record, StoreKey
from windtunnel.model.objects.service import Endpoints, Service
from windtunnel.model.objects.workloads import ReplicaSet, ReplicationController

WORKLOADS = ("replicationcontrollers", "replicasets.apps")
SLICES = "endpointslices.discovery.k8s.io"
LIMITING = ("resourcequotas", "limitranges")
CAPACITY = 100
"""Services with more addresses may be cut short."""

_FREE_FIELDS = (
    "containers", "initContainers", "restartPolicy", "terminationGracePeriodSeconds", "dnsPolicy", "schedulerName",
    "securityContext", "serviceAccountName", "serviceAccount", "automountServiceAccountToken", "enableServiceLinks",
    "tolerations", "priority", "priorityClassName", "preemptionPolicy", "shareProcessNamespace",
)  # fmt: skip
"""What a template may say and its pods still run anywhere, for ever."""
_OF_CONTAINERS = (
    "name", "image", "imagePullPolicy", "command", "args", "ports", "resources", "lifecycle", "readinessProbe",
    "livenessProbe", "startupProbe",
)  # fmt: skip

Objects = Callable[[str], Iterable[Record]]
"""The objects of a resource at the end."""

Members = Mapping[StoreKey, tuple[int, int]]
"""By workload: how many of its pods are listed as ready, and how many as not ready."""


@frozen
class WorkloadEnd:
    """What a workload asks for, and what came of it."""

    spec: Json
    wanted: int
    active: int
    ready: int


@frozen
class ServiceEnd:
    """What a service selects, and whom its Endpoints and its slices list."""

    spec: tuple[Any, ...]
    endpoints: Members
    slices: Members


@frozen
class End:
    """Everything that is compared; has_room says whether some free node could take all pods."""

    has_room: bool
    workloads: Mapping[StoreKey, WorkloadEnd] = field(factory=dict)
    services: Mapping[StoreKey, ServiceEnd] = field(factory=dict)


def end_of(objects: Objects) -> End:
    """The end of a run, from its objects. O(objects)."""
    if not _has_room(objects):
        return End(False)
    owned: dict[str, list[Pod]] = {}
    for record in objects("pods"):
        pod = record.view
        if isinstance(pod, Pod) and not pod.terminal and not pod.metadata.deleting:
            reference = pod.metadata.controller
            if reference is not None:
                owned.setdefault(reference.uid, []).append(pod)
    open_namespaces = _open_namespaces(objects)
    workloads: dict[StoreKey, WorkloadEnd] = {}
    owner_of: dict[str, StoreKey] = {}
    for resource in WORKLOADS:
        for record in objects(resource):
            workload = record.view
            assert isinstance(workload, ReplicationController | ReplicaSet)
            pods = owned.get(workload.uid, [])
            template = workload.spec.template
            if (
                record.key.namespace not in open_namespaces
                or workload.metadata.deleting
                or not _runs_anywhere(template)
                or not all(_is_made_by(template, pod) for pod in pods)
            ):
                continue
            ready = sum(pod.ready for pod in pods)
            workloads[record.key] = WorkloadEnd(
                record.raw["spec"], workload.spec.replicas, len(pods), ready
            )
            owner_of.update((pod.uid, record.key) for pod in pods)
    return End(True, workloads, _services(objects, owner_of))


# -- services ----------------------------------------------------------------------------------------------------------


def _services(objects: Objects, owner_of: Mapping[str, StoreKey]) -> dict[StoreKey, ServiceEnd]:
    lists = {record.key: record.view for record in objects("endpoints")}
    slices: dict[StoreKey, list[EndpointSlice]] = {}
    for record in objects(SLICES):
        view = record.view
        if isinstance(view, EndpointSlice):
            key = StoreKey("services", record.key.namespace, view.service_name)
            slices.setdefault(key, []).append(view)
    found: dict[StoreKey, ServiceEnd] = {}
    for record in objects("services"):
        service = record.view
        assert isinstance(service, Service)
        if not service.spec.selector or service.metadata.deleting:
            continue
        spec = service.spec
        ports = tuple((p.name, p.port, p.target_port, p.protocol) for p in spec.ports)
        what = (
            tuple(sorted(spec.selector.items())), ports, spec.type, spec.publish_not_ready_addresses,
            spec.cluster_ip == "None",
        )  # fmt: skip
        endpoints = lists.get(StoreKey("endpoints", record.key.namespace, record.key.name))
        found[record.key] = ServiceEnd(
            what,
            _counted(_listed(endpoints), owner_of),
            _counted(_sliced(slices.get(record.key, ())), owner_of),
        )
    return found


def _listed(endpoints: object) -> Iterable[tuple[str, bool]]:
    if isinstance(endpoints, Endpoints):
        for subset in endpoints.subsets:
            for ready, group in ((True, subset.addresses), (False, subset.not_ready_addresses)):
                for address in group:
                    yield (address.target_ref or {}).get("uid", ""), ready


def _sliced(slices: Iterable[EndpointSlice]) -> Iterable[tuple[str, bool]]:
    for each in slices:
        for endpoint in each.endpoints:
            yield (endpoint.target_ref or {}).get("uid", ""), endpoint.ready


def _counted(listed: Iterable[tuple[str, bool]], owner_of: Mapping[str, StoreKey]) -> Members:
    counts: dict[StoreKey, tuple[int, int]] = {}
    # A pod can be listed under several ports.
    for uid, ready in dict.fromkeys(listed):
        owner = owner_of.get(uid)
        if owner is not None:
            has_ready, has_not = counts.get(owner, (0, 0))
            counts[owner] = (has_ready + ready, has_not + (not ready))
    return counts


# -- what has one possible end -----------------------------------------------------------------------------------------


def _open_namespaces(objects: Objects) -> dict[str, None]:
    limited = {record.key.namespace for resource in LIMITING for record in objects(resource)}
    return {
        record.key.name: None
        for record in objects("namespaces")
        if not record.view.metadata.deleting and record.key.name not in limited
    }


def _runs_anywhere(template: Json) -> bool:
    spec = template.get("spec") or {}
    containers = [*(spec.get("containers") or ()), *(spec.get("initContainers") or ())]
    return (
        all(name in _FREE_FIELDS for name, value in spec.items() if value)
        and spec.get("restartPolicy", "Always") == "Always"
        and spec.get("schedulerName", "default-scheduler") == "default-scheduler"
        and not any(each.get("imagePullPolicy") == "Never" for each in containers)
        and not any("hostPort" in port for each in containers for port in each.get("ports") or ())
    )


def _is_made_by(template: Json, pod: Pod) -> bool:
    labels = (template.get("metadata") or {}).get("labels") or {}
    wanted, has = template.get("spec") or {}, pod.raw.get("spec") or {}
    return dict(pod.metadata.labels) == dict(labels) and all(
        [_said(each) for each in wanted.get(group) or ()]
        == [_said(each) for each in has.get(group) or ()]
        for group in ("containers", "initContainers")
    )


def _said(container: Json) -> list[Any]:
    return [container.get(name) for name in _OF_CONTAINERS]


def _has_room(objects: Objects) -> bool:
    total: dict[str, int] = {}
    count = 0
    for record in objects("pods"):
        pod = record.view
        assert isinstance(pod, Pod)
        if pod.terminal:
            continue
        if pod.spec.affinity:
            return False
        count += 1
        for name, amount in requests(pod).items():
            total[name] = total.get(name, 0) + amount
    return count <= CAPACITY and any(
        isinstance(record.view, Node) and _takes(record.view, total, count)
        for record in objects("nodes")
    )


def _takes(node: Node, total: Mapping[str, int], count: int) -> bool:
    drives_away = any(taint.effect != "PreferNoSchedule" for taint in node.spec.taints)
    ready = any(each.type == "Ready" and each.status == "True" for each in node.status.conditions)
    allocatable = node.status.allocatable or node.status.capacity
    return (
        ready
        and not drives_away
        and not node.spec.unschedulable
        and not node.metadata.deleting
        and count <= int(allocatable.get("pods", DEFAULT_PODS))
        and all(
            amount <= milli_value(str(allocatable.get(name, "0"))) for name, amount in total.items()
        )
    )
