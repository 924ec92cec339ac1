"""Whose pod is it: keep, adopt, release.

A pod that has this workload as its controller is kept while it matches the selector and released when it no longer
does. A matching pod without a controller is adopted. A workload that is being deleted neither adopts nor releases,
pods that are being deleted are not adopted, and another controller's pods are never touched.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum

from windtunnel.model.api.selectors.labels import Selector, Selectors
from windtunnel.model.controllers.replication.workload import Workload, WorkloadKind
from windtunnel.model.objects.json import Json
from windtunnel.model.objects.pod import Pod

SELECTORS = Selectors()
"""How selectors are applied where nobody else plays the role "selectors"."""


class Claim(Enum):
    """What to do about one pod."""

    KEEP = "keep"
    ADOPT = "adopt"
    RELEASE = "release"
    IGNORE = "ignore"


def claim(
    workload: Workload, selector: Selector, pod: Pod, selectors: Selectors = SELECTORS
) -> Claim:
    """What the workload does about a pod of its namespace. O(conditions of the selector)."""
    owner = pod.metadata.controller
    matches = selectors.matches(selector, pod.metadata.labels)
    if owner is not None:
        if owner.uid != workload.uid:
            return Claim.IGNORE
        if matches:
            return Claim.KEEP
        return Claim.IGNORE if workload.metadata.deleting else Claim.RELEASE
    if workload.metadata.deleting or not matches or pod.metadata.deleting:
        return Claim.IGNORE
    return Claim.ADOPT


def claimed(
    workload: Workload, selector: Selector, pods: Iterable[Pod], selectors: Selectors = SELECTORS
) -> list[Pod]:
    """The pods that already have this workload as their controller and match its selector. O(pods)."""
    return [
        pod
        for pod in pods
        if (owner := pod.metadata.controller) is not None
        and owner.uid == workload.uid
        and selectors.matches(selector, pod.metadata.labels)
    ]


def owner_reference(kind: WorkloadKind, workload: Workload) -> Json:
    """The reference that makes the workload a pod's controller."""
    return {
        "apiVersion": kind.api_version,
        "kind": kind.kind,
        "name": workload.name,
        "uid": workload.uid,
        "controller": True,
        "blockOwnerDeletion": True,
    }


def adoption_patch(kind: WorkloadKind, workload: Workload, pod: Pod) -> Json:
    """The strategic merge patch that makes the pod the workload's; the UID guards against a namesake."""
    return {"metadata": {"ownerReferences": [owner_reference(kind, workload)], "uid": pod.uid}}


def release_patch(workload: Workload, pod: Pod) -> Json:
    """The strategic merge patch that takes the workload off the pod's owners; the UID guards against a namesake."""
    return {
        "metadata": {
            "ownerReferences": [{"$patch": "delete", "uid": workload.uid}],
            "uid": pod.uid,
        }
    }
