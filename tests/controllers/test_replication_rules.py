"""The decisions of the replication manager, by themselves."""

from __future__ import annotations

from typing import Any, cast

import pytest

from windtunnel.model.controllers.replication.availability import (
    is_available,
    next_available_in_ms,
)
from windtunnel.model.controllers.replication.claims import Claim, claim
from windtunnel.model.controllers.replication.plan import Plan, plan_replicas
from windtunnel.model.controllers.replication.ranking import (
    DELETION_COST,
    deletion_cost,
    pods_to_delete,
)
from windtunnel.model.controllers.replication.workload import REPLICATION_CONTROLLER
from windtunnel.model.objects.pod import Pod
from windtunnel.model.objects.time import format_time
from windtunnel.model.objects.views import build_view
from windtunnel.model.objects.workloads import ReplicationController

HOUR_MS = 3_600_000


def pod(name: str, *, node: str = "n1", ready_at_ms: int | None = None, **more: Any) -> Pod:
    """A running pod."""
    conditions = []
    if ready_at_ms is not None:
        since = format_time(ready_at_ms)
        conditions = [{"type": "Ready", "status": "True", "lastTransitionTime": since}]
    raw = {
        "metadata": {
            "name": name,
            "namespace": "default",
            "uid": f"uid-{name}",
            "labels": {"app": "web"},
            "creationTimestamp": format_time(0),
            **more,
        },
        "spec": {"nodeName": node},
        "status": {"phase": "Running", "conditions": conditions},
    }
    return cast(Pod, build_view("pods", raw))


def controller(replicas: int = 1, **metadata: Any) -> ReplicationController:
    """A ReplicationController of app=web."""
    raw = {
        "metadata": {"name": "web", "namespace": "default", "uid": "uid-web", **metadata},
        "spec": {"replicas": replicas, "selector": {"app": "web"}},
    }
    return cast(ReplicationController, build_view("replicationcontrollers", raw))


@pytest.mark.parametrize(
    ("text", "cost"),
    [("", 0), ("0", 0), ("7", 7), ("-7", -7), ("+7", 0), ("07", 0), ("x", 0), ("2147483648", 0)],
)
def test_a_malformed_deletion_cost_is_none(text: str, cost: int) -> None:
    """Only plain 32 bit integers count as a deletion cost."""
    assert cost == deletion_cost(pod("p", annotations={DELETION_COST: text}))


def test_ages_within_one_power_of_two_go_by_uid() -> None:
    """Pods ready for 10 and 12 hours are of one age; the smaller UID goes first."""
    now_ms = 100 * HOUR_MS
    young = pod("b", ready_at_ms=now_ms - 10 * HOUR_MS)
    old = pod("a", ready_at_ms=now_ms - 12 * HOUR_MS)
    assert ["a"] == [p.name for p in pods_to_delete([young, old], [], 1, now_ms)]


def test_a_pod_ready_for_a_shorter_time_goes_first() -> None:
    """Between powers of two the one that is ready for less time goes."""
    now_ms = 100 * HOUR_MS
    young = pod("b", ready_at_ms=now_ms - HOUR_MS)
    old = pod("a", ready_at_ms=now_ms - 50 * HOUR_MS)
    assert ["b"] == [p.name for p in pods_to_delete([old, young], [], 1, now_ms)]


def test_the_crowded_node_loses_a_pod_only_where_there_are_relatives() -> None:
    """Co-location counts the pods of the same owner's workloads, and nobody else's."""
    here, there = pod("a", node="n1"), pod("b", node="n2")
    relatives = [here, there, pod("c", node="n2")]
    assert ["b"] == [p.name for p in pods_to_delete([here, there], relatives, 1, 0)]
    assert ["a"] == [p.name for p in pods_to_delete([here, there], [], 1, 0)]


def test_claims_follow_owner_and_selector() -> None:
    """Kept, released, adopted and ignored pods are told apart."""
    web = controller()
    selector = REPLICATION_CONTROLLER.selector(web)
    mine = [{"kind": "ReplicationController", "name": "web", "uid": "uid-web", "controller": True}]
    other = [{"kind": "ReplicationController", "name": "x", "uid": "uid-x", "controller": True}]
    going = controller(deletionTimestamp=format_time(0))
    assert Claim.KEEP is claim(web, selector, pod("p", ownerReferences=mine))
    assert Claim.RELEASE is claim(web, selector, pod("p", ownerReferences=mine, labels={}))
    assert Claim.ADOPT is claim(web, selector, pod("p"))
    assert Claim.IGNORE is claim(web, selector, pod("p", ownerReferences=other))
    assert Claim.IGNORE is claim(web, selector, pod("p", deletionTimestamp=format_time(0)))
    assert Claim.IGNORE is claim(going, selector, pod("p"))
    assert Claim.IGNORE is claim(going, selector, pod("p", ownerReferences=mine, labels={}))


def test_a_plan_is_bounded_and_empty_for_who_is_being_deleted() -> None:
    """At most a burst at a time, and nothing on behalf of a workload that is being deleted."""
    assert Plan(create=2) == plan_replicas(controller(5), 3, 500)
    assert Plan(create=500) == plan_replicas(controller(900), 3, 500)
    assert Plan(delete=1) == plan_replicas(controller(2), 3, 500)
    assert Plan() == plan_replicas(controller(5, deletionTimestamp=format_time(0)), 3, 500)


def test_availability_begins_when_the_time_is_over() -> None:
    """Exactly minReadySeconds after the transition a pod is available, and it is known when that will be."""
    ready = pod("p", ready_at_ms=1_000)
    assert not is_available(ready, 10, 10_999)
    assert is_available(ready, 10, 11_000)
    assert 1 == next_available_in_ms([ready], 10, 10_999)
    assert next_available_in_ms([ready], 10, 11_000) is None
