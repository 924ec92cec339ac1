"""Claims of a pod: which volumes it mounts by way of a PersistentVolumeClaim.

An ephemeral volume has a claim of its own, named after the pod and the volume.
"""

from __future__ import annotations

from windtunnel.model.objects.meta import KubeObject
from windtunnel.model.objects.pod import Pod
from windtunnel.model.scheduler.listers import CLAIMS, Listers


class ClaimMissing(str):
    """The sentence that says that a claim does not exist."""

    __slots__ = ()


def claim_names(pod: Pod) -> tuple[str, ...]:
    """The names of a pod's claims. O(volumes)."""
    found = []
    for volume in pod.spec.volumes:
        claim = volume.get("persistentVolumeClaim")
        if claim:
            found.append(claim.get("claimName") or "")
        elif volume.get("ephemeral"):
            found.append(f"{pod.metadata.name}-{volume.get('name', '')}")
    return tuple(found)


def find_claim(listers: Listers, namespace: str, name: str) -> KubeObject | ClaimMissing:
    """A claim, or the sentence that it does not exist. O(1)."""
    found = listers.get(CLAIMS, namespace, name)
    return found if found is not None else ClaimMissing(f'persistentvolumeclaim "{name}" not found')
