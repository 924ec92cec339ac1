"""What an API server can ask of the store, as values. str() is the trace text: no revisions in it."""

from __future__ import annotations

from attrs import frozen

from windtunnel.model.objects.json import Json
from windtunnel.model.objects.record import Record, StoreKey


@frozen
class Get:
    """One object, now (revision 0) or as it was at a revision; answered with Record | None."""

    key: StoreKey
    revision: int = 0

    def __str__(self) -> str:
        return f"store get {self.key}"


@frozen
class Range:
    """Objects of a resource in key order; answered with RangeAnswer. namespace None or "" means all of them."""

    resource: str
    namespace: str | None = None
    revision: int = 0
    limit: int = 0
    start_after: str | None = None

    def __str__(self) -> str:
        return f"store range {self.resource}"


@frozen
class RangeAnswer:
    """Records in key order, the revision they are from, whether there are more and how many."""

    records: tuple[Record, ...]
    revision: int
    more: bool
    remaining: int


@frozen
class Put:
    """Write an object; answered with its Record. expect: 0 must not exist, n must be its revision, None anything.

    Answered with the error RevisionMismatch where the expectation does not hold.
    """

    key: StoreKey
    raw: Json
    expect: int | None
    by: str = ""
    call: int = 0
    verb: str = ""
    subresource: str = ""

    @property
    def writes(self) -> bool:
        """A put changes the store."""
        return True

    def __str__(self) -> str:
        return f"store put {self.key}"


@frozen
class Delete:
    """Remove an object; answered with its last Record, stamped with the revision of the deletion.

    Answered with the error RevisionMismatch where the expectation does not hold or nothing is there.
    """

    key: StoreKey
    expect: int | None
    by: str = ""
    call: int = 0
    verb: str = ""
    subresource: str = ""

    @property
    def writes(self) -> bool:
        """A deletion changes the store."""
        return True

    def __str__(self) -> str:
        return f"store delete {self.key}"


@frozen
class Watch:
    """Every change of a resource after a revision; answered with a Stream of Change and Progress.

    Answered with the error Compacted where the history from there on is gone.
    """

    resource: str
    revision: int

    def __str__(self) -> str:
        return f"store watch {self.resource}"


@frozen
class CurrentRevision:
    """The store's revision now; a Progress goes out first on the caller's watches of that resource."""

    resource: str

    def __str__(self) -> str:
        return f"store revision {self.resource}"


@frozen
class Compact:
    """Forget the history before a revision; answered with the revision that history now begins at."""

    revision: int

    def __str__(self) -> str:
        return "store compact"


@frozen
class Progress:
    """A message of a watch: every change up to this revision has been sent."""

    revision: int
