"""How many pods the controller of a pod wants: from the caches for Kubernetes' own kinds, else by its scale.

A pod of a ReplicaSet that belongs to a Deployment counts for the Deployment.
"""

from __future__ import annotations

from typing import Any

from attrs import frozen

from windtunnel.model.api.errors import is_not_found
from windtunnel.model.api.kinds.registry import split_api_version
from windtunnel.model.apiserver.request import Request
from windtunnel.model.client.client import Client
from windtunnel.model.client.informer import Informer
from windtunnel.model.objects.json import get
from windtunnel.model.objects.meta import KubeObject, OwnerReference
from windtunnel.model.objects.record import Key, Record

REPLICATION_CONTROLLERS = "replicationcontrollers"
REPLICA_SETS = "replicasets.apps"
DEPLOYMENTS = "deployments.apps"
STATEFUL_SETS = "statefulsets.apps"
WORKLOADS = (REPLICATION_CONTROLLERS, REPLICA_SETS, DEPLOYMENTS, STATEFUL_SETS)
"""The caches that are needed."""
_SIMPLE = {
    ("", "ReplicationController"): REPLICATION_CONTROLLERS,
    ("apps", "StatefulSet"): STATEFUL_SETS,
}
_REPLICA_SET, _DEPLOYMENT = ("apps", "ReplicaSet"), ("apps", "Deployment")


class UnknownScale(Exception):
    """Nobody can say how many pods a controller wants; the sentence says why."""


@frozen
class Scale:
    """What controls some pods, and how many it wants."""

    uid: str
    replicas: int


class Scales:
    """Finds the scale of controllers. caches are those of WORKLOADS, by resource."""

    def __init__(self, client: Client, caches: dict[str, Informer]) -> None:
        self.client = client
        self.caches = caches

    async def find(self, owner: OwnerReference, namespace: str) -> Scale | None:
        """The scale of a controller, or None where it does not exist (any more). O(1), perhaps one request.

        Raises UnknownScale for a kind without scale, ApiError and NetworkError.
        """
        return self.cached(owner, namespace) or await self.asked_for(owner, namespace)

    def cached(self, owner: OwnerReference, namespace: str) -> Scale | None:
        """What the caches know. O(1)."""
        kind = _kind(owner)
        simple = _SIMPLE.get(kind)
        if simple is not None:
            return _scale(self.look_up(simple, owner, namespace))
        if kind != _REPLICA_SET:
            return None
        replica_set = self.look_up(REPLICA_SETS, owner, namespace)
        above = replica_set.metadata.controller if replica_set is not None else None
        if above is None:
            return _scale(replica_set)
        if _kind(above) == _DEPLOYMENT:
            return _scale(self.look_up(DEPLOYMENTS, above, namespace))
        return None if above.kind == "Deployment" else _scale(replica_set)

    def look_up(self, resource: str, owner: OwnerReference, namespace: str) -> KubeObject | None:
        """The cached object that a reference means. O(1)."""
        found: KubeObject | None = self.caches[resource].get(Key(namespace, owner.name))
        return found if found is not None and found.uid == owner.uid else None

    async def asked_for(self, owner: OwnerReference, namespace: str) -> Scale | None:
        """What the API server says."""
        client = self.client
        kind = client.environment.kinds.by_kind(*split_api_version(owner.api_version), owner.kind)
        if kind is None:
            raise UnknownScale(
                f'no matches for kind "{owner.kind}" in version "{owner.api_version}"'
            )
        if "scale" not in kind.subresources:
            raise UnknownScale(f"{kind.resource} does not implement the scale subresource")
        request = Request(
            "get", kind.resource, namespace, owner.name, "scale",
            user=client.user, groups=client.groups,
        )  # fmt: skip
        try:
            record: Record = await client.request(request)
        except Exception as error:
            if is_not_found(error):
                return None
            raise
        if record.raw["metadata"].get("uid") != owner.uid:
            return None
        return Scale(owner.uid, get(record.raw, "spec", "replicas", default=0))


def _kind(owner: OwnerReference) -> tuple[str, str]:
    return split_api_version(owner.api_version)[0], owner.kind


def _scale(found: Any) -> Scale | None:
    if found is None:
        return None
    return Scale(found.uid, get(found.raw, "spec", "replicas", default=1))
