"""Whether the caches already show what a controller wrote itself.

A controller that acts on a cache older than its own last write repeats itself. This store remembers, for each key, the
newest revision of each resource that the controller wrote on its behalf; until the caches have reached it, the key is
not ready and is tried again later.
"""

from __future__ import annotations

from typing import Protocol

from windtunnel.model.objects.meta import KubeObject
from windtunnel.model.objects.record import Key


class RetryLater(Exception):
    """A sync that cannot go on now and has to be tried again."""


class Cache(Protocol):
    """What is asked of an informer: how far it has come."""

    @property
    def revision(self) -> int:
        """The revision up to which the cache has seen everything."""


class OwnWrites:
    """The newest own writes by key and resource."""

    def __init__(self, caches: dict[str, Cache]) -> None:
        self._caches = caches
        self._written: dict[Key, dict[str, int]] = {}

    def wrote(self, key: Key, resource: str, written: KubeObject) -> None:
        """Remember a write on behalf of a key. O(1)."""
        revision = int(written.metadata.resource_version or 0)
        newest = self._written.setdefault(key, {})
        newest[resource] = max(newest.get(resource, 0), revision)

    def ensure_seen(self, key: Key) -> None:
        """Raises RetryLater while a cache has not reached the last write for the key. O(resources)."""
        for resource, revision in self._written.get(key, {}).items():
            seen = self._caches[resource].revision
            if seen < revision:
                raise RetryLater(
                    f"the cache of {resource} does not show the last write for {key} yet"
                )

    def forget(self, key: Key) -> None:
        """The object is gone. O(1)."""
        self._written.pop(key, None)
