"""NodeInfo: a node as the scheduler sees it, with the pods known or assumed to be on it and what they use.

Both values are immutable: adding a pod makes a new NodeInfo that shares everything else, so a snapshot, a decision
and a fact can hold on to one for ever. Sums are carried along, never recomputed. A NodeInfo whose node is None is
what is left of a node that was removed while pods are still bound to it.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from types import MappingProxyType
from typing import Any

from attrs import field, frozen

from windtunnel.model.objects.node import Node
from windtunnel.model.objects.pod import Pod
from windtunnel.model.scheduler.pod_affinity import NO_AFFINITY, pod_affinity
from windtunnel.model.scheduler.resources import (
    CPU,
    MEMORY,
    PODS,
    Amounts,
    amounts,
    is_countable,
    pod_requests,
    pod_requests_for_scoring,
)

ANY_ADDRESS = "0.0.0.0"
HostPort = tuple[str, str, int]
"""Address, protocol and number."""

_NOTHING: Mapping[Any, Any] = MappingProxyType({})
_COUNTED = ("containers", "initContainers", "overhead", "affinity", "volumes")
_USUAL = (CPU, MEMORY, "ephemeral-storage")
DISKS = ("gcePersistentDisk", "awsElasticBlockStore", "rbd", "iscsi")
"""Sorts of volumes that not every pod of a node can have at once."""
_MINDED = ("persistentVolumeClaim", "ephemeral", *DISKS)


def host_ports_of(pod: Pod) -> tuple[HostPort, ...]:
    """The ports of the host that a pod takes, those of its sidecars too. O(ports)."""
    sidecars = [c for c in pod.spec.init_containers if c.restart_policy == "Always"]
    return tuple(
        (port.host_ip or ANY_ADDRESS, port.protocol or "TCP", port.host_port)
        for container in (*sidecars, *pod.spec.containers)
        for port in container.ports
        if port.host_port > 0
    )


def ports_conflict(first: HostPort, second: HostPort) -> bool:
    """Whether two host ports cannot be taken on one node: the same port, and addresses that overlap. O(1)."""
    if first[1:] != second[1:]:
        return False
    return first[0] == second[0] or ANY_ADDRESS in (first[0], second[0])


class PodNeeds:
    """What the scheduler worked out about a pod's spec; pods of one template share it."""

    __slots__ = ("host_ports", "requests", "scoring_cpu", "scoring_memory", "volumes")

    def __init__(self, pod: Pod) -> None:
        spec = pod.spec
        self.requests = {
            name: number
            for name, number in pod_requests(spec).items()
            if number and (name in _USUAL or is_countable(name))
        }
        scoring = pod_requests_for_scoring(spec)
        self.scoring_cpu = scoring.get(CPU, 0)
        self.scoring_memory = scoring.get(MEMORY, 0)
        self.host_ports = host_ports_of(pod)
        self.volumes = any(volume.get(sort) for volume in spec.volumes for sort in _MINDED)


def template_of(pod: Pod) -> PodNeeds | None:
    """What all pods of the pod's template need; None where its spec is its own. O(containers), O(1) once known."""
    memory: dict[Any, Any] | None = getattr(pod.raw.get("spec"), "memory", None)
    if memory is None:
        return None
    found: PodNeeds | None = memory.get(PodNeeds)
    if found is None:
        found = memory[PodNeeds] = PodNeeds(pod)
    return found


class PodInfo:
    """A pod and what the scheduler worked out about its spec, once.

    volumes says whether it has any that a filter minds. template stands for the spec where other pods have the very
    same. signature is a number that a Profile gives to all pods that look the same to its plugins; None before it did.
    """

    __slots__ = (
        "affinity", "host_ports", "pod", "requests", "scoring_cpu", "scoring_memory", "signature", "template", "uid",
        "volumes",
    )  # fmt: skip

    def __init__(self, pod: Pod) -> None:
        self.pod = pod
        self.uid = pod.metadata.uid
        self.template = template_of(pod)
        needs = self.template or PodNeeds(pod)
        self.requests = needs.requests
        self.scoring_cpu = needs.scoring_cpu
        self.scoring_memory = needs.scoring_memory
        self.host_ports = needs.host_ports
        self.volumes = needs.volumes
        self.affinity = pod_affinity(pod)
        self.signature: int | None = None

    def renewed(self, pod: Pod) -> PodInfo:
        """The info of a later version of the same pod; what follows from the spec is taken over. O(1)."""
        if pod is self.pod:
            return self
        # A write copies only the path that it changes, so what is identical in the JSON was not touched.
        before, now = self.pod.raw.get("spec") or {}, pod.raw.get("spec") or {}
        if now is not before and any(now.get(part) is not before.get(part) for part in _COUNTED):
            return PodInfo(pod)
        renewed = PodInfo.__new__(PodInfo)
        renewed.pod = pod
        renewed.uid = pod.metadata.uid
        renewed.requests = self.requests
        renewed.scoring_cpu = self.scoring_cpu
        renewed.scoring_memory = self.scoring_memory
        renewed.host_ports = self.host_ports
        renewed.volumes = self.volumes
        renewed.affinity = self.affinity
        renewed.template = self.template if now is before else None
        renewed.signature = self.signature if now is before else None
        return renewed

    def __repr__(self) -> str:
        return f"<{self.pod.namespace}/{self.pod.name}>"


@frozen
class PodChange:
    """One pod that was put on a node, taken away, or replaced by a later version of itself."""

    since: int
    before: PodInfo | None
    after: PodInfo | None


@frozen(slots=False)
class NodeInfo:
    """A node and the pods on it; changes make a new one with a new generation."""

    name: str
    node: Node | None
    generation: int
    pods: Mapping[str, PodInfo] = _NOTHING
    requested: Mapping[str, int] = _NOTHING
    scoring_cpu: int = 0
    scoring_memory: int = 0
    host_ports: tuple[HostPort, ...] = ()
    with_affinity: Mapping[str, PodInfo] = _NOTHING
    change: PodChange | None = field(default=None, eq=False, repr=False)
    """In which pod alone this differs from the version of an earlier generation."""

    @cached_property
    def allocatable(self) -> Amounts:
        """What the node offers to pods. O(resources) once."""
        return amounts(self.node.status.allocatable) if self.node is not None else {}

    @property
    def allowed_pods(self) -> int:
        """How many pods the node takes. O(1)."""
        return self.allocatable.get(PODS, 0)

    def with_node(self, node: Node | None, generation: int) -> NodeInfo:
        """The same pods on another version of the node, or on none. O(1)."""
        changed = NodeInfo(
            self.name,
            node,
            generation,
            self.pods,
            self.requested,
            self.scoring_cpu,
            self.scoring_memory,
            self.host_ports,
            self.with_affinity,
        )
        if node is not None:
            # Worked out now, and not when the first pod waits for it.
            same = self.node is not None and self.node.status.allocatable == node.status.allocatable
            offered = self.allocatable if same else amounts(node.status.allocatable)
            changed.__dict__["allocatable"] = offered
        return changed

    def with_pod(self, info: PodInfo, generation: int) -> NodeInfo:
        """With one more pod, or another version of one that is there. O(pods on the node)."""
        base = self
        known = self.pods.get(info.uid)
        if known is not None:
            if known.requests is info.requests and known.host_ports is info.host_ports:
                affinity = self.with_affinity
                if info.affinity is not NO_AFFINITY:
                    affinity = {**affinity, info.uid: info}
                change = PodChange(self.generation, known, info)
                pods = {**self.pods, info.uid: info}
                return self._changed(generation, pods, change, with_affinity=affinity)
            base = self.without_pod(info.uid, generation)
        requested = dict(base.requested)
        for name, number in info.requests.items():
            requested[name] = requested.get(name, 0) + number
        return base._changed(
            generation,
            {**base.pods, info.uid: info},
            PodChange(self.generation, known, info),
            requested,
            base.scoring_cpu + info.scoring_cpu,
            base.scoring_memory + info.scoring_memory,
            base.host_ports + info.host_ports if info.host_ports else base.host_ports,
            base.with_affinity
            if info.affinity is NO_AFFINITY
            else {**base.with_affinity, info.uid: info},
        )

    def without_pod(self, uid: str, generation: int) -> NodeInfo:
        """With one pod less; the same where it is not there. O(pods on the node)."""
        info = self.pods.get(uid)
        if info is None:
            return self
        pods = dict(self.pods)
        del pods[uid]
        requested = dict(self.requested)
        for name, number in info.requests.items():
            requested[name] -= number
        ports = self.host_ports
        if info.host_ports:
            ports = tuple(port for other in pods.values() for port in other.host_ports)
        affinity = self.with_affinity
        if uid in affinity:
            affinity = {other: each for other, each in affinity.items() if other != uid}
        return self._changed(
            generation,
            pods,
            PodChange(self.generation, info, None),
            requested,
            self.scoring_cpu - info.scoring_cpu,
            self.scoring_memory - info.scoring_memory,
            ports,
            affinity,
        )

    def _changed(
        self,
        generation: int,
        pods: Mapping[str, PodInfo],
        change: PodChange,
        requested: Mapping[str, int] | None = None,
        scoring_cpu: int | None = None,
        scoring_memory: int | None = None,
        host_ports: tuple[HostPort, ...] | None = None,
        with_affinity: Mapping[str, PodInfo] | None = None,
    ) -> NodeInfo:
        changed = NodeInfo(
            self.name,
            self.node,
            generation,
            pods,
            self.requested if requested is None else requested,
            self.scoring_cpu if scoring_cpu is None else scoring_cpu,
            self.scoring_memory if scoring_memory is None else scoring_memory,
            self.host_ports if host_ports is None else host_ports,
            self.with_affinity if with_affinity is None else with_affinity,
            change,
        )
        allocatable = self.__dict__.get("allocatable")
        if allocatable is not None:
            changed.__dict__["allocatable"] = allocatable
        return changed


def node_info(name: str, node: Node | None, pods: tuple[Pod, ...] = ()) -> NodeInfo:
    """A NodeInfo from scratch, as an independent check or a kubelet builds it. O(pods)."""
    info = NodeInfo(name, node, 0)
    for pod in pods:
        info = info.with_pod(PodInfo(pod), 0)
    return info
