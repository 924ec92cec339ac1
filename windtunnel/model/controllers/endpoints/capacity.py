"""Endpoints hold at most 1,000 addresses: ready ones first, shared out over the subsets in proportion."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from windtunnel.model.objects.json import Json

MAX_CAPACITY = 1000
OVER_CAPACITY = "endpoints.kubernetes.io/over-capacity"
TRUNCATED = "truncated"


def truncate(subsets: Sequence[Json]) -> tuple[list[Json], bool]:
    """The subsets within the capacity, and whether anything had to go. O(addresses)."""
    ready = sum(len(subset.get("addresses") or ()) for subset in subsets)
    not_ready = sum(len(subset.get("notReadyAddresses") or ()) for subset in subsets)
    if ready + not_ready <= MAX_CAPACITY:
        return list(subsets), False
    if ready > MAX_CAPACITY:
        return _share(subsets, "addresses", ready, MAX_CAPACITY, "notReadyAddresses"), True
    return _share(subsets, "notReadyAddresses", not_ready, MAX_CAPACITY - ready, ""), True


def _share(
    subsets: Sequence[Json], name: str, total: int, capacity: int, dropped: str
) -> list[Json]:
    left = capacity
    shortened = []
    for subset in subsets:
        addresses = subset.get(name) or []
        # Rounded up, so the last subset may get less than its proportion.
        share = min(-(-len(addresses) * capacity // total), left)
        left -= min(share, len(addresses))
        kept = {key: value for key, value in subset.items() if key not in (name, dropped)}
        if addresses[:share]:
            kept[name] = addresses[:share]
        shortened.append(kept)
    return shortened


def mark_is_right(annotations: Mapping[str, str], subsets: Sequence[Json]) -> bool:
    """Whether stored Endpoints need no rewrite for their over-capacity mark: not too many, and not marked."""
    total = sum(
        len(subset.get("addresses") or ()) + len(subset.get("notReadyAddresses") or ())
        for subset in subsets
    )
    return total <= MAX_CAPACITY and OVER_CAPACITY not in annotations
