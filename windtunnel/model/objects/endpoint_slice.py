"""EndpointSlice as a view. Conditions that a slice does not mention have the meaning that the API gives to silence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import frozen

from windtunnel.model.objects.building import EMPTY, parts, plain, strings
from windtunnel.model.objects.meta import KubeObject

SERVICE_NAME = "kubernetes.io/service-name"
MANAGED_BY = "endpointslice.kubernetes.io/managed-by"


@frozen
class Endpoint:
    """One endpoint of a slice; the conditions stay JSON, true or false or absent."""

    addresses: tuple[str, ...] = strings()
    conditions: Mapping[str, bool] = plain(EMPTY)
    hostname: str = plain("")
    node_name: str = plain("")
    zone: str = plain("")
    target_ref: Mapping[str, Any] = plain(EMPTY)

    @property
    def ready(self) -> bool:
        """Whether it takes new connections; not said means yes."""
        return self.conditions.get("ready", True)

    @property
    def serving(self) -> bool:
        """Whether it answers, on its way out or not; not said means as ready."""
        return self.conditions.get("serving", self.ready)

    @property
    def terminating(self) -> bool:
        """Whether it is on its way out; not said means no."""
        return self.conditions.get("terminating", False)


@frozen
class EndpointSlicePort:
    """A port that all endpoints of a slice have."""

    name: str = plain("")
    port: int | None = plain()
    protocol: str = plain("TCP")
    app_protocol: str | None = plain()


@frozen
class EndpointSlice(KubeObject):
    """Some of the endpoints of a service."""

    address_type: str = plain("")
    endpoints: tuple[Endpoint, ...] = parts(Endpoint)
    ports: tuple[EndpointSlicePort, ...] = parts(EndpointSlicePort)

    @property
    def service_name(self) -> str:
        """The service that it belongs to, '' if it does not say."""
        return self.metadata.labels.get(SERVICE_NAME, "")

    @property
    def managed_by(self) -> str:
        """Who keeps it up to date, '' if it does not say."""
        return self.metadata.labels.get(MANAGED_BY, "")
