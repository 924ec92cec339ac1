"""The Pod as controllers, scheduler and kubelet read it. Fields without an attribute here are in `raw`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import frozen

from windtunnel.model.objects.building import EMPTY, moment, part, parts, plain, strings
from windtunnel.model.objects.meta import Condition, KubeObject, condition


@frozen
class ContainerPort:
    """A port that a container announces."""

    name: str = plain("")
    container_port: int = plain(0)
    host_port: int = plain(0)
    host_ip: str = plain("", name="hostIP")
    protocol: str = plain("TCP")


@frozen
class Resources:
    """Requests and limits: resource name to quantity text."""

    requests: Mapping[str, Any] = plain(EMPTY)
    limits: Mapping[str, Any] = plain(EMPTY)


@frozen
class Probe:
    """A probe and its thresholds; the handler stays JSON."""

    exec: Mapping[str, Any] | None = plain()
    http_get: Mapping[str, Any] | None = plain()
    tcp_socket: Mapping[str, Any] | None = plain()
    grpc: Mapping[str, Any] | None = plain()
    initial_delay_seconds: int = plain(0)
    timeout_seconds: int = plain(1)
    period_seconds: int = plain(10)
    success_threshold: int = plain(1)
    failure_threshold: int = plain(3)
    termination_grace_period_seconds: int | None = plain()


@frozen
class Container:
    """One container of a pod."""

    name: str = plain("")
    image: str = plain("")
    image_pull_policy: str = plain("")
    ports: tuple[ContainerPort, ...] = parts(ContainerPort)
    resources: Resources = part(Resources)
    readiness_probe: Probe | None = part(Probe, optional=True)
    liveness_probe: Probe | None = part(Probe, optional=True)
    startup_probe: Probe | None = part(Probe, optional=True)
    lifecycle: Mapping[str, Any] = plain(EMPTY)
    restart_policy: str = plain("")


@frozen
class Toleration:
    """Which taints a pod tolerates, and for how long."""

    key: str = plain("")
    operator: str = plain("")
    value: str = plain("")
    effect: str = plain("")
    toleration_seconds: int | None = plain()


@frozen
class PodSpec:
    """What a pod should be."""

    containers: tuple[Container, ...] = parts(Container)
    init_containers: tuple[Container, ...] = parts(Container)
    volumes: tuple[Any, ...] = strings()
    node_name: str = plain("")
    node_selector: Mapping[str, str] = plain(EMPTY)
    affinity: Mapping[str, Any] | None = plain()
    tolerations: tuple[Toleration, ...] = parts(Toleration)
    topology_spread_constraints: tuple[Any, ...] = strings()
    restart_policy: str = plain("Always")
    termination_grace_period_seconds: int = plain(30)
    active_deadline_seconds: int | None = plain()
    scheduler_name: str = plain("default-scheduler")
    scheduling_gates: tuple[Any, ...] = strings()
    priority: int = plain(0)
    priority_class_name: str = plain("")
    preemption_policy: str = plain("")
    overhead: Mapping[str, Any] = plain(EMPTY)
    host_network: bool = plain(False)
    hostname: str = plain("")
    subdomain: str = plain("")
    readiness_gates: tuple[Any, ...] = strings()
    service_account_name: str = plain("")


@frozen
class ContainerStatus:
    """What the kubelet last said about one container; the states stay JSON."""

    name: str = plain("")
    ready: bool = plain(False)
    started: bool | None = plain()
    restart_count: int = plain(0)
    container_id: str = plain("", name="containerID")
    image: str = plain("")
    state: Mapping[str, Any] = plain(EMPTY)
    last_state: Mapping[str, Any] = plain(EMPTY)


@frozen
class PodIP:
    """One address of a pod."""

    ip: str = plain("")


@frozen
class PodStatus:
    """What a pod is, as last reported."""

    phase: str = plain("")
    conditions: tuple[Condition, ...] = parts(Condition)
    reason: str = plain("")
    message: str = plain("")
    pod_ip: str = plain("", name="podIP")
    pod_ips: tuple[PodIP, ...] = parts(PodIP, name="podIPs")
    host_ip: str = plain("", name="hostIP")
    start_time: int | None = moment()
    nominated_node_name: str = plain("")
    container_statuses: tuple[ContainerStatus, ...] = parts(ContainerStatus)
    init_container_statuses: tuple[ContainerStatus, ...] = parts(ContainerStatus)
    qos_class: str = plain("")
    observed_generation: int = plain(0)


@frozen
class Pod(KubeObject):
    """A pod."""

    spec: PodSpec = part(PodSpec)
    status: PodStatus = part(PodStatus)

    @property
    def terminal(self) -> bool:
        """Whether the pod is over: Succeeded or Failed."""
        return self.status.phase in ("Succeeded", "Failed")

    @property
    def ready(self) -> bool:
        """Whether the Ready condition is True."""
        found = condition(self.status.conditions, "Ready")
        return found is not None and found.status == "True"
