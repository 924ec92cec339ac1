"""No hot loops: where nothing happens, nobody writes the same object time and again.

Something happens with every action, every fault that ends, and everything physical (a container that starts or ends):
from then on writes are counted anew, so crash loops are exempt. What follows from one such thing may go far, so an
object may be written the more often the more other objects were written, but not without end.

Known loops of Kubernetes itself make new objects for ever, and none of them is written again and again: pods of a
template that names a node, or that end after a deadline, or that tolerate a taint for a while. Endpoints of a service
with a selector that somebody edits are put right once. None of them is judged here.
"""

from __future__ import annotations

from attrs import define

from windtunnel.invariants.promise import always
from windtunnel.invariants.verdict import UNCONCERNED, Findings, Violation
from windtunnel.invariants.world import World
from windtunnel.invariants.writers import KUBELETS, named
from windtunnel.model.cluster.action import TIME
from windtunnel.model.facts import ActionBegun, Committed, Healed, Physical
from windtunnel.model.objects.record import Record, StoreKey

LEAST = 50
FOR_EACH_OTHER = 10
"""An object may be written so often, and so much more often for each other object that is written meanwhile."""

PAUSE_MS = 5_000
"""Writes that are further apart than this are no hot loop, whoever makes them."""

EXEMPT = ("leases.coordination.k8s.io", "events", "events.events.k8s.io")
LEADER = "control-plane.alpha.kubernetes.io/leader"
"""The annotation by which an object serves as a lock: it is renewed for ever."""


@define
class Writes:
    """The writes of one object since something happened."""

    era: int
    count: int = 0
    last_ms: int = 0
    writers: tuple[str, ...] = ()


@always(on=(Committed, ActionBegun, Healed, Physical))
class NoHotLoop:
    """While no fault lasts and nothing happens, no object is written time and again, be it by two that undo each
    other's work or by one that answers itself; Leases, Events and heartbeats of nodes aside."""

    def __init__(self) -> None:
        self.era = 0
        self.others = 0
        self.writes: dict[StoreKey, Writes] = {}

    def check(self, fact: Committed | ActionBegun | Healed | Physical, world: World) -> Findings:
        """Count a write. O(1)."""
        if not isinstance(fact, Committed):
            begins = not isinstance(fact, ActionBegun) or (
                fact.action.action_sort != TIME or fact.action.action_name == "heal-fault"
            )
            if begins:
                self.era += 1
                self.others = 0
            return UNCONCERNED
        change = fact.change
        if world.cluster.faults or _is_exempt(change.record, change.by):
            return UNCONCERNED
        writes = self.writes.get(change.key)
        if writes is None or writes.era != self.era:
            writes = self.writes[change.key] = Writes(self.era)
            self.others += 1
        elif fact.now_ms - writes.last_ms > PAUSE_MS:
            writes.count = 0
        writes.count += 1
        writes.last_ms = fact.now_ms
        allowed = LEAST + FOR_EACH_OTHER * self.others
        if writes.count > LEAST // 2:
            writes.writers = (*writes.writers[-3:], change.by)
        if writes.count <= allowed:
            return None
        count, writes.count = writes.count, 0
        return Violation(
            f"at most {allowed} writes of it, as {self.others} objects were written",
            f"{count} writes, one shortly after the other, {_who(writes.writers)}",
            named(change.record),
            change.revision,
        )


def _who(writers: tuple[str, ...]) -> str:
    parties = tuple(dict.fromkeys(writers))
    if len(parties) == 1:
        return f"all by {parties[0]}"
    return f"by {' and '.join(parties)} in turn"


def _is_exempt(record: Record, by: str) -> bool:
    resource = record.key.resource
    if resource in EXEMPT or (resource == "nodes" and by.startswith(KUBELETS)):
        return True
    return LEADER in (record.raw["metadata"].get("annotations") or ())
