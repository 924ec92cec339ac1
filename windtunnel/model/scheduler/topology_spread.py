"""Topology spread constraints of a pod: over which domains its peers should be spread, and how evenly.

A domain is all nodes with one value of the topology key. Peers are the pods of the same namespace that the selector
means, those that are going left out. Nodes count only as far as the constraint's inclusion policies say, and, where
the pod itself asks for the spread, only nodes that have all its topology keys.

A pod that asks for nothing is spread softly over hosts and zones if it belongs to a service or to a controller: that
is the cluster's default.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache

from attrs import field, frozen

from windtunnel.model.api.selectors.labels import (
    NOTHING,
    Selector,
    SelectorError,
    from_label_selector,
    from_match_labels,
    parse,
    selector,
)
from windtunnel.model.objects.json import Json
from windtunnel.model.objects.node import Node
from windtunnel.model.objects.pod import Pod
from windtunnel.model.scheduler.node_selection import HOSTNAME, RequiredNodes
from windtunnel.model.scheduler.taints import NO_EXECUTE, NO_SCHEDULE, untolerated

DO_NOT_SCHEDULE = "DoNotSchedule"
SCHEDULE_ANYWAY = "ScheduleAnyway"
ZONE = "topology.kubernetes.io/zone"
_DEFAULTS = ((HOSTNAME, 3), (ZONE, 5))


@frozen
class SpreadConstraint:
    """One constraint; text is its selector in print."""

    topology_key: str
    max_skew: int
    selector: Selector = field(eq=False)
    text: str
    min_domains: int = 1
    honors_affinity: bool = True
    honors_taints: bool = False

    def excludes_nodes(self, required: RequiredNodes | None) -> bool:
        """Whether there can be nodes that do not count, by the inclusion policies. O(1)."""
        return self.honors_taints or (self.honors_affinity and required is not None)

    def includes(self, pod: Pod, node: Node, required: RequiredNodes | None) -> bool:
        """Whether a node counts, by the inclusion policies. O(conditions + taints * tolerations)."""
        if self.honors_affinity and required is not None and not required.matches(node):
            return False
        if not self.honors_taints or not node.spec.taints:
            return True
        return (
            untolerated(node.spec.taints, pod.spec.tolerations, (NO_SCHEDULE, NO_EXECUTE)) is None
        )

    def means(self, pod: Pod) -> bool:
        """Whether a pod is one of those that are to be spread. O(conditions)."""
        return self.selector.matches(pod.metadata.labels)


def constraints_of(pod: Pod, action: str) -> tuple[SpreadConstraint, ...]:
    """The constraints of a pod with this action where they cannot be met. O(conditions)."""
    return tuple(
        _constraint(json, pod.metadata.labels)
        for json in pod.spec.topology_spread_constraints
        if json.get("whenUnsatisfiable") == action
    )


@lru_cache(maxsize=1024)
def default_constraints(peers: str) -> tuple[SpreadConstraint, ...]:
    """The cluster's own soft constraints for pods that have such peers (a selector in print). O(1) once known."""
    if not peers:
        return ()
    return tuple(SpreadConstraint(key, skew, parse(peers), peers) for key, skew in _DEFAULTS)


def has_all_keys(labels: Mapping[str, str], constraints: Iterable[SpreadConstraint]) -> bool:
    """Whether a node with these labels is in a domain of every constraint. O(constraints)."""
    return all(each.topology_key in labels for each in constraints)


def _constraint(json: Json, labels: Mapping[str, str]) -> SpreadConstraint:
    found = _selector(json, labels)
    return SpreadConstraint(
        json.get("topologyKey") or "",
        json.get("maxSkew") or 0,
        found,
        str(found),
        json.get("minDomains") or 1,
        json.get("nodeAffinityPolicy", "Honor") != "Ignore",
        json.get("nodeTaintsPolicy", "Ignore") == "Honor",
    )


def _selector(json: Json, labels: Mapping[str, str]) -> Selector:
    try:
        found = from_label_selector(json.get("labelSelector"))
    except SelectorError:
        return NOTHING
    keys = json.get("matchLabelKeys") or ()
    own = {key: labels[key] for key in keys if key in labels}
    if not own or found is NOTHING:
        return found
    return selector(*dict.fromkeys((*found.requirements, *from_match_labels(own).requirements)))
