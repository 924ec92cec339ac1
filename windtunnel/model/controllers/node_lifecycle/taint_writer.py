"""Writes taints of nodes: reads the node, patches the list of its taints at the version read, tries conflicts again.

Taints are added first and then taken off, in two patches, so a node never lacks the taint that it is to keep.

Correction: the node is read as it is. Kubernetes 1.36 reads it from the API server's cache first, and where that is
behind may find that nothing is left to do (kubernetes#126755).

Not modelled: the jitter of the retries.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from windtunnel.model.api.errors import ApiError, is_conflict
from windtunnel.model.client.client import Client
from windtunnel.model.controllers.node_lifecycle.taints import (
    has_taint,
    with_taints,
    without_taints,
)
from windtunnel.model.objects.json import Json
from windtunnel.model.objects.node import Node, Taint
from windtunnel.model.objects.record import Key
from windtunnel.model.sim.tasks import sleep

ATTEMPTS = 5
RETRY_MS = 100


class TaintWriter:
    """Adds taints to nodes and takes them off. Owns nothing."""

    def __init__(self, client: Client) -> None:
        self.client = client

    async def swap(self, node: Node, add: Sequence[Taint], remove: Sequence[Taint]) -> None:
        """Add taints, then take others off where the node, as it was seen, has them. Raises ApiError, NetworkError."""
        await self.add(node.name, add)
        await self.remove(node, remove)

    async def add(self, name: str, taints: Sequence[Taint]) -> None:
        """Add taints to a node."""
        if taints:
            wall_ms = self.client.process.wall_ms
            await self._patch(name, lambda before: with_taints(before, taints, wall_ms))

    async def remove(self, node: Node, taints: Sequence[Taint]) -> None:
        """Take taints off a node; a node that was seen without them is not even asked for."""
        if any(has_taint(node, taint) for taint in taints):
            await self._patch(node.name, lambda before: without_taints(before, taints))

    async def _patch(self, name: str, change: Callable[[list[Json]], list[Json]]) -> None:
        for attempt in range(ATTEMPTS):
            node: Any = await self.client.get("Node", Key("", name))
            before = node.raw.get("spec", {}).get("taints") or []
            after = change(before)
            if after == before:
                return
            body = {
                "metadata": {"resourceVersion": node.metadata.resource_version},
                "spec": {"taints": after or None},
            }
            try:
                await self.client.patch("Node", Key("", name), body, patch_type="strategic")
            except ApiError as error:
                if not is_conflict(error) or attempt == ATTEMPTS - 1:
                    raise
                await sleep(RETRY_MS, f"taints {name} again")
            else:
                return
