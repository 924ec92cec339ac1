"""ImageLocality: nodes that already have the pod's images, big ones above all, are better.

An image counts by its size times the share of nodes that have it, so that a pod is not drawn to the one node that
happens to have it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from windtunnel.model.api.images import with_default_tag
from windtunnel.model.scheduler.framework import MAX_NODE_SCORE, SKIP
from windtunnel.model.scheduler.node_info import NodeInfo, PodInfo
from windtunnel.model.scheduler.snapshot import Snapshot

_MEBIBYTE = 1024 * 1024
_LEAST = 23 * _MEBIBYTE
_MOST_PER_CONTAINER = 1000 * _MEBIBYTE


class ImageLocality:
    """Score on images that are already there."""

    name = "ImageLocality"
    absolute = True

    def prepare(self, pod: PodInfo, nodes: Sequence[NodeInfo], snapshot: Snapshot) -> Any:
        """How many nodes have each image; skip where none reports images. O(containers)."""
        if not snapshot.images:
            return SKIP
        spec = pod.pod.spec
        images = [
            with_default_tag(container.image) or container.image
            for container in (*spec.init_containers, *spec.containers)
        ]
        spread = tuple((image, snapshot.images.get(image, 0)) for image in images)
        return len(snapshot), spread

    def sign_state(self, state: Any) -> Any:
        """The images with the number of nodes that have them."""
        return state

    def alike(self, state: Any) -> bool:
        """It looks at nothing but the images."""
        return True

    def score(self, state: Any, pod: PodInfo, node: NodeInfo) -> int:
        """100 for every image there and big, 0 for little or nothing. O(images)."""
        assert node.node is not None
        total, spread = state
        sizes: dict[str, int] = {}
        for image in node.node.status.images:
            for name in image.get("names") or ():
                sizes[name] = image.get("sizeBytes", 0)
        there = sum(
            int(sizes[image] * (count / total)) for image, count in spread if image in sizes
        )
        most = _MOST_PER_CONTAINER * max(1, len(spread))
        there = min(max(there, _LEAST), most)
        return MAX_NODE_SCORE * (there - _LEAST) // (most - _LEAST)

    def normalise(self, scores: list[int]) -> list[int]:
        """Already from 0 to 100."""
        return scores
