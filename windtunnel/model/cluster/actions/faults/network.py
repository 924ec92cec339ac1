"""Faults of the network: links that are cut or slow, answers that are lost, watches that end."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import TYPE_CHECKING

from windtunnel.model.apiserver.disturbances import ANY
from windtunnel.model.apiserver.server import ApiServer
from windtunnel.model.apiserver.watch_cache import WatchCache
from windtunnel.model.cluster.action import Action, Heal, fault
from windtunnel.model.cluster.actions.faults.processes import MOST, crashable
from windtunnel.model.sim.network import ConnectionLost

if TYPE_CHECKING:
    from windtunnel.model.cluster.cluster import Cluster

DIRECTIONS = ("both", "to", "from")
DELAYS_MS = (100, 1_000, 5_000)
MOST_DELAY_MS = 60_000
END, RESET = "end", "reset"


@fault
class Partition(Action):
    """Two hosts cannot reach each other, both ways or one; healing delivers what was held, in order.

    Promised meanwhile: nothing is lost or doubled within a connection; one that is silent for 45 s is given up.
    """

    spares_heartbeats = True

    host: str
    other: str
    direction: str = "both"

    @classmethod
    def choices(cls, cluster: Cluster) -> Sequence[Partition]:
        """Every pair of hosts between which messages go, in every direction in which they are not yet apart."""
        pairs = [pair for pair in combinations(hosts(cluster), 2) if _talk(cluster, *pair)]
        made = [cls(a, b, direction) for a, b in pairs for direction in DIRECTIONS]
        return [each for each in made if not each._is_in_force(cluster)]

    def why_not(self, cluster: Cluster) -> str:
        """Both hosts must exist and not yet be apart in this direction."""
        for host in (self.host, self.other):
            if host not in hosts(cluster):
                return f"there is no host {host}"
        if self.direction not in DIRECTIONS:
            return f"{self.direction!r} is no direction; write both, to or from"
        if self._is_in_force(cluster):
            return f"{self.host} and {self.other} are already apart"
        return ""

    def apply(self, cluster: Cluster) -> Heal:
        """Cut the links that are not cut yet."""
        links = [link for link in self._links() if not cluster.network.is_cut(*link)]
        for link in links:
            cluster.network.cut(*link)

        def mend() -> None:
            for link in links:
                cluster.network.heal(*link)

        return mend

    def _is_in_force(self, cluster: Cluster) -> bool:
        return all(cluster.network.is_cut(*link) for link in self._links())

    def _links(self) -> list[tuple[str, str]]:
        there, back = (self.host, self.other), (self.other, self.host)
        return {"both": [there, back], "to": [there], "from": [back]}[self.direction]


@fault
class LoseAnswers(Action):
    """The next answers to a process's writes are lost after they were carried out: it sees a broken connection.

    Promised meanwhile: a retry may meet its own earlier write, and must not do the work twice.
    """

    spares_heartbeats = True

    process: str
    count: int = 1

    @classmethod
    def choices(cls, cluster: Cluster) -> Sequence[LoseAnswers]:
        """One or two answers of every process that writes."""
        writers = [*crashable(cluster), *cluster.environment.apiservers]
        return [cls(name, count) for name in writers for count in (1, 2)]

    def why_not(self, cluster: Cluster) -> str:
        """The process must exist."""
        if not 1 <= self.count <= MOST:
            return f"count must be between 1 and {MOST}"
        return "" if self.process in cluster.processes else f"there is no process {self.process}"

    def apply(self, cluster: Cluster) -> Heal:
        """Arm the network."""
        cluster.network.lose_answers(self.process, self.count)
        return lambda: cluster.network.keep_answers(self.process)


@fault
class SlowLink(Action):
    """Messages between two hosts take longer, up to seconds each way; healing gives the link its speed back.

    Promised meanwhile: nothing is lost, and nothing overtakes what is under way; caches lag behind by that much, and
    what waits for them may time out.
    """

    spares_heartbeats = True

    host: str
    other: str
    delay_ms: int

    @classmethod
    def choices(cls, cluster: Cluster) -> Sequence[SlowLink]:
        """Every pair of hosts between which messages go, from a tenth of a second to five seconds."""
        pairs = [pair for pair in combinations(hosts(cluster), 2) if _talk(cluster, *pair)]
        return [cls(a, b, delay_ms) for a, b in pairs for delay_ms in DELAYS_MS]

    def why_not(self, cluster: Cluster) -> str:
        """Both hosts must exist."""
        if not 1 <= self.delay_ms <= MOST_DELAY_MS:
            return f"delay_ms must be between 1 and {MOST_DELAY_MS}"
        known = hosts(cluster)
        strange = [host for host in (self.host, self.other) if host not in known]
        return f"there is no host {strange[0]}" if strange else ""

    def apply(self, cluster: Cluster) -> Heal:
        """Slow both directions down."""
        network, links = cluster.network, [(self.host, self.other), (self.other, self.host)]
        for link in links:
            network.slow_down(*link, self.delay_ms)

        def speed_up() -> None:
            for link in links:
                network.slow_down(*link, -self.delay_ms)

        return speed_up


@fault
class WatchDrop(Action):
    """Watches of a process end: cleanly, as an API server ends those it has no room for, or by a broken connection.

    There is nothing to heal: the process opens them again after the last revision that it saw.

    Promised meanwhile: what comes after that revision comes once, in order, and without a gap.
    """

    spares_heartbeats = True

    process: str
    resource: str
    how: str

    @classmethod
    def choices(cls, cluster: Cluster) -> Sequence[WatchDrop]:
        """All watches of each process, and those of each resource, in both ways."""
        return [
            cls(name, resource, how)
            for name, resources in watched(cluster).items()
            for resource in (ANY, *resources)
            for how in (END, RESET)
        ]

    def why_not(self, cluster: Cluster) -> str:
        """There must be such a watch."""
        if self.how not in (END, RESET):
            return f"{self.how!r} is no way to drop a watch; write {END} or {RESET}"
        resources = watched(cluster).get(self.process, {})
        if not resources or self.resource not in (ANY, *resources):
            return f"{self.process} has no watch of {self.resource}"
        return ""

    def apply(self, cluster: Cluster) -> None:
        """End the streams on the server's side, or reset the connections."""
        for cache in caches(cluster):
            if self.resource not in (ANY, cache.kind.resource):
                continue
            if self.how == END:
                cache.end_watches_of(self.process)
                continue
            for watcher in list(cache.watchers):
                if watcher.stream.client.name == self.process:
                    watcher.stream.break_off(ConnectionLost(f"{watcher.stream.what} was reset"))


def servers(cluster: Cluster) -> list[ApiServer]:
    """The API servers that live. O(servers)."""
    components = [cluster.processes[name].component for name in cluster.environment.apiservers]
    return [each for each in components if isinstance(each, ApiServer) and each.process.alive]


def caches(cluster: Cluster) -> list[WatchCache]:
    """The watch caches of all API servers that live. O(caches)."""
    return [cache for server in servers(cluster) for cache in server.watch_caches.values()]


def watched(cluster: Cluster) -> dict[str, dict[str, None]]:
    """The resources that each process watches, in a defined order. O(watches)."""
    found: dict[str, dict[str, None]] = {name: {} for name in crashable(cluster)}
    for cache in caches(cluster):
        for watcher in cache.watchers:
            name = watcher.stream.client.name
            if name in found:
                found[name][cache.kind.resource] = None
    return {name: resources for name, resources in found.items() if resources}


def hosts(cluster: Cluster) -> list[str]:
    """The hosts that can be cut off, in the order in which they were made; the user's is not among them."""
    return list(dict.fromkeys(p.host for p in cluster.processes.values() if p.host != "user"))


def _talk(cluster: Cluster, host: str, other: str) -> bool:
    places = [cluster.processes[name].host for name in cluster.environment.apiservers]
    return host in places or other in places
