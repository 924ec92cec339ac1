"""Promises about Endpoints, on facts made by hand: what each lets pass, and what it catches."""

from __future__ import annotations

from tests.invariants.bench import (
    ENDPOINTS,
    Bench,
    endpoints,
    pod,
    service,
)
from windtunnel.invariants.promises.endpoints import (
    endpoints_are_selected_pods,
    endpoints_match,
    hand_written_endpoints_are_left_alone,
)
from windtunnel.model.objects.json import Json
from windtunnel.model.outcome import Verdict

HELD, UNKNOWN, VIOLATED = Verdict.HELD, Verdict.UNKNOWN, Verdict.VIOLATED
RC, RS = "replicationcontrollers", "replicasets.apps"
WEB = {"app": "web"}


def endpoints_bench() -> Bench:
    """A service with a ready pod, an unready one, and some that do not count."""
    bench = Bench(endpoints_match, endpoints_are_selected_pods)
    bench.put("services", "default", "web", service(WEB))
    bench.put("pods", "default", "a", pod(WEB, ip="10.0.0.1", ready=True))
    bench.put("pods", "default", "b", pod(WEB, ip="10.0.0.2"))
    bench.put("pods", "default", "c", pod(WEB, ip="10.0.0.3", ready=True, phase="Failed"))
    bench.put("pods", "default", "d", pod(WEB, ip="10.0.0.4", ready=True, deleting=True))
    bench.put("pods", "default", "e", pod({"app": "x"}, ip="10.0.0.5", ready=True))
    return bench


def test_endpoints_are_what_the_selector_means() -> None:
    """Ready and unready addresses, with the pod's own number for a named port."""
    bench = endpoints_bench()
    right = endpoints(("10.0.0.1", "a"), not_ready=(("10.0.0.2", "b"),))
    bench.put("endpoints", "default", "web", right, ENDPOINTS)
    bench.heal_and_finish()
    assert (HELD, HELD) == (
        bench.verdict(endpoints_match),
        bench.verdict(endpoints_are_selected_pods),
    )


def test_wrong_endpoints_are_caught_at_rest_and_wrong_addresses_at_once() -> None:
    """Lacking, too many, ready instead of not ready, another port."""
    wrong: tuple[tuple[Json, Verdict], ...] = (
        (endpoints(("10.0.0.1", "a")), HELD),
        (endpoints(("10.0.0.1", "a"), ("10.0.0.2", "b")), VIOLATED),
        (endpoints(("10.0.0.1", "a"), ("10.0.0.5", "e"), not_ready=(("10.0.0.2", "b"),)), VIOLATED),
        (endpoints(("10.0.0.1", "a"), not_ready=(("10.0.0.2", "b"),), port=81), HELD),
    )
    for written, at_once in wrong:
        bench = endpoints_bench()
        bench.put("endpoints", "default", "web", written, ENDPOINTS)
        bench.heal_and_finish()
        assert (VIOLATED, at_once) == (
            bench.verdict(endpoints_match),
            bench.verdict(endpoints_are_selected_pods),
        )


def test_an_address_may_be_one_that_was_right_a_while_ago() -> None:
    """The controller decides on its cache."""
    bench = Bench(endpoints_are_selected_pods)
    bench.put("services", "default", "web", service(WEB))
    bench.put("pods", "default", "a", pod(WEB, ip="10.0.0.1", ready=True))
    bench.put("pods", "default", "a", pod({"app": "x"}, ip="10.0.0.9"))
    bench.put("endpoints", "default", "web", endpoints(("10.0.0.1", "a")), ENDPOINTS)
    assert HELD == bench.verdict(endpoints_are_selected_pods)
    bench.put("endpoints", "default", "web", endpoints(("10.0.0.9", "a")), ENDPOINTS)
    assert VIOLATED == bench.verdict(endpoints_are_selected_pods)


def test_a_hand_edit_of_managed_endpoints_is_nobodys_fault() -> None:
    """It lives until the next sync."""
    bench = endpoints_bench()
    bench.put("endpoints", "default", "web", endpoints())
    bench.heal_and_finish()
    assert HELD == bench.verdict(endpoints_match)


def test_hand_written_endpoints_stay() -> None:
    """The controller neither writes nor deletes them while their service exists; it may when the service is gone."""
    bench = Bench(hand_written_endpoints_are_left_alone)
    bench.put("services", "default", "db", service(None))
    bench.up("controller-manager-0")
    bench.put("endpoints", "default", "db", endpoints(("192.7.44.33", "")))
    assert HELD == bench.verdict(hand_written_endpoints_are_left_alone)
    bench.put("endpoints", "default", "db", endpoints(), ENDPOINTS)
    call = bench.begin("controller-manager-0", "delete", "endpoints", "db")
    bench.delete("endpoints", "default", "db", ENDPOINTS, call=call)
    assert 2 == bench.result(hand_written_endpoints_are_left_alone).violations
    bench.put("endpoints", "default", "db", endpoints())
    bench.delete("services", "default", "db")
    call = bench.begin("controller-manager-0", "delete", "endpoints", "db")
    bench.delete("endpoints", "default", "db", ENDPOINTS, call=call)
    assert 2 == bench.result(hand_written_endpoints_are_left_alone).violations
