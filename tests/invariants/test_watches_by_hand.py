"""Promises about lists, watches and caches, on facts made by hand: what each lets pass, and what it catches."""

from __future__ import annotations

from tests.invariants.bench import (
    Bench,
    pod,
)
from tests.invariants.streams import deliver, open_watch
from windtunnel.invariants.promises.selectors import (
    lists_show_what_is_selected,
)
from windtunnel.invariants.promises.watch import CachesCatchUp, WatchesAreComplete
from windtunnel.model.apiserver.request import ListAnswer, Options, Request
from windtunnel.model.facts import CacheChanged
from windtunnel.model.outcome import Verdict

HELD, UNKNOWN, VIOLATED = Verdict.HELD, Verdict.UNKNOWN, Verdict.VIOLATED
RC, RS = "replicationcontrollers", "replicasets.apps"
WEB = {"app": "web"}


def test_a_list_is_compared_with_the_store_at_its_revision() -> None:
    """What lacks, what is too much, and what does not match."""
    bench = Bench(lists_show_what_is_selected)
    web = bench.put("pods", "default", "a", pod(WEB))
    other = bench.put("pods", "default", "b", pod({"app": "x"}))
    elsewhere = bench.put("pods", "default-2", "c", pod(WEB))
    request = Request("list", "pods", "default", options=Options(label_selector="app notin (x)"))
    at = bench.store.revision
    bench.answer("user", request, ListAnswer((web,), at))
    assert HELD == bench.verdict(lists_show_what_is_selected)
    bench.answer("user", request, ListAnswer((), at))
    bench.answer("user", request, ListAnswer((web, other), at))
    bench.answer("user", request, ListAnswer((web, elsewhere), at))
    assert 3 == bench.result(lists_show_what_is_selected).violations


def test_a_complete_watch_passes() -> None:
    """Entering, changing, leaving and vanishing, seen through a selector."""
    bench = Bench(WatchesAreComplete)
    watch = open_watch(bench, bench.store.revision, label_selector="app=web")
    a = bench.put("pods", "default", "a", pod(WEB))
    bench.put("pods", "default", "b", pod({"app": "x"}))
    a2 = bench.put("pods", "default", "a", pod(WEB, ready=True))
    bench.put("pods", "default", "a", pod({"app": "x"}))
    deliver(bench, watch, "ADDED", a)
    deliver(bench, watch, "MODIFIED", a2)
    deliver(bench, watch, "DELETED", a2, bench.store.revision)
    bench.put("services", "default", "web", {})
    deliver(bench, watch, "BOOKMARK", None, bench.store.revision)
    assert (HELD, 4) == (
        bench.verdict(WatchesAreComplete),
        bench.result(WatchesAreComplete).checked,
    )


def test_a_gap_a_repeat_and_a_wrong_event_are_caught() -> None:
    """Each as a violation of its own."""
    for events, found in (
        (("a2",), "MODIFIED default/a of revision 4"),
        (("a", "a"), "ADDED default/a of revision 3"),
        (("a", "wrong"), "ADDED default/a of revision 4"),
    ):
        bench = Bench(WatchesAreComplete)
        watch = open_watch(bench, bench.store.revision)
        a = bench.put("pods", "default", "a", pod(WEB))
        a2 = bench.put("pods", "default", "a", pod(WEB, ready=True))
        deliveries = {"a": ("ADDED", a), "a2": ("MODIFIED", a2), "wrong": ("ADDED", a2)}
        for each in events:
            deliver(bench, watch, *deliveries[each])
        assert found == bench.monitor.findings()[0].found


def test_the_first_events_of_a_streaming_list_are_the_state_at_its_bookmark() -> None:
    """One object that is missing there is caught."""
    for complete in (True, False):
        bench = Bench(WatchesAreComplete)
        a = bench.put("pods", "default", "a", pod(WEB))
        b = bench.put("pods", "default", "b", pod(WEB))
        watch = open_watch(bench, 0, send_initial_events=True)
        for record in (a, b) if complete else (a,):
            deliver(bench, watch, "ADDED", record)
        deliver(bench, watch, "BOOKMARK", None, bench.store.revision)
        assert (HELD if complete else VIOLATED) == bench.verdict(WatchesAreComplete)


def test_one_nodes_pods_are_followed_in_a_log_of_their_own() -> None:
    """A kubelet's watch is checked against what concerns its node."""
    bench = Bench(WatchesAreComplete)
    watch = open_watch(bench, bench.store.revision, field_selector="spec.nodeName=node-1")
    unbound = bench.put("pods", "default", "a", pod(WEB, node=""))
    bound = bench.put("pods", "default", "a", pod(WEB))
    bench.put("pods", "default", "b", pod(WEB, node="node-2"))
    deliver(bench, watch, "ADDED", bound)
    assert HELD == bench.verdict(WatchesAreComplete)
    deliver(bench, watch, "ADDED", unbound, bench.store.revision)
    assert VIOLATED == bench.verdict(WatchesAreComplete)


def test_at_rest_no_cache_has_a_ghost() -> None:
    """What is gone from the store is gone from every cache."""
    bench = Bench(CachesCatchUp)
    bench.up("reader")
    record = bench.put("pods", "default", "a", pod(WEB))
    bench.emit(CacheChanged, "reader", 1, "pods", None, record)
    bench.heal_and_finish()
    assert HELD == bench.verdict(CachesCatchUp)
    bench.delete("pods", "default", "a")
    bench.advance(60_000)
    bench.finish()
    assert "pods/default/a is still there" == bench.monitor.findings()[0].found
