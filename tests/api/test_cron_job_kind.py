"""CronJobs: schedules, zones, and the job inside."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.kind_bench import Json, is_stable, made, wrong, wrong_change
from windtunnel.model.api.kinds.cron_job import KIND
from windtunnel.model.api.kinds.cron_schedule import ScheduleError, parse_schedule

POD: Json = {"restartPolicy": "Never", "containers": [{"name": "c", "image": "img:1"}]}


def spec(**fields: Any) -> Json:
    """A spec with these fields, beside what is needed."""
    given = {
        "schedule": "*/5 * * * *",
        "jobTemplate": {"spec": {"template": {"spec": POD}}},
        **fields,
    }
    return {key: value for key, value in given.items() if value is not None}


def test_a_minimal_cron_job_is_valid_and_has_the_defaults_of_the_real_one() -> None:
    """The pods inside get their defaults, the job inside only when it is made."""
    obj = made(KIND, spec=spec())
    assert ("Allow", False, 3, 1) == tuple(
        obj["spec"][key]
        for key in (
            "concurrencyPolicy",
            "suspend",
            "successfulJobsHistoryLimit",
            "failedJobsHistoryLimit",
        )
    )
    job = obj["spec"]["jobTemplate"]["spec"]
    assert ["template"] == list(job)
    assert "ClusterFirst" == job["template"]["spec"]["dnsPolicy"]
    assert [] == wrong(KIND, spec=spec())
    assert is_stable(KIND, obj)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"schedule": None}, [("spec.schedule", "Required")]),
        ({"schedule": "* * *"}, [("spec.schedule", "Invalid")]),
        ({"schedule": "TZ=UTC * * * * *"}, [("spec.schedule", "Invalid")]),
        ({"timeZone": ""}, [("spec.timeZone", "Invalid")]),
        ({"timeZone": "Local"}, [("spec.timeZone", "Invalid")]),
        ({"timeZone": "Europe/../Berlin"}, [("spec.timeZone", "Invalid")]),
        ({"timeZone": "Europe/Berlin"}, []),
        ({"concurrencyPolicy": "Queue"}, [("spec.concurrencyPolicy", "NotSupported")]),
        ({"startingDeadlineSeconds": -1}, [("spec.startingDeadlineSeconds", "Invalid")]),
        (
            {"jobTemplate": {"spec": {"template": {"spec": {**POD, "restartPolicy": "Always"}}}}},
            [("spec.jobTemplate.spec.template.spec.restartPolicy", "Required")],
        ),
        (
            {"jobTemplate": {"spec": {"template": {"spec": POD}, "manualSelector": True}}},
            [("spec.jobTemplate.spec.manualSelector", "NotSupported")],
        ),
    ],
)
def test_what_is_wrong_is_said_at_its_field(fields: Json, expected: list[tuple[str, str]]) -> None:
    """Each mistake has the path and the reason of the real server, and nothing else is blamed."""
    assert expected == wrong(KIND, spec=spec(**fields))


def test_a_name_leaves_room_for_the_time() -> None:
    """Jobs are called after the cron job and the minute; an update asks no more."""
    name = {"name": "x" * 53}
    assert [("metadata.name", "Invalid")] == wrong(KIND, name, spec=spec())
    assert [] == wrong_change(KIND, made(KIND, name, spec=spec()), suspend=True)


def test_an_old_schedule_may_keep_its_zone() -> None:
    """What was accepted once does not block an update, unless there are two zones now."""
    old = made(KIND, spec=spec(schedule="TZ=UTC 0 * * * *"))
    assert [] == wrong_change(KIND, old, suspend=True)
    assert [("spec.schedule", "Invalid")] == wrong_change(KIND, old, timeZone="Etc/UTC")


def test_schedules_are_lists_of_numbers_ranges_and_steps() -> None:
    """Names, steps, question marks and words mean what they mean to cron."""
    found = parse_schedule("0,30 8-10 ? jan-mar,DEC Mon")
    assert ((0, 30), (8, 9, 10), (1, 2, 3, 12), (1,)) == (
        found.minutes,
        found.hours,
        found.months,
        found.weekdays,
    )
    assert (True, False) == (found.any_day, found.any_weekday)
    assert (5, 25, 45) == parse_schedule("5/20 * * * *").minutes
    assert parse_schedule("0 0 * * 0") == parse_schedule("@weekly")
    assert 90_000 == parse_schedule("@every 1m30s").every_ms


@pytest.mark.parametrize(
    "text",
    ["", "60 * * * *", "* 24 * * *", "* * 0 * *", "* * * 13 *", "* * * * 7", "5-1 * * * *",
     "*/0 * * * *", "a * * * *", "* * * * * *", "@often", "@every soon", "TZ=UTC"],
)  # fmt: skip
def test_what_is_no_schedule_is_refused(text: str) -> None:
    """Numbers out of range, ranges that go back, steps of zero, unknown words."""
    with pytest.raises(ScheduleError):
        parse_schedule(text)
