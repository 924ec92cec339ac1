"""What happened when, in rows, for a drawing: bars of faults, of processes that are down or stopped, and of links that
are cut, and marks of actions, writes and what changed on the nodes.

A Timeline listens to the facts of one run. It keeps the latest writes only, and none of the heartbeats.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from attrs import frozen

from windtunnel.model.facts import (
    ActionBegun,
    Committed,
    Healed,
    LinkCut,
    LinkHealed,
    Physical,
    ProcessDown,
    ProcessPaused,
    ProcessResumed,
    ProcessUp,
)
from windtunnel.model.objects.record import Record
from windtunnel.model.sim.facts import FactHub
from windtunnel.model.store.change import Change

ACTIONS = "actions"
MAX_MARKS = 600
QUIET_RESOURCES = ("leases.coordination.k8s.io", "events", "events.events.k8s.io")


@frozen
class Span:
    """A bar (end_ms > begin_ms) or mark in a row; sort: operation, fault, time, heal, down, cut, write or physical."""

    row: str
    begin_ms: int
    end_ms: int
    sort: str
    text: str
    step: int = 0


class Timeline:
    """Collects the spans of one run from its facts; owns what is still open."""

    def __init__(self, facts: FactHub) -> None:
        self._done: list[Span] = []
        self._marks: deque[Span] = deque(maxlen=MAX_MARKS)
        self._faults: dict[str, tuple[str, ActionBegun]] = {}
        self._down: dict[str, ProcessDown | ProcessPaused] = {}
        self._cut: dict[tuple[str, str], LinkCut] = {}
        facts.subscribe(ActionBegun, self._action)
        facts.subscribe(Healed, self._healed)
        facts.subscribe(ProcessDown, self._process_down)
        facts.subscribe(ProcessUp, self._process_up)
        facts.subscribe(ProcessPaused, self._process_down)
        facts.subscribe(ProcessResumed, self._process_up)
        facts.subscribe(LinkCut, self._link_cut)
        facts.subscribe(LinkHealed, self._link_healed)
        facts.subscribe(Committed, self._committed)
        facts.subscribe(Physical, self._physical)

    def spans(self, now_ms: int) -> tuple[Span, ...]:
        """Everything so far in order of time; what is still open ends now. O(spans log spans)."""
        found = [*self._done, *self._marks]
        found += [_fault(text, begun, now_ms) for text, begun in self._faults.values()]
        found += [_outage(down, now_ms) for down in self._down.values()]
        found += [_separation(cut, now_ms) for cut in self._cut.values()]
        return tuple(sorted(found, key=lambda span: (span.begin_ms, span.step, span.row)))

    def _action(self, fact: ActionBegun) -> None:
        action = fact.action
        text = f"#{fact.number} {action}"
        ended = self._faults.pop(getattr(action, "fault", ""), None)
        if ended is not None:
            self._done.append(_fault(*ended, fact.now_ms))
        if action.action_sort == "fault":
            again = self._faults.pop(str(action), None)
            if again is not None:
                self._done.append(_fault(*again, fact.now_ms))
            self._faults[str(action)] = (text, fact)
            return
        sort = "heal" if ended is not None else action.action_sort
        self._done.append(Span(ACTIONS, fact.now_ms, fact.now_ms, sort, text, fact.step))

    def _healed(self, fact: Healed) -> None:
        self._close_faults(self._faults.values(), fact.now_ms)
        self._faults = {}
        everything = "every fault is healed"
        self._done.append(Span(ACTIONS, fact.now_ms, fact.now_ms, "heal", everything, fact.step))

    def _close_faults(self, faults: Iterable[tuple[str, ActionBegun]], now_ms: int) -> None:
        self._done += [_fault(text, begun, now_ms) for text, begun in faults]

    def _process_down(self, fact: ProcessDown | ProcessPaused) -> None:
        before = self._down.pop(fact.process, None)
        if before is not None:
            self._done.append(_outage(before, fact.now_ms))
        self._down[fact.process] = fact

    def _process_up(self, fact: ProcessUp | ProcessResumed) -> None:
        down = self._down.pop(fact.process, None)
        if down is not None:
            self._done.append(_outage(down, fact.now_ms))

    def _link_cut(self, fact: LinkCut) -> None:
        self._cut.setdefault((fact.source, fact.target), fact)

    def _link_healed(self, fact: LinkHealed) -> None:
        cut = self._cut.pop((fact.source, fact.target), None)
        if cut is not None:
            self._done.append(_separation(cut, fact.now_ms))

    def _committed(self, fact: Committed) -> None:
        change = fact.change
        if change.key.resource in QUIET_RESOURCES or _is_heartbeat(change):
            return
        did = "deletes" if change.after is None else "changes" if change.before else "creates"
        text = f"{did} {change.key} (revision {change.revision})"
        row = change.by.rpartition(":")[2] or "store"
        self._marks.append(Span(row, fact.now_ms, fact.now_ms, "write", text, fact.step))

    def _physical(self, fact: Physical) -> None:
        words = (fact.what, fact.container, fact.detail)
        text = " ".join(word for word in words if word)
        self._marks.append(Span(fact.node, fact.now_ms, fact.now_ms, "physical", text, fact.step))


def _is_heartbeat(change: Change) -> bool:
    """Whether a node's status was written again and says the same. O(conditions)."""
    if change.key.resource != "nodes" or change.subresource != "status":
        return False
    before, after = change.before, change.after
    if before is None or after is None or before.raw.get("spec") != after.raw.get("spec"):
        return False
    return _conditions(before) == _conditions(after)


def _conditions(node: Record) -> list[tuple[str, str]]:
    conditions = node.raw.get("status", {}).get("conditions") or []
    return [(each.get("type", ""), each.get("status", "")) for each in conditions]


def _fault(text: str, begun: ActionBegun, end_ms: int) -> Span:
    return Span(ACTIONS, begun.now_ms, end_ms, "fault", text, begun.step)


def _outage(down: ProcessDown | ProcessPaused, end_ms: int) -> Span:
    how = "down" if isinstance(down, ProcessDown) else "stopped"
    text = f"{down.process} is {how}"
    return Span(down.process, down.now_ms, end_ms, "down", text, down.step)


def _separation(cut: LinkCut, end_ms: int) -> Span:
    text = f"nothing gets from {cut.source} to {cut.target}"
    return Span(f"{cut.source} → {cut.target}", cut.now_ms, end_ms, "cut", text, cut.step)
