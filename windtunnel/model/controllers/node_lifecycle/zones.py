"""How bad it is in a zone, and how fast its nodes may lose their pods: pure functions.

A zone without a ready node is fully disrupted, one with more than two unready nodes that make up the threshold
partially. Where many nodes are down the fault may be the network's, so a partially disrupted zone is emptied slowly, or
not at all if it is small; and with every zone fully disrupted nobody is driven out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum

from attrs import frozen

from windtunnel.model.objects.node import Node
from windtunnel.model.settings import ControllerManagerSettings

REGION_LABEL = "topology.kubernetes.io/region"
ZONE_LABEL = "topology.kubernetes.io/zone"
EXCLUDE_LABEL = "node.kubernetes.io/exclude-disruption"


class ZoneState(Enum):
    """How many of a zone's nodes are ready."""

    INITIAL = "Initial"
    NORMAL = "Normal"
    PARTIAL = "PartialDisruption"
    FULL = "FullDisruption"


def zone_of(node: Node) -> str:
    """The zone that a node's labels name, region first; '' where they name none. O(1)."""
    labels = node.metadata.labels
    region, zone = labels.get(REGION_LABEL, ""), labels.get(ZONE_LABEL, "")
    return f"{region}/{zone}" if region or zone else ""


def is_excluded(node: Node) -> bool:
    """Whether a node does not count for the state of its zone. O(1)."""
    return EXCLUDE_LABEL in node.metadata.labels


def zone_state(ready: Sequence[str], threshold: float) -> tuple[ZoneState, int]:
    """The state of a zone whose nodes have these statuses of Ready, and how many are not True. O(nodes)."""
    not_ready = sum(status != "True" for status in ready)
    if not_ready and not_ready == len(ready):
        return ZoneState.FULL, not_ready
    if not_ready > 2 and not_ready / len(ready) >= threshold:
        return ZoneState.PARTIAL, not_ready
    return ZoneState.NORMAL, not_ready


def taint_rate(state: ZoneState, nodes: int, settings: ControllerManagerSettings) -> float:
    """How many nodes of such a zone may get a NoExecute taint in a second. O(1)."""
    if state is not ZoneState.PARTIAL:
        return settings.node_eviction_rate
    large = nodes > settings.large_cluster_size_threshold
    return settings.secondary_node_eviction_rate if large else 0.0


@frozen
class Disruption:
    """What a check found: the state of each zone, which zones changed, and whether all are down, or were until now."""

    states: Mapping[str, ZoneState]
    changed: tuple[str, ...]
    all_down: bool
    recovered: bool


def assess(
    before: Mapping[str, ZoneState], ready: Mapping[str, Sequence[str]], threshold: float
) -> Disruption:
    """Compare the zones with what they were; ready has the statuses of Ready of each zone's nodes. O(nodes)."""
    states = {zone: zone_state(statuses, threshold)[0] for zone, statuses in ready.items()}
    was = {zone: before.get(zone, ZoneState.INITIAL) for zone in states}
    all_down = bool(states) and all(state is ZoneState.FULL for state in states.values())
    all_were_down = bool(was) and all(state is ZoneState.FULL for state in was.values())
    return Disruption(
        states=states,
        changed=tuple(zone for zone, state in states.items() if state is not was[zone]),
        all_down=all_down,
        recovered=all_were_down and not all_down,
    )
