"""Hot loops on facts made by hand: what is one, and what is none."""

from __future__ import annotations

from collections.abc import Callable

from tests.invariants.bench import ENDPOINTS, KUBELET, MANAGER, Bench, workload
from windtunnel.invariants.promises.loops import LEAST, NoHotLoop
from windtunnel.model.cluster.actions.time import Advance, HealFault
from windtunnel.model.facts import ActionBegun, Physical
from windtunnel.model.outcome import Verdict

HELD, VIOLATED = Verdict.HELD, Verdict.VIOLATED
MANY = 4 * LEAST


def fight(bench: Bench, times: int = MANY, resource: str = "replicationcontrollers") -> None:
    """Two parties write one object in turn."""
    for number in range(times):
        by = MANAGER if number % 2 else ENDPOINTS
        bench.put(resource, "default", "web", workload(number % 2, {"app": "web"}), by=by)
        bench.advance(10)


def test_two_who_undo_each_others_work_are_named() -> None:
    """Both parties, and how often it went."""
    bench = Bench(NoHotLoop)
    fight(bench)
    found = bench.monitor.findings()[0]
    assert "ReplicationController default/web" == found.subject
    assert f"by {MANAGER} and {ENDPOINTS} in turn" in found.found or (
        f"by {ENDPOINTS} and {MANAGER} in turn" in found.found
    )


def test_what_begins_an_era_is_an_answer_and_no_loop() -> None:
    """Each restart of a container, each action and each healed fault counts anew; time that passes does not."""
    cases: tuple[tuple[Callable[[Bench], object], Verdict], ...] = (
        (lambda bench: bench.emit(Physical, "node-1", "container-exited", "u", "main", ""), HELD),
        (lambda bench: bench.emit(ActionBegun, 1, HealFault("x")), HELD),
        (lambda bench: bench.emit(ActionBegun, 1, Advance(1)), VIOLATED),
        (lambda bench: bench.heal(), HELD),
    )
    for happens, verdict in cases:
        bench = Bench(NoHotLoop)
        for _ in range(8):
            fight(bench, LEAST // 2)
            happens(bench)
        assert verdict == bench.verdict(NoHotLoop)


def test_slow_writes_exempt_objects_and_faults_are_no_loops() -> None:
    """Renewals and heartbeats go on for ever; while a fault lasts nothing is judged."""
    bench = Bench(NoHotLoop)
    fight(bench, resource="leases.coordination.k8s.io")
    for number in range(MANY):
        bench.put("nodes", "", "node-1", {"status": {"n": number}}, by=KUBELET)
        bench.put("configmaps", "default", "slow", {"n": number})
        bench.advance(6_000)
    annotations = {"control-plane.alpha.kubernetes.io/leader": "me"}
    for _ in range(MANY):
        bench.put("endpoints", "default", "lock", {"metadata": {"annotations": annotations}})
    bench.faults["a fault"] = lambda: None
    fight(bench)
    assert HELD == bench.verdict(NoHotLoop)


def test_many_others_explain_many_writes() -> None:
    """The Endpoints of two hundred pods may be written two hundred times."""
    bench = Bench(NoHotLoop)
    for number in range(200):
        bench.put("pods", "default", f"p{number}", {}, by=KUBELET)
        bench.put("endpoints", "default", "web", {"n": number}, by=ENDPOINTS)
    assert HELD == bench.verdict(NoHotLoop)
