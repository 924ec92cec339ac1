"""The filters of the default profile, in the order in which a node is shown to them.

Not modelled: NodeVolumeLimits, VolumeBinding, DynamicResources, NodeDeclaredFeatures.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from windtunnel.model.scheduler.filters.inter_pod_affinity import InterPodAffinity
from windtunnel.model.scheduler.filters.node_affinity import NodeAffinity
from windtunnel.model.scheduler.filters.node_name import NodeName
from windtunnel.model.scheduler.filters.node_ports import NodePorts
from windtunnel.model.scheduler.filters.node_resources_fit import NodeResourcesFit
from windtunnel.model.scheduler.filters.node_unschedulable import NodeUnschedulable
from windtunnel.model.scheduler.filters.pod_topology_spread import PodTopologySpread
from windtunnel.model.scheduler.filters.taint_toleration import TaintToleration
from windtunnel.model.scheduler.filters.volume_restrictions import VolumeRestrictions
from windtunnel.model.scheduler.filters.volume_zone import VolumeZone
from windtunnel.model.scheduler.framework import Filter

FILTERS: Mapping[str, Callable[[], Filter]] = {
    "NodeUnschedulable": NodeUnschedulable,
    "NodeName": NodeName,
    "TaintToleration": TaintToleration,
    "NodeAffinity": NodeAffinity,
    "NodePorts": NodePorts,
    "NodeResourcesFit": NodeResourcesFit,
    "VolumeRestrictions": VolumeRestrictions,
    "VolumeZone": VolumeZone,
    "PodTopologySpread": PodTopologySpread,
    "InterPodAffinity": InterPodAffinity,
}


def default_filters() -> tuple[Filter, ...]:
    """A filter of each sort, in order."""
    return tuple(make() for make in FILTERS.values())
