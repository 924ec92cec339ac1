"""Evictions: a budget's disruptions are taken one by one, and nobody gets more than there are."""

from __future__ import annotations

from typing import Any

import pytest

from tests.apiserver.test_writes_that_race import pod, send_at, world_with
from windtunnel.conformance.world import World
from windtunnel.model.api.errors import ApiError
from windtunnel.model.objects.json import Json
from windtunnel.model.objects.record import StoreKey

READY = [{"type": "Ready", "status": "True"}]
WOULD_VIOLATE = "Cannot evict pod as it would violate the pod's disruption budget."


def world_of(*names: str, ready: bool = True) -> World:
    """A world with running pods, labelled app=x, on a node."""
    world = world_with()
    for name in names:
        body = pod(name, nodeName="n")
        body["metadata"]["labels"] = {"app": "x"}
        status: Json = {"phase": "Running", "conditions": READY if ready else []}
        world.run(world.client.create(body), "pod")
        change = {"status": status}
        world.run(
            world.client.patch("Pod", f"default/{name}", change, subresource="status"), "status"
        )
    return world


def budget(world: World, status: Json, name: str = "b", **spec: Any) -> None:
    """A budget for app=x with this status."""
    body = {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": {"name": name, "namespace": "default"},
        "spec": {"minAvailable": 1, "selector": {"matchLabels": {"app": "x"}}, **spec},
    }
    made = world.run(world.client.create(body), "budget")
    full = {"observedGeneration": 1, "currentHealthy": 1, "desiredHealthy": 1, **status}
    world.run(world.client.update_status({**made.raw, "status": full}), "status")


def status_of(world: World, name: str = "b") -> Json:
    """The status of a budget."""
    found = world.run(world.client.get("PodDisruptionBudget", f"default/{name}"), "budget")
    status: Json = found.raw["status"]
    return status


def evict(world: World, name: str, query: Json | None = None, **options: Any) -> Any:
    """The answer to an eviction."""
    body = {"metadata": {"name": name}, "deleteOptions": options}
    return world.http(
        "POST", f"/api/v1/namespaces/default/pods/{name}/eviction", query=query, body=body
    )


def get_pod(world: World, name: str) -> Any:
    """A pod."""
    return world.run(world.client.get("Pod", f"default/{name}"), "pod")


def test_the_last_disruption_is_noted_and_the_pod_told() -> None:
    """The budget knows the pod that is about to go and allows no more; the pod says that it was evicted."""
    world = world_of("p")
    budget(world, {"disruptionsAllowed": 1})
    assert 201 == evict(world, "p").status
    status = status_of(world)
    assert (0, ["p"]) == (status["disruptionsAllowed"], [*status["disruptedPods"]])
    condition = status["conditions"][0]
    assert ("False", "InsufficientPods") == (condition["status"], condition["reason"])
    going = get_pod(world, "p")
    assert going.metadata.deleting
    reasons = [each.reason for each in going.status.conditions if each.type == "DisruptionTarget"]
    assert ["EvictionByEvictionAPI"] == reasons


def test_evictions_at_once_share_what_there_is() -> None:
    """Of three evictions at the same moment one takes the one disruption; the others get 429, one conflict later."""
    world = world_of("p", "q", "r")
    budget(world, {"disruptionsAllowed": 1})
    answers = [
        send_at(world, 0, lambda name=name: world.client.evict(f"default/{name}"))  # type: ignore[misc]
        for name in "pqr"
    ]
    world.run_for(5_000)
    results = [each[0] for each in answers]
    assert [None] == [each for each in results if not isinstance(each, ApiError)]
    assert [429, 429] == [each.code for each in results if isinstance(each, ApiError)]
    assert 0 == status_of(world)["disruptionsAllowed"]
    assert 1 == [get_pod(world, name).metadata.deleting for name in "pqr"].count(True)


def test_the_budget_is_written_by_the_server_itself() -> None:
    """Who looks for the writer of a budget's status finds the API server, not the one who evicts."""
    world = world_of("p")
    budget(world, {"disruptionsAllowed": 1})
    before = world.store.revision
    evict(world, "p")
    changes = world.store.changes_since(before)
    key = StoreKey("poddisruptionbudgets.policy", "default", "b")
    writers = [
        (change.by, change.verb, change.subresource) for change in changes if change.key == key
    ]
    assert [("system:apiserver", "update", "status")] == writers


def test_a_dry_run_takes_nothing() -> None:
    """It is answered like the real thing, and refused like it, but neither budget nor pod changes."""
    world = world_of("p")
    budget(world, {"disruptionsAllowed": 1})
    revision = world.store.revision
    assert 201 == evict(world, "p", {"dryRun": "All"}).status
    assert 201 == evict(world, "p", dryRun=["All"]).status
    assert revision == world.store.revision
    world = world_of("p")
    budget(world, {"disruptionsAllowed": 0})
    assert 429 == evict(world, "p", {"dryRun": "All"}).status


def test_a_refusal_says_what_the_budget_needs() -> None:
    """The cause counts the healthy pods; a budget whose count failed says why."""
    world = world_of("p")
    budget(world, {"disruptionsAllowed": 0})
    answer = evict(world, "p")
    assert (429, WOULD_VIOLATE) == (answer.status, answer.body["message"])
    message = "The disruption budget b needs 1 healthy pods and has 1 currently"
    cause = {"reason": "DisruptionBudget", "message": message}
    assert {"causes": [cause]} == answer.body["details"]
    failed = {
        "type": "DisruptionAllowed", "status": "False", "reason": "SyncFailed", "message": "no idea",
        "lastTransitionTime": "2024-01-01T00:00:00Z",
    }  # fmt: skip
    made = world.run(world.client.get("PodDisruptionBudget", "default/b"), "budget").raw
    status = {**made["status"], "conditions": [failed]}
    world.run(world.client.update_status({**made, "status": status}), "status")
    cause = evict(world, "p").body["details"]["causes"][0]
    assert cause["message"].endswith("currently because it failed sync: no idea")


def test_a_budget_that_was_not_counted_since_its_change_asks_to_come_back() -> None:
    """429 with ten seconds, even though the old count would allow it."""
    world = world_of("p")
    budget(world, {"disruptionsAllowed": 1, "observedGeneration": 0})
    answer = evict(world, "p")
    assert (429, 10) == (answer.status, answer.body["details"]["retryAfterSeconds"])


def test_a_pod_of_two_budgets_cannot_be_evicted() -> None:
    """500 with a sentence and without a reason, and the pod stays."""
    world = world_of("p")
    for name in "bc":
        budget(world, {"disruptionsAllowed": 1}, name)
    answer = evict(world, "p")
    assert 500 == answer.status
    assert "more than one PodDisruptionBudget" in answer.body["message"]
    assert "reason" not in answer.body
    assert not get_pod(world, "p").metadata.deleting


@pytest.mark.parametrize("phase", ["Pending", "Succeeded", "Failed"])
def test_a_pod_that_serves_nobody_goes_whatever_the_budget_says(phase: str) -> None:
    """And takes no disruption."""
    world = world_of("p")
    budget(world, {"disruptionsAllowed": 0})
    change = {"status": {"phase": phase}}
    world.run(world.client.patch("Pod", "default/p", change, subresource="status"), "status")
    assert 201 == evict(world, "p").status
    assert "disruptedPods" not in status_of(world)


@pytest.mark.parametrize(
    ("policy", "healthy", "code"),
    [
        ("IfHealthyBudget", 1, 201),
        ("IfHealthyBudget", 0, 429),
        ("AlwaysAllow", 0, 201),
    ],
)
def test_an_unready_pod_goes_if_the_others_are_enough_or_always(
    policy: str, healthy: int, code: int
) -> None:
    """unhealthyPodEvictionPolicy decides, and no disruption is taken."""
    world = world_of("p", ready=False)
    status = {"disruptionsAllowed": 0, "currentHealthy": healthy}
    budget(world, status, unhealthyPodEvictionPolicy=policy)
    assert code == evict(world, "p").status
    assert "disruptedPods" not in status_of(world)


def test_an_eviction_means_the_pod_that_its_options_name() -> None:
    """A UID or version of another pod is 409 and changes nothing."""
    world = world_of("p")
    revision = world.store.revision
    answer = evict(world, "p", preconditions={"uid": "other"})
    assert 409 == answer.status
    assert "the UID in the precondition (other)" in answer.body["message"]
    assert 409 == evict(world, "p", preconditions={"resourceVersion": "1"}).status
    assert revision == world.store.revision
    uid = get_pod(world, "p").uid
    assert 201 == evict(world, "p", preconditions={"uid": uid}).status


def test_an_eviction_is_about_its_pod() -> None:
    """404 for a pod that is not there, 400 for a body about another one."""
    world = world_of("p")
    assert 404 == evict(world, "q").status
    path = "/api/v1/namespaces/default/pods/p/eviction"
    assert 400 == world.http("POST", path, body={"metadata": {"name": "q"}}).status
    assert 400 == world.http("POST", path, body=[]).status
