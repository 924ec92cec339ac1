"""The disruption controller: what a budget's status says, and that evictions and counts never talk past each other."""

from __future__ import annotations

from typing import Any

import pytest

from tests.controllers.control_plane import ControlPlane, workload
from windtunnel.model.api.errors import ApiError
from windtunnel.model.api.kinds import BUILT_IN, KindRegistry
from windtunnel.model.api.kinds.plain import plain_kind
from windtunnel.model.controllers.disruption.controller import DisruptionController
from windtunnel.model.controllers.disruption.counting import scaled
from windtunnel.model.objects.json import Json


def budget(name: str = "b", **spec: Any) -> Json:
    """A budget for app=x."""
    return {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": {"name": name, "namespace": "default"},
        "spec": {"selector": {"matchLabels": {"app": "x"}}, **spec},
    }


def pod(name: str, owner: Json | None = None) -> Json:
    """A pod with app=x on a node, perhaps controlled by somebody."""
    metadata: Json = {"name": name, "namespace": "default", "labels": {"app": "x"}}
    if owner is not None:
        metadata["ownerReferences"] = [{**owner, "controller": True}]
    spec = {"nodeName": "n", "containers": [{"name": "c", "image": "i:1"}]}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}


def run(plane: ControlPlane, name: str, ready: bool = True) -> None:
    """A pod is running now."""
    conditions = [{"type": "Ready", "status": "True" if ready else "False"}]
    status = {"status": {"phase": "Running", "conditions": conditions}}
    plane.do(plane.client.patch("Pod", f"default/{name}", status, "strategic", "status"))


def status(plane: ControlPlane, name: str = "b") -> Json:
    """The status of a budget, once all is settled."""
    plane.settle()
    found: Json = plane.get("PodDisruptionBudget", name).raw["status"]
    return found


def counts(plane: ControlPlane, name: str = "b") -> tuple[int, int, int, int]:
    """Expected, wanted and healthy pods, and how many may go."""
    found = status(plane, name)
    keys = ("expectedPods", "desiredHealthy", "currentHealthy", "disruptionsAllowed")
    expected, wanted, healthy, allowed = (found[key] for key in keys)
    return expected, wanted, healthy, allowed


@pytest.fixture
def plane() -> ControlPlane:
    """A control plane with the controllers that matter here."""
    return ControlPlane(("service-account", "namespace", "replication", "disruption"))


def test_a_number_counts_the_pods_that_are_there(plane: ControlPlane) -> None:
    """minAvailable as a number: pods without a controller count, and only the ready ones are healthy."""
    plane.create(budget(minAvailable=1))
    for name in "pqr":
        plane.create(pod(name))
    run(plane, "p")
    run(plane, "q")
    assert (3, 1, 2, 1) == counts(plane)
    found = status(plane)
    condition = found["conditions"][0]
    assert ("DisruptionAllowed", "True", "SufficientPods", 1) == (
        condition["type"], condition["status"], condition["reason"], condition["observedGeneration"],
    )  # fmt: skip
    run(plane, "q", ready=False)
    assert (3, 1, 1, 0) == counts(plane)
    assert "InsufficientPods" == status(plane)["conditions"][0]["reason"]


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ({"maxUnavailable": 1}, (5, 4, 2, 0)),
        ({"maxUnavailable": "50%"}, (5, 2, 2, 0)),
        ({"maxUnavailable": "70%"}, (5, 1, 2, 1)),
        ({"minAvailable": "20%"}, (5, 1, 2, 1)),
        ({"minAvailable": "30%"}, (5, 2, 2, 0)),
        ({"maxUnavailable": 9}, (5, 0, 2, 2)),
        ({}, (0, 0, 2, 0)),
    ],
)
@pytest.mark.parametrize("kind", ["ReplicationController", "ReplicaSet"])
def test_a_share_is_of_what_the_controllers_want(
    plane: ControlPlane, kind: str, spec: Json, expected: tuple[int, int, int, int]
) -> None:
    """maxUnavailable and percentages, rounded up: of the replicas wanted, not of the pods there are."""
    plane.create(budget(**spec))
    plane.create(workload("x", 5, kind))
    plane.settle()
    for each in plane.list("Pod")[:2]:
        run(plane, each.name)
    assert expected == counts(plane)


def test_pods_of_a_replica_set_count_for_its_deployment(plane: ControlPlane) -> None:
    """Two ReplicaSets of one Deployment, in the middle of a rollout, want what the Deployment wants."""
    template = workload("x", 0)["spec"]["template"]
    deployment = plane.create(
        {
            "apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": {"name": "d", "namespace": "default"},
            "spec": {"replicas": 4, "selector": {"matchLabels": {"app": "x"}}, "template": template},
        }
    )  # fmt: skip
    owner = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "name": "d",
        "uid": deployment.uid,
        "controller": True,
    }
    for name in ("old", "new"):
        labels = {"app": "x", "set": name}
        body = workload("x", 3, "ReplicaSet", selector={"matchLabels": labels})
        body["metadata"] = {**body["metadata"], "name": name, "ownerReferences": [owner]}
        body["spec"]["template"]["metadata"] = {"labels": labels}
        plane.create(body)
    plane.create(budget(maxUnavailable=1))
    plane.settle()
    for each in plane.list("Pod"):
        run(plane, each.name)
    assert (4, 3, 6, 3) == counts(plane)


def test_pods_of_a_stateful_set_count_for_it(plane: ControlPlane) -> None:
    """By the replicas in its spec."""
    made = plane.create(
        {
            "apiVersion": "apps/v1", "kind": "StatefulSet",
            "metadata": {"name": "s", "namespace": "default"},
            "spec": {
                "replicas": 3, "serviceName": "s", "selector": {"matchLabels": {"app": "x"}},
                "template": workload("x", 0)["spec"]["template"],
            },
        }
    )  # fmt: skip
    plane.create(budget(maxUnavailable=1))
    owner = {"apiVersion": "apps/v1", "kind": "StatefulSet", "name": "s", "uid": made.uid}
    plane.create(pod("s-0", owner))
    assert (3, 2, 0, 0) == counts(plane)


def test_a_budget_that_cannot_be_counted_allows_nothing_and_says_why() -> None:
    """A controller without a scale: SyncFailed with the reason, until there are no such pods any more."""
    kinds = KindRegistry((*BUILT_IN, plain_kind("example.com", "v1", "Widget")))
    plane = ControlPlane(("service-account", "namespace", "disruption"), kinds=kinds)
    plane.create(budget(maxUnavailable=1))
    owner = {"apiVersion": "example.com/v1", "kind": "Widget", "name": "w", "uid": "u"}
    plane.create(pod("p", owner))
    found = status(plane)
    condition = found["conditions"][0]
    assert (0, "SyncFailed") == (found["disruptionsAllowed"], condition["reason"])
    assert "widgets.example.com does not implement the scale subresource" == condition["message"]
    plane.delete("Pod", "p", grace_period_seconds=0)
    assert "InsufficientPods" == status(plane)["conditions"][0]["reason"]


def test_pods_of_a_controller_that_is_gone_stop_the_count(plane: ControlPlane) -> None:
    """The status names the pod."""
    plane.create(budget(maxUnavailable=1))
    owner = {"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "gone", "uid": "u"}
    plane.create(pod("p", owner))
    plane.settle()
    assert 'found no controllers for pod "p"' == status(plane)["conditions"][0]["message"]


def test_an_evicted_pod_is_no_longer_healthy_and_forgotten_when_it_goes(
    plane: ControlPlane,
) -> None:
    """The eviction's note is dropped when its deletion is seen; nothing is left to wait for."""
    plane.create(budget(minAvailable=1))
    for name in "pq":
        plane.create(pod(name))
        run(plane, name)
    assert (2, 1, 2, 1) == counts(plane)
    plane.do(plane.client.evict("default/p"))
    assert (2, 1, 1, 0) == counts(plane)
    assert "disruptedPods" not in status(plane)
    with pytest.raises(ApiError, match="disruption budget"):
        plane.do(plane.client.evict("default/q"))


def test_a_pod_that_was_to_go_but_did_not_counts_again_after_two_minutes(
    plane: ControlPlane,
) -> None:
    """An eviction that died between its two writes costs two minutes, not a disruption for ever."""
    plane.create(budget(minAvailable=1))
    for name in "pq":
        plane.create(pod(name))
        run(plane, name)
    plane.settle()
    before = plane.get("PodDisruptionBudget", "b").raw
    noted = {
        **before["status"],
        "disruptionsAllowed": 0,
        "disruptedPods": {"p": "2024-01-01T00:00:00Z"},
    }
    plane.do(plane.client.update_status({**before, "status": noted}))
    plane.run_for(1_000)
    found = plane.get("PodDisruptionBudget", "b").raw["status"]
    assert (1, 0, ["p"]) == (
        found["currentHealthy"], found["disruptionsAllowed"], [*found["disruptedPods"]],
    )  # fmt: skip
    plane.settle()
    assert 120_000 <= plane.loop.now_ms < 121_000
    assert (2, 1, 2, 1) == counts(plane)
    assert "disruptedPods" not in status(plane)


def test_a_count_never_overwrites_an_eviction_that_it_has_not_seen(plane: ControlPlane) -> None:
    """The status is written with the version that was counted: a stale one is refused and counted again."""
    plane.create(budget(minAvailable=1))
    for name in "pqr":
        plane.create(pod(name))
        run(plane, name)
    plane.settle()
    for name in "pqr":
        plane.do(plane.client.patch("Pod", f"default/{name}", {"metadata": {"labels": {"n": "1"}}}))
        try:
            plane.do(plane.client.evict(f"default/{name}"))
        except ApiError:
            assert "r" == name
    plane.settle()
    going = [each.name for each in plane.list("Pod") if each.metadata.deleting]
    assert ["p", "q"] == going


def test_a_changed_budget_is_counted_for_its_new_generation(plane: ControlPlane) -> None:
    """observedGeneration follows, and evictions are not allowed in between."""
    plane.create(budget(minAvailable=1))
    plane.settle()
    plane.patch("PodDisruptionBudget", "b", {"spec": {"minAvailable": 0}})
    assert 2 == status(plane)["observedGeneration"]


def test_a_stale_disruption_target_is_taken_back(plane: ControlPlane) -> None:
    """After two minutes without a deletion the condition is False; what the kubelet announced stays."""
    for name, reason in (("p", "EvictionByEvictionAPI"), ("q", "TerminationByKubelet")):
        plane.create(pod(name))
        condition = {
            "type": "DisruptionTarget", "status": "True", "reason": reason,
            "lastTransitionTime": "2024-01-01T00:00:00Z",
        }  # fmt: skip
        change = {"status": {"conditions": [condition]}}
        plane.do(plane.client.patch("Pod", f"default/{name}", change, "strategic", "status"))
    plane.settle()
    assert plane.loop.now_ms >= 120_000

    def condition_of(name: str) -> Any:
        return plane.get("Pod", name).status.conditions[-1].status

    assert ("False", "True") == (condition_of("p"), condition_of("q"))


def test_a_restarted_controller_counts_at_once(plane: ControlPlane) -> None:
    """What happened while nobody counted is in the status soon after."""
    plane.create(budget(minAvailable=1))
    plane.settle()
    plane.manager.crash()
    plane.create(pod("p"))
    run(plane, "p")
    plane.manager.start()
    assert (1, 1, 1, 0) == counts(plane)


def test_a_cluster_without_budgets_has_no_cache_of_them(plane: ControlPlane) -> None:
    """Nobody pays for what nobody uses."""
    manager: Any = plane.manager.component
    found = [each for each in manager.controllers if isinstance(each, DisruptionController)]
    assert [None] == [each.budgets for each in found]


def test_percentages_round_up() -> None:
    """Half of five is three."""
    assert [3, 5, 0, 7] == [scaled("50%", 5), scaled("100%", 5), scaled("0%", 5), scaled(7, 5)]
