"""The world as a check sees it: what the store believes, what has been, who asked, and the cluster itself.

The believed side is the monitor's own copy, built from facts alone. The physical side (machines, links, processes) is
reached through `cluster`, and by the facts that say what changed there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

from windtunnel.invariants.calls import Calls
from windtunnel.invariants.change_log import Logs
from windtunnel.invariants.indexes import Indexes
from windtunnel.invariants.past import Past
from windtunnel.model.objects.record import Record, StoreKey
from windtunnel.model.sim.clock import RIGHT

if TYPE_CHECKING:
    from windtunnel.invariants.meaning.ends import End
    from windtunnel.invariants.promise import Bound
    from windtunnel.model.cluster.cluster import Cluster
    from windtunnel.model.store.change import Change

_NONE: Mapping[StoreKey, Record] = {}


class World:
    """Shared by all checks of one run; they read it and change nothing."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        self.indexes = Indexes()
        self.past = Past()
        self.calls = Calls()
        self.logs = Logs()
        self.revision = 0
        self.ever: dict[str, int] = {}
        self.actions: dict[str, int] = {}
        self.healed_ms = 0
        self.fair_end: Callable[[], End | None] = lambda: None
        """How the same scenario ends without its faults, where whoever runs it can tell. The first time costs a run."""
        self.fastest_rate = RIGHT
        """The highest rate, in thousandths, at which any process has measured time so far."""

    @property
    def now_ms(self) -> int:
        """Virtual time."""
        return self.cluster.loop.now_ms

    @property
    def step(self) -> int:
        """The step of the trace that runs now."""
        return self.cluster.loop.step

    def get(self, resource: str, namespace: str, name: str) -> Record | None:
        """An object as it stands, or None; the namespace of a cluster-scoped one is ''. O(1)."""
        found = self.indexes.by_resource.get(resource, _NONE)
        return found.get(StoreKey(resource, namespace, name))

    def objects(self, resource: str) -> Iterable[Record]:
        """All objects of a resource (replicasets.apps), in the order in which they were made. O(1), then O(objects)."""
        return self.indexes.by_resource.get(resource, _NONE).values()

    def by_uid(self, uid: str) -> Record | None:
        """The object of a uid as it stands, or None once it is gone. O(1)."""
        return self.indexes.by_uid.get(uid)

    def pods_of(self, owner_uid: str) -> Iterable[Record]:
        """The pods that an owner controls. O(1), then O(pods)."""
        return self.indexes.pods_by_owner.get(owner_uid, _NONE).values()

    def pods_on(self, node: str) -> Iterable[Record]:
        """The pods bound to a node. O(1), then O(pods)."""
        return self.indexes.pods_by_node.get(node, _NONE).values()

    def pods_with(self, namespace: str, labels: Mapping[str, str]) -> Iterable[Record]:
        """The pods of a namespace that carry all these labels. O(pods with the rarest label)."""
        return self.indexes.pods_with(namespace, labels)

    def had(self, *resources: str) -> bool:
        """Whether an object of one of these resources ever existed in this run. O(resources)."""
        return any(self.ever.get(resource) for resource in resources)

    def did(self, *actions: str) -> bool:
        """Whether one of these actions was applied in this run. O(actions)."""
        return any(self.actions.get(action) for action in actions)

    def waited(self, bound: Bound) -> bool:
        """Whether every fault has been healed for as long as a bound; what is not so by then, and is not new, never
        will be. O(1)."""
        return self.now_ms - self.healed_ms >= bound.ms

    def at_least_ms(self, duration_ms: int) -> int:
        """How long, in true time, a duration takes at least that some process has measured. O(1)."""
        return duration_ms * RIGHT // self.fastest_rate

    def apply(self, change: Change) -> None:
        """Take in a committed write; the monitor's business. O(labels)."""
        key, after = change.key, change.after
        self.revision = change.revision
        self.logs.append(change)
        before = self.indexes.apply(key, after)
        if before is None:
            self.ever[key.resource] = self.ever.get(key.resource, 0) + 1
        self.past.apply(change, before)
