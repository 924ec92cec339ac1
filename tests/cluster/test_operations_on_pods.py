"""What operations on workloads, pods and services do, as Kubernetes does it."""

from __future__ import annotations

import pytest

from tests.cluster.questions import addresses, pods, raw, ready_pods, told
from windtunnel.model.cluster.actions.operations import (
    ChangeSelector,
    ChangeTemplate,
    CreateOverlappingController,
    CreatePod,
    CreateService,
    DeleteByForce,
    EditEndpoints,
    EvictPod,
    Scale,
)
from windtunnel.model.cluster.actions.operations.endpoints import OUTSIDE
from windtunnel.model.cluster.cluster import Cluster
from windtunnel.model.cluster.targets import pod_of, resolve


def images(cluster: Cluster) -> list[str]:
    """The images of the page's pods, oldest first."""
    found = [pod_of(cluster, f"rc/page#{number}") for number in range(1, 5)]
    return [pod.spec.containers[0].image.rpartition(":")[2] for pod in found if pod is not None]


def test_a_new_template_is_for_new_pods_only(cluster: Cluster) -> None:
    """The pods that are there keep their image, the next one has the new one."""
    cluster.apply(ChangeTemplate("rc/page", "image"))
    cluster.settle()
    assert ["7", "7", "7"] == images(cluster)
    cluster.apply(Scale("rc/page", 4))
    cluster.settle()
    assert ["7", "7", "7", "windtunnel-2"] == images(cluster)


@pytest.mark.parametrize("change", ["label", "request"])
def test_a_template_changes_in_one_respect(change: str, cluster: Cluster) -> None:
    """A label is added, a request replaced; the rest of the template stays."""
    before = raw(cluster, "rc/page")["spec"]["template"]
    cluster.apply(ChangeTemplate("rc/page", change))
    after = raw(cluster, "rc/page")["spec"]["template"]
    labels = {**before["metadata"]["labels"], "windtunnel-version": "2"}
    assert (labels if change == "label" else before["metadata"]["labels"]) == after["metadata"][
        "labels"
    ]
    cpu = "2" if change == "request" else "200m"
    assert {"cpu": cpu, "memory": "64Mi"} == after["spec"]["containers"][0]["resources"]["requests"]


@pytest.mark.parametrize("kind", ["rc", "rs"])
def test_overlapping_controllers_leave_each_others_pods_alone(kind: str, cluster: Cluster) -> None:
    """Each has as many of its own as it wants, although both select all of them."""
    mine = [pod.name for pod in pods(cluster)]
    cluster.apply(CreateOverlappingController("rc/page", kind, 3))
    cluster.settle()
    assert 9 == ready_pods(cluster)
    assert set(mine) < {pod.name for pod in pods(cluster)}
    assert resolve(cluster, f"{kind}/page-twin#3") is not None


def test_a_forced_deletion_does_not_wait_for_the_kubelet(cluster: Cluster) -> None:
    """The pod is gone with the answer, its container still runs, and both are put right."""
    pod = pod_of(cluster, "rc/leader#1")
    assert pod is not None
    cluster.apply(DeleteByForce("rc/leader#1"))
    assert pod.name not in [each.name for each in pods(cluster)]
    cluster.settle()
    assert cluster.machines[pod.spec.node_name].pod(pod.uid) is None
    assert 6 == ready_pods(cluster)


def test_an_eviction_that_no_budget_forbids_deletes_the_pod(cluster: Cluster) -> None:
    """It goes as with a deletion, and is replaced."""
    pod = pod_of(cluster, "rc/leader#1")
    assert pod is not None
    cluster.apply(EvictPod("rc/leader#1"))
    cluster.settle()
    assert pod.name not in [each.name for each in pods(cluster)]
    assert 6 == ready_pods(cluster)


def test_a_bare_pod_has_the_priority_of_its_class(cluster: Cluster) -> None:
    """The system's classes are there without an object of theirs."""
    cluster.apply(CreatePod("extra-1", "", "system-node-critical"))
    cluster.settle()
    assert 2_000_001_000 == raw(cluster, "pod/extra-1")["spec"]["priority"]
    assert 7 == ready_pods(cluster)


def test_a_bare_pod_like_those_of_a_workload_is_adopted(cluster: Cluster) -> None:
    """The controller takes it over, and has one too many."""
    cluster.apply(CreatePod("extra-1", "rc/page", ""))
    cluster.settle()
    assert 6 == ready_pods(cluster)
    assert "extra-2" not in [choice.name for choice in CreatePod.choices(cluster)]


def test_a_service_turns_to_the_pods_that_it_now_selects(cluster: Cluster) -> None:
    """Its Endpoints are those of the other workload's pods; without a selector they stay as they are."""
    role = "app=guestbook,role=leader"
    cluster.apply(ChangeSelector("svc/follower", role))
    cluster.settle()
    leader = addresses(cluster, "leader")
    assert leader == addresses(cluster, "follower")
    cluster.apply(ChangeSelector("svc/follower", ""))
    cluster.apply(DeleteByForce("rc/leader#1"))
    cluster.settle()
    assert leader == addresses(cluster, "follower")
    assert leader != addresses(cluster, "leader")


def test_a_hand_edit_of_managed_endpoints_lives_until_the_next_sync(cluster: Cluster) -> None:
    """Nobody undoes it at once; the next change of a selected pod does."""
    before = addresses(cluster, "page")
    cluster.apply(EditEndpoints("ep/page", "add"))
    cluster.settle()
    assert sorted([*before, OUTSIDE]) == addresses(cluster, "page")
    cluster.apply(DeleteByForce("rc/page#1"))
    cluster.settle()
    assert OUTSIDE not in addresses(cluster, "page")
    assert 3 == len(addresses(cluster, "page"))


def test_deleted_endpoints_are_made_again(cluster: Cluster) -> None:
    """The controller hears of the deletion; cleared ones stay clear until the next sync."""
    before = addresses(cluster, "page")
    cluster.apply(EditEndpoints("ep/page", "clear"))
    cluster.settle()
    assert [] == addresses(cluster, "page")
    cluster.apply(EditEndpoints("ep/page", "delete"))
    cluster.settle()
    assert before == addresses(cluster, "page")


def test_endpoints_of_a_service_without_a_selector_are_made_by_hand(cluster: Cluster) -> None:
    """An addition creates them, and they stay."""
    cluster.apply(CreateService("rc/page", "outside"))
    cluster.apply(ChangeSelector("svc/outside", ""))
    cluster.apply(EditEndpoints("ep/outside", "delete"))
    cluster.settle()
    cluster.apply(EditEndpoints("ep/outside", "add"))
    cluster.settle()
    assert [OUTSIDE] == addresses(cluster, "outside")
    assert [] == told(cluster)
