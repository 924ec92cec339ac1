"""Whether what recurs would surely arrive: nothing is wrong between a client, the API servers and the store.

All of them live and reach each other, and no armed answer waits for the client. A renewal also needs controllers that
hear of it, and nobody else who would; and the Lease in the store must be the one that the kubelet knows. A fault that
does not say that it spares heartbeats is taken to be in the way of everything.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from windtunnel.model.apiserver.server import ApiServer
from windtunnel.model.objects.record import Key, StoreKey
from windtunnel.model.sim.process import Process

if TYPE_CHECKING:
    from windtunnel.model.cluster.cluster import Cluster

LEASES = "leases.coordination.k8s.io"
LEASE_NAMESPACE = "kube-node-lease"
MANAGERS = "controller-manager-"
WATCHED_ROLES = ("store", "apiserver", "watch-cache", "reflector", "informer", "node-lifecycle")


class HeartbeatPaths:
    """Looks at a cluster on behalf of its heartbeats."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        environment = cluster.environment
        swapped = environment.roles.swapped
        # A class of somebody else's may read Leases in ways of its own.
        self._never = not environment.settings.elide_steady_work or any(
            role in swapped for role in WATCHED_ROLES
        )
        self._elects_otherwise = "leader-election" in environment.roles.swapped
        self._managers = [
            process for name, process in cluster.processes.items() if name.startswith(MANAGERS)
        ]
        self._servers = [cluster.processes[name] for name in environment.apiservers]
        self._store = cluster.processes[environment.store]
        self._ends = (*self._servers, self._store)

    def clear(self, client: Process) -> bool:
        """Whether what this process and the API servers send each other now surely arrives. O(servers)."""
        return (
            not self._never
            and not self._cluster.loud_faults
            and not self._deviates(client)
            and all(each.alive and not each.is_trapped for each in (*self._ends, client))
            and client.clock is None
            and self._is_reachable(client)
            and not self._is_disturbed(client.name)
        )

    def clear_for_lease(self, kubelet: Process, lease: Any) -> bool:
        """Whether a renewal of this Lease would change nothing but its time. O(servers + watchers of Leases)."""
        return (
            self.clear(kubelet)
            and self._managers_hear()
            and self._may_be_written()
            and self._version(LEASE_NAMESPACE, lease.name) == lease.metadata.resource_version
        )

    def clear_for_election(self, candidate: Process, key: Key, version: str) -> bool:
        """Whether a candidate's look at the Lease of an election, or its renewal, would bring nothing but a time, given
        the version that it knows. O(servers + watchers of Leases)."""
        return (
            not self._elects_otherwise
            and self.clear(candidate)
            and self._may_be_written()
            and self._version(key.namespace, key.name) == version
            and all(name.startswith(MANAGERS) for name in self._watchers_of_leases())
        )

    def _may_be_written(self) -> bool:
        webhooks = self._cluster.environment.disturbances.webhooks
        return not any(webhook.concerns(LEASES, "UPDATE") for webhook in webhooks)

    def _version(self, namespace: str, name: str) -> str:
        record = self._cluster.store.get(StoreKey(LEASES, namespace, name))
        return str(record.revision) if record is not None else ""

    def _managers_hear(self) -> bool:
        return (
            all(
                each.alive
                and not each.is_trapped
                and each.clock is None
                and self._is_reachable(each)
                for each in self._managers
            )
            and self._only_managers_watch()
        )

    def _is_reachable(self, process: Process) -> bool:
        network = self._cluster.network
        if not network.has_troubled_links:
            return True
        ends = (process.host, self._store.host)
        return not any(
            network.is_troubled(end, server.host) for end in ends for server in self._servers
        )

    def _deviates(self, client: Process) -> bool:
        """Whether a deviation waits for a message that would be left out: its number counts all messages of a link."""
        deviations = self._cluster.choices.deviations
        hosts = (client.host, self._store.host)
        return any(
            point.endswith(LEASES) or any(host in point for host in hosts) for point in deviations
        )

    def _is_disturbed(self, client: str) -> bool:
        answers = self._cluster.environment.disturbances.answers
        if any(answer.process == client for answer in answers):
            return True
        network = self._cluster.network
        names = (client, *self._cluster.environment.apiservers)
        return any(network.answers_to_lose(name) for name in names)

    def _only_managers_watch(self) -> bool:
        watchers = self._watchers_of_leases()
        return bool(watchers) and all(
            name.startswith(MANAGERS) and not backlog for name, backlog in watchers.items()
        )

    def _watchers_of_leases(self) -> dict[str, int]:
        """Who watches Leases, and how many events wait for each. O(watchers)."""
        found: dict[str, int] = {}
        for server in self._servers:
            component = server.component
            # A class of somebody else's in the role has no elisions at all.
            assert isinstance(component, ApiServer)
            cache = component.watch_caches.get(LEASES)
            for watcher in cache.watchers if cache is not None else ():
                stream = watcher.stream
                found[stream.client.name] = found.get(stream.client.name, 0) + stream.backlog
        return found
