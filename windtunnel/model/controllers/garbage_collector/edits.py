"""The collector's requests: reading, deleting and patching any kind of object by its coordinates.

Patches are strategic merges that name the object's UID. Kinds that know no strategic merge (415) get a merge patch with
the whole list, guarded by the version it was made from.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from windtunnel.model.api.errors import ApiError, is_conflict, is_not_found
from windtunnel.model.api.kind import Kind
from windtunnel.model.client.client import Client
from windtunnel.model.controllers.freshness import RetryLater
from windtunnel.model.controllers.garbage_collector.graph import Reference
from windtunnel.model.objects.json import Json, get
from windtunnel.model.objects.meta import KubeObject, OwnerReference
from windtunnel.model.objects.record import Key
from windtunnel.model.sim.tasks import sleep

_UNSUPPORTED_MEDIA_TYPE = 415
_CONFLICT_DELAYS_MS = (10, 50, 250, 1250)
_Change = Callable[[list[Json]], list[Json]]


class OwnerEdits:
    """Speaks to the API server about owners and finalizers."""

    def __init__(self, client: Client) -> None:
        self.client = client

    async def get(self, kind: Kind, item: Reference) -> KubeObject | None:
        """The live object of that name, whatever its UID; None if there is none."""
        try:
            found: KubeObject = await self.client.get(kind.resource, _key(kind, item))
        except ApiError as error:
            if is_not_found(error):
                return None
            raise
        return found

    async def delete(self, kind: Kind, item: Reference, policy: str, version: str | None) -> None:
        """Delete the object if it still has the UID, and the version where one is given."""
        await self.client.delete(
            kind.resource,
            _key(kind, item),
            uid=item.uid,
            resource_version=version,
            propagation_policy=policy,
        )

    async def drop_owners(self, kind: Kind, item: Reference, uids: Sequence[str]) -> None:
        """Take owners off the object."""
        patch = [{"$patch": "delete", "uid": uid} for uid in uids]
        if not await self._patch_strategically(kind, item, patch):
            await self._rewrite_owners(
                kind, item, lambda owners: [o for o in owners if o["uid"] not in uids]
            )

    async def unblock_owners(
        self, kind: Kind, item: Reference, owners: Iterable[OwnerReference]
    ) -> None:
        """Have the object block the deletion of none of its owners."""
        patch = [{"uid": owner.uid, "blockOwnerDeletion": False} for owner in owners]
        if not await self._patch_strategically(kind, item, patch):
            await self._rewrite_owners(
                kind, item, lambda owners: [{**o, "blockOwnerDeletion": False} for o in owners]
            )

    async def remove_finalizer(self, kind: Kind, item: Reference, finalizer: str) -> None:
        """Take a finalizer off the object; tried again a few times where somebody else wrote meanwhile."""
        for delay_ms in (*_CONFLICT_DELAYS_MS, None):
            found = await self.get(kind, item)
            if found is None or found.uid != item.uid or finalizer not in found.metadata.finalizers:
                return
            left = [each for each in found.metadata.finalizers if each != finalizer]
            metadata = {"resourceVersion": found.metadata.resource_version, "finalizers": left}
            try:
                await self.client.patch(kind.resource, _key(kind, item), {"metadata": metadata})
            except ApiError as error:
                if is_not_found(error):
                    return
                if not is_conflict(error):
                    raise
                if delay_ms is None:
                    raise RetryLater(f"somebody else keeps writing {item}") from error
                await sleep(delay_ms, f"removes the finalizer of {item} again")
            else:
                return

    async def _patch_strategically(self, kind: Kind, item: Reference, owners: list[Json]) -> bool:
        body = {"metadata": {"ownerReferences": owners, "uid": item.uid}}
        try:
            await self.client.patch(kind.resource, _key(kind, item), body, "strategic")
        except ApiError as error:
            if error.code == _UNSUPPORTED_MEDIA_TYPE:
                return False
            raise
        return True

    async def _rewrite_owners(self, kind: Kind, item: Reference, change: _Change) -> None:
        found = await self.get(kind, item)
        if found is None or found.uid != item.uid:
            return
        owners = get(found.raw, "metadata", "ownerReferences", default=[])
        metadata = {
            "resourceVersion": found.metadata.resource_version,
            "ownerReferences": change(owners),
        }
        await self.client.patch(kind.resource, _key(kind, item), {"metadata": metadata})


def _key(kind: Kind, item: Reference) -> Key:
    return Key(item.namespace if kind.namespaced else "", item.name)
