"""The resource quota controller: the status of a quota is what is there."""

from __future__ import annotations

from typing import Any

import pytest

from tests.controllers.control_plane import ControlPlane, workload
from windtunnel.model.api.errors import ApiError
from windtunnel.model.api.quantity import parse
from windtunnel.model.api.quota.registry import evaluator_of
from windtunnel.model.objects.json import Json


def quota(hard: Json, **spec: Any) -> Json:
    """A quota of the namespace default."""
    return {
        "apiVersion": "v1",
        "kind": "ResourceQuota",
        "metadata": {"name": "q", "namespace": "default"},
        "spec": {"hard": hard, **spec},
    }


def pod(name: str, cpu: str = "1", **metadata: Any) -> Json:
    """A pod that asks for CPU, on a node."""
    resources = {"requests": {"cpu": cpu}, "limits": {"cpu": cpu}}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": "default", **metadata},
        "spec": {
            "nodeName": "n",
            "containers": [{"name": "c", "image": "i:1", "resources": resources}],
        },
    }


def config_map(name: str) -> Json:
    """A ConfigMap."""
    metadata = {"name": name, "namespace": "default"}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata}


def used(plane: ControlPlane) -> Json:
    """What the quota says is used, once all is settled."""
    plane.settle()
    found: Json = plane.get("ResourceQuota", "q").raw["status"]["used"]
    return found


@pytest.fixture
def plane() -> ControlPlane:
    """A control plane with the controllers that matter here."""
    return ControlPlane(("service-account", "namespace", "replication", "resource-quota"))


def test_what_is_there_when_a_quota_is_made_is_counted(plane: ControlPlane) -> None:
    """Limits are taken over, and everything of the namespace is counted, of whatever kind."""
    for name in "ab":
        plane.create(config_map(name))
    plane.create(pod("p"))
    hard = {
        "configmaps": "5", "count/configmaps": "5", "pods": "5", "requests.cpu": "3",
        "count/deployments.apps": "1", "services.nodeports": "1",
    }  # fmt: skip
    plane.create(quota(hard))
    assert {
        "configmaps": "2", "count/configmaps": "2", "pods": "1", "requests.cpu": "1",
        "count/deployments.apps": "0", "services.nodeports": "0",
    } == used(plane)  # fmt: skip
    assert hard == plane.get("ResourceQuota", "q").raw["status"]["hard"]


def test_what_goes_is_given_back(plane: ControlPlane) -> None:
    """Deleted objects and pods that are over use nothing any more."""
    plane.create(quota({"configmaps": "5", "pods": "5", "requests.cpu": "3", "count/pods": "9"}))
    plane.settle()
    plane.create(config_map("a"))
    plane.create(pod("p"))
    plane.create(pod("r", "2"))
    assert {"configmaps": "1", "pods": "2", "requests.cpu": "3", "count/pods": "2"} == used(plane)
    plane.delete("ConfigMap", "a")
    plane.patch("Pod", "r", {"status": {"phase": "Failed"}}, "status")
    assert {"configmaps": "0", "pods": "1", "requests.cpu": "1", "count/pods": "2"} == used(plane)
    plane.delete("Pod", "p", grace_period_seconds=0)
    assert {"configmaps": "0", "pods": "0", "requests.cpu": "0", "count/pods": "1"} == used(plane)


def test_changed_limits_are_taken_over(plane: ControlPlane) -> None:
    """New ones are counted, old ones forgotten."""
    plane.create(quota({"configmaps": "5"}))
    plane.create(pod("p"))
    plane.settle()
    plane.patch("ResourceQuota", "q", {"spec": {"hard": {"configmaps": None, "pods": "1"}}})
    assert {"pods": "1"} == used(plane)
    with pytest.raises(ApiError, match="exceeded quota: q, requested: pods=1"):
        plane.create(pod("r"))


def test_a_charge_for_nothing_is_found_within_five_minutes(plane: ControlPlane) -> None:
    """A create that failed after it was charged is not paid for for ever."""
    plane.create(quota({"configmaps": "5"}))
    plane.settle()
    plane.create(config_map("a"))
    with pytest.raises(ApiError, match="already exists"):
        plane.create(config_map("a"))
    assert {"configmaps": "2"} == used(plane)
    plane.run_for(301_000)
    assert {"configmaps": "1"} == used(plane)


def test_a_pod_that_is_late_in_going_is_not_counted() -> None:
    """After its grace period it uses nothing but its place in count/pods; a pod on time uses all it asks for."""
    going = pod("p", deletionTimestamp="2024-01-01T00:00:30Z", deletionGracePeriodSeconds=30)
    pods = evaluator_of("pods")
    assert parse("1") == pods.usage(going, 60_000)["requests.cpu"]
    assert ["count/pods"] == [*pods.usage(going, 60_001)]


def test_a_replication_controller_fills_a_quota_and_no_more(plane: ControlPlane) -> None:
    """Creations in batches, refused and tried again, end with exactly as many pods as there may be."""
    plane.create(quota({"pods": "7"}))
    plane.settle()
    plane.create(workload("x", 20))
    plane.run_for(20_000)
    assert 7 == len(plane.list("Pod"))
    assert "7" == plane.get("ResourceQuota", "q").raw["status"]["used"]["pods"]


def test_a_scope_limits_the_count(plane: ControlPlane) -> None:
    """Only what is in it is counted."""
    plane.create(pod("p"))
    plane.create({**pod("b"), "spec": {"containers": [{"name": "c", "image": "i:1"}]}})
    plane.create(quota({"pods": "5"}, scopes=["BestEffort"]))
    assert {"pods": "1"} == used(plane)


def test_a_restarted_controller_waits_for_its_caches_before_it_counts(plane: ControlPlane) -> None:
    """A count from half a cache would let in more than there may be."""
    for name in "abc":
        plane.create(config_map(name))
    plane.create(quota({"configmaps": "3"}))
    plane.settle()
    seen: list[Json] = []
    revision = plane.store.revision
    plane.manager.crash()
    plane.manager.start()
    plane.settle()
    plane.run_for(301_000)
    for change in plane.store.changes_since(revision):
        if change.key.resource == "resourcequotas" and change.after is not None:
            seen.append(change.after.raw["status"]["used"])
    assert [] == seen
    assert {"configmaps": "3"} == used(plane)


@pytest.mark.parametrize(
    ("resource", "obj", "expected"),
    [
        (
            "services",
            {"spec": {"type": "LoadBalancer", "ports": [{"port": 1}, {"port": 2}]}},
            {"count/services": "1", "services": "1", "services.nodeports": "2", "services.loadbalancers": "1"},
        ),
        (
            "services",
            {
                "spec": {
                    "type": "LoadBalancer", "allocateLoadBalancerNodePorts": False,
                    "ports": [{"port": 1, "nodePort": 30_000}, {"port": 2}],
                }
            },
            {"count/services": "1", "services": "1", "services.nodeports": "1", "services.loadbalancers": "1"},
        ),
        (
            "persistentvolumeclaims",
            {"metadata": {}, "spec": {"storageClassName": "gold", "resources": {"requests": {"storage": "1500m"}}}},
            {
                "count/persistentvolumeclaims": "1", "persistentvolumeclaims": "1", "requests.storage": "2",
                "gold.storageclass.storage.k8s.io/persistentvolumeclaims": "1",
                "gold.storageclass.storage.k8s.io/requests.storage": "2",
            },
        ),
        ("widgets.example.com", {}, {"count/widgets.example.com": "1"}),
    ],
)  # fmt: skip
def test_each_resource_is_counted_by_its_own_rules(
    resource: str, obj: Json, expected: Json
) -> None:
    """Services by ports and balancers, claims by storage and class, anything else as one."""
    found = evaluator_of(resource).usage(obj, 0)
    assert expected == {name: str(amount) for name, amount in found.items()}
