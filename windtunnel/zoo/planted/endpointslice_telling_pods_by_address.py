"""An endpoint slice controller that remembers pods by their addresses, and takes who has an address for who had it."""

from __future__ import annotations

from typing import Any

from windtunnel.model.controllers.endpoint_slice.changes import Changes
from windtunnel.model.controllers.endpoint_slice.controller import EndpointSliceController
from windtunnel.model.controllers.endpoint_slice.plan import Plan
from windtunnel.model.objects.endpoint_slice import EndpointSlice
from windtunnel.model.objects.json import Json
from windtunnel.model.objects.pod import Pod
from windtunnel.model.objects.service import Service


class EndpointSliceTellingPodsByAddress(EndpointSliceController):
    """Knows nothing of addresses that are used again."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.first_at: dict[str, Json] = {}

    def plan(self, service: Service, pods: list[Pod], slices: list[EndpointSlice]) -> Plan:
        """With each address as that of the first pod that it ever belonged to."""
        found = super().plan(service, pods, slices)
        changes = [
            Changes(
                [self.renamed(each) for each in some.create],
                [self.renamed(each) for each in some.update],
                some.delete,
            )
            for some in found.changes
        ]
        return Plan(tuple(changes), found.missing_nodes)

    def renamed(self, raw: Json) -> Json:
        """A slice whose endpoints name the first pods at their addresses."""
        endpoints = [
            {**each, "targetRef": self.first_at.setdefault(each["addresses"][0], each["targetRef"])}
            for each in raw["endpoints"]
        ]
        return {**raw, "endpoints": endpoints}
