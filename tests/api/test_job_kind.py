"""Jobs: defaults, the selector by UID, policies, what may change, and how a status may go on."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.kind_bench import (
    Json,
    changed,
    is_stable,
    made,
    pairs,
    with_status,
    wrong,
    wrong_change,
    wrong_status,
)
from windtunnel.model.api.kinds.job.indexes import (
    IndexesError,
    count_indexes,
    have_common_index,
    parse_indexes,
)
from windtunnel.model.api.kinds.job.strategy import KIND

POD: Json = {"restartPolicy": "Never", "containers": [{"name": "c", "image": "img:1"}]}
GENERATED = {
    "controller-uid": "u",
    "batch.kubernetes.io/controller-uid": "u",
    "job-name": "x",
    "batch.kubernetes.io/job-name": "x",
}
START, END = "2024-01-01T00:00:00Z", "2024-01-01T00:01:00Z"


def spec(**fields: Any) -> Json:
    """A spec with these fields, beside what is needed."""
    given = {"template": {"spec": POD}, **fields}
    return {key: value for key, value in given.items() if value is not None}


def conditions(*kinds: str) -> list[Json]:
    """Conditions of these types that are True."""
    return [{"type": kind, "status": "True"} for kind in kinds]


def test_a_minimal_job_is_valid_and_has_the_defaults_of_the_real_one() -> None:
    """One pod that has to succeed once, six retries, and a selector by the UID."""
    obj = made(KIND, spec=spec())
    assert {
        "completions": 1,
        "parallelism": 1,
        "backoffLimit": 6,
        "completionMode": "NonIndexed",
        "suspend": False,
        "manualSelector": False,
        "podReplacementPolicy": "TerminatingOrFailed",
        "selector": {"matchLabels": {"batch.kubernetes.io/controller-uid": "u"}},
    } == {key: value for key, value in obj["spec"].items() if key != "template"}
    assert GENERATED == obj["spec"]["template"]["metadata"]["labels"]
    assert GENERATED == obj["metadata"]["labels"]
    assert ({}, 1) == (obj["status"], obj["metadata"]["generation"])
    assert [] == wrong(KIND, spec=spec())
    assert is_stable(KIND, obj)
    assert "Orphan" == KIND.strategy.default_propagation


def test_defaults_depend_on_each_other() -> None:
    """Parallel jobs have no completions, limits per index no common limit, policies wait for failed pods."""
    assert "completions" not in made(KIND, spec=spec(parallelism=3))["spec"]
    assert 1 == made(KIND, spec=spec(completions=3))["spec"]["parallelism"]
    indexed = made(KIND, spec=spec(completionMode="Indexed", completions=2, backoffLimitPerIndex=1))
    assert 2**31 - 1 == indexed["spec"]["backoffLimit"]
    rule = {"action": "Ignore", "onPodConditions": [{"type": "DisruptionTarget"}]}
    careful = made(KIND, spec=spec(podFailurePolicy={"rules": [rule]}))["spec"]
    assert "Failed" == careful["podReplacementPolicy"]
    assert "True" == careful["podFailurePolicy"]["rules"][0]["onPodConditions"][0]["status"]


def test_labels_of_the_template_become_those_of_the_job() -> None:
    """A job without labels shares those of its template; one with labels keeps its own."""
    template = {"metadata": {"labels": {"a": "b"}}, "spec": POD}
    labels = {**GENERATED, "a": "b"}
    assert labels == made(KIND, spec=spec(template=template))["metadata"]["labels"]
    own = made(KIND, {"labels": {"c": "d"}}, spec=spec(template=template))
    assert ({"c": "d"}, labels) == (
        own["metadata"]["labels"],
        own["spec"]["template"]["metadata"]["labels"],
    )


def test_a_selector_of_ones_own_needs_to_be_asked_for() -> None:
    """manualSelector takes selector and labels as they are; without it they must be the generated ones."""
    template = {"metadata": {"labels": {"a": "b"}}, "spec": POD}
    selector = {"matchLabels": {"a": "b"}}
    manual = made(KIND, spec=spec(template=template, selector=selector, manualSelector=True))
    assert (selector, {"a": "b"}) == (
        manual["spec"]["selector"],
        manual["spec"]["template"]["metadata"]["labels"],
    )
    assert [] == KIND.strategy.validate(manual)
    assert [("spec.selector", "Invalid")] == wrong(
        KIND, spec=spec(template=template, selector=selector)
    )
    stolen = {"metadata": {"labels": {"controller-uid": "other"}}, "spec": POD}
    where = "spec.template.metadata.labels[controller-uid]"
    assert [(where, "Invalid")] == wrong(KIND, spec=spec(template=stolen))
    found = wrong(KIND, spec=spec(manualSelector=True))
    assert [("spec.selector", "Required"), ("spec.template.metadata.labels", "Invalid")] == found


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        (
            {"template": {"spec": {**POD, "restartPolicy": "Always"}}},
            [("spec.template.spec.restartPolicy", "Required")],
        ),
        ({"parallelism": -1, "backoffLimit": -1}, ["spec.parallelism", "spec.backoffLimit"]),
        ({"completionMode": "Indexed", "parallelism": 1}, [("spec.completions", "Required")]),
        ({"completionMode": "Odd"}, [("spec.completionMode", "NotSupported")]),
        ({"backoffLimitPerIndex": 1}, ["spec.backoffLimitPerIndex"]),
        ({"managedBy": "me"}, ["spec.managedBy"]),
        ({"podReplacementPolicy": "Now"}, [("spec.podReplacementPolicy", "NotSupported")]),
        (
            {"podFailurePolicy": {"rules": [{"action": "Ignore"}]}},
            ["spec.podFailurePolicy.rules[0]"],
        ),
        (
            {
                "podFailurePolicy": {
                    "rules": [
                        {
                            "action": "FailIndex",
                            "onExitCodes": {"operator": "In", "values": [3, 0]},
                        }
                    ]
                }
            },
            [
                "spec.podFailurePolicy.rules[0].action",
                "spec.podFailurePolicy.rules[0].onExitCodes.values[1]",
                "spec.podFailurePolicy.rules[0].onExitCodes.values",
            ],
        ),
        ({"successPolicy": {"rules": [{"succeededCount": 1}]}}, ["spec.successPolicy"]),
        (
            {
                "completionMode": "Indexed",
                "completions": 3,
                "successPolicy": {"rules": [{"succeededIndexes": "0-3"}, {"succeededCount": 4}]},
            },
            [
                "spec.successPolicy.rules[0].succeededIndexes",
                "spec.successPolicy.rules[1].succeededCount",
            ],
        ),
    ],
)
def test_what_is_wrong_is_said_at_its_field(fields: Json, expected: list[Any]) -> None:
    """Each mistake has the path and the reason of the real server, and nothing else is blamed."""
    wanted = [each if isinstance(each, tuple) else (each, "Invalid") for each in expected]
    assert wanted == wrong(KIND, spec=spec(**fields))


def test_the_last_pod_of_an_indexed_job_must_have_a_name() -> None:
    """Its host name is the job's name with the highest index."""
    name = "x" * 62
    indexed = spec(completionMode="Indexed", completions=2)
    assert [("metadata.name", "Invalid")] == wrong(KIND, {"name": name}, spec=indexed)
    assert [] == wrong(KIND, {"name": name}, spec=spec())


def test_a_job_that_was_made_changes_little() -> None:
    """How many at a time may change, what they do and how many in all may not."""
    old = made(KIND, spec=spec())
    assert [] == wrong_change(KIND, old, parallelism=3, activeDeadlineSeconds=5, suspend=True)
    assert 2 == changed(KIND, old, parallelism=3)["metadata"]["generation"]
    assert [("spec.completions", "Invalid")] == wrong_change(KIND, old, completions=2)
    assert [("spec.template", "Invalid")] == wrong_change(KIND, old, template=moved(old))
    indexed = made(KIND, spec=spec(completionMode="Indexed", completions=2, parallelism=2))
    assert [] == wrong_change(KIND, indexed, completions=3, parallelism=3)
    assert [("spec.completions", "Invalid")] == wrong_change(KIND, indexed, completions=3)


def moved(job: Json) -> Json:
    """The template of a job with another place for its pods."""
    template: Json = job["spec"]["template"]
    return {**template, "spec": {**template["spec"], "nodeSelector": {"disk": "fast"}}}


def test_a_suspended_job_that_never_started_may_move() -> None:
    """Whoever queues jobs decides where they run before the first pod exists."""
    waiting = made(KIND, spec=spec(suspend=True))
    assert [] == wrong_change(KIND, waiting, template=moved(waiting), suspend=False)
    started = {**waiting, "status": {"startTime": START}}
    found = wrong_change(KIND, started, template=moved(waiting))
    assert [("spec.template", "Invalid")] == found


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ({}, {"active": 1, "ready": 1, "startTime": START}, []),
        ({}, {"active": -1}, [("status.active", "Invalid")]),
        ({}, {"ready": 2, "active": 1}, [("status.ready", "Invalid")]),
        ({"failed": 2}, {"failed": 1}, [("status.failed", "Invalid")]),
        (
            {"startTime": START},
            {
                "conditions": conditions("SuccessCriteriaMet", "Complete"),
                "completionTime": END,
                "succeeded": 1,
            },
            [],
        ),
        (
            {},
            {"conditions": conditions("Complete")},
            [
                ("status.conditions", "Invalid"),
                ("status.startTime", "Required"),
                ("status.completionTime", "Required"),
            ],
        ),
        (
            {"startTime": START},
            {"conditions": conditions("Failed", "FailureTarget"), "active": 1},
            [("status.active", "Invalid")],
        ),
        (
            {"startTime": START, "conditions": conditions("FailureTarget")},
            {"conditions": []},
            [("status.conditions", "Invalid")],
        ),
        ({"startTime": START}, {"startTime": END}, [("status.startTime", "Required")]),
        ({}, {"completedIndexes": "0"}, [("status.completedIndexes", "Invalid")]),
        (
            {},
            {"uncountedTerminatedPods": {"succeeded": ["a"], "failed": ["a"]}},
            [("status.uncountedTerminatedPods.failed[0]", "Duplicate")],
        ),
    ],
)
def test_a_status_goes_on_from_the_one_before(
    before: Json, after: Json, expected: list[tuple[str, str]]
) -> None:
    """Counts do not go back, ends are ends, and what contradicts itself is refused."""
    old = {**made(KIND, spec=spec()), "status": before}
    assert expected == wrong_status(KIND, old, **after)


def test_a_finished_job_in_an_odd_state_can_still_be_written() -> None:
    """The rules of an end are asked where it comes, not for ever after."""
    odd = {"conditions": conditions("Complete")}
    old = {**made(KIND, spec=spec()), "status": odd}
    new = with_status(KIND, old, succeeded=1)
    assert [] == pairs(KIND.strategy.validate_status_update(new, old))


def test_jobs_can_be_selected_by_their_successes() -> None:
    """The one field beside the name."""
    fields = KIND.strategy.selectable_fields({"metadata": {}, "status": {"succeeded": 2}})
    assert "2" == fields["status.successful"]


def test_sets_of_indexes_rise_and_stay_below_the_completions() -> None:
    """Intervals are read, counted and compared."""
    assert ((0, 0), (2, 4), (6, 6)) == parse_indexes("0,2-4,6", 7)
    assert 5 == count_indexes(parse_indexes("0,2-4,6", 7))
    for text in ("1,1", "2-1", "3-3", "7", "a", "1-2-3", "0,"):
        with pytest.raises(IndexesError):
            parse_indexes(text, 7)
    assert have_common_index(((0, 3), (5, 5)), ((4, 5),))
    assert not have_common_index(((0, 3), (5, 5)), ((4, 4), (6, 9)))
