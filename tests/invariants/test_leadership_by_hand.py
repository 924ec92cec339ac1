"""The promises about leadership, told fact by fact: what breaks them, and what a correct leader may do."""

from __future__ import annotations

import pytest

from tests.invariants.bench import Bench
from windtunnel.invariants.promises.leadership import (
    OneOfThemLeads,
    OnlyLeadersWrite,
    TermsDoNotOverlap,
    a_lease_changes_hands,
)
from windtunnel.model.apiserver.request import Request
from windtunnel.model.cluster.shape import ClusterShape
from windtunnel.model.facts import (
    CallBegun,
    ClockChanged,
    LeadershipBegun,
    LeadershipLost,
    ProcessDown,
    ProcessPaused,
    ProcessResumed,
)
from windtunnel.model.outcome import Verdict

FIRST, SECOND = "controller-manager-0", "controller-manager-1"
LEASE = "kube-controller-manager"
LEASES = "leases.coordination.k8s.io"


class Election(Bench):
    """Two controller managers that compete."""

    def __init__(self) -> None:
        super().__init__(TermsDoNotOverlap, OnlyLeadersWrite, OneOfThemLeads, a_lease_changes_hands)
        self.shape = ClusterShape(controller_managers=2)
        self.environment.elected = (FIRST, SECOND)


@pytest.fixture
def bench() -> Bench:
    """The first of them leads."""
    bench = Election()
    lead(bench, FIRST)
    return bench


def lead(bench: Bench, process: str, transitions: int = 0) -> None:
    """A process gets the lease."""
    bench.emit(LeadershipBegun, process, 1, LEASE, transitions)


def renew(bench: Bench, process: str, late_ms: int) -> None:
    """A process renews, and hears of it late."""
    call = bench.begin(process, "update", LEASES, LEASE)
    bench.put(LEASES, "kube-system", LEASE, {}, call=call)
    bench.advance(late_ms)
    bench.answer(process, Request("update", LEASES, "kube-system", LEASE), "renewed", call)


def test_two_leaders_at_once_break_the_promise(bench: Bench) -> None:
    """Nobody was stopped, no answer was late, and both measure alike."""
    renew(bench, FIRST, 4)
    bench.advance(15_000)
    lead(bench, SECOND, 1)
    assert Verdict.VIOLATED == bench.verdict(TermsDoNotOverlap)


@pytest.mark.parametrize("end", [LeadershipLost, ProcessDown])
def test_a_term_after_the_other_is_over_is_as_it_should_be(bench: Bench, end: type) -> None:
    """Whoever gave up or died leads no more, and the lease has changed hands."""
    bench.emit(end, FIRST, 1, *([LEASE] if end is LeadershipLost else []))
    lead(bench, SECOND, 1)
    for promise in (TermsDoNotOverlap, a_lease_changes_hands):
        assert Verdict.HELD == bench.verdict(promise)
    bench.heal_and_finish()
    assert Verdict.HELD == bench.verdict(OneOfThemLeads)


@pytest.mark.parametrize(("late_ms", "verdict"), [(2_800, Verdict.VIOLATED), (3_000, Verdict.HELD)])
def test_a_renewal_heard_of_late_may_lead_to_an_overlap(
    bench: Bench, late_ms: int, verdict: Verdict
) -> None:
    """15 s of lease leave 3 s beside the deadline and the pause before it."""
    renew(bench, FIRST, late_ms)
    bench.advance(15_000)
    lead(bench, SECOND, 1)
    assert verdict == bench.verdict(TermsDoNotOverlap)


@pytest.mark.parametrize(
    ("after_ms", "verdict"), [(12_000, Verdict.HELD), (13_000, Verdict.VIOLATED)]
)
def test_a_leader_that_was_stopped_may_go_on_for_a_while(
    bench: Bench, after_ms: int, verdict: Verdict
) -> None:
    """As long as its own attempts last, counted from when it goes on."""
    bench.emit(ProcessPaused, FIRST, 1)
    bench.advance(60_000)
    bench.emit(ProcessResumed, FIRST, 1)
    bench.advance(after_ms)
    lead(bench, SECOND, 1)
    assert verdict == bench.verdict(TermsDoNotOverlap)


@pytest.mark.parametrize(
    ("process", "rate", "verdict"),
    [
        (FIRST, 900, Verdict.VIOLATED),
        (FIRST, 750, Verdict.HELD),
        (SECOND, 1_100, Verdict.VIOLATED),
        (SECOND, 1_300, Verdict.HELD),
        (FIRST, 2_000, Verdict.VIOLATED),
        (SECOND, 500, Verdict.VIOLATED),
    ],
)
def test_only_rates_beyond_the_lease_explain_an_overlap(
    bench: Bench, process: str, rate: int, verdict: Verdict
) -> None:
    """A slow leader or a fast candidate, by more than a quarter; and also for a while after it was put right."""
    bench.emit(ClockChanged, process, rate, 0)
    bench.advance(20_000)
    bench.emit(ClockChanged, process, 1_000, 0)
    bench.advance(100_000)
    lead(bench, SECOND, 1)
    assert verdict == bench.verdict(TermsDoNotOverlap)


def test_a_wrong_time_of_day_explains_nothing(bench: Bench) -> None:
    """Nobody is to look at the wall clock."""
    bench.emit(ClockChanged, SECOND, 1_000, 60_000)
    lead(bench, SECOND, 1)
    assert Verdict.VIOLATED == bench.verdict(TermsDoNotOverlap)


def test_who_does_not_lead_writes_nothing_but_the_lease(bench: Bench) -> None:
    """Before, and after it knows that it has lost; what it sent before is another matter."""
    bench.begin(SECOND, "get", "pods", "a")
    bench.begin(FIRST, "create", "pods")
    assert Verdict.HELD == bench.verdict(OnlyLeadersWrite)
    bench.emit(LeadershipLost, FIRST, 1, LEASE)
    bench.begin(FIRST, "delete", "pods", "a")
    assert Verdict.VIOLATED == bench.verdict(OnlyLeadersWrite)


def test_a_candidate_may_write_its_lease_and_others_what_they_like(bench: Bench) -> None:
    """Only those who compete are concerned."""
    bench.begin("kubelet-node-1", "update", "pods", "a")
    renewal = Request("update", LEASES, "kube-system", LEASE)
    bench.emit(CallBegun, SECOND, 1, "apiserver-0", 77, renewal)
    assert Verdict.HELD == bench.verdict(OnlyLeadersWrite)
    bench.begin(SECOND, "patch", "nodes", "a")
    assert Verdict.VIOLATED == bench.verdict(OnlyLeadersWrite)


def test_nobody_and_two_are_not_one(bench: Bench) -> None:
    """In the end exactly one leads."""
    bench.emit(ProcessDown, FIRST, 1)
    bench.heal_and_finish()
    assert Verdict.VIOLATED == bench.verdict(OneOfThemLeads)
