"""Promises about leaders, on facts made by hand: when two may lead at once, who may write, and that somebody leads."""

from __future__ import annotations

from types import SimpleNamespace

from tests.invariants.bench import Bench
from windtunnel.invariants.promises.leadership import (
    LEASES,
    OneOfThemLeads,
    OnlyLeadersWrite,
    TermsDoNotOverlap,
    a_lease_changes_hands,
)
from windtunnel.model.apiserver.request import Request
from windtunnel.model.facts import (
    ClockChanged,
    LeadershipBegun,
    LeadershipLost,
    ProcessDown,
    ProcessPaused,
    ProcessResumed,
)
from windtunnel.model.outcome import Verdict

HELD, VIOLATED = Verdict.HELD, Verdict.VIOLATED
ONE, OTHER = "controller-manager-0", "controller-manager-1"
MANAGERS, SCHEDULERS = "kube-controller-manager", "kube-scheduler"


class Election(Bench):
    """Two controller managers that compete for a lease."""

    def __init__(self, promise: object, *, candidates: tuple[str, ...] = (ONE, OTHER)) -> None:
        super().__init__(promise)
        self.environment.elected = dict.fromkeys(candidates)
        self.shape = SimpleNamespace(
            controller_manager_names=candidates or (ONE,), scheduler_names=("scheduler-0",)
        )

    def leads(self, process: str, lease: str = MANAGERS, transitions: int = 0) -> None:
        """A process gets the lease."""
        self.emit(LeadershipBegun, process, 1, lease, transitions)

    def loses(self, process: str, lease: str = MANAGERS) -> None:
        """A process gives up."""
        self.emit(LeadershipLost, process, 1, lease)

    def renews(self, process: str, late_ms: int) -> None:
        """A leader renews its lease, and hears so a while later."""
        call = self.begin(process, "update", LEASES, MANAGERS)
        self.put(LEASES, "kube-system", MANAGERS, {"spec": {}}, call=call)
        self.advance(late_ms)
        request = Request("update", LEASES, "kube-system", MANAGERS)
        self.answer(process, request, "renewed", call)


def test_one_leads_after_another_and_never_beside_it() -> None:
    """It has given up, or died."""
    bench = Election(TermsDoNotOverlap)
    bench.advance(600_000)
    bench.leads(ONE)
    bench.loses(ONE)
    bench.leads(OTHER)
    bench.emit(ProcessDown, OTHER, 1)
    bench.leads(ONE)
    bench.leads("scheduler-0", SCHEDULERS)
    assert HELD == bench.verdict(TermsDoNotOverlap)
    bench.leads(OTHER)
    finding = bench.monitor.findings()[0]
    assert f"{ONE} no longer leads by the lease {MANAGERS}" == finding.expected


def test_a_leader_that_was_stopped_may_lead_on_for_a_while() -> None:
    """While it is stopped, and until it must have noticed; not longer."""
    for after_ms, verdict in ((None, HELD), (12_000, HELD), (13_000, VIOLATED)):
        bench = Election(TermsDoNotOverlap)
        bench.advance(600_000)
        bench.leads(ONE)
        bench.emit(ProcessPaused, ONE, 1)
        if after_ms is not None:
            bench.emit(ProcessResumed, ONE, 1)
            bench.advance(after_ms)
        bench.leads(OTHER)
        assert verdict == bench.verdict(TermsDoNotOverlap)


def test_a_leader_that_heard_late_of_its_renewal_counts_from_then() -> None:
    """A lease lasts three seconds longer than its leader tries: what is later than that is an excuse."""
    for late_ms, verdict in ((3_000, HELD), (2_000, VIOLATED)):
        bench = Election(TermsDoNotOverlap)
        bench.advance(600_000)
        bench.leads(ONE)
        bench.renews(ONE, late_ms)
        bench.leads(OTHER)
        assert verdict == bench.verdict(TermsDoNotOverlap)


def test_who_measures_time_too_slowly_may_lead_too_long() -> None:
    """Beside one that is right, or right beside one that is too fast; a rate that was mended long ago is none."""
    for process, rate, mended_before_ms, verdict in (
        (ONE, 500, 0, HELD),
        (OTHER, 2_000, 0, HELD),
        (ONE, 950, 0, VIOLATED),
        (ONE, 500, 100_000, HELD),
        (ONE, 500, 300_000, VIOLATED),
        (ONE, 2_000, 0, VIOLATED),
    ):
        bench = Election(TermsDoNotOverlap)
        bench.advance(600_000)
        bench.emit(ClockChanged, process, rate, 0)
        if mended_before_ms:
            bench.advance(10_000)
            bench.emit(ClockChanged, process, 1_000, 0)
            bench.advance(mended_before_ms)
        bench.leads(ONE)
        bench.leads(OTHER)
        assert verdict == bench.verdict(TermsDoNotOverlap)


def test_a_wrong_time_of_day_is_no_excuse() -> None:
    """Nobody is to look at the wall clock."""
    bench = Election(TermsDoNotOverlap)
    bench.advance(600_000)
    bench.emit(ClockChanged, OTHER, 1_000, 60_000)
    bench.leads(ONE)
    bench.leads(OTHER)
    assert VIOLATED == bench.verdict(TermsDoNotOverlap)


def test_who_does_not_lead_writes_nothing_but_the_lease() -> None:
    """Neither before its term nor after it; others write what they like."""
    bench = Election(OnlyLeadersWrite)
    bench.begin("user", "delete", "pods", "a")
    assert 0 == bench.result(OnlyLeadersWrite).checked
    bench.leads(ONE)
    bench.begin(ONE, "create", "pods")
    assert HELD == bench.verdict(OnlyLeadersWrite)
    bench.loses(ONE)
    bench.begin(ONE, "create", "pods")
    assert VIOLATED == bench.verdict(OnlyLeadersWrite)
    bench.leads(OTHER)
    bench.emit(ProcessDown, OTHER, 1)
    bench.begin(OTHER, "patch", "pods", "a")
    assert 2 == bench.result(OnlyLeadersWrite).violations


def test_at_rest_exactly_one_leads() -> None:
    """Where several could: one scheduler alone needs no lease."""
    bench = Election(OneOfThemLeads)
    bench.leads(OTHER)
    bench.loses(OTHER)
    bench.leads(ONE)
    bench.heal_and_finish()
    assert HELD == bench.verdict(OneOfThemLeads)
    bench.emit(ProcessDown, ONE, 1)
    bench.advance(60_000)
    bench.finish()
    assert "nobody leads" == bench.monitor.findings()[0].found
    bench = Election(OneOfThemLeads)
    for process in (ONE, OTHER):
        bench.leads(process)
    bench.heal_and_finish()
    assert f"{ONE} and {OTHER} leads" == bench.monitor.findings()[0].found


def test_a_run_without_elections_has_no_leaders() -> None:
    """The promises have no subject there."""
    for promise in (TermsDoNotOverlap, OnlyLeadersWrite, OneOfThemLeads):
        bench = Election(promise, candidates=())
        bench.heal_and_finish()
        assert not bench.result(promise).applicable


def test_a_lease_is_seen_to_change_hands() -> None:
    """The first leader has it from nobody."""
    bench = Election(a_lease_changes_hands)
    bench.leads(ONE)
    assert 0 == bench.result(a_lease_changes_hands).checked
    bench.leads(OTHER, transitions=1)
    assert 1 == bench.result(a_lease_changes_hands).checked
