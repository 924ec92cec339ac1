"""Which endpoints of a service port a node's proxy sends traffic to: pure functions of policies, conditions and hints.

Traffic under the policy Cluster may go to any ready endpoint, or only to those that are meant for the node's zone where
the service asks for that and the hints allow it. Traffic under the policy Local stays on the node. Where no endpoint
is ready, those that are on their way out and still serve take the traffic rather than nobody. A service that is reached
from outside needs the endpoints of the whole cluster even under Local, for what comes from inside.

Hints are looked at only where the service's annotation asks for it, as in 1.28, from which the tables come; a later
proxy follows whatever hints a slice carries, which comes to the same where one controller writes slices and hints.

Not modelled: kube-proxy itself, so rules, their tables and syncs, load balancing and session affinity, connection
tracking and the flows of UDP, health check node ports, firewalls for source ranges, hints for single nodes; and the
making of one list of endpoints out of a service's slices.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from attrs import frozen

LOCAL = "Local"
CLUSTER = "Cluster"
HINTS_OFF = ("", "disabled", "Disabled")
"""Values of the annotation that leave hints aside; every other one turns them on."""


@frozen
class ProxyEndpoint:
    """One endpoint as a proxy on a node sees it: address and port, its conditions, and whether it is on that node."""

    address: str
    ready: bool = True
    serving: bool = True
    terminating: bool = False
    local: bool = False
    zone_hints: tuple[str, ...] = ()

    @property
    def last_resort(self) -> bool:
        """Whether it is on its way out and still serves."""
        return self.serving and self.terminating


@frozen
class TrafficPolicy:
    """What a service port says about its traffic; externally accessible: by node port, load balancer or address."""

    internal: str = CLUSTER
    external: str = CLUSTER
    externally_accessible: bool = False
    hints_annotation: str = ""

    @property
    def uses_cluster(self) -> bool:
        """Whether some traffic may go to any node."""
        return self.internal != LOCAL or self.externally_accessible

    @property
    def uses_local(self) -> bool:
        """Whether some traffic must stay on its node."""
        return self.internal == LOCAL or (self.externally_accessible and self.external == LOCAL)


@frozen
class Categories:
    """Where traffic goes under either policy, all of it together, and whether there is an endpoint to be had at all."""

    cluster: tuple[ProxyEndpoint, ...] = ()
    local: tuple[ProxyEndpoint, ...] = ()
    reachable: tuple[ProxyEndpoint, ...] = ()
    has_any: bool = False


def follows_hints(
    endpoints: Iterable[ProxyEndpoint], policy: TrafficPolicy, node_zone: str
) -> bool:
    """Whether traffic is kept in the node's zone: asked for, every ready endpoint hinted, one for here. O(hints)."""
    if policy.hints_annotation in HINTS_OFF or not node_zone:
        return False
    some_for_here = False
    for endpoint in endpoints:
        if not endpoint.ready:
            continue
        if not endpoint.zone_hints:
            return False
        some_for_here = some_for_here or node_zone in endpoint.zone_hints
    return some_for_here


def categorize(
    endpoints: Sequence[ProxyEndpoint], policy: TrafficPolicy, node_zone: str = ""
) -> Categories:
    """Sort the endpoints of a service port for a node, in the order given. O(endpoints + hints)."""
    cluster: tuple[ProxyEndpoint, ...] = ()
    local: tuple[ProxyEndpoint, ...] = ()
    has_any = False
    if policy.uses_cluster:
        zone = node_zone if follows_hints(endpoints, policy, node_zone) else None
        cluster = _ready_else_last_resort(
            endpoints, lambda each: zone is None or zone in each.zone_hints
        )
        has_any = bool(cluster)
    if policy.uses_local:
        on_node = [each for each in endpoints if each.local]
        local = _ready_else_last_resort(on_node, lambda each: True)
        has_any = has_any or any(each.ready or each.last_resort for each in endpoints)
    # One that is on its way out, or hinted elsewhere, may be good enough for Local and not be among the cluster's.
    reachable = dict.fromkeys((*cluster, *local))
    return Categories(cluster, local, tuple(reachable), has_any)


def _ready_else_last_resort(
    endpoints: Sequence[ProxyEndpoint], suits: Callable[[ProxyEndpoint], bool]
) -> tuple[ProxyEndpoint, ...]:
    """The ready ones that suit; where there are none, whatever still serves on its way out."""
    ready = tuple(each for each in endpoints if each.ready and suits(each))
    return ready or tuple(each for each in endpoints if each.last_resort)
