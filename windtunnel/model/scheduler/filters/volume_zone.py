"""VolumeZone: a pod goes where its volumes can be reached from, by the zone and region labels of both.

A node without any such label is in no zone, and takes every pod. A volume that carries the old name of a label also
goes to nodes that carry only the new one.

Not modelled: binding of volumes; a claim that has no volume yet holds nobody back.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from windtunnel.model.scheduler.claims import ClaimMissing, claim_names, find_claim
from windtunnel.model.scheduler.framework import SKIP, UNRESOLVABLE, ClusterEvent, Rejection
from windtunnel.model.scheduler.listers import CLAIMS, VOLUMES
from windtunnel.model.scheduler.node_info import NodeInfo, PodInfo
from windtunnel.model.scheduler.snapshot import Snapshot

NAME = "VolumeZone"
_NEW_NAMES: Mapping[str, str] = {
    "failure-domain.beta.kubernetes.io/zone": "topology.kubernetes.io/zone",
    "failure-domain.beta.kubernetes.io/region": "topology.kubernetes.io/region",
}
_LABELS = (*_NEW_NAMES, *_NEW_NAMES.values())
_SEPARATOR = "__"
_REJECTION = Rejection(UNRESOLVABLE, ("node(s) had no available volume zone",), NAME)

Places = tuple[tuple[str, tuple[str, ...]], ...]
"""Labels of the volumes, each with the values that will do."""


class VolumeZone:
    """Filter on the zones of bound volumes."""

    name = NAME

    def prepare(self, pod: PodInfo, snapshot: Snapshot) -> Any:
        """Look the volumes up; skip pods whose volumes are everywhere. O(volumes)."""
        if not pod.volumes:
            return SKIP
        places: list[tuple[str, tuple[str, ...]]] = []
        for name in claim_names(pod.pod):
            claim = find_claim(snapshot.listers, pod.pod.metadata.namespace, name)
            if isinstance(claim, ClaimMissing):
                return Rejection(UNRESOLVABLE, (str(claim),), NAME)
            bound_to = (claim.raw.get("spec") or {}).get("volumeName")
            if not bound_to:
                continue
            volume = snapshot.listers.get(VOLUMES, "", bound_to)
            if volume is None:
                return Rejection(UNRESOLVABLE, (f'persistentvolume "{bound_to}" not found',), NAME)
            labels = volume.metadata.labels
            places += [
                (key, tuple(part.strip() for part in labels[key].split(_SEPARATOR)))
                for key in _LABELS
                if key in labels
            ]
        return tuple(places) or SKIP

    def filter(self, state: Any, pod: PodInfo, node: NodeInfo) -> Rejection | None:
        """Turn a node in another zone away. O(labels of the volumes)."""
        assert node.node is not None
        labels = node.node.metadata.labels
        if not any(key in labels for key in _LABELS):
            return None
        for key, values in state:
            value = labels.get(key, labels.get(_NEW_NAMES.get(key, key)))
            if value is None or value not in values:
                return _REJECTION
        return None

    def may_help(self, pod: PodInfo, event: ClusterEvent) -> bool:
        """A node that came or moved; a claim or a volume."""
        if event.resource != "node":
            return event.resource in (CLAIMS, VOLUMES)
        if event.after is None:
            return False
        if event.before is None:
            return True
        before, after = event.before.metadata.labels, event.after.metadata.labels
        return any(before.get(key) != after.get(key) for key in _LABELS)
