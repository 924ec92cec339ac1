"""A taint eviction controller that does not hear of nodes that are tainted after it first saw them."""

from __future__ import annotations

from windtunnel.model.controllers.taint_eviction.controller import TaintEviction
from windtunnel.model.objects.node import Node


class TaintEvictionDeafToNodes(TaintEviction):
    """Looks at new nodes only."""

    def node_updated(self, old: Node, new: Node) -> None:
        """Nothing to do, it thinks."""
