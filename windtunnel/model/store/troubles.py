"""What is wrong with the store, beside what goes wrong with its process and links.

This is the hook for faults: they put something in, the store's server asks, and healing takes it out. A store that is
full (etcd's alarm NOSPACE) takes deletions, and whatever reads, but no object. A store without a leader carries out
nothing, not even reads, and drops its watches.
"""

from __future__ import annotations

from windtunnel.model.store.errors import StoreTrouble

NO_SPACE = "etcdserver: mvcc: database space exceeded"
TIMED_OUT = "etcdserver: request timed out"
NO_LEADER = "etcdserver: no leader"


class StoreTroubles:
    """Owns what is wrong with the store of one cluster."""

    def __init__(self) -> None:
        self.is_full = False
        self.has_leader = True

    def check_space(self) -> None:
        """Raise StoreTrouble where an object finds no room. O(1)."""
        if self.is_full:
            raise StoreTrouble(NO_SPACE)
