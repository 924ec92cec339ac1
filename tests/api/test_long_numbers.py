"""Numbers that are longer than any machine's: what somebody sends is refused in words, and breaks nobody."""

from __future__ import annotations

import pytest

from tests.api.kind_bench import SELECTOR, TEMPLATE, Json, made, wrong
from windtunnel.model.api.errors import ApiError
from windtunnel.model.api.kind import Kind
from windtunnel.model.api.kinds.cron_schedule import ScheduleError, parse_schedule
from windtunnel.model.api.kinds.daemon_set import KIND as DAEMON_SET
from windtunnel.model.api.kinds.job.strategy import KIND as JOB
from windtunnel.model.api.kinds.pod import KIND as POD
from windtunnel.model.api.kinds.pod_disruption_budget import KIND as BUDGET
from windtunnel.model.api.kinds.service import KIND as SERVICE
from windtunnel.model.api.patch import json_patch
from windtunnel.model.apiserver.decoding import resource_version
from windtunnel.model.apiserver.list_options import parse_revision

LONG = "9" * 5_000
CONTAINER: Json = {"name": "c", "image": "img:1"}
COST = "controller.kubernetes.io/pod-deletion-cost"


def job() -> Json:
    """A job that is done when an index beyond all numbers is."""
    return {
        "template": {"spec": {"restartPolicy": "Never", "containers": [CONTAINER]}},
        "completionMode": "Indexed",
        "completions": 3,
        "successPolicy": {"rules": [{"succeededIndexes": LONG}]},
    }


@pytest.mark.parametrize(
    ("kind", "metadata", "spec", "field"),
    [
        (
            POD,
            {"annotations": {COST: LONG}},
            {"containers": [CONTAINER]},
            f"metadata.annotations[{COST}]",
        ),
        (JOB, {}, job(), "spec.successPolicy.rules[0].succeededIndexes"),
        (BUDGET, {}, {"selector": {}, "minAvailable": f"{LONG}%"}, "spec.minAvailable"),
        (
            SERVICE,
            {},
            {
                "type": "LoadBalancer",
                "ports": [{"port": 80}],
                "loadBalancerSourceRanges": [f"10.0.0.0/{LONG}"],
            },
            "spec.LoadBalancerSourceRanges",
        ),
    ],
)
def test_a_long_number_in_an_object_is_refused_by_its_field(
    kind: Kind, metadata: Json, spec: Json, field: str
) -> None:
    """As out of range, like any other that is too high."""
    assert [(field, "Invalid")] == wrong(kind, metadata, spec=spec)


def test_a_count_that_cannot_be_read_counts_as_none() -> None:
    """The server keeps it in an annotation, and begins anew."""
    annotations = {"deprecated.daemonset.template.generation": LONG}
    spec = {"selector": SELECTOR, "template": TEMPLATE}
    made_set = made(DAEMON_SET, {"annotations": annotations}, spec=spec)
    assert [] == DAEMON_SET.strategy.validate(made_set)


@pytest.mark.parametrize(
    "schedule", [f"{LONG} * * * *", "1_0 * * * *", f"@every {LONG}h", "@every 2562048h"]
)
def test_a_schedule_has_numbers_that_can_be_read(schedule: str) -> None:
    """Digits, and no more than anybody needs."""
    with pytest.raises(ScheduleError, match="failed to parse"):
        parse_schedule(schedule)


def test_a_place_in_a_list_is_written_in_digits() -> None:
    """A patch with any other does not apply."""
    for place in (LONG, "1_0"):
        patch = [{"op": "remove", "path": f"/a/{place}"}]
        with pytest.raises(ApiError) as refused:
            json_patch.apply({"a": [1]}, patch)
        assert 422 == refused.value.code


@pytest.mark.parametrize(
    ("text", "revision"),
    [("", 0), ("7", 7), ("007", 7), (str(2**64 - 1), 2**64 - 1)],
)
def test_a_resource_version_is_a_number_of_64_bits(text: str, revision: int) -> None:
    """Zeros in front do not count."""
    assert revision == parse_revision(text) == resource_version({"resourceVersion": text})


@pytest.mark.parametrize("text", [LONG, str(2**64), "-1", "1_0", "٣", "x"])
def test_what_is_no_resource_version_is_a_server_error(text: str) -> None:
    """500, as the real server answers."""
    with pytest.raises(ApiError) as refused:
        resource_version({"resourceVersion": text})
    assert 500 == refused.value.code
