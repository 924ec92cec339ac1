"""Promises about every object, on facts made by hand: what each lets pass, and what it catches."""

from __future__ import annotations

from attrs import evolve

from tests.invariants.bench import (
    COLLECTOR,
    Bench,
    owned_by,
    pod,
    workload,
)
from windtunnel.invariants.promises.collection import orphans_are_collected, owned_objects_are_kept
from windtunnel.invariants.promises.metadata import (
    deletion_ends,
    deletion_is_final,
    finalizers_hold,
    generation_counts_the_spec,
)
from windtunnel.invariants.promises.store import NoLostUpdate, RevisionOrder, identity_stays
from windtunnel.model.facts import (
    CallBegun,
    Committed,
)
from windtunnel.model.objects.json import Json
from windtunnel.model.objects.record import StoreKey
from windtunnel.model.outcome import Verdict
from windtunnel.model.store.change import Change
from windtunnel.model.store.requests import Put

HELD, UNKNOWN, VIOLATED = Verdict.HELD, Verdict.UNKNOWN, Verdict.VIOLATED
RC, RS = "replicationcontrollers", "replicasets.apps"
WEB = {"app": "web"}


def test_the_collector_keeps_what_has_an_owner() -> None:
    """It may delete when the owner is gone or waits for it."""
    bench = Bench(owned_objects_are_kept)
    bench.put(RC, "default", "web", workload(1, WEB))
    bench.put("pods", "default", "a", pod(WEB, "web"))
    bench.put("pods", "default", "b", pod(WEB, "web"))
    bench.put("pods", "default", "b", pod(WEB, "web", deleting=True), COLLECTOR, verb="delete")
    assert VIOLATED == bench.verdict(owned_objects_are_kept)
    bench.delete(RC, "default", "web")
    bench.put("pods", "default", "a", pod(WEB, "web", deleting=True), COLLECTOR, verb="delete")
    assert 1 == bench.result(owned_objects_are_kept).violations


def test_at_rest_nothing_has_only_owners_that_are_gone() -> None:
    """An owner of an unknown kind is not judged."""
    bench = Bench(orphans_are_collected)
    bench.put(RC, "default", "web", workload(1, WEB))
    bench.put("pods", "default", "a", pod(WEB, "web"))
    strange = {"ownerReferences": [owned_by("Website", "x", "example.com/v1")]}
    bench.put("pods", "default", "b", {**pod(), "metadata": strange})
    bench.heal_and_finish()
    bench.delete(RC, "default", "web")
    bench.finish()
    assert ["Pod default/a"] == [f.subject for f in bench.monitor.findings()]


def test_an_object_with_finalizers_is_not_removed() -> None:
    """Except by the write that takes away the last one."""
    bench = Bench(finalizers_hold)
    held = {
        "metadata": {
            "finalizers": ["example.com/hold"],
            "deletionTimestamp": "2024-01-01T00:00:00Z",
        }
    }
    bench.put("configmaps", "default", "a", held)
    bench.delete("configmaps", "default", "a", verb="update")
    assert HELD == bench.verdict(finalizers_hold)
    bench.put("configmaps", "default", "b", held)
    bench.delete("configmaps", "default", "b")
    assert "it was removed with example.com/hold" == bench.monitor.findings()[0].found


def test_a_deletion_is_not_taken_back_and_does_not_move_away() -> None:
    """It may come nearer."""
    bench = Bench(deletion_is_final)
    for time in ("00:00:30", "00:00:10"):
        bench.put(
            "pods", "default", "a", {"metadata": {"deletionTimestamp": f"2024-01-01T{time}Z"}}
        )
    assert HELD == bench.verdict(deletion_is_final)
    bench.put("pods", "default", "a", {"metadata": {"deletionTimestamp": "2024-01-01T00:00:20Z"}})
    bench.put("pods", "default", "a", {"metadata": {}})
    assert 2 == bench.result(deletion_is_final).violations


def test_at_rest_a_deleted_object_that_nobody_holds_is_gone() -> None:
    """One that somebody's finalizer holds may stay."""
    bench = Bench(deletion_ends)
    gone: Json = {"deletionTimestamp": "2024-01-01T00:00:00Z"}
    bench.put("configmaps", "default", "held", {"metadata": {}})
    bench.put(
        "configmaps", "default", "held", {"metadata": {**gone, "finalizers": ["example.com/hold"]}}
    )
    bench.heal_and_finish()
    assert HELD == bench.verdict(deletion_ends)
    bench.put("configmaps", "default", "stuck", {"metadata": {**gone, "finalizers": ["orphan"]}})
    bench.finish()
    assert "it is still there, and waits for orphan" == bench.monitor.findings()[0].found


def test_a_foreground_deletion_may_wait_for_dependents_that_are_going() -> None:
    """And only for those."""
    bench = Bench(deletion_ends)
    waits = {"deletionTimestamp": "2024-01-01T00:00:00Z", "finalizers": ["foregroundDeletion"]}
    bench.put(RC, "default", "web", workload(1, WEB))
    bench.put(RC, "default", "web", {**workload(1, WEB), "metadata": waits})
    bench.put("pods", "default", "a", pod(WEB, "web", deleting=True))
    bench.heal_and_finish()
    assert HELD == bench.verdict(deletion_ends)
    bench.delete("pods", "default", "a")
    bench.finish()
    assert VIOLATED == bench.verdict(deletion_ends)


def test_generation_goes_with_the_spec() -> None:
    """By one, and with nothing else but the deletion."""
    bench = Bench(generation_counts_the_spec)
    first = workload(1, WEB)
    bench.put(RC, "default", "web", first)
    bench.put(RC, "default", "web", {**workload(2, WEB), "metadata": {"generation": 2}})
    bench.put(
        RC,
        "default",
        "web",
        {**workload(2, WEB), "metadata": {"generation": 2, "labels": {"a": "b"}}},
    )
    deleting = {"generation": 3, "deletionTimestamp": "2024-01-01T00:00:00Z"}
    bench.put(RC, "default", "web", {**workload(2, WEB), "metadata": deleting})
    assert HELD == bench.verdict(generation_counts_the_spec)
    bench.put(RC, "default", "web", {**workload(3, WEB), "metadata": deleting})
    bench.put(RC, "default", "web", {**workload(3, WEB), "metadata": {**deleting, "generation": 4}})
    assert 2 == bench.result(generation_counts_the_spec).violations


def test_revisions_are_one_for_each_write_and_in_order() -> None:
    """A number left out, one given twice, and a stamp that says another one."""
    bench = Bench(RevisionOrder)
    record = bench.put("pods", "default", "a", pod())
    assert HELD == bench.verdict(RevisionOrder)
    change = bench.store.latest
    assert change is not None
    bench.facts.emit(_committed(bench, evolve(change, revision=change.revision + 2)))
    bench.facts.emit(_committed(bench, Change(change.revision + 3, record.key, None, record)))
    assert "resourceVersion 3" in [f.found for f in bench.monitor.findings()]
    assert VIOLATED == bench.verdict(RevisionOrder)


def _committed(bench: Bench, change: Change) -> object:
    return Committed(bench.loop.step, bench.loop.now_ms, change)


def test_an_object_keeps_its_identity() -> None:
    """A new uid under the same object is caught."""
    bench = Bench(identity_stays)
    bench.put("pods", "default", "a", pod())
    bench.put("pods", "default", "a", pod(phase="Failed"))
    assert HELD == bench.verdict(identity_stays)
    bench.put("pods", "default", "a", pod(uid="another"))
    assert VIOLATED == bench.verdict(identity_stays)


def test_a_write_replaces_the_version_that_it_names() -> None:
    """Both the one that the client read and the one that the API server read."""
    bench = Bench(NoLostUpdate)
    first = bench.put("pods", "default", "a", pod())
    body = first.raw
    call = bench.begin("user", "update", "pods", "a", body=body)
    bench.put("pods", "default", "a", pod(phase="Failed"), call=call)
    assert HELD == bench.verdict(NoLostUpdate)
    call = bench.begin("user", "update", "pods", "a", body=body)
    bench.put("pods", "default", "a", pod(), call=call)
    assert VIOLATED == bench.verdict(NoLostUpdate)
    key = StoreKey("pods", "default", "a")
    bench.facts.emit(_put(bench, Put(key, body, first.revision, call=77)))
    bench.put("pods", "default", "a", pod(), call=77)
    assert 2 == bench.result(NoLostUpdate).violations


def _put(bench: Bench, request: Put) -> object:
    return CallBegun(bench.loop.step, bench.loop.now_ms, "apiserver-0", 1, "store", 500, request)
