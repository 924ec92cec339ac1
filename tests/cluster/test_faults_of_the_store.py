"""What the cluster does while its store is full, without a leader or down, and afterwards."""

from __future__ import annotations

import pytest

from tests.cluster.questions import ready_condition, ready_pods, told
from windtunnel.model.cluster.actions.faults import StoreOutage, StoreReadOnly
from windtunnel.model.cluster.actions.operations import Delete, DeleteByForce, DeleteService, Scale
from windtunnel.model.cluster.cluster import Cluster
from windtunnel.model.cluster.targets import resolve

NO_SPACE = "etcdserver: mvcc: database space exceeded"
TIMED_OUT = "is told 500 etcdserver: request timed out"


def test_a_full_store_takes_removals_and_no_objects(cluster: Cluster) -> None:
    """What is removed at once is gone; what is told first that it will be, as a pod is, stays, by force or not."""
    cluster.apply(StoreReadOnly())
    revision = cluster.store.revision
    cluster.apply(Scale("rc/page", 5))
    cluster.apply(Delete("rc/page#1"))
    cluster.apply(DeleteByForce("rc/page#1"))
    assert [f"is told 500 {NO_SPACE}"] * 3 == told(cluster)
    assert revision == cluster.store.revision
    cluster.apply(DeleteService("svc/page"))
    assert resolve(cluster, "svc/page") is None
    cluster.run_for(30_000)
    assert 6 == ready_pods(cluster)
    cluster.heal_all()
    assert cluster.settle().settled
    assert 6 == ready_pods(cluster)


def test_the_error_of_a_full_store_is_passed_on_as_it_is(cluster: Cluster) -> None:
    """500, without a reason, and nothing that says when to come back."""
    cluster.apply(StoreReadOnly())
    task = cluster.run_user(
        cluster.client.patch("Node", "node-1", {"metadata": {"labels": {"a": "b"}}}), "patch"
    )
    error = task.error
    assert error is not None
    assert (500, "", NO_SPACE) == (error.code, error.reason, error.message)  # type: ignore[attr-defined]


def test_nobody_is_given_up_while_nothing_can_be_written(cluster: Cluster) -> None:
    """Leases run out and cannot be renewed, but nodes cannot be tainted either; with room all is well."""
    cluster.apply(StoreReadOnly())
    cluster.run_for(400_000)
    assert ("True", "KubeletReady") == ready_condition(cluster, "node-1")
    cluster.heal_all()
    cluster.run_for(60_000)
    assert cluster.settle().settled
    assert ("True", "KubeletReady") == ready_condition(cluster, "node-1")
    assert 6 == ready_pods(cluster)


def test_without_a_leader_a_request_waits_seven_seconds(cluster: Cluster) -> None:
    """Then it is given up; what waits less long is carried out when there is a leader again."""
    outage = StoreOutage("no-leader")
    cluster.apply(outage)
    assert [] == StoreOutage.choices(cluster)
    cluster.apply(Scale("rc/page", 5))
    cluster.run_for(5_000)
    assert [] == told(cluster)
    cluster.run_for(2_100)
    assert [TIMED_OUT] == told(cluster)
    cluster.apply(Scale("rc/page", 4))
    cluster.run_for(3_000)
    cluster.heal(str(outage))
    assert cluster.settle().settled
    assert 7 == ready_pods(cluster)
    assert [TIMED_OUT] == told(cluster)


@pytest.mark.parametrize("how", ["no-leader", "down"])
@pytest.mark.parametrize("duration_ms", [2_000, 90_000])
def test_after_an_outage_everything_goes_on_where_it_was(
    how: str, duration_ms: int, cluster: Cluster
) -> None:
    """No pod is lost, no node is given up, and what happened meanwhile is noticed."""
    cluster.apply(StoreOutage(how))
    pod = cluster.machines["node-1"].containers()[0]
    cluster.machines["node-1"].crash_container(pod.pod_uid, pod.name)
    cluster.run_for(duration_ms)
    cluster.heal_all()
    cluster.run_for(60_000)
    assert cluster.settle().settled
    assert 6 == ready_pods(cluster)
    cluster.apply(DeleteByForce("rc/page#1"))
    assert cluster.settle().settled
    assert 6 == ready_pods(cluster)
    assert "" == "".join(told(cluster))


def test_a_store_that_is_down_refuses_at_once(cluster: Cluster) -> None:
    """The user is told so, as of a request that timed out."""
    cluster.apply(StoreOutage("down"))
    assert [] == StoreOutage.choices(cluster)
    cluster.apply(Scale("rc/page", 5))
    assert [TIMED_OUT] == told(cluster)
