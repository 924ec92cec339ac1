"""A look at the whole store as it was at one revision."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

from windtunnel.model.objects.record import Record, StoreKey

if TYPE_CHECKING:
    from windtunnel.model.store.store import Store


@frozen
class Snapshot:
    """A store and a revision; reading it costs what reading the store at that revision costs."""

    store: Store
    revision: int

    def get(self, key: StoreKey) -> Record | None:
        """The object of a key at that revision. Raises Compacted once that is forgotten."""
        return self.store.get(key, self.revision)

    def range(self, resource: str, namespace: str | None = None) -> tuple[Record, ...]:
        """The objects of a resource at that revision, in key order. Raises Compacted once that is forgotten."""
        return self.store.range(resource, namespace, self.revision)[0]
