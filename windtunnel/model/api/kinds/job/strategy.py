"""The life of a Job in the API server.

A job without labels takes those of its template. Unless it brings a selector of its own (`manualSelector`), a new job
gets one by its UID, and its template the labels that go with it. A delete that says nothing else leaves its pods
behind.
"""

from __future__ import annotations

from windtunnel.model.api.errors import Cause
from windtunnel.model.api.kind import COMMON_FIELDS, Kind, Strategy, with_part
from windtunnel.model.api.kinds.job.schema import JOB, default_job_spec
from windtunnel.model.api.kinds.job.status_validation import validate_job_status
from windtunnel.model.api.kinds.job.validation import (
    CONTROLLER_UID_LABEL,
    generated_labels,
    validate_job,
    validate_job_change,
)
from windtunnel.model.api.kinds.pod_template import template_labels
from windtunnel.model.api.shared_json import share
from windtunnel.model.objects.json import Json


def _with_template_labels(job: Json) -> Json:
    metadata = job.get("metadata") or {}
    labels = template_labels((job.get("spec") or {}).get("template") or {})
    if metadata.get("labels") or not labels:
        return job
    return {**job, "metadata": {**metadata, "labels": labels}}


def _with_generated_selector(job: Json) -> Json:
    """The job with a selector by its UID; labels and values that the user gave stay, to be refused."""
    spec, metadata = job.get("spec") or {}, job.get("metadata") or {}
    uid: str = metadata.get("uid", "")
    template = spec.get("template") or {}
    before = template_labels(template)
    labels = {**generated_labels(metadata.get("name", ""), uid), **before}
    template_metadata = {**(template.get("metadata") or {}), "labels": labels}
    selector = spec.get("selector") or {}
    matched = {CONTROLLER_UID_LABEL: uid, **(selector.get("matchLabels") or {})}
    spec = {
        **spec,
        "selector": {**selector, "matchLabels": matched},
        "template": {**template, "metadata": template_metadata},
    }
    job = {**job, "spec": share(spec)}
    # Labels that the job took from its template are one map with the template's, in the real server too.
    if before and metadata.get("labels") is before:
        return {**job, "metadata": {**metadata, "labels": labels}}
    return _with_template_labels(job)


class JobStrategy(Strategy):
    """The rules of Jobs."""

    has_status = True
    counts_generation = True
    default_propagation = "Orphan"
    supported_fields = (*COMMON_FIELDS, "status.successful")

    def default(self, obj: Json) -> Json:
        """Fill in the numbers, the policies, the template, and the labels of the template."""
        before = obj.get("spec")
        obj = with_part(obj, "spec", default_job_spec(before if before is not None else {}))
        obj = _with_template_labels(obj)
        return obj if "status" in obj else {**obj, "status": {}}

    def prepare_for_create(self, obj: Json) -> Json:
        """Start with generation 1, an empty status, and the selector."""
        obj = {**super().prepare_for_create(obj), "status": {}}
        if (obj.get("spec") or {}).get("manualSelector"):
            return obj
        return _with_generated_selector(obj)

    def validate_own(self, obj: Json) -> list[Cause]:
        """Check selector, policies, template and numbers."""
        return validate_job(obj)

    def validate_own_update(self, new: Json, old: Json) -> list[Cause]:
        """Check the job, and that only what may change did."""
        return validate_job_change(new, old)

    def validate_status_update(self, new: Json, old: Json) -> list[Cause]:
        """Check that counts, times and conditions go together."""
        return super().validate_status_update(new, old) + validate_job_status(new, old)

    def selectable_fields(self, obj: Json) -> dict[str, str]:
        """Return how many pods have succeeded, beside the name."""
        succeeded = (obj.get("status") or {}).get("succeeded", 0)
        return {**super().selectable_fields(obj), "status.successful": str(succeeded)}


KIND = Kind(
    "Job",
    "jobs",
    "batch",
    "v1",
    namespaced=True,
    schema=JOB,
    strategy=JobStrategy(),
    subresources=("status",),
    categories=("all",),
)
