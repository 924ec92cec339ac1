"""DaemonSets: defaults, the generation of the template, strategy, counts."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.kind_bench import (
    SELECTOR,
    TEMPLATE,
    Json,
    changed,
    is_stable,
    made,
    wrong,
    wrong_change,
    wrong_status,
)
from windtunnel.model.api.kinds.daemon_set import KIND, TEMPLATE_GENERATION

NO_COUNTS = {
    "currentNumberScheduled": 0,
    "numberMisscheduled": 0,
    "desiredNumberScheduled": 0,
    "numberReady": 0,
}


def spec(**fields: Any) -> Json:
    """A spec with these fields, beside what is needed."""
    given = {"selector": SELECTOR, "template": TEMPLATE, **fields}
    return {key: value for key, value in given.items() if value is not None}


def test_a_minimal_set_is_valid_and_has_the_defaults_of_the_real_one() -> None:
    """One node after the other, ten old versions, and counts that are always there."""
    obj = made(KIND, spec=spec())
    assert {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 1, "maxSurge": 0}} == (
        obj["spec"]["updateStrategy"]
    )
    assert (10, NO_COUNTS) == (obj["spec"]["revisionHistoryLimit"], obj["status"])
    assert [] == wrong(KIND, spec=spec())
    assert is_stable(KIND, obj)


def test_the_generation_of_the_template_is_counted_by_itself() -> None:
    """The annotation grows with the template only, and a client cannot set it."""
    old = made(KIND, spec=spec())
    assert "1" == old["metadata"]["annotations"][TEMPLATE_GENERATION]
    new = changed(KIND, old, minReadySeconds=3, metadata={"annotations": {"a": "b"}})
    assert (2, {"a": "b", TEMPLATE_GENERATION: "1"}) == (
        new["metadata"]["generation"],
        new["metadata"]["annotations"],
    )
    template = {**TEMPLATE, "spec": {"containers": [{"name": "c", "image": "img:2"}]}}
    new = changed(KIND, old, template=template)
    assert (2, "2") == (
        new["metadata"]["generation"],
        new["metadata"]["annotations"][TEMPLATE_GENERATION],
    )


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"selector": None}, [("spec.template.metadata.labels", "Invalid")]),
        ({"selector": {}}, [("spec.selector", "Invalid")]),
        ({"updateStrategy": {"type": "Recreate"}}, [("spec.updateStrategy", "NotSupported")]),
        (
            {"updateStrategy": {"rollingUpdate": {"maxSurge": 1}}},
            [("spec.updateStrategy.rollingUpdate.maxSurge", "Invalid")],
        ),
        (
            {"updateStrategy": {"rollingUpdate": {"maxUnavailable": 0}}},
            [("spec.updateStrategy.rollingUpdate.maxUnavailable", "Required")],
        ),
        (
            {"updateStrategy": {"rollingUpdate": {"maxUnavailable": "200%"}}},
            [("spec.updateStrategy.rollingUpdate.maxUnavailable", "Invalid")],
        ),
        ({"minReadySeconds": -1}, [("spec.minReadySeconds", "Invalid")]),
    ],
)
def test_what_is_wrong_is_said_at_its_field(fields: Json, expected: list[tuple[str, str]]) -> None:
    """Each mistake has the path and the reason of the real server, and nothing else is blamed."""
    assert expected == wrong(KIND, spec=spec(**fields))


def test_the_selector_never_changes() -> None:
    """A new selector is refused even if the template goes with it."""
    old = made(KIND, spec=spec())
    template = {**TEMPLATE, "metadata": {"labels": {"b": "c"}}}
    found = wrong_change(KIND, old, selector={"matchLabels": {"b": "c"}}, template=template)
    assert [("spec.selector", "Invalid")] == found


def test_no_count_is_negative() -> None:
    """Counts of nodes are not parts of each other, but none is below zero."""
    old = made(KIND, spec=spec())
    assert [] == wrong_status(KIND, old, numberReady=3, numberAvailable=5)
    assert [("status.numberReady", "Invalid")] == wrong_status(KIND, old, numberReady=-1)
