"""Service and Endpoints as views."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import frozen

from windtunnel.model.objects.building import EMPTY, part, parts, plain, strings
from windtunnel.model.objects.meta import KubeObject


@frozen
class ServicePort:
    """One port of a service; targetPort is a number or a container port's name."""

    name: str = plain("")
    protocol: str = plain("TCP")
    port: int = plain(0)
    target_port: int | str | None = plain()
    node_port: int = plain(0)
    app_protocol: str | None = plain()


@frozen
class ServiceSpec:
    """Which pods a service stands for, and where it is reached."""

    type: str = plain("ClusterIP")
    selector: Mapping[str, str] = plain(EMPTY)
    ports: tuple[ServicePort, ...] = parts(ServicePort)
    cluster_ip: str = plain("", name="clusterIP")
    cluster_ips: tuple[str, ...] = strings(name="clusterIPs")
    ip_families: tuple[str, ...] = strings(name="ipFamilies")
    external_name: str = plain("")
    publish_not_ready_addresses: bool = plain(False)
    session_affinity: str = plain("None")


@frozen
class Service(KubeObject):
    """A service."""

    spec: ServiceSpec = part(ServiceSpec)


@frozen
class EndpointAddress:
    """An address and, for managed ones, the pod behind it."""

    ip: str = plain("")
    hostname: str = plain("")
    node_name: str = plain("")
    target_ref: Mapping[str, Any] = plain(EMPTY)


@frozen
class EndpointPort:
    """A port of a subset."""

    name: str = plain("")
    port: int = plain(0)
    protocol: str = plain("TCP")
    app_protocol: str | None = plain()


@frozen
class EndpointSubset:
    """Addresses that share ports."""

    addresses: tuple[EndpointAddress, ...] = parts(EndpointAddress)
    not_ready_addresses: tuple[EndpointAddress, ...] = parts(EndpointAddress)
    ports: tuple[EndpointPort, ...] = parts(EndpointPort)


@frozen
class Endpoints(KubeObject):
    """The endpoints of the service of the same name."""

    subsets: tuple[EndpointSubset, ...] = parts(EndpointSubset)
