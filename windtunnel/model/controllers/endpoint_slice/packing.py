"""How the endpoints with one set of ports are shared out over slices, with as few writes as possible.

First, endpoints stay in the slice where they are; what is no longer wanted goes, and a slice that loses all is deleted.
Then new endpoints fill up the slices that have to be written anyway, the fullest first. What is left goes into the one
untouched slice that it fills best, if it fits into one, and into new slices otherwise. Slices are never merged for
their own sake.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from windtunnel.model.controllers.endpoint_slice.changes import Changes
from windtunnel.model.controllers.endpoint_slice.endpoints import (
    EndpointIdentity,
    endpoint_identity,
    same_endpoint,
)
from windtunnel.model.controllers.endpoint_slice.labels import labels_are_right, slice_labels
from windtunnel.model.objects.endpoint_slice import EndpointSlice
from windtunnel.model.objects.json import Json, put
from windtunnel.model.objects.service import Service


def pack(
    existing: Iterable[EndpointSlice],
    desired: dict[EndpointIdentity, Json],
    service: Service,
    new_slice: Callable[[], Json],
    limit: int,
) -> Changes:
    """The changes that make slices of one address type and one set of ports show what is desired.

    limit is the number of endpoints in a slice. O(endpoints + slices, sorted).
    """
    left = dict(desired)
    changes = Changes()
    untouched: list[EndpointSlice] = []
    for current in existing:
        kept, same = _still_wanted(current, left)
        if same and labels_are_right(current, service):
            untouched.append(current)
        elif kept or same:
            changes.update.append(_rewritten(current, kept, service))
        else:
            changes.delete.append(current)
    waiting = list(left.values())
    # Filled in place: these are lists that `_still_wanted` made, and nobody else has.
    for written in sorted(changes.update, key=_size, reverse=True):
        waiting = _fill(written["endpoints"], waiting, limit)
    while waiting:
        best = _best_fit(untouched, len(waiting), limit)
        if best is None:
            fresh = new_slice()
            endpoints: list[Json] = []
            waiting = _fill(endpoints, waiting, limit)
            changes.create.append({**fresh, "endpoints": endpoints})
        else:
            untouched.remove(best)
            endpoints = list(best.raw.get("endpoints") or ())
            waiting = _fill(endpoints, waiting, limit)
            changes.update.append({**best.raw, "endpoints": endpoints})
    return changes


def _still_wanted(
    current: EndpointSlice, left: dict[EndpointIdentity, Json]
) -> tuple[list[Json], bool]:
    """The endpoints of a slice that are desired, as they are desired, taken out of `left`; whether all is as it was."""
    kept: list[Json] = []
    stored = current.raw.get("endpoints") or ()
    same = True
    for endpoint in stored:
        wanted = left.pop(endpoint_identity(endpoint), None)
        if wanted == endpoint:
            kept.append(endpoint)
            continue
        if wanted is not None:
            kept.append(wanted)
        same = same and wanted is not None and same_endpoint(wanted, endpoint)
    return kept, same


def _rewritten(current: EndpointSlice, endpoints: list[Json], service: Service) -> Json:
    labelled = put(current.raw, slice_labels(service), "metadata", "labels")
    labelled["endpoints"] = endpoints
    return labelled


def _size(raw: Json) -> int:
    return len(raw["endpoints"])


def _fill(endpoints: list[Json], waiting: list[Json], limit: int) -> list[Json]:
    """Move as many as fit, the first ones first; returns those that did not."""
    room = max(0, limit - len(endpoints))
    endpoints += waiting[:room]
    return waiting[room:]


def _best_fit(untouched: list[EndpointSlice], number: int, limit: int) -> EndpointSlice | None:
    """The fullest slice with room for all of a number of endpoints that is less than a whole slice."""
    best: EndpointSlice | None = None
    if number < limit:
        for candidate in untouched:
            size = len(candidate.endpoints)
            if size + number <= limit and (best is None or size > len(best.endpoints)):
                best = candidate
    return best
