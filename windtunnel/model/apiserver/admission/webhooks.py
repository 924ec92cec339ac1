"""Webhooks: the validating ones, of which the model has only those that are down. They are asked about valid
objects only, and before quotas are charged.

Subresources have rules of their own (pods/status), which no rule for pods matches.
"""

from __future__ import annotations

from windtunnel.model.apiserver.admission.plugin import Plugin
from windtunnel.model.apiserver.context import RequestContext
from windtunnel.model.apiserver.disturbances import Disturbances
from windtunnel.model.objects.json import Json


class Webhooks(Plugin):
    """Refuses what a dead webhook would have to allow."""

    def __init__(self, disturbances: Disturbances) -> None:
        self.disturbances = disturbances

    async def validate_create(self, context: RequestContext, obj: Json) -> None:
        """A new object: 500 while its webhook is down."""
        if self.disturbances.webhooks and not context.request.subresource:
            self.disturbances.refuse(context.kind.resource, "CREATE")

    async def validate_update(self, context: RequestContext, obj: Json, old: Json) -> None:
        """A changed object: 500 while its webhook is down."""
        if self.disturbances.webhooks and not context.request.subresource:
            self.disturbances.refuse(context.kind.resource, "UPDATE")
