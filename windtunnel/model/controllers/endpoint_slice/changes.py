"""What a sync wants to do to the slices of a service: create some, update some, delete some.

A slice to be created takes the place, and the name, of one of the same address type that would be deleted, so that
whoever watches sees one update.
"""

from __future__ import annotations

from collections.abc import Callable

from attrs import Factory, define

from windtunnel.model.objects.endpoint_slice import EndpointSlice
from windtunnel.model.objects.json import Json, put


@define
class Changes:
    """Owns three lists; what is created has no name yet, only a prefix for one."""

    create: list[Json] = Factory(list)
    update: list[Json] = Factory(list)
    delete: list[EndpointSlice] = Factory(list)

    def add(self, others: Changes) -> None:
        """Take over what others say too. O(changes)."""
        self.create += others.create
        self.update += others.update
        self.delete += others.delete

    def recycle(self, may_be_recycled: Callable[[EndpointSlice], bool]) -> None:
        """Turn creations into updates of slices that would be deleted, the last creation first. O(changes)."""
        kept: list[EndpointSlice] = []
        for old in self.delete:
            new = self.create[-1] if self.create else None
            if new is not None and new["addressType"] == old.address_type and may_be_recycled(old):
                self.create.pop()
                self.update.append(put(new, old.name, "metadata", "name"))
            else:
                kept.append(old)
        self.delete = kept
