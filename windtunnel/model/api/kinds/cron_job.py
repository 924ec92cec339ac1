"""CronJob: a Job at each of certain times.

The job inside is checked as a Job is, but for the selector, which each Job gets when it is made.

Not modelled: that a time zone exists (only how its name is written).
"""

from __future__ import annotations

import re

from windtunnel.model.api.errors import Cause, invalid, not_supported, required
from windtunnel.model.api.kind import Kind, Strategy, with_part
from windtunnel.model.api.kinds.cron_schedule import ScheduleError, parse_schedule
from windtunnel.model.api.kinds.job.schema import JOB_SPEC
from windtunnel.model.api.kinds.job.validation import validate_job_spec
from windtunnel.model.api.kinds.pod.container_defaults import completed
from windtunnel.model.api.kinds.replica_scale import validate_not_negative
from windtunnel.model.api.kinds.workload import completed_spec
from windtunnel.model.api.schema import (
    BOOLEAN,
    INTEGER,
    LONG,
    OBJECT_META,
    OBJECT_REFERENCE,
    POINTER_STRING,
    STRING,
    TIME,
    ListOf,
    Object,
    resource,
)
from windtunnel.model.api.shared_json import remembered
from windtunnel.model.objects.json import Json

CONCURRENCY_POLICIES = ("Allow", "Forbid", "Replace")
LONGEST_NAME = 52
_is_zone_part = re.compile(r"[A-Za-z._0-9+][A-Za-z._0-9+-]{0,13}").fullmatch

SCHEMA = resource(
    "CronJob",
    {
        "spec": Object(
            {
                "schedule": STRING,
                "timeZone": POINTER_STRING,
                "startingDeadlineSeconds": LONG,
                "concurrencyPolicy": STRING,
                "suspend": BOOLEAN,
                "jobTemplate": Object(
                    {"metadata": OBJECT_META, "spec": JOB_SPEC}, "JobTemplateSpec"
                ),
                "successfulJobsHistoryLimit": INTEGER,
                "failedJobsHistoryLimit": INTEGER,
            },
            "CronJobSpec",
            shared=True,
        ),
        "status": Object(
            {
                "active": ListOf(OBJECT_REFERENCE),
                "lastScheduleTime": TIME,
                "lastSuccessfulTime": TIME,
            },
            "CronJobStatus",
        ),
    },
)
_DEFAULTS = {
    "concurrencyPolicy": "Allow",
    "suspend": False,
    "successfulJobsHistoryLimit": 3,
    "failedJobsHistoryLimit": 1,
}


@remembered
def _default_spec(spec: Json) -> Json:
    template = spec.get("jobTemplate") or {}
    before = template.get("spec")
    job = completed_spec(before if before is not None else {}, {})
    template = with_part(template, "spec", job)
    return completed(with_part(spec, "jobTemplate", template), _DEFAULTS)


def _validate_schedule(schedule: str, zone: str | None, may_have_zone: bool) -> list[Cause]:
    where = "spec.schedule"
    if not schedule:
        return [required(where)]
    causes: list[Cause] = []
    try:
        parse_schedule(schedule)
    except ScheduleError as error:
        causes.append(invalid(where, schedule, str(error)))
    if "TZ" in schedule and not may_have_zone:
        detail = "cannot use TZ or CRON_TZ in schedule, use timeZone field instead"
        causes.append(invalid(where, schedule, detail))
    elif "TZ" in schedule and zone is not None:
        detail = "cannot use both timeZone field and TZ or CRON_TZ in schedule"
        causes.append(invalid(where, schedule, detail))
    return causes


def _validate_zone(zone: str | None) -> list[Cause]:
    where = "spec.timeZone"
    if zone is None:
        return []
    if not zone:
        return [invalid(where, zone, "timeZone must be nil or non-empty string")]
    if any(part in (".", "..") or not _is_zone_part(part) for part in zone.split("/")):
        return [invalid(where, zone, f"unknown time zone {zone}")]
    if zone.lower() == "local":
        detail = "timeZone must be an explicit time zone as defined in "
        return [invalid(where, zone, f"{detail}https://www.iana.org/time-zones")]
    return []


@remembered
def _validate_jobs(spec: Json) -> tuple[Cause, ...]:
    causes = validate_not_negative(spec, ("startingDeadlineSeconds",), "spec")
    policy = spec.get("concurrencyPolicy", "")
    if not policy:
        causes.append(required("spec.concurrencyPolicy"))
    elif policy not in CONCURRENCY_POLICIES:
        causes.append(not_supported("spec.concurrencyPolicy", policy, CONCURRENCY_POLICIES))
    job = (spec.get("jobTemplate") or {}).get("spec") or {}
    where = "spec.jobTemplate.spec"
    causes += validate_job_spec(job, where)
    if job.get("selector") is not None:
        detail = "`selector` will be auto-generated"
        causes.append(invalid(f"{where}.selector", job["selector"], detail))
    if job.get("manualSelector"):
        causes.append(not_supported(f"{where}.manualSelector", True, ("nil", "false")))
    limits = ("successfulJobsHistoryLimit", "failedJobsHistoryLimit")
    return (*causes, *validate_not_negative(spec, limits, "spec"))


class CronJobStrategy(Strategy):
    """The rules of CronJobs."""

    has_status = True
    counts_generation = True

    def default(self, obj: Json) -> Json:
        """Fill in the policy, the limits and the template of the pods."""
        before = obj.get("spec")
        obj = with_part(obj, "spec", _default_spec(before if before is not None else {}))
        return obj if "status" in obj else {**obj, "status": {}}

    def prepare_for_create(self, obj: Json) -> Json:
        """Start with generation 1 and an empty status."""
        return {**super().prepare_for_create(obj), "status": {}}

    def validate_own(self, obj: Json) -> list[Cause]:
        """Check schedule, zone and job, and that the names of its jobs will not be too long."""
        spec, name = obj.get("spec") or {}, (obj.get("metadata") or {}).get("name", "")
        causes = _validate_schedule(spec.get("schedule", ""), spec.get("timeZone"), False)
        causes += _validate_zone(spec.get("timeZone"))
        causes += _validate_jobs(spec)
        if len(name) > LONGEST_NAME:
            detail = f"must be no more than {LONGEST_NAME} characters"
            causes.append(invalid("metadata.name", name, detail))
        return causes

    def validate_own_update(self, new: Json, old: Json) -> list[Cause]:
        """Check schedule, zone and job; what an old schedule says about its zone may stay."""
        spec, before = new.get("spec") or {}, old.get("spec") or {}
        zone, had_zone = spec.get("timeZone"), "TZ" in before.get("schedule", "")
        causes = _validate_schedule(spec.get("schedule", ""), zone, had_zone)
        if zone != before.get("timeZone"):
            causes += _validate_zone(zone)
        return [*causes, *_validate_jobs(spec)]


KIND = Kind(
    "CronJob",
    "cronjobs",
    "batch",
    "v1",
    namespaced=True,
    schema=SCHEMA,
    strategy=CronJobStrategy(),
    subresources=("status",),
    short_names=("cj",),
    categories=("all",),
)
