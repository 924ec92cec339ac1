"""Faults of the store: it has no room for objects, no leader, or is down. Its data outlive all of that."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from windtunnel.model.cluster.action import Action, Heal, fault
from windtunnel.model.store.server import StoreServer

if TYPE_CHECKING:
    from windtunnel.model.cluster.cluster import Cluster

NO_LEADER, DOWN = "no-leader", "down"


@fault
class StoreReadOnly(Action):
    """The store is full (etcd's alarm NOSPACE): creations and updates fail, reads and removals go on.

    What a deletion first marks as terminating (pods, whatever has a finalizer) is not removed. Healing makes room and
    lifts the alarm.

    Promised meanwhile: a write is answered with 500, "etcdserver: mvcc: database space exceeded", changes nothing and
    is tried again; leases cannot be renewed, so that leaders give up, and no node is given up before there is room.
    """

    @classmethod
    def choices(cls, cluster: Cluster) -> Sequence[StoreReadOnly]:
        """One way, unless it is full."""
        return [] if cls().why_not(cluster) else [cls()]

    def why_not(self, cluster: Cluster) -> str:
        """It must have room."""
        return "the store is full already" if cluster.environment.store_troubles.is_full else ""

    def apply(self, cluster: Cluster) -> Heal:
        """Raise the alarm."""
        troubles = cluster.environment.store_troubles
        troubles.is_full = True

        def make_room() -> None:
            troubles.is_full = False

        return make_room


@fault
class StoreOutage(Action):
    """The store answers nobody, for want of a leader or because it is down; healing brings it back with all its data.

    Without a leader a request waits for seven seconds: it is carried out if there is one by then, else given up, and
    watches end after three. Down, connections are reset and refused.

    Promised meanwhile: a request is answered with 500, "etcdserver: request timed out", and may have been carried out
    only if it was under way; API servers go on with their watches where they were, and serve what they have cached.
    """

    how: str

    @classmethod
    def choices(cls, cluster: Cluster) -> Sequence[StoreOutage]:
        """Both ways, unless it is out of order."""
        return [each for each in (cls(NO_LEADER), cls(DOWN)) if not each.why_not(cluster)]

    def why_not(self, cluster: Cluster) -> str:
        """The store must be in order."""
        if self.how not in (NO_LEADER, DOWN):
            return f"{self.how!r} is no outage; write {NO_LEADER} or {DOWN}"
        environment = cluster.environment
        if not cluster.processes[environment.store].alive:
            return "the store is down already"
        return "" if environment.store_troubles.has_leader else "the store has no leader already"

    def apply(self, cluster: Cluster) -> Heal:
        """Take the leader away, or the process."""
        process = cluster.processes[cluster.environment.store]
        if self.how == DOWN:
            process.crash()
            return process.start
        server = process.component
        assert isinstance(server, StoreServer)
        server.lose_leader()
        return server.elect
