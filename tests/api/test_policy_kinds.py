"""PodDisruptionBudgets, PriorityClasses, LimitRanges and ResourceQuotas."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.kind_bench import (
    SELECTOR,
    Json,
    changed,
    is_stable,
    made,
    pairs,
    read,
    wrong,
    wrong_change,
    wrong_status,
)
from windtunnel.model.api.kinds.limit_range import KIND as LIMIT_RANGE
from windtunnel.model.api.kinds.pod_disruption_budget import KIND as BUDGET
from windtunnel.model.api.kinds.priority_class import KIND as PRIORITY_CLASS
from windtunnel.model.api.kinds.resource_quota import KIND as QUOTA

# --- budgets


def test_a_new_budget_has_counted_nothing() -> None:
    """All four counts are there from the beginning, whatever the client says."""
    obj = made(BUDGET, spec={"minAvailable": 1, "selector": SELECTOR}, status={"expectedPods": 3})
    counts = ("disruptionsAllowed", "currentHealthy", "desiredHealthy", "expectedPods")
    assert (dict.fromkeys(counts, 0), 1) == (obj["status"], obj["metadata"]["generation"])
    assert is_stable(BUDGET, obj)
    assert not BUDGET.strategy.allow_unconditional_update


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ({"minAvailable": "50%", "selector": {}}, []),
        ({"minAvailable": 1, "maxUnavailable": 1}, [("spec", "Invalid")]),
        ({"minAvailable": -1}, [("spec.minAvailable", "Invalid")]),
        ({"maxUnavailable": "101%"}, [("spec.maxUnavailable", "Invalid")]),
        ({"maxUnavailable": "half"}, [("spec.maxUnavailable", "Invalid")]),
        (
            {"selector": {"matchExpressions": [{"key": "a", "operator": "In"}]}},
            [("spec.selector.matchExpressions[0].values", "Required")],
        ),
        (
            {"unhealthyPodEvictionPolicy": "Never"},
            [("spec.unhealthyPodEvictionPolicy", "NotSupported")],
        ),
    ],
)
def test_a_budget_says_one_number(spec: Json, expected: list[tuple[str, str]]) -> None:
    """Either how many must stay or how many may go, as a number or up to 100 %."""
    assert expected == wrong(BUDGET, spec=spec)


def test_a_budget_may_change_and_counts_it() -> None:
    """Nothing of the spec is settled, and each change is a generation."""
    old = made(BUDGET, spec={"minAvailable": 1, "selector": SELECTOR})
    assert [] == wrong_change(BUDGET, old, minAvailable=2, selector={})
    assert 2 == changed(BUDGET, old, minAvailable=2)["metadata"]["generation"]


def test_the_status_of_a_budget_has_no_negative_counts_and_whole_conditions() -> None:
    """A condition needs a reason and a time."""
    old = made(BUDGET, spec={"minAvailable": 1})
    assert [] == wrong_status(BUDGET, old, currentHealthy=1, disruptionsAllowed=1)
    assert [("status.currentHealthy", "Invalid")] == wrong_status(BUDGET, old, currentHealthy=-1)
    bare = {"type": "DisruptionAllowed", "status": "Maybe"}
    assert [
        ("status.conditions[0].status", "NotSupported"),
        ("status.conditions[0].lastTransitionTime", "Required"),
        ("status.conditions[0].reason", "Required"),
    ] == wrong_status(BUDGET, old, conditions=[bare])


# --- priority classes


def test_pods_of_a_priority_class_push_others_out_by_default() -> None:
    """The policy is filled in, and the generation stays at one."""
    obj = made(PRIORITY_CLASS, value=10)
    assert ("PreemptLowerPriority", 1) == (obj["preemptionPolicy"], obj["metadata"]["generation"])
    assert 0 == made(PRIORITY_CLASS)["value"]
    assert is_stable(PRIORITY_CLASS, obj)


def test_the_highest_priorities_belong_to_the_system() -> None:
    """Users end at a billion, and the prefix system- has two names with fixed values."""
    assert [] == wrong(PRIORITY_CLASS, value=10**9)
    assert [("value", "Forbidden")] == wrong(PRIORITY_CLASS, value=10**9 + 1)
    mine = {"name": "system-mine"}
    assert [("metadata.name", "Forbidden")] == wrong(PRIORITY_CLASS, mine, value=1)
    theirs = {"name": "system-node-critical"}
    assert [] == wrong(PRIORITY_CLASS, theirs, value=2_000_001_000)
    assert [("metadata.name", "Forbidden")] == wrong(PRIORITY_CLASS, theirs, value=1)
    assert [("preemptionPolicy", "NotSupported")] == wrong(PRIORITY_CLASS, preemptionPolicy="Maybe")


def test_what_a_priority_class_stands_for_never_changes() -> None:
    """Value and policy are settled, the description is not."""
    old = made(PRIORITY_CLASS, value=10)

    def change(**fields: Any) -> list[tuple[str, str]]:
        new = PRIORITY_CLASS.strategy.prepare_for_update(
            read(PRIORITY_CLASS, {**old, **fields}), old
        )
        return pairs(PRIORITY_CLASS.strategy.validate_update(new, old))

    assert [] == change(description="mine", globalDefault=True)
    assert [("value", "Forbidden")] == change(value=11)
    assert [("preemptionPolicy", "Invalid")] == change(preemptionPolicy="Never")


# --- limit ranges


def limits(*items: Json) -> Json:
    """The spec of a limit range."""
    return {"limits": list(items)}


def test_the_defaults_of_containers_follow_from_their_bounds() -> None:
    """The limit is the most, the request the limit, or the least where there is no most."""
    item = {"type": "Container", "max": {"cpu": "1"}, "min": {"memory": "1Mi", "cpu": "100m"}}
    obj = made(LIMIT_RANGE, spec=limits(item, {"type": "Pod", "max": {"cpu": "2"}}))
    container, pod = obj["spec"]["limits"]
    assert ({"cpu": "1"}, {"cpu": "1", "memory": "1Mi"}) == (
        container["default"],
        container["defaultRequest"],
    )
    assert {"type": "Pod", "max": {"cpu": "2"}} == pod
    assert [] == LIMIT_RANGE.strategy.validate(obj)
    assert is_stable(LIMIT_RANGE, obj)


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        (
            {"type": "Container", "max": {"cpu": "1"}, "min": {"cpu": "2"}},
            ["min[cpu]", "defaultRequest[cpu]", "default[cpu]"],
        ),
        ({"type": "Thing", "max": {"cpu": "1"}}, ["type"]),
        ({"type": "Container", "maxLimitRequestRatio": {"cpu": "500m"}}, ["maxLimitRequestRatio[cpu]"]),
        ({"type": "Container", "max": {"pods": "1"}}, ["max[pods]", "default[pods]", "defaultRequest[pods]"]),
        (
            {"type": "Pod", "max": {"cpu": "4"}, "min": {"cpu": "2"}, "maxLimitRequestRatio": {"cpu": "3"}},
            ["maxLimitRequestRatio[cpu]"],
        ),
    ],
)  # fmt: skip
def test_bounds_that_contradict_each_other_are_refused(item: Json, expected: list[str]) -> None:
    """Each pair that is out of order is a cause of its own."""
    found = wrong(LIMIT_RANGE, spec=limits(item))
    assert [(f"spec.limits[0].{field}", "Invalid") for field in expected] == found


def test_a_limit_range_has_one_item_of_each_type() -> None:
    """Pods have no defaults, and claims need a bound on storage."""
    item = {"type": "Pod", "max": {"cpu": "1"}}
    found = wrong(LIMIT_RANGE, spec=limits(item, {**item, "default": {"cpu": "1"}}))
    assert [("spec.limits[1].type", "Duplicate"), ("spec.limits[1].default", "Forbidden")] == found
    claim = {"type": "PersistentVolumeClaim"}
    assert [("spec.limits[0].limits", "Required")] == wrong(LIMIT_RANGE, spec=limits(claim))


# --- quotas


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ({"hard": {"pods": "10", "requests.cpu": "1", "count/jobs.batch": "2"}}, []),
        ({"hard": {"requests.example.com/gpu": "1", "hugepages-2Mi": "4Mi"}}, []),
        ({"hard": {"nodes": "1"}}, ["spec.hard[nodes]"]),
        ({"hard": {"pods": "1500m"}}, ["spec.hard[pods]"]),
        ({"hard": {"cpu": "-1"}}, ["spec.hard[cpu]"]),
        ({"hard": {"pods": "1"}, "scopes": ["BestEffort"]}, []),
        ({"hard": {"cpu": "1"}, "scopes": ["BestEffort"]}, ["spec.scopes"]),
        ({"scopes": ["Terminating", "NotTerminating"]}, ["spec.scopes"]),
        ({"scopes": ["Somewhere"]}, ["spec.scopes"]),
        (
            {"scopeSelector": {"matchExpressions": [{"scopeName": "BestEffort", "operator": "In", "values": ["a"]}]}},
            ["spec.scopeSelector.matchExpressions.operator"],
        ),
        (
            {"scopeSelector": {"matchExpressions": [{"scopeName": "PriorityClass", "operator": "Is"}]}},
            ["spec.scopeSelector.matchExpressions.operator"],
        ),
    ],
)  # fmt: skip
def test_a_quota_counts_known_resources_in_fitting_scopes(spec: Json, expected: list[str]) -> None:
    """Resources of the cluster have no quota, and a scope only some resources."""
    assert [(field, "Invalid") for field in expected] == wrong(QUOTA, spec=spec)


def test_scopes_of_a_quota_are_settled() -> None:
    """Their order is not, nor are the amounts."""
    old = made(QUOTA, spec={"hard": {"pods": "1"}, "scopes": ["BestEffort", "NotTerminating"]})
    assert ({}, None) == (old["status"], old["metadata"].get("generation"))
    assert [] == wrong_change(
        QUOTA, old, hard={"pods": "2"}, scopes=["NotTerminating", "BestEffort"]
    )
    assert [("spec.scopes", "Invalid")] == wrong_change(QUOTA, old, scopes=["BestEffort"])
    assert is_stable(QUOTA, old)


def test_the_status_of_a_quota_is_made_of_amounts() -> None:
    """What is used is checked like what is allowed."""
    old = made(QUOTA, spec={"hard": {"pods": "1"}})
    assert [] == wrong_status(QUOTA, old, hard={"pods": "1"}, used={"pods": "0"})
    assert [("status.used[pods]", "Invalid")] == wrong_status(QUOTA, old, used={"pods": "-1"})
