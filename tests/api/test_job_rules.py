"""What the API server refuses in a job, field by field: policies, indexes, and a status that does not add up."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.kind_bench import Json, made, pairs, wrong, wrong_change, wrong_status
from windtunnel.model.api.kinds.job.strategy import KIND

POD: Json = {"restartPolicy": "Never", "containers": [{"name": "c", "image": "img:1"}]}
START, END, LATER = (f"2024-01-01T00:0{minute}:00Z" for minute in range(3))
Wrong = list[tuple[str, str]]


def spec(**fields: Any) -> Json:
    """A spec with these fields, beside what is needed."""
    return {"template": {"spec": POD}, **fields}


def indexed(**fields: Any) -> Json:
    """A job of three indexes, each with a limit of its own."""
    return spec(
        **{"completionMode": "Indexed", "completions": 3, "backoffLimitPerIndex": 1, **fields}
    )


def wrong_spec(raw: Json) -> Wrong:
    """Fields of the spec, and reasons."""
    return [(field.removeprefix("spec."), reason) for field, reason in wrong(KIND, spec=raw)]


# -- which failures count ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("codes", "expected"),
    [
        ({"operator": "In", "values": [1, 2]}, []),
        ({"operator": "NotIn", "values": [0]}, []),
        ({"operator": "In", "values": [0]}, [("values[0]", "Invalid")]),
        ({"operator": "", "values": [1]}, [("operator", "Required")]),
        ({"operator": "Above", "values": [1]}, [("operator", "NotSupported")]),
        ({"operator": "In", "values": []}, [("values", "Invalid")]),
        ({"operator": "In", "values": [1, 1]}, [("values[1]", "Duplicate")]),
        ({"operator": "In", "values": [2, 1]}, [("values", "Invalid")]),
        ({"operator": "In", "values": list(range(1, 257))}, [("values", "TooMany")]),
        ({"operator": "In", "values": [1], "containerName": "c"}, []),
        ({"operator": "In", "values": [1], "containerName": "x"}, [("containerName", "Invalid")]),
    ],
)
def test_a_rule_about_exit_codes_lists_them_in_order(codes: Json, expected: Wrong) -> None:
    """Up to 255 different ones, of a container that the pod has."""
    rules = [{"action": "FailJob", "onExitCodes": codes}]
    where = "podFailurePolicy.rules[0].onExitCodes"
    found = wrong_spec(spec(podFailurePolicy={"rules": rules}))
    assert [(f"{where}.{key}", reason) for key, reason in expected] == found


CODES: Json = {"operator": "In", "values": [1]}
PATTERN: Json = {"type": "DisruptionTarget", "status": "True"}


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ({"action": "Ignore", "onPodConditions": [PATTERN]}, []),
        ({"action": "Ignore"}, [("", "Invalid")]),
        (
            {"action": "Ignore", "onExitCodes": CODES, "onPodConditions": [PATTERN]},
            [("", "Invalid")],
        ),
        ({"action": "", "onExitCodes": CODES}, [(".action", "Required")]),
        ({"action": "Forget", "onExitCodes": CODES}, [(".action", "NotSupported")]),
        ({"action": "FailIndex", "onExitCodes": CODES}, [(".action", "Invalid")]),
        (
            {"action": "Count", "onPodConditions": [{"type": "not valid", "status": "Maybe"}]},
            [
                (".onPodConditions[0].type", "Invalid"),
                (".onPodConditions[0].status", "NotSupported"),
            ],
        ),
        (
            {"action": "Count", "onPodConditions": [PATTERN] * 21},
            [(".onPodConditions", "TooMany")],
        ),
    ],
)
def test_a_rule_about_failures_asks_one_thing(rule: Json, expected: Wrong) -> None:
    """Exit codes or conditions of the pod; an index can fail alone only where indexes have limits."""
    found = wrong_spec(spec(podFailurePolicy={"rules": [rule]}))
    assert [(f"podFailurePolicy.rules[0]{key}", reason) for key, reason in expected] == found


def test_an_index_may_fail_alone_where_indexes_have_limits() -> None:
    """And there are at most twenty rules."""
    rule = {"action": "FailIndex", "onExitCodes": CODES}
    assert [] == wrong_spec(indexed(podFailurePolicy={"rules": [rule]}))
    found = wrong_spec(indexed(podFailurePolicy={"rules": [rule] * 21}))
    assert [("podFailurePolicy.rules", "TooMany")] == found


def test_pods_whose_failures_are_judged_do_not_restart_by_themselves() -> None:
    """And a job's pods may end, which pods that always restart do not."""
    policy = {"rules": [{"action": "FailJob", "onExitCodes": CODES}]}
    where = "template.spec.restartPolicy"
    for restarts, failures, expected in (
        ("OnFailure", policy, [(where, "Invalid")]),
        ("OnFailure", None, []),
        ("Always", None, [(where, "Required")]),
    ):
        template = {"spec": {**POD, "restartPolicy": restarts}}
        given = {"podFailurePolicy": failures} if failures else {}
        assert expected == wrong_spec({"template": template, **given})
    sometimes = {"spec": {**POD, "restartPolicy": "Sometimes"}}
    assert [(where, "NotSupported")] * 2 == wrong_spec({"template": sometimes})


# -- what is enough ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ({"succeededIndexes": "0-1", "succeededCount": 1}, []),
        ({"succeededCount": 3}, []),
        ({}, [("", "Required")]),
        ({"succeededCount": 4}, [(".succeededCount", "Invalid")]),
        ({"succeededIndexes": "0", "succeededCount": 2}, [(".succeededCount", "Invalid")]),
        ({"succeededIndexes": "7"}, [(".succeededIndexes", "Invalid")]),
        ({"succeededIndexes": "0" * 70_000}, [(".succeededIndexes", "TooLong")]),
    ],
)
def test_a_rule_about_success_asks_for_what_can_be_reached(rule: Json, expected: Wrong) -> None:
    """No more indexes than there are, and no more successes than indexes."""
    found = wrong_spec(indexed(successPolicy={"rules": [rule]}))
    wanted = [(f"successPolicy.rules[0]{key}", reason) for key, reason in expected]
    assert wanted == found[: len(wanted)] and bool(wanted) == bool(found)


def test_enough_is_said_in_one_to_twenty_rules() -> None:
    """No rule would mean nothing."""
    for count, reason in ((0, "Required"), (21, "TooMany")):
        rules = [{"succeededCount": 1}] * count
        found = wrong_spec(indexed(successPolicy={"rules": rules}))
        assert [("successPolicy.rules", reason)] == found


# -- indexes and numbers -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (indexed(maxFailedIndexes=2), []),
        (indexed(maxFailedIndexes=4), [("maxFailedIndexes", "Invalid")]),
        (indexed(parallelism=100_001), [("parallelism", "Invalid")]),
        (
            indexed(maxFailedIndexes=1, backoffLimitPerIndex=None),
            [("backoffLimitPerIndex", "Required")],
        ),
        (indexed(completions=100_001, parallelism=1), [("maxFailedIndexes", "Required")]),
        (
            indexed(completions=100_001, parallelism=10_001, maxFailedIndexes=10_001),
            [("parallelism", "Invalid"), ("maxFailedIndexes", "Invalid")],
        ),
        (indexed(completions=100_001, parallelism=10, maxFailedIndexes=10), []),
        (spec(managedBy=""), [("managedBy", "Required")]),
        (spec(managedBy="me"), [("managedBy", "Invalid")]),
        (spec(managedBy="Example_com/me"), [("managedBy", "Invalid")]),
        (spec(managedBy=f"example.com/{'m' * 60}"), [("managedBy", "TooLong")]),
        (spec(managedBy="example.com/me"), []),
    ],
)
def test_a_large_job_has_smaller_limits(raw: Json, expected: Wrong) -> None:
    """More than a hundred thousand indexes go only with few at a time and few that may fail."""
    given = {key: value for key, value in raw.items() if value is not None}
    assert expected == wrong_spec(given)


def test_what_a_job_selects_is_generated_unless_it_says_otherwise() -> None:
    """Labels that are not those of its uid, or a selector that cannot be read, are refused."""
    job = made(KIND, spec=spec())
    bare = {**job["spec"]["template"], "metadata": {"labels": {}}}
    changed = {**job, "spec": {**job["spec"], "template": bare}}
    required = [
        field for field, reason in pairs(KIND.strategy.validate(changed)) if reason == "Required"
    ]
    assert 4 == len(required)
    broken = {"matchExpressions": [{"key": "a", "operator": "Like"}]}
    unreadable = {**job, "spec": {**job["spec"], "selector": broken}}
    assert [("spec.selector.matchExpressions[0].operator", "Invalid")] == pairs(
        KIND.strategy.validate(unreadable)
    )


def test_what_a_job_is_about_stays_as_it_was_made() -> None:
    """Its selector, its mode and its policies."""
    job = made(KIND, spec=indexed())
    labels = {**job["spec"]["selector"]["matchLabels"], "batch.kubernetes.io/job-name": "x"}
    assert [("spec.selector", "Invalid")] == wrong_change(
        KIND, job, selector={"matchLabels": labels}
    )
    assert [("spec.backoffLimitPerIndex", "Invalid")] == wrong_change(
        KIND, job, backoffLimitPerIndex=2
    )
    assert [] == pairs(KIND.strategy.validate_update(job, job))


# -- a status that adds up ---------------------------------------------------------------------------------------------


def true(*kinds: str) -> list[Json]:
    """Conditions of these types that are True."""
    return [{"type": kind, "status": "True"} for kind in kinds]


DONE: Json = {
    "conditions": true("SuccessCriteriaMet", "Complete"),
    "startTime": START,
    "completionTime": END,
}


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ({}, DONE, []),
        ({}, {**DONE, "completionTime": None}, ["completionTime"]),
        ({}, {"startTime": START, "completionTime": END}, ["completionTime"]),
        ({}, {**DONE, "startTime": LATER}, ["completionTime"]),
        (DONE, {**DONE, "completionTime": LATER}, ["completionTime"]),
        ({}, {**DONE, "uncountedTerminatedPods": {"failed": ["a"]}}, ["uncountedTerminatedPods"]),
        ({}, {"uncountedTerminatedPods": {"failed": [""]}}, ["uncountedTerminatedPods.failed[0]"]),
        ({}, {"conditions": true("SuccessCriteriaMet", "FailureTarget")}, ["conditions"]),
        ({"conditions": true("FailureTarget")}, {"conditions": []}, ["conditions"]),
        (
            {"conditions": true("Complete"), "startTime": START, "completionTime": END},
            DONE,
            ["conditions"],
        ),
        ({}, {"completedIndexes": "0,2"}, []),
        ({}, {"completedIndexes": "0,9"}, ["completedIndexes"]),
        ({}, {"completedIndexes": "0-1", "failedIndexes": "1-2"}, ["failedIndexes"]),
    ],
)
def test_a_status_must_follow_from_the_one_before(
    before: Json, after: Json, expected: list[str]
) -> None:
    """Times in order, an end only once, and an index either done or failed."""
    job = {**made(KIND, spec=indexed()), "status": before}
    given = {key: value for key, value in after.items() if value is not None}
    found = wrong_status(KIND, job, **given)
    assert [(f"status.{field}", "Invalid") for field in expected] == [
        (field, "Invalid") for field, _ in found
    ]


def test_only_a_job_with_indexes_reports_them() -> None:
    """And a number of pods that does not matter has none to compare with."""
    job = made(KIND, spec=spec(parallelism=2))
    assert "completions" not in job["spec"]
    found = wrong_status(KIND, job, completedIndexes="0", failedIndexes="1")
    assert [("status.completedIndexes", "Invalid"), ("status.failedIndexes", "Invalid")] == found
