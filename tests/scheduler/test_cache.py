"""The cache: what the scheduler counts on each node, ahead of what it has been told."""

from __future__ import annotations

from typing import cast

import pytest

from tests.scheduler.values import node, pod
from windtunnel.model.objects.json import Json
from windtunnel.model.objects.pod import Pod
from windtunnel.model.objects.views import build_view
from windtunnel.model.scheduler.cache import Cache
from windtunnel.model.scheduler.node_info import PodInfo
from windtunnel.model.scheduler.snapshot import Snapshot


def used(cache: Cache, name: str = "n1") -> tuple[int, int]:
    """Thousandths of CPU and number of pods on a node."""
    info = cache.node(name)
    if info is None:
        return 0, 0
    return info.requested.get("cpu", 0), len(info.pods)


@pytest.fixture
def cache() -> Cache:
    """One node."""
    cache = Cache()
    cache.set_node(node("n1"))
    return cache


def test_an_assumed_pod_counts_at_once_and_only_once(cache: Cache) -> None:
    """Assuming a pod and hearing of it later comes to one pod."""
    cache.assume(PodInfo(pod("p", cpu="1")), "n1")
    assert (1000, 1) == used(cache)
    cache.add_pod(pod("p", "n1", cpu="1"))
    assert (1000, 1) == used(cache)
    assert not cache.is_assumed("uid-p")
    cache.check()


def test_a_forgotten_pod_gives_its_place_back(cache: Cache) -> None:
    """When a binding fails, nothing of the assumption is left."""
    cache.assume(PodInfo(pod("p", cpu="1")), "n1")
    assert cache.forget("uid-p")
    assert (0, 0) == used(cache)
    cache.check()


def test_a_confirmed_pod_is_not_forgotten(cache: Cache) -> None:
    """A lost answer to a binding that was carried out does not take the pod off its node."""
    cache.assume(PodInfo(pod("p", cpu="1")), "n1")
    cache.add_pod(pod("p", "n1", cpu="1"))
    assert not cache.forget("uid-p")
    assert (1000, 1) == used(cache)


def test_a_pod_that_was_bound_elsewhere_counts_there(cache: Cache) -> None:
    """What the informer says wins over what was assumed."""
    cache.set_node(node("n2"))
    cache.assume(PodInfo(pod("p", cpu="1")), "n1")
    cache.add_pod(pod("p", "n2", cpu="1"))
    assert ((0, 0), (1000, 1)) == (used(cache, "n1"), used(cache, "n2"))
    cache.check()


def test_a_removed_pod_gives_everything_back(cache: Cache) -> None:
    """CPU and the number of pods both go down."""
    for name in ("p", "q"):
        cache.add_pod(pod(name, "n1", cpu="1"))
    cache.remove_pod("uid-p")
    cache.remove_pod("uid-p")
    assert (1000, 1) == used(cache)
    cache.check()


def test_a_node_that_comes_back_still_has_its_pods(cache: Cache) -> None:
    """Deleting a Node object whose pods live on, and making it anew, forgets none of them."""
    cache.add_pod(pod("p", "n1", cpu="1"))
    cache.remove_node("n1")
    snapshot = Snapshot()
    cache.update_snapshot(snapshot)
    assert 0 == len(snapshot)
    cache.set_node(node("n1"))
    assert (1000, 1) == used(cache)
    cache.check()


def test_a_node_with_nothing_left_is_gone(cache: Cache) -> None:
    """When a removed node's last pod goes, so does what was kept of it."""
    cache.add_pod(pod("p", "n1", cpu="1"))
    cache.remove_node("n1")
    cache.remove_pod("uid-p")
    assert cache.node("n1") is None
    cache.check()


def test_a_snapshot_sees_every_change_and_keeps_what_it_gave_out(cache: Cache) -> None:
    """An update takes in what changed, and a NodeInfo once handed out never changes."""
    snapshot = Snapshot()
    cache.update_snapshot(snapshot)
    before = snapshot.get("n1")
    assert before is not None
    cache.add_pod(pod("p", "n1", cpu="1"))
    assert before is snapshot.get("n1")
    cache.update_snapshot(snapshot)
    after = snapshot.get("n1")
    assert after is not None
    assert (0, 1) == (len(before.pods), len(after.pods))


def test_a_node_made_anew_is_not_taken_for_the_old_one(cache: Cache) -> None:
    """Deleted and recreated between two snapshots, with as many changes as before, a node is seen as it is."""
    snapshot = Snapshot()
    cache.update_snapshot(snapshot)
    cache.remove_node("n1")
    cache.set_node(node("n1", cpu="64"))
    cache.update_snapshot(snapshot)
    seen = snapshot.get("n1")
    assert seen is not None
    assert 64_000 == seen.allocatable["cpu"]


def test_an_assumption_expires_only_where_there_is_a_deadline(cache: Cache) -> None:
    """By default an assumed pod is kept until it is confirmed or deleted."""
    cache.assume(PodInfo(pod("p")), "n1")
    cache.assume(PodInfo(pod("q")), "n1")
    cache.finish_binding("uid-p", None)
    cache.finish_binding("uid-q", 30_000)
    assert [] == cache.expire(29_999)
    assert ["uid-q"] == cache.expire(30_000)
    assert (0, 1) == used(cache)


def test_a_status_changes_no_node_and_yet_is_known() -> None:
    """A binding that is confirmed, and what the kubelet writes, make no new node; preemption sees the last version."""
    cache = Cache()
    cache.set_node(node("a"))
    waiting = pod("p", cpu="1")
    cache.assume(PodInfo(waiting), "a")
    before = cache.node("a")
    bound = pod_view({**waiting.raw, "spec": {**waiting.raw["spec"], "nodeName": "a"}})
    cache.add_pod(bound)
    assert cache.node("a") is before
    started = {"status": {"startTime": "2024-01-01T00:00:00Z"}}
    cache.add_pod(pod_view({**bound.raw, **started}))
    assert cache.node("a") is before
    assert before is not None
    assert before.pods["uid-p"].pod.status.start_time is not None
    grown = {**bound.raw["spec"], "overhead": {"cpu": "1"}}
    cache.add_pod(pod_view({**bound.raw, "spec": grown}))
    after = cache.node("a")
    assert after is not None
    assert 2_000 == after.requested["cpu"]


def pod_view(raw: Json) -> Pod:
    """A later version of a pod."""
    return cast(Pod, build_view("pods", raw))
