"""The quality-of-service class of a pod, which decides who is evicted first under pressure.

Guaranteed: every container limits cpu and memory, and requests exactly what it limits. BestEffort: no
container asks for any. Burstable: everything else. Requests at pod level, if there are any, stand for those
of the containers.
"""

from __future__ import annotations

from collections.abc import Iterable

from windtunnel.model.api.quantity import ZERO, Quantity, parse
from windtunnel.model.api.shared_json import remembered
from windtunnel.model.objects.json import Json

_COUNTED = ("cpu", "memory")


def _add(amounts: Json | None, totals: dict[str, Quantity]) -> int:
    """Add the counted amounts that are not zero to the totals; return how many there were."""
    found = 0
    if amounts:
        for name in _COUNTED:
            if name in amounts:
                amount = parse(amounts[name])
                if amount.sign > 0:
                    totals[name] = totals.get(name, ZERO) + amount
                    found += 1
    return found


def _classify(resources: Iterable[Json]) -> str:
    requests: dict[str, Quantity] = {}
    limits: dict[str, Quantity] = {}
    all_limited = True
    for each in resources:
        _add(each.get("requests"), requests)
        if _add(each.get("limits"), limits) < len(_COUNTED):
            all_limited = False
    if not requests and not limits:
        return "BestEffort"
    return "Guaranteed" if all_limited and requests == limits else "Burstable"


@remembered
def qos_class(spec: Json) -> str:
    """Return `Guaranteed`, `Burstable` or `BestEffort` for the spec of a pod. O(containers), remembered."""
    whole = spec.get("resources")
    if whole:
        return _classify([whole])
    return _classify(
        container.get("resources") or {}
        for key in ("containers", "initContainers")
        for container in spec.get(key) or ()
    )
