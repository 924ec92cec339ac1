"""Promises about disruption budgets, on facts made by hand: shares of a workload, and who is not judged."""

from __future__ import annotations

from typing import Any

import pytest

from tests.invariants.bench import Bench, owned_by, pod, workload
from windtunnel.invariants.promises.disruption import (
    BUDGETS,
    EvictionsUseTheBudget,
    budgets_are_counted,
)
from windtunnel.model.objects.json import Json
from windtunnel.model.outcome import Verdict

HELD, VIOLATED = Verdict.HELD, Verdict.VIOLATED
WEB = {"app": "web"}
RC = "replicationcontrollers"


def budget(allowed: int, healthy: int, spec: Json, **status: Any) -> Json:
    """A budget of the pods of web, with what its status says."""
    counted = {"disruptionsAllowed": allowed, "currentHealthy": healthy, **status}
    return {
        "metadata": {},
        "spec": {"selector": {"matchLabels": WEB}, **spec},
        "status": counted,
    }


def served(ready: int, *, replicas: int, owner: str = "web") -> Bench:
    """A controller that wants so many pods, of which so many are there and ready."""
    bench = Bench(budgets_are_counted)
    bench.put(RC, "default", "web", workload(replicas, WEB))
    for number in range(ready):
        bench.put("pods", "default", f"web-{number}", pod(WEB, owner, ready=True))
    return bench


@pytest.mark.parametrize(
    ("spec", "spare"),
    [
        ({"maxUnavailable": 1}, 0),
        ({"maxUnavailable": 2}, 1),
        ({"maxUnavailable": "50%"}, 1),
        ({"minAvailable": "50%"}, 1),
        ({"minAvailable": "51%"}, 0),
        ({"minAvailable": 1}, 2),
        ({"minAvailable": 4}, 0),
        ({}, 0),
    ],
)
def test_a_share_is_one_of_what_the_workload_asks_for(spec: Json, spare: int) -> None:
    """Three of four pods are ready; a budget without any number allows nothing."""
    bench = served(3, replicas=4)
    bench.put(BUDGETS, "default", "guard", budget(spare, 3, spec))
    bench.heal_and_finish()
    assert HELD == bench.verdict(budgets_are_counted)
    bench.put(BUDGETS, "default", "guard", budget(spare + 1, 3, spec))
    bench.finish()
    assert f"3 pods are well, and {spare} may be disrupted" == (
        bench.monitor.findings()[0].expected
    )


def test_pods_that_nobody_asks_for_count_for_no_share() -> None:
    """So a share of them allows nothing."""
    bench = Bench(budgets_are_counted)
    bench.put("pods", "default", "alone", pod(WEB, ready=True))
    bench.put(BUDGETS, "default", "guard", budget(0, 1, {"maxUnavailable": 1}))
    bench.heal_and_finish()
    assert HELD == bench.verdict(budgets_are_counted)


def test_a_share_of_somebody_elses_pods_is_not_judged() -> None:
    """How many there should be is not known of another kind of owner, one that is gone, or one that is owned itself."""
    spec = {"maxUnavailable": 1}
    for owner in ("gone", "owned"):
        bench = served(1, replicas=1, owner=owner)
        raw = workload(7, WEB)
        raw["metadata"]["ownerReferences"] = [owned_by("Deployment", "above", "apps/v1")]
        bench.put(RC, "default", "owned", raw)
        bench.put(BUDGETS, "default", "guard", budget(5, 1, spec))
        bench.heal_and_finish()
        assert HELD == bench.verdict(budgets_are_counted)


WRONG = budget(9, 9, {"minAvailable": 1})


def excuses() -> dict[str, list[tuple[str, str, Json]]]:
    """What is written beside a budget whose count is wrong, and why nobody is to blame."""
    deleted = {"deletionTimestamp": "2024-01-01T00:00:00Z"}
    failed = [{"type": "DisruptionAllowed", "status": "False", "reason": "SyncFailed"}]
    noted = {"disruptedPods": {"web-0": "2024-01-01T00:00:00Z"}}
    minimum = {"minAvailable": 1}
    return {
        "two budgets share its pods": [(BUDGETS, "other", budget(9, 9, minimum))],
        "the controller gave up": [(BUDGETS, "guard", budget(9, 9, minimum, conditions=failed))],
        "an eviction is noted": [(BUDGETS, "guard", budget(9, 9, minimum, **noted))],
        "it is being deleted": [(BUDGETS, "guard", {**WRONG, "metadata": deleted})],
        "a pod left it": [("pods", "web-0", pod({"app": "other"}, ready=True))],
    }


@pytest.mark.parametrize("why", excuses())
def test_a_count_that_nobody_had_to_mend_is_not_judged(why: str) -> None:
    """And the same count is, without the reason."""
    bench = served(1, replicas=1)
    bench.put(BUDGETS, "default", "guard", WRONG)
    for resource, name, raw in excuses()[why]:
        bench.put(resource, "default", name, raw)
    bench.heal_and_finish()
    assert HELD == bench.verdict(budgets_are_counted)
    bench = served(1, replicas=1)
    bench.put(BUDGETS, "default", "guard", WRONG)
    bench.heal_and_finish()
    assert VIOLATED == bench.verdict(budgets_are_counted)


# -- evictions ---------------------------------------------------------------------------------------------------------


def evict(bench: Bench, name: str = "a") -> int:
    """The API server lets a pod go; returns how many evictions were wrong so far."""
    call = bench.begin("user", "create", "pods", name, subresource="eviction")
    bench.put(
        "pods", "default", name, pod(WEB, deleting=True), call=call, subresource="eviction", verb="delete"
    )  # fmt: skip
    return bench.result(EvictionsUseTheBudget).violations


@pytest.mark.parametrize(
    ("spec", "status", "wrong"),
    [
        ({}, {"desiredHealthy": 2}, 0),
        ({}, {"desiredHealthy": 3}, 1),
        ({}, {"desiredHealthy": 0}, 1),
        ({"unhealthyPodEvictionPolicy": "AlwaysAllow"}, {"desiredHealthy": 3}, 0),
    ],
)
def test_a_pod_that_is_not_ready_may_go_where_enough_others_are(
    spec: Json, status: Json, wrong: int
) -> None:
    """Or where the budget lets such pods always go."""
    bench = Bench(EvictionsUseTheBudget)
    bench.put(BUDGETS, "default", "guard", budget(0, 2, {"minAvailable": 1, **spec}, **status))
    bench.put("pods", "default", "a", pod(WEB, ready=False))
    assert wrong == evict(bench)


def test_a_budget_that_the_server_may_not_have_seen_binds_nobody() -> None:
    """Made, or turned to these pods, only when the eviction was already under way."""
    bench = Bench(EvictionsUseTheBudget)
    bench.put("pods", "default", "a", pod(WEB, ready=True))
    call = bench.begin("user", "create", "pods", "a", subresource="eviction")
    bench.put(BUDGETS, "default", "guard", budget(0, 1, {"minAvailable": 1}))
    bench.delete("pods", "default", "a", call=call, subresource="eviction")
    assert 0 == bench.result(EvictionsUseTheBudget).violations
    bench.put("pods", "default", "b", pod(WEB, ready=True))
    assert 1 == evict(bench, "b")


def test_a_pod_whose_labels_changed_may_have_been_under_no_budget() -> None:
    """Perhaps while the server looked."""
    bench = Bench(EvictionsUseTheBudget)
    bench.put(BUDGETS, "default", "guard", budget(0, 1, {"minAvailable": 1}))
    bench.put("pods", "default", "a", pod({"app": "other"}, ready=True))
    bench.put("pods", "default", "a", pod(WEB, ready=True))
    assert 0 == evict(bench)


def test_a_pod_that_goes_already_needs_no_disruption() -> None:
    """Nor does one of another namespace or one that the budget does not select."""
    bench = Bench(EvictionsUseTheBudget)
    bench.put(BUDGETS, "other", "guard", budget(0, 1, {"minAvailable": 1}))
    bench.put("pods", "default", "elsewhere", pod(WEB, ready=True))
    assert 0 == evict(bench, "elsewhere")
    bench.put(BUDGETS, "default", "guard", budget(0, 1, {"minAvailable": 1}))
    bench.put("pods", "default", "unselected", pod({"app": "other"}, ready=True))
    assert 0 == evict(bench, "unselected")
    bench.put("pods", "default", "a", pod(WEB, ready=True, deleting=True))
    assert 0 == evict(bench)
    bench.delete(BUDGETS, "default", "guard")
    bench.put("pods", "default", "free", pod(WEB, ready=True))
    assert 0 == evict(bench, "free")
