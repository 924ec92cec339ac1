"""VolumeRestrictions: some disks are used from one pod at a time, and so is a claim for one pod only.

Two pods on a node do not share a disk of a sort that cannot be mounted twice, unless both only read where the sort
allows that. A claim that is ReadWriteOncePod is used by one pod in the whole cluster.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from attrs import evolve, frozen

from windtunnel.model.objects.json import get
from windtunnel.model.objects.pod import Pod
from windtunnel.model.scheduler.claims import ClaimMissing, claim_names, find_claim
from windtunnel.model.scheduler.framework import (
    SKIP,
    UNRESOLVABLE,
    UNSCHEDULABLE,
    ClusterEvent,
    Rejection,
)
from windtunnel.model.scheduler.listers import CLAIMS
from windtunnel.model.scheduler.node_info import DISKS, NodeInfo, PodInfo
from windtunnel.model.scheduler.snapshot import Snapshot

NAME = "VolumeRestrictions"
ONE_POD = "ReadWriteOncePod"
_DISK = Rejection(UNSCHEDULABLE, ("node(s) had no available disk",), NAME)
_CLAIM = Rejection(
    UNSCHEDULABLE,
    (
        "node has pod using PersistentVolumeClaim with the same name and ReadWriteOncePod access mode",
    ),
    NAME,
)

Volume = Mapping[str, Any]


@frozen
class _State:
    disks: tuple[Volume, ...]
    claims: tuple[str, ...]
    """The claims of the pod that only one pod may use."""
    users: int
    """How many pods use them already."""


class VolumeRestrictions:
    """Filter on disks and claims that are in use."""

    name = NAME

    def prepare(self, pod: PodInfo, snapshot: Snapshot) -> Any:
        """Find the pod's disks and lonely claims; skip pods without any. O(1), O(pods) with a lonely claim."""
        if not pod.volumes:
            return SKIP
        disks = disks_of(pod.pod)
        lonely = []
        for name in claim_names(pod.pod):
            claim = find_claim(snapshot.listers, pod.pod.metadata.namespace, name)
            if isinstance(claim, ClaimMissing):
                return Rejection(UNRESOLVABLE, (str(claim),), NAME)
            if ONE_POD in get(claim.raw, "spec", "accessModes", default=()):
                lonely.append(name)
        if not lonely:
            return _State(disks, (), 0) if disks else SKIP
        users = sum(
            _uses(pod.pod, tuple(lonely), other.pod)
            for info in snapshot.nodes.values()
            for other in info.pods.values()
        )
        return _State(disks, tuple(lonely), users)

    def filter(self, state: Any, pod: PodInfo, node: NodeInfo) -> Rejection | None:
        """Turn a node away where a disk is in use, and every node where a claim is. O(volumes of the node)."""
        if state.users:
            return _CLAIM
        if state.disks:
            for other in node.pods.values():
                if other.pod.spec.volumes and conflict(state.disks, disks_of(other.pod)):
                    return _DISK
        return None

    def adjust(self, state: Any, pod: PodInfo, other: PodInfo, node: NodeInfo, step: int) -> Any:
        """The state with another pod on a node (step 1), or without it (step -1). O(volumes)."""
        used = _uses(pod.pod, state.claims, other.pod)
        return evolve(state, users=state.users + step * used) if used else state

    def may_help(self, pod: PodInfo, event: ClusterEvent) -> bool:
        """A node that came; a pod with such a volume that went; a claim."""
        if event.resource == "node":
            return event.action == "add"
        if event.resource != "pod":
            return event.resource == CLAIMS
        if event.action != "delete":
            return False
        gone: Pod = event.before
        same = gone.metadata.namespace == pod.pod.metadata.namespace
        shared = any(name in claim_names(gone) for name in claim_names(pod.pod))
        return (same and shared) or conflict(disks_of(pod.pod), disks_of(gone))


def disks_of(pod: Pod) -> tuple[Volume, ...]:
    """The volumes of a pod that are of a sort with restrictions. O(volumes)."""
    return tuple(volume for volume in pod.spec.volumes if any(volume.get(sort) for sort in DISKS))


def conflict(some: Sequence[Volume], others: Sequence[Volume]) -> bool:
    """Whether a disk is among both and cannot be shared. O(product)."""
    return any(_same_disk(one, other) for one in some for other in others)


def _same_disk(one: Volume, other: Volume) -> bool:
    for sort in DISKS:
        first, second = one.get(sort), other.get(sort)
        if not first or not second:
            continue
        both_read = bool(first.get("readOnly") and second.get("readOnly"))
        if sort == "awsElasticBlockStore":
            return bool(first.get("volumeID") == second.get("volumeID"))
        if sort == "gcePersistentDisk":
            same = first.get("pdName") == second.get("pdName")
        elif sort == "iscsi":
            same = first.get("iqn") == second.get("iqn")
        else:
            monitors = second.get("monitors") or ()
            same = any(each in monitors for each in first.get("monitors") or ()) and (
                (first.get("pool"), first.get("image")) == (second.get("pool"), second.get("image"))
            )
        if same and not both_read:
            return True
    return False


def _uses(pod: Pod, claims: tuple[str, ...], other: Pod) -> int:
    if not claims or not other.spec.volumes or other.metadata.namespace != pod.metadata.namespace:
        return 0
    used = claim_names(other)
    return sum(name in used for name in claims)
