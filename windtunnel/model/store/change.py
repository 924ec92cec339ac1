"""A Change: one write as the store's log keeps it."""

from __future__ import annotations

from attrs import frozen

from windtunnel.model.objects.record import Record, StoreKey


@frozen
class Change:
    """One write: after is None for a deletion, before is None for a creation.

    by says on whose request it was written; call is the number of the network call that the API server served.
    """

    revision: int
    key: StoreKey
    before: Record | None
    after: Record | None
    by: str = ""
    call: int = 0
    verb: str = ""
    subresource: str = ""

    @property
    def record(self) -> Record:
        """The record that this change is about: the new one, or the one that was removed."""
        found = self.after or self.before
        assert found is not None
        return found
