"""ResourceQuota: refuses what does not fit into the quotas of its namespace, and charges what does.

This is the last plug-in of all, because a charge is written before the object is: one that is not stored after all
stays charged until the quota's controller counts again.
"""

from __future__ import annotations

from windtunnel.model.api.quota.claims import Claims
from windtunnel.model.api.quota.registry import IGNORED
from windtunnel.model.api.quota.services import Services
from windtunnel.model.apiserver.admission.plugin import Plugin
from windtunnel.model.apiserver.admission.quota_evaluator import QuotaEvaluator
from windtunnel.model.apiserver.context import RequestContext
from windtunnel.model.apiserver.storage import Storage
from windtunnel.model.objects.json import Json

GROWING = (Services().resource, Claims().resource)
"""What can use more after an update than before."""


class ResourceQuota(Plugin):
    """Charges the quotas of a namespace."""

    def __init__(self, storage: Storage) -> None:
        self.evaluator = QuotaEvaluator(storage)

    def concerns(self, resource: str, method: str) -> bool:
        """Every resource with a namespace when it is created, few when they change."""
        return resource in GROWING if method == "validate_update" else resource not in IGNORED

    async def validate_create(self, context: RequestContext, obj: Json) -> None:
        """A new object: 403 if it does not fit."""
        if context.kind.namespaced and not self.evaluator.lister.is_unused:
            await self.evaluator.evaluate(context, obj, None)

    async def validate_update(self, context: RequestContext, obj: Json, old: Json) -> None:
        """A changed object: 403 if what it uses more does not fit."""
        if not context.request.subresource and not self.evaluator.lister.is_unused:
            await self.evaluator.evaluate(context, obj, old)
