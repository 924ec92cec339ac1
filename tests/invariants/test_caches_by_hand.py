"""Promises about lists, watches, caches and the store, on facts made by hand: what can be said, and what not."""

from __future__ import annotations

from typing import Any

import pytest

from tests.invariants.bench import Bench, pod
from tests.invariants.streams import deliver, open_watch
from windtunnel.invariants.change_log import LIMIT, Log
from windtunnel.invariants.promises.selectors import lists_show_what_is_selected
from windtunnel.invariants.promises.store import NoLostUpdate, RevisionOrder, identity_stays
from windtunnel.invariants.promises.watch import CachesCatchUp, WatchesAreComplete
from windtunnel.model.apiserver.request import ListAnswer, Options, Request
from windtunnel.model.facts import CacheChanged, CacheReplaced, CallBegun, Committed, ProcessDown
from windtunnel.model.objects.record import Record, StoreKey
from windtunnel.model.outcome import Verdict
from windtunnel.model.store.change import Change
from windtunnel.model.store.requests import Delete, Put

HELD, UNKNOWN, VIOLATED = Verdict.HELD, Verdict.UNKNOWN, Verdict.VIOLATED
WEB = {"app": "web"}


# -- lists -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("label_selector", "field_selector", "shown"),
    [
        ("app", "", True),
        ("!app", "", False),
        ("tier", "", False),
        ("!tier", "", True),
        ("app==web,app!=x", "", True),
        ("app in (a, web),tier notin (b)", "", True),
        ("app notin (web)", "", False),
        ("size>2", "", True),
        ("size<2", "", False),
        ("app>2", "", False),
        ("", "status.phase=Running,metadata.name!=b", True),
        ("", "spec.nodeName==node-2", False),
        ("", "spec.hostNetwork=false", True),
        ("", "status.nominatedNodeName=,", True),
        ("app=web", "metadata.namespace!=default", False),
    ],
)
def test_each_form_of_a_selector_means_what_kubernetes_means(
    label_selector: str, field_selector: str, shown: bool
) -> None:
    """A list that shows the pod, or leaves it out, is wrong just where its selectors say otherwise."""
    request = Request(
        "list",
        "pods",
        "default",
        options=Options(label_selector=label_selector, field_selector=field_selector),
    )
    for listed in (True, False):
        bench = Bench(lists_show_what_is_selected)
        record = bench.put("pods", "default", "a", pod({**WEB, "size": "3"}))
        answer = ListAnswer((record,) if listed else (), bench.store.revision)
        bench.answer("user", request, answer)
        assert (HELD if listed == shown else VIOLATED) == bench.verdict(lists_show_what_is_selected)


def test_of_a_page_only_what_is_on_it_is_judged() -> None:
    """Neither what other pages show, nor what a compacted revision had, can be said to be missing."""
    bench = Bench(lists_show_what_is_selected)
    bench.put("pods", "default", "a", pod(WEB))
    at = bench.store.revision
    page = Request("list", "pods", "default", options=Options(limit=1))
    bench.answer("user", page, ListAnswer((), at))
    bench.put("pods", "default", "a", pod(WEB, ready=True))
    bench.store.compact(bench.store.revision)
    bench.answer("user", Request("list", "pods", "default"), ListAnswer((), at))
    assert HELD == bench.verdict(lists_show_what_is_selected)


def test_an_object_in_a_list_is_as_it_was_at_the_lists_revision() -> None:
    """Not as it was before."""
    bench = Bench(lists_show_what_is_selected)
    old = bench.put("pods", "default", "a", pod(WEB))
    new = bench.put("pods", "default", "a", pod(WEB, ready=True))
    bench.answer("user", Request("list", "pods", "default"), ListAnswer((old,), new.revision))
    assert f"it is there at {old.revision}" == bench.monitor.findings()[0].found


def test_a_list_that_failed_shows_nothing_to_judge() -> None:
    """There is no answer to compare."""
    bench = Bench(lists_show_what_is_selected)
    bench.answer("user", Request("list", "pods", "default"), None, error=ValueError("x"))
    assert not bench.result(lists_show_what_is_selected).applicable


# -- watches -----------------------------------------------------------------------------------------------------------


def test_a_watch_that_ended_with_an_error_is_not_followed_any_more() -> None:
    """Its client opens another one."""
    bench = Bench(WatchesAreComplete)
    watch = open_watch(bench, bench.store.revision)
    a = bench.put("pods", "default", "a", pod(WEB))
    deliver(bench, watch, "ERROR", None, a.revision)
    deliver(bench, watch, "MODIFIED", a)
    assert 0 == bench.result(WatchesAreComplete).violations


def test_a_watch_that_does_not_say_where_it_starts_is_not_judged() -> None:
    """ "Whatever you have" may be anything."""
    bench = Bench(WatchesAreComplete)
    watch = open_watch(bench, 0)
    a = bench.put("pods", "default", "a", pod(WEB))
    deliver(bench, watch, "DELETED", a)
    bench.answer("reader", Request("watch", "pods"), None, error=ValueError("refused"))
    assert UNKNOWN == bench.verdict(WatchesAreComplete)


def test_a_streaming_list_may_be_overtaken() -> None:
    """By a deletion before its bookmark, and by a compaction after which nobody can say."""
    bench = Bench(WatchesAreComplete)
    a = bench.put("pods", "default", "a", pod(WEB))
    watch = open_watch(bench, 0, send_initial_events=True)
    deliver(bench, watch, "ADDED", a)
    bench.delete("pods", "default", "a")
    deliver(bench, watch, "DELETED", a, bench.store.revision)
    deliver(bench, watch, "BOOKMARK", None, bench.store.revision)
    assert (HELD, 1) == (
        bench.verdict(WatchesAreComplete),
        bench.result(WatchesAreComplete).checked,
    )
    watch = open_watch(bench, 0, send_initial_events=True)
    at = bench.store.revision
    bench.put("pods", "default", "b", pod(WEB))
    bench.store.compact(bench.store.revision)
    deliver(bench, watch, "BOOKMARK", None, at)
    assert 1 == bench.result(WatchesAreComplete).checked


def test_a_bookmark_may_repeat_a_revision_and_not_skip_a_change() -> None:
    """What it says is that nothing else happened until then."""
    bench = Bench(WatchesAreComplete)
    watch = open_watch(bench, bench.store.revision)
    a = bench.put("pods", "default", "a", pod(WEB))
    deliver(bench, watch, "ADDED", a)
    deliver(bench, watch, "BOOKMARK", None, a.revision)
    assert HELD == bench.verdict(WatchesAreComplete)
    b = bench.put("pods", "default", "b", pod(WEB))
    deliver(bench, watch, "BOOKMARK", None, b.revision)
    finding = bench.monitor.findings()[0]
    assert f"ADDED default/b of revision {b.revision} first" == finding.expected
    assert f"BOOKMARK of revision {b.revision}" == finding.found


def test_the_log_of_changes_forgets_its_older_half_and_keeps_the_positions() -> None:
    """A run of any length is followed in bounded memory."""
    log = Log()
    for revision in range(1, LIMIT + 2):
        log.append(Change(revision, StoreKey("pods", "default", "a"), None, None))
    position = log.position_after(LIMIT)
    newest = log.at(position)
    assert newest is not None
    assert (LIMIT, LIMIT + 1) == (position, newest.revision)
    assert log.at(0) is None


# -- caches ------------------------------------------------------------------------------------------------------------


def caching(bench: Bench, *records: Record) -> None:
    """A reader fills its cache."""
    bench.emit(CacheReplaced, "reader", 1, "pods", bench.store.revision, records)


def test_at_rest_a_cache_shows_the_newest_version() -> None:
    """A change that is less than a moment old may be on its way."""
    bench = Bench(CachesCatchUp)
    bench.up("reader")
    old = bench.put("pods", "default", "a", pod(WEB))
    caching(bench, old)
    bench.heal_and_finish()
    new = bench.put("pods", "default", "a", pod(WEB, ready=True))
    bench.finish()
    assert HELD == bench.verdict(CachesCatchUp)
    bench.advance(60_000)
    bench.finish()
    assert f"at revision {old.revision}" == bench.monitor.findings()[0].found
    assert f"pods/default/a at revision {new.revision}" == bench.monitor.findings()[0].expected


@pytest.mark.parametrize("how", ["listed anew", "heard of it", "restarted", "died"])
def test_a_ghost_goes_from_a_cache_in_each_of_these_ways(how: str) -> None:
    """By a fresh list, by the watch, or with its process."""
    bench = Bench(CachesCatchUp)
    bench.up("reader")
    record = bench.put("pods", "default", "a", pod(WEB))
    other = bench.put("services", "default", "web", {})
    bench.emit(CacheChanged, "reader", 1, "services", None, other)
    caching(bench, record)
    bench.delete("pods", "default", "a")
    if how == "listed anew":
        caching(bench)
    elif how == "heard of it":
        bench.emit(CacheChanged, "reader", 1, "pods", record, None)
    elif how == "restarted":
        bench.up("reader", 2)
    else:
        bench.emit(ProcessDown, "reader", 1)
    bench.heal_and_finish()
    assert HELD == bench.verdict(CachesCatchUp)


# -- the store ---------------------------------------------------------------------------------------------------------


def test_what_is_replaced_is_what_was_written_last() -> None:
    """A write over an older version, or over nothing where something was, is caught."""
    for over_older in (True, False):
        bench = Bench(RevisionOrder)
        first = bench.put("pods", "default", "a", pod())
        second = bench.put("pods", "default", "a", pod(ready=True))
        assert HELD == bench.verdict(RevisionOrder)
        before, after = (first, None) if over_older else (None, second)
        change = Change(second.revision + 1, first.key, before, after)
        bench.facts.emit(Committed(bench.loop.step, bench.loop.now_ms, change))
        was = f"of revision {first.revision}" if over_older else "absent"
        assert f"what was replaced is {was}" == bench.monitor.findings()[0].found


def test_an_object_says_its_own_name() -> None:
    """From its first version on."""
    bench = Bench(identity_stays)
    bench.put("pods", "default", "a", {"metadata": {"name": "b"}})
    assert "the name default/b" == bench.monitor.findings()[0].found


def stored(bench: Bench, request: Any) -> None:
    """The API server sends a request to the store."""
    bench.emit(CallBegun, "apiserver-0", 1, "store", 500, request)


def test_a_deletion_that_names_a_version_removes_just_that_one() -> None:
    """By the client's precondition or by the server's."""
    bench = Bench(NoLostUpdate)
    key = StoreKey("pods", "default", "a")
    for stale, violations in ((False, 0), (True, 1)):
        record = bench.put("pods", "default", "a", pod())
        named = record.revision - 1 if stale else record.revision
        options = Options(precondition_resource_version=str(named))
        call = bench.begin("user", "delete", "pods", "a", options=options)
        bench.delete("pods", "default", "a", call=call)
        assert violations == bench.result(NoLostUpdate).violations
    for expect, violations in ((0, 1), (1, 2)):
        bench.put("pods", "default", "a", pod())
        revision = bench.store.revision
        stored(bench, Delete(key, revision - expect, call=90 + expect))
        bench.delete("pods", "default", "a", call=90 + expect)
        assert violations == bench.result(NoLostUpdate).violations


def test_a_write_that_names_no_version_may_replace_any() -> None:
    """A patch without one, a body that is no object, a request that only reads."""
    bench = Bench(NoLostUpdate)
    bodies: list[Any] = [{"metadata": {}}, {"metadata": None}, [{"op": "remove"}], None]
    for body in bodies:
        call = bench.begin("user", "patch", "pods", "a", body=body)
        bench.put("pods", "default", "a", pod(), call=call)
    stored(bench, Put(StoreKey("pods", "default", "a"), {}, None, call=70))
    bench.put("pods", "default", "a", pod(), call=70)
    assert 0 == bench.result(NoLostUpdate).checked


def test_a_server_that_tries_again_may_expect_the_newer_version() -> None:
    """Each try of the same call counts."""
    bench = Bench(NoLostUpdate)
    record = bench.put("pods", "default", "a", pod())
    newer = bench.put("pods", "default", "a", pod(ready=True))
    for expected in (record, newer):
        stored(bench, Put(record.key, {}, expected.revision, call=70))
    bench.put("pods", "default", "a", pod(), call=70)
    assert HELD == bench.verdict(NoLostUpdate)
