"""Sieve's "unobserved state" and "stale state": what is held back from one process, and from one server's cache."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from windtunnel.model.apiserver.watch_cache import watch_name
from windtunnel.model.cluster.action import Action, Heal, fault
from windtunnel.model.cluster.actions.faults.network import caches, servers, watched
from windtunnel.model.sim.network import ConnectionLost
from windtunnel.model.store.requests import Watch

if TYPE_CHECKING:
    from windtunnel.model.cluster.cluster import Cluster

FLOWS, BREAKS, EXPIRES = "flows", "breaks", "expires"
ENDS = (FLOWS, BREAKS, EXPIRES)


@fault
class HoldWatch(Action):
    """A process hears nothing more of a resource: what its watches would tell is held, new watches included.

    Healing lets all of it come at once (flows); or breaks the watches, so that what was held is lost, and the process
    goes on after the last revision that it saw (breaks); or breaks them when the servers no longer have what came
    since, so that the process is told 410 and lists anew (expires): what was there only meanwhile it never sees.

    Promised meanwhile: the process acts on what it knew, which was once so; nothing is lost of what it asks for, and
    in the end its copy is what the store has.
    """

    process: str
    resource: str
    then: str

    @classmethod
    def choices(cls, cluster: Cluster) -> Sequence[HoldWatch]:
        """Each resource that each process watches, with each end."""
        is_held = cluster.network.is_stalled
        return [
            cls(name, resource, then)
            for name, resources in watched(cluster).items()
            for resource in resources
            if not is_held(name, watch_name(resource))
            for then in ENDS
        ]

    def why_not(self, cluster: Cluster) -> str:
        """There must be such a watch, which is not held yet."""
        if self.then not in ENDS:
            return f"{self.then!r} is no end of it; write {', '.join(ENDS)}"
        if self.resource not in watched(cluster).get(self.process, {}):
            return f"{self.process} has no watch of {self.resource}"
        held = cluster.network.is_stalled(self.process, watch_name(self.resource))
        return f"the watch of {self.resource} by {self.process} is held already" if held else ""

    def apply(self, cluster: Cluster) -> Heal:
        """Hold them."""
        network, name = cluster.network, watch_name(self.resource)
        network.stall(self.process, name)

        def let_go() -> None:
            if self.then == EXPIRES:
                for cache in caches(cluster):
                    if cache.kind.resource == self.resource:
                        cache.forget_history()
            if self.then != FLOWS:
                for stream in network.streams_to(self.process, name):
                    stream.break_off(ConnectionLost(f"{name} was reset"))
            network.let_flow(self.process, name)

        return let_go


@fault
class LaggingCache(Action):
    """An API server takes in no changes of a resource: its watch cache stays as it is, and its clients with it.

    Lists at resourceVersion 0 and watches show what was; what has to be current waits for three seconds, and is then
    read from the store (lists) or answered with 504. A process that starts again and asks this server may be shown
    less than it had seen before. Healing lets the cache catch up.

    Promised meanwhile: reads without resourceVersion, and writes, are about what is in the store; nobody who goes on
    with a watch is taken back behind what he saw.
    """

    server: str
    resource: str

    @classmethod
    def choices(cls, cluster: Cluster) -> Sequence[LaggingCache]:
        """Every cache of every API server that lives."""
        made = [
            cls(server.process.name, resource)
            for server in servers(cluster)
            for resource in server.watch_caches
        ]
        return [each for each in made if not each._lags(cluster)]

    def why_not(self, cluster: Cluster) -> str:
        """There must be such a cache, which follows the store."""
        known = {each.process.name: each.watch_caches for each in servers(cluster)}
        if self.resource not in known.get(self.server, {}):
            return f"{self.server} has no cache of {self.resource}"
        lags = f"the cache of {self.resource} on {self.server} lags already"
        return lags if self._lags(cluster) else ""

    def apply(self, cluster: Cluster) -> Heal:
        """Hold what the store tells it."""
        network = cluster.network
        network.stall(self.server, self._stream)
        return lambda: network.let_flow(self.server, self._stream)

    def _lags(self, cluster: Cluster) -> bool:
        return cluster.network.is_stalled(self.server, self._stream)

    @property
    def _stream(self) -> str:
        return str(Watch(self.resource, 0))
