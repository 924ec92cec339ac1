"""Which generation of each of its own slices a controller has to see before it trusts its cache again.

After a write the controller expects the generation that the answer named, after a deletion that the slice goes. The
cache is stale for a service while it shows an older generation, still has a slice that is to go, or lacks one that was
written.
"""

from __future__ import annotations

from collections.abc import Iterable

from windtunnel.model.objects.endpoint_slice import EndpointSlice
from windtunnel.model.objects.record import Key

_GONE = -1


def service_key(endpoint_slice: EndpointSlice) -> Key:
    """The service that a slice says it belongs to. O(1)."""
    return Key(endpoint_slice.namespace, endpoint_slice.service_name)


class SliceTracker:
    """Owns the expected generations, by service and by the slice's UID."""

    def __init__(self) -> None:
        self._expected: dict[Key, dict[str, int]] = {}

    def wrote(self, written: EndpointSlice) -> None:
        """Expect this generation from now on. O(1)."""
        expected = self._expected.setdefault(service_key(written), {})
        expected[written.uid] = written.metadata.generation

    def deleted(self, deleted: EndpointSlice) -> None:
        """Expect the slice to go. O(1)."""
        self._expected.setdefault(service_key(deleted), {})[deleted.uid] = _GONE

    def is_news(self, seen: EndpointSlice) -> bool:
        """Whether somebody else wrote the slice: it is unknown, or newer than expected. O(1)."""
        expected = self._expected.get(service_key(seen), {}).get(seen.uid)
        return expected is None or seen.metadata.generation > expected

    def went_unexpectedly(self, gone: EndpointSlice) -> bool:
        """Take note that a slice is gone; whether somebody else deleted one that is tracked. O(1)."""
        expected = self._expected.get(service_key(gone), {}).pop(gone.uid, _GONE)
        return expected != _GONE

    def is_stale(self, service: Key, cached: Iterable[EndpointSlice]) -> bool:
        """Whether the slices that the cache has for a service are not all those that were written. O(slices)."""
        expected = self._expected.get(service)
        if not expected:
            return False
        shown: dict[str, None] = {}
        for each in cached:
            shown[each.uid] = None
            generation = expected.get(each.uid, 0)
            if generation == _GONE or generation > each.metadata.generation:
                return True
        return any(g != _GONE and uid not in shown for uid, g in expected.items())

    def forget(self, service: Key) -> None:
        """The service is gone, or no longer this controller's. O(1)."""
        self._expected.pop(service, None)
