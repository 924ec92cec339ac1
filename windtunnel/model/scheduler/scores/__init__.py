"""The scores of the default profile with their weights.

Not modelled: VolumeBinding, which scores only where storage capacity is tracked; DynamicResources.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from windtunnel.model.scheduler.framework import Score
from windtunnel.model.scheduler.scores.balanced_allocation import NodeResourcesBalancedAllocation
from windtunnel.model.scheduler.scores.image_locality import ImageLocality
from windtunnel.model.scheduler.scores.inter_pod_affinity import InterPodAffinity
from windtunnel.model.scheduler.scores.node_affinity import NodeAffinity
from windtunnel.model.scheduler.scores.node_resources_fit import NodeResourcesFit
from windtunnel.model.scheduler.scores.pod_topology_spread import PodTopologySpread
from windtunnel.model.scheduler.scores.taint_toleration import TaintToleration

SCORES: Mapping[str, Callable[[], Score]] = {
    "TaintToleration": TaintToleration,
    "NodeAffinity": NodeAffinity,
    "NodeResourcesFit": NodeResourcesFit,
    "PodTopologySpread": PodTopologySpread,
    "InterPodAffinity": InterPodAffinity,
    "NodeResourcesBalancedAllocation": NodeResourcesBalancedAllocation,
    "ImageLocality": ImageLocality,
}
WEIGHTS: Mapping[str, int] = {
    "TaintToleration": 3,
    "NodeAffinity": 2,
    "NodeResourcesFit": 1,
    "PodTopologySpread": 2,
    "InterPodAffinity": 2,
    "NodeResourcesBalancedAllocation": 1,
    "ImageLocality": 1,
}


def default_scores() -> tuple[tuple[Score, int], ...]:
    """A score of each sort with its weight, in order."""
    return tuple((make(), WEIGHTS[name]) for name, make in SCORES.items())
