"""An endpoints controller that lists each address for the pod after the one that has it."""

from __future__ import annotations

from windtunnel.model.controllers.endpoints.controller import EndpointsController
from windtunnel.model.objects.json import Json
from windtunnel.model.objects.pod import Pod
from windtunnel.model.objects.service import Service


class EndpointsNamingNeighbours(EndpointsController):
    """Is off by one between two lists."""

    def subsets(self, service: Service, pods: list[Pod]) -> list[Json]:
        """Addresses and pods that do not belong together."""
        return [_shifted(subset) for subset in super().subsets(service, pods)]


def _shifted(subset: Json) -> Json:
    addresses = subset.get("addresses") or []
    pods = [each["targetRef"] for each in (*addresses[1:], *addresses[:1])]
    named = [{**each, "targetRef": pod} for each, pod in zip(addresses, pods, strict=True)]
    return {**subset, "addresses": named} if named else subset
