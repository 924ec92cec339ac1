"""What an informer still has to take in, in the order in which it came."""

from __future__ import annotations

from attrs import frozen

from windtunnel.model.apiserver.request import WatchEvent
from windtunnel.model.objects.meta import KubeObject
from windtunnel.model.objects.record import Key, Record


@frozen
class Replaced:
    """A list: these are all objects, as of a revision."""

    records: tuple[Record, ...]
    revision: int


Delta = WatchEvent | Replaced
"""One object was ADDED, MODIFIED or DELETED, or a list came."""


@frozen
class DeletedFinalStateUnknown:
    """An object whose deletion was missed: what was last known of it, which may not be how it ended."""

    key: Key
    obj: KubeObject
