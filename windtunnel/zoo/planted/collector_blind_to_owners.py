"""A garbage collector that never finds an owner, and deletes what has one."""

from __future__ import annotations

from windtunnel.model.api.kind import Kind
from windtunnel.model.controllers.garbage_collector.collector import GarbageCollector
from windtunnel.model.controllers.garbage_collector.graph import Reference
from windtunnel.model.objects.meta import KubeObject, OwnerReference


class CollectorBlindToOwners(GarbageCollector):
    """Takes every owner for absent."""

    async def find_owner(self, item: Reference, owner: OwnerReference) -> KubeObject | None:
        """Nobody is there."""
        return None

    def object_added(self, kind: Kind, obj: KubeObject) -> None:
        """Look at everything that has an owner."""
        super().object_added(kind, obj)
        if obj.metadata.owner_references:
            self.attempt_to_delete(self.builder.identity_of(kind, obj))
