"""An endpoints controller that lists every pod as ready."""

from __future__ import annotations

from attrs import evolve

from windtunnel.model.controllers.endpoints.controller import EndpointsController
from windtunnel.model.objects.json import Json
from windtunnel.model.objects.pod import Pod
from windtunnel.model.objects.service import Service


class EndpointsIgnoringReadiness(EndpointsController):
    """Takes an address for readiness."""

    def subsets(self, service: Service, pods: list[Pod]) -> list[Json]:
        """As if the service published unready addresses."""
        spec = evolve(service.spec, publish_not_ready_addresses=True)
        living = [pod for pod in pods if not pod.metadata.deleting]
        return super().subsets(evolve(service, spec=spec), living)
