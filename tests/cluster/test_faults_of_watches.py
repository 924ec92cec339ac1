"""What a process that hears nothing of a resource does, and one that asks a server whose cache lags."""

from __future__ import annotations

import pytest

from tests.cluster.questions import pods, ready_pods
from windtunnel.model.apiserver.request import Options
from windtunnel.model.cluster.actions.faults import (
    ApiServerCrash,
    HoldWatch,
    LaggingCache,
    Partition,
    ProcessCrash,
)
from windtunnel.model.cluster.actions.operations import CompactStore, DeleteByForce, Scale
from windtunnel.model.cluster.cluster import Cluster
from windtunnel.model.facts import CacheChanged, CacheReplaced, WatchOpened

MANAGER, SERVER = "controller-manager-0", "apiserver-0"


def heard(cluster: Cluster) -> list[str]:
    """From now on: what the manager's cache of pods takes in (+, ~, -), and where it is replaced (=)."""
    told: list[str] = []

    def changed(fact: CacheChanged) -> None:
        if (fact.process, fact.resource) == (MANAGER, "pods"):
            told.append("+" if fact.before is None else "-" if fact.after is None else "~")

    def replaced(fact: CacheReplaced) -> None:
        if (fact.process, fact.resource) == (MANAGER, "pods"):
            told.append("=")

    cluster.facts.subscribe(CacheChanged, changed)
    cluster.facts.subscribe(CacheReplaced, replaced)
    return told


def opened(cluster: Cluster) -> list[int]:
    """From now on: the revisions after which the manager opens watches of pods."""
    told: list[int] = []

    def note(fact: WatchOpened) -> None:
        if (fact.process, fact.resource) == (MANAGER, "pods"):
            told.append(fact.revision)

    cluster.facts.subscribe(WatchOpened, note)
    return told


@pytest.mark.parametrize("then", ["flows", "breaks", "expires"])
def test_a_manager_that_hears_nothing_of_pods_does_what_it_knew_and_is_right_in_the_end(
    then: str, cluster: Cluster
) -> None:
    """A lost pod is not replaced while the watch is held, and is soon after, whatever the hold's end."""
    told, revisions = heard(cluster), opened(cluster)
    seen = cluster.store.revision
    cluster.apply(HoldWatch(MANAGER, "pods", then))
    cluster.apply(DeleteByForce("rc/page#1"))
    cluster.run_for(30_000)
    assert 5 == ready_pods(cluster)
    assert [] == told
    cluster.heal_all()
    assert cluster.settle().settled
    assert 6 == ready_pods(cluster)
    if then == "expires":
        assert "=" in told
    else:
        assert "-" in told and "=" not in told
    assert (then != "flows") == bool(revisions)
    assert then != "breaks" or revisions[0] <= seen


def test_what_comes_and_goes_during_a_hold_that_expires_is_never_seen(cluster: Cluster) -> None:
    """The pods of a twin that was scaled up and down again are no news to the manager's list; to a stream they are."""
    cluster.apply(HoldWatch("scheduler-0", "pods", "expires"))
    cluster.apply(Scale("rc/page", 4))
    cluster.run_for(2_000)
    cluster.apply(Scale("rc/page", 3))
    cluster.run_for(2_000)
    assert 6 == len(pods(cluster))
    seen: list[str] = []
    cluster.facts.subscribe(
        CacheChanged,
        lambda fact: seen.append(fact.process) if fact.resource == "pods" else None,
    )
    cluster.heal_all()
    assert cluster.settle().settled
    assert "scheduler-0" not in seen


def test_a_hold_holds_what_is_opened_later_too(cluster: Cluster) -> None:
    """A manager that starts again meanwhile gets no list of pods, and so does nothing about them."""
    crash = ProcessCrash(MANAGER)
    cluster.apply(HoldWatch(MANAGER, "pods", "flows"))
    cluster.apply(crash)
    cluster.heal(str(crash))
    cluster.apply(DeleteByForce("rc/page#1"))
    cluster.run_for(60_000)
    assert 5 == ready_pods(cluster)
    cluster.heal_all()
    assert cluster.settle().settled
    assert 6 == ready_pods(cluster)


def test_a_cache_that_lags_shows_what_was_and_lets_nothing_current_be_lost(
    cluster: Cluster,
) -> None:
    """A list at resourceVersion 0 shows the pod that is gone; one without asks the store after three seconds."""
    names = [pod.name for pod in pods(cluster)]
    cluster.apply(LaggingCache(SERVER, "pods"))
    cluster.apply(DeleteByForce("rc/page#1"))
    client = cluster.client

    async def lists() -> list[list[str]]:
        found = []
        for version in ("0", ""):
            listed = await client.list("Pod", "default", options=Options(version))
            found.append([pod.name for pod in listed])
        return found

    began_ms = cluster.now_ms
    old, current = cluster.run_user(lists(), "list", 10_000).result
    assert names == old
    assert 5 == len(current)
    assert 3_000 <= cluster.now_ms - began_ms <= 3_100
    cluster.run_for(30_000)
    assert 5 == ready_pods(cluster)
    cluster.heal_all()
    assert cluster.settle().settled
    assert 6 == ready_pods(cluster)


def test_a_manager_that_starts_again_waits_for_a_server_that_lags(cluster: Cluster) -> None:
    """Its first list has to be consistent: it gets none, and acts on no old one."""
    crash = ProcessCrash(MANAGER)
    cluster.apply(LaggingCache(SERVER, "pods"))
    cluster.apply(DeleteByForce("rc/page#1"))
    cluster.apply(crash)
    cluster.run_for(1_000)
    cluster.heal(str(crash))
    cluster.run_for(60_000)
    assert 5 == len(pods(cluster))
    cluster.heal_all()
    assert cluster.settle().settled
    assert 6 == ready_pods(cluster)


def test_a_server_whose_history_was_compacted_lists_anew_and_ends_its_watches(
    cluster: Cluster,
) -> None:
    """Cut off from the store for longer than its connections last, it comes back after the compaction."""
    told = heard(cluster)
    cut = Partition("store-0", SERVER)
    cluster.apply(cut)
    cluster.run_for(50_000)
    cluster.heal(str(cut))
    cluster.apply(Partition(SERVER, "store-0", "to"))
    cluster.run_for(1_000)
    cluster.store.compact(cluster.store.revision)
    cluster.heal_all()
    assert cluster.settle().settled
    cluster.apply(DeleteByForce("rc/page#1"))
    assert cluster.settle().settled
    assert 6 == ready_pods(cluster)
    assert "+" in told


def test_a_held_watch_lists_anew_after_a_compaction_and_a_restart_of_the_server(
    cluster: Cluster,
) -> None:
    """The new server's window begins at its list, and the manager asks for something older."""
    told = heard(cluster)
    crash = ApiServerCrash(SERVER)
    cluster.apply(HoldWatch(MANAGER, "pods", "breaks"))
    cluster.apply(DeleteByForce("rc/page#1"))
    cluster.apply(CompactStore())
    assert cluster.store.compacted == cluster.store.revision
    assert [] == CompactStore.choices(cluster)
    cluster.apply(crash)
    cluster.heal(str(crash))
    cluster.run_for(30_000)
    assert [] == told
    cluster.heal_all()
    assert cluster.settle().settled
    assert "=" in told
    assert 6 == ready_pods(cluster)
