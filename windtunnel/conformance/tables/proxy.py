"""Conformance area `proxy`: which endpoints a node's proxy uses under a service's traffic policies.

`run` takes one case and returns None if the model agrees, else one sentence that says how it does not.
"""

from __future__ import annotations

from collections.abc import Iterable

from windtunnel.model.objects.json import Json
from windtunnel.model.proxy.categorize import ProxyEndpoint, TrafficPolicy, categorize

_SETS = ("cluster", "local", "reachable")


def _endpoint(given: Json) -> ProxyEndpoint:
    return ProxyEndpoint(
        given["address"],
        given["ready"],
        given["serving"],
        given["terminating"],
        given["local"],
        tuple(given["zoneHints"]),
    )


def _addresses(endpoints: Iterable[ProxyEndpoint]) -> list[str]:
    return sorted(each.address for each in endpoints)


def needs(case: Json) -> tuple[str, ...]:
    """What the case needs that the model does not have: nothing, for the kind of case there is."""
    kind = case["given"]["kind"]
    return () if kind == "categorize" else (f"cases of kind {kind}",)


def run(case: Json) -> str | None:
    """Return how the model differs from the case, or None. O(size of the case)."""
    given = case["given"]
    policy = TrafficPolicy(
        given["internalTrafficPolicy"],
        given["externalTrafficPolicy"],
        given["externallyAccessible"],
        given["topologyHints"],
    )
    categories = categorize(
        [_endpoint(each) for each in given["endpoints"]], policy, given["nodeZone"]
    )
    found = {
        "usesCluster": policy.uses_cluster,
        "usesLocal": policy.uses_local,
        "cluster": _addresses(categories.cluster),
        "local": _addresses(categories.local),
        "reachable": _addresses(categories.reachable),
        "hasAnyEndpoints": categories.has_any,
    }
    for key, expected in case["expect"].items():
        wanted = sorted(expected) if key in _SETS else expected
        if found[key] != wanted:
            return f"{key} should be {wanted!r} and is {found[key]!r}."
    return None
