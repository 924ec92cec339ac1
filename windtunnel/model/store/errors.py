"""What the store refuses, as errors."""

from __future__ import annotations

from windtunnel.model.objects.record import Record, StoreKey


class StoreError(Exception):
    """A request that the store did not carry out."""


class StoreTrouble(StoreError):
    """The store could not carry a request out, for no fault of the request; the message is etcd's."""


class RevisionMismatch(StoreError):
    """The object is not at the expected revision; current is what is there now."""

    def __init__(self, key: StoreKey, current: Record | None) -> None:
        super().__init__(
            f"{key} is {'absent' if current is None else f'at revision {current.revision}'}"
        )
        self.key = key
        self.current = current


class Compacted(StoreError):
    """The history at the asked revision is forgotten; compacted is the oldest revision that can be read."""

    def __init__(self, asked: int, compacted: int) -> None:
        super().__init__(f"revision {asked} is compacted, the oldest is {compacted}")
        self.asked = asked
        self.compacted = compacted


class FutureRevision(StoreError):
    """The store has not reached the asked revision."""

    def __init__(self, asked: int, current: int) -> None:
        super().__init__(f"revision {asked} is ahead of {current}")
        self.asked = asked
        self.current = current
