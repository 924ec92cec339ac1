"""A node lifecycle controller that drives pods out of every node, even where all nodes are silent at once: it
cannot tell that they died from being cut off itself (kubernetes#24597)."""

from __future__ import annotations

from windtunnel.model.controllers.node_lifecycle.controller import NodeLifecycle
from windtunnel.model.objects.node import Node


class NodeLifecycleWithoutMercy(NodeLifecycle):
    """Never suspects the network."""

    async def stop_evictions(self, nodes: list[Node]) -> None:
        """Go on."""
