"""TaintNodesByCondition: a new node is tainted not-ready until the node controller has seen that it is ready."""

from __future__ import annotations

from windtunnel.model.apiserver.admission.plugin import Plugin
from windtunnel.model.apiserver.context import RequestContext
from windtunnel.model.objects.json import Json

NOT_READY: Json = {"key": "node.kubernetes.io/not-ready", "effect": "NoSchedule"}


class TaintNodesByCondition(Plugin):
    """Taints new nodes."""

    resources = ("nodes",)

    async def create(self, context: RequestContext, obj: Json) -> Json:
        """A new node."""
        spec = obj.get("spec") or {}
        taints = spec.get("taints") or []
        if any(
            taint.get("key") == NOT_READY["key"] and taint.get("effect") == NOT_READY["effect"]
            for taint in taints
        ):
            return obj
        return {**obj, "spec": {**spec, "taints": [*taints, NOT_READY]}}
