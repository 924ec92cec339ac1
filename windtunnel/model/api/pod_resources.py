"""What a pod requests, and is limited to, as a whole.

Its containers run at once, and so do its sidecars; init containers run before, one after the other, each beside the
sidecars that started earlier. The pod needs what they need together, or what its hungriest moment while starting needs.
Amounts given for the pod as a whole stand for those of its containers.

Not modelled: resizes in place.
"""

from __future__ import annotations

from windtunnel.model.api.resource_list import ResourceList, add, greatest, read_resource_list
from windtunnel.model.api.shared_json import remembered
from windtunnel.model.objects.json import Json

REQUESTS, LIMITS = "requests", "limits"
_OF_WHOLE_PODS = ("cpu", "memory")
_HUGE_PAGES = "hugepages-"


def is_set_for_the_whole(spec: Json) -> bool:
    """Tell whether a pod's spec gives requests or limits for the pod as a whole. O(resources)."""
    whole = spec.get("resources") or {}
    return any(
        name in _OF_WHOLE_PODS or name.startswith(_HUGE_PAGES)
        for part in (REQUESTS, LIMITS)
        for name in whole.get(part) or ()
    )


def _amounts(resources: Json | None, part: str) -> ResourceList:
    return read_resource_list(resources.get(part)) if resources else {}


def _total(spec: Json, part: str) -> ResourceList:
    total: ResourceList = {}
    for container in spec.get("containers") or ():
        total = add(total, _amounts(container.get("resources"), part))
    sidecars: ResourceList = {}
    hungriest: ResourceList = {}
    for container in spec.get("initContainers") or ():
        amounts = _amounts(container.get("resources"), part)
        if container.get("restartPolicy") == "Always":
            total = add(total, amounts)
            sidecars = add(sidecars, amounts)
            hungriest = greatest(hungriest, sidecars)
        else:
            hungriest = greatest(hungriest, add(amounts, sidecars))
    total = greatest(total, hungriest)
    for name, amount in _amounts(spec.get("resources"), part).items():
        if name in _OF_WHOLE_PODS or name.startswith(_HUGE_PAGES):
            total[name] = amount
    return total


@remembered
def pod_requests(spec: Json) -> ResourceList:
    """Return what a pod's spec requests, overhead apart. O(containers), remembered."""
    return _total(spec, REQUESTS)


@remembered
def pod_limits(spec: Json) -> ResourceList:
    """Return what a pod's spec limits it to, overhead apart. O(containers), remembered."""
    return _total(spec, LIMITS)


@remembered
def pod_requests_with_overhead(spec: Json) -> ResourceList:
    """Return what a pod's spec requests, with the overhead of its runtime. O(containers), remembered."""
    return add(pod_requests(spec), read_resource_list(spec.get("overhead")))


@remembered
def pod_limits_with_overhead(spec: Json) -> ResourceList:
    """Return a pod's limits, each with its overhead; overhead alone is no limit. O(containers), remembered."""
    limits, overhead = pod_limits(spec), read_resource_list(spec.get("overhead"))
    return add(limits, {name: amount for name, amount in overhead.items() if name in limits})
