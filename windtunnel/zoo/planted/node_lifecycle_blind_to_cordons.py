"""A node lifecycle controller that leaves the NoSchedule taints of nodes as they are."""

from __future__ import annotations

from windtunnel.model.controllers.node_lifecycle.controller import NodeLifecycle
from windtunnel.model.objects.record import Key


class NodeLifecycleBlindToCordons(NodeLifecycle):
    """Deals with pods and with silent nodes only."""

    async def sync_taints(self, key: Key) -> None:
        """Nothing to do, it thinks."""
