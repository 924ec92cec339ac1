"""An endpoint slice controller that lists every pod as ready."""

from __future__ import annotations

from attrs import evolve

from windtunnel.model.controllers.endpoint_slice.controller import EndpointSliceController
from windtunnel.model.controllers.endpoint_slice.plan import Plan
from windtunnel.model.objects.endpoint_slice import EndpointSlice
from windtunnel.model.objects.pod import Pod
from windtunnel.model.objects.service import Service


class EndpointSliceIgnoringReadiness(EndpointSliceController):
    """Takes an address for readiness."""

    def plan(self, service: Service, pods: list[Pod], slices: list[EndpointSlice]) -> Plan:
        """As if the service published unready addresses."""
        spec = evolve(service.spec, publish_not_ready_addresses=True)
        return super().plan(evolve(service, spec=spec), pods, slices)
