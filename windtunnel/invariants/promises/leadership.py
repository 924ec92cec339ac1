"""Leadership: as client-go promises it, terms do not overlap, and only who leads asks for anything.

The promise has limits, and they are counted here in milliseconds. A leader gives up when its renewals have failed for
the deadline, which begins at the latest one retry period after the answer to its last renewal; another one takes the
lease when it has seen the record of that renewal unchanged for the lease's duration. Terms can therefore overlap where
the leader was stopped, where that answer was late, or where the two measure time at rates that are too different.
"""

from __future__ import annotations

from collections.abc import Iterator

from attrs import define, field

from windtunnel.invariants.promise import (
    always,
    answered,
    asked,
    eventually,
    minutes,
    sometimes,
    when_it_happens,
    written,
)
from windtunnel.invariants.verdict import UNCONCERNED, Findings, Unconcerned, Violation
from windtunnel.invariants.world import World
from windtunnel.model.facts import (
    CallAnswered,
    CallBegun,
    ClockChanged,
    Committed,
    LeadershipBegun,
    LeadershipLost,
    ProcessDown,
    ProcessPaused,
    ProcessResumed,
)
from windtunnel.model.settings import LeaderElectionSettings
from windtunnel.model.sim.clock import RIGHT

LEASES = "leases.coordination.k8s.io"
NAMESPACE = "kube-system"
REMEMBERED_MS = 200_000
"""For how long a wrong rate is held to matter after it was made right."""
SLACK_MS = 100
"""For the way of messages, and times cut to whole milliseconds."""


def has_elections(world: World) -> bool:
    """Whether processes of the run compete for a lease."""
    return bool(world.cluster.environment.elected)


@define
class Candidate:
    """What may explain that a process leads for longer than it should, or gets a lease too soon."""

    late_ms: int = 0
    """How late the answer to its last renewal was."""

    paused: bool = False
    resumed_ms: int = -REMEMBERED_MS
    rates: list[tuple[int, int]] = field(factory=lambda: [(0, RIGHT)])
    """Since when it measures time at which rate."""

    def rates_of_late(self, now_ms: int) -> list[int]:
        """The rates at which it has measured in the last minutes. O(changes)."""
        later = [*(since_ms for since_ms, _ in self.rates[1:]), now_ms]
        return [
            rate
            for (_, rate), until_ms in zip(self.rates, later, strict=True)
            if now_ms - until_ms <= REMEMBERED_MS
        ]


@always(
    on=(
        LeadershipBegun, LeadershipLost, ProcessDown, ProcessPaused, ProcessResumed, ClockChanged,
        answered("create", "update"), written(LEASES),
    ),
    applies=has_elections,
)  # fmt: skip
class TermsDoNotOverlap:
    """No process leads by a lease while another one does, unless the one that led was stopped, heard of its last
    renewal too late, or measures time too slowly beside the other for how long the lease lasts."""

    def __init__(self) -> None:
        self.leading: dict[str, dict[str, None]] = {}
        self.candidates: dict[str, Candidate] = {}
        self.committed_ms: dict[int, int] = {}

    def check(
        self,
        fact: LeadershipBegun
        | LeadershipLost
        | ProcessDown
        | ProcessPaused
        | ProcessResumed
        | ClockChanged
        | CallAnswered
        | Committed,
        world: World,
    ) -> Findings:
        """At the beginning of a term, look whose terms go on. O(candidates)."""
        if isinstance(fact, Committed):
            if fact.change.key.namespace == NAMESPACE:
                self.committed_ms[fact.change.call] = fact.now_ms
            return UNCONCERNED
        if isinstance(fact, LeadershipBegun):
            return self._begun(fact, world.cluster.environment.settings.leader_election)
        if isinstance(fact, CallAnswered):
            self._renewed(fact)
        elif isinstance(fact, LeadershipLost | ProcessDown):
            for leading in self.leading.values():
                leading.pop(fact.process, None)
            if isinstance(fact, ProcessDown):
                self._candidate(fact.process).paused = False
        elif isinstance(fact, ClockChanged):
            self._candidate(fact.process).rates.append((fact.now_ms, fact.rate))
        else:
            candidate = self._candidate(fact.process)
            candidate.paused = isinstance(fact, ProcessPaused)
            candidate.resumed_ms = fact.now_ms
        return UNCONCERNED

    def _candidate(self, process: str) -> Candidate:
        return self.candidates.setdefault(process, Candidate())

    def _renewed(self, fact: CallAnswered) -> None:
        committed_ms = self.committed_ms.pop(fact.call, None)
        if committed_ms is not None and fact.error is None:
            self._candidate(fact.process).late_ms = fact.now_ms - committed_ms

    def _begun(
        self, fact: LeadershipBegun, settings: LeaderElectionSettings
    ) -> list[Violation] | None:
        leading = self.leading.setdefault(fact.lease, {})
        others = [name for name in leading if name != fact.process]
        leading[fact.process] = None
        new = self._candidate(fact.process)
        return [
            Violation(
                f"{other} no longer leads by the lease {fact.lease}",
                f"{fact.process} leads by it too",
                f"Lease {NAMESPACE}/{fact.lease}",
            )
            for other in others
            if not excused(self._candidate(other), new, fact.now_ms, settings)
        ] or None


def excused(old: Candidate, new: Candidate, now_ms: int, settings: LeaderElectionSettings) -> bool:
    """Whether a correct leader may still lead at a moment at which another one gets its lease. O(changes of rates)."""
    slowest, fastest = min(old.rates_of_late(now_ms)), max(new.rates_of_late(now_ms))
    goes_on_ms = (settings.renew_deadline_ms + settings.retry_period_ms) * RIGHT // slowest
    taken_after_ms = settings.lease_duration_seconds * 1000 * RIGHT // fastest
    if old.paused or now_ms - old.resumed_ms <= goes_on_ms + SLACK_MS:
        return True
    return old.late_ms + goes_on_ms + SLACK_MS > taken_after_ms


@always(
    on=(
        LeadershipBegun, LeadershipLost, ProcessDown,
        asked("create", "update", "patch", "delete", "deletecollection"),
    ),
    applies=has_elections,
)  # fmt: skip
class OnlyLeadersWrite:
    """A process that competes for a lease asks for no write, but of the lease, before it has got it or after it knows
    that it has lost it."""

    def __init__(self) -> None:
        self.leading: dict[str, None] = {}

    def check(
        self, fact: LeadershipBegun | LeadershipLost | ProcessDown | CallBegun, world: World
    ) -> Findings:
        """Look at each write of a candidate. O(1)."""
        process = fact.process
        if isinstance(fact, CallBegun):
            if process not in world.cluster.environment.elected:
                return UNCONCERNED
            request = fact.request
            if request.resource == LEASES and request.namespace == NAMESPACE:
                return UNCONCERNED
            if process in self.leading:
                return None
            return Violation(f"{process} leads, or asks for no write", str(request), process)
        if isinstance(fact, LeadershipBegun):
            self.leading[process] = None
            return None
        self.leading.pop(process, None)
        return UNCONCERNED


@eventually(
    within=minutes(6, "a lease of 15 s, and a supervisor's back-off of 5 minutes"),
    applies=has_elections,
)
class OneOfThemLeads:
    """Where several processes compete for a lease, exactly one of them leads."""

    on = (LeadershipBegun, LeadershipLost, ProcessDown)

    def __init__(self) -> None:
        self.leading: dict[str, dict[str, None]] = {}

    def observe(self, fact: LeadershipBegun | LeadershipLost | ProcessDown, world: World) -> None:
        """Keep who leads. O(leases)."""
        if isinstance(fact, LeadershipBegun):
            self.leading.setdefault(fact.lease, {})[fact.process] = None
            return
        for leading in self.leading.values():
            leading.pop(fact.process, None)

    def check(self, world: World) -> Iterator[Violation]:
        """Count the leaders by each lease. O(leases)."""
        shape = world.cluster.shape
        for lease, candidates in (
            ("kube-controller-manager", shape.controller_manager_names),
            ("kube-scheduler", shape.scheduler_names),
        ):
            leading = list(self.leading.get(lease, ()))
            if len(candidates) > 1 and len(leading) != 1:
                yield Violation(
                    f"one of {', '.join(candidates)} leads",
                    f"{' and '.join(leading) or 'nobody'} leads",
                    f"Lease {NAMESPACE}/{lease}",
                )


@sometimes(on=LeadershipBegun, applies=when_it_happens)
def a_lease_changes_hands(fact: LeadershipBegun, world: World) -> bool | Unconcerned:
    """A process gets a lease that another one has held."""
    return fact.transitions > 0
