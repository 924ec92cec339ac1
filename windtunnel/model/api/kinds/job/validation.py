"""What is valid in a Job, and in the job inside a CronJob.

The selector of a job is made from its UID, so that two jobs never claim each other's pods; a job with `manualSelector`
brings its own. Once made, a job changes little: how many pods run at a time, its limits, and where its pods may run as
long as it is suspended and has not started.
"""

from __future__ import annotations

from windtunnel.model.api.errors import Cause, invalid, not_supported, required, too_long
from windtunnel.model.api.kinds.job.policy_validation import (
    validate_failure_policy,
    validate_success_policy,
)
from windtunnel.model.api.kinds.job.schema import (
    INDEXED,
    NON_INDEXED,
    WHEN_FAILED,
    WHEN_TERMINATING_OR_FAILED,
)
from windtunnel.model.api.kinds.pod_template import MISMATCH, template_labels, validate_template
from windtunnel.model.api.kinds.replica_scale import validate_not_negative
from windtunnel.model.api.kinds.workload import selects_template
from windtunnel.model.api.metadata import IMMUTABLE
from windtunnel.model.api.names import is_dns1123_label, is_dns1123_subdomain
from windtunnel.model.api.selectors.labels import SelectorError, from_label_selector
from windtunnel.model.api.selectors.labels import validate_label_selector as validate_selector
from windtunnel.model.api.shared_json import remembered
from windtunnel.model.objects.json import Json

JOB_NAME_LABEL = "batch.kubernetes.io/job-name"
CONTROLLER_UID_LABEL = "batch.kubernetes.io/controller-uid"
LEGACY_JOB_NAME_LABEL = "job-name"
LEGACY_CONTROLLER_UID_LABEL = "controller-uid"
RESTART_POLICIES = ("OnFailure", "Never")
MAX_MANAGED_BY_BYTES = 63
MAX_INDEXED_PARALLELISM = 100_000
MAX_FAILED_INDEXES = 100_000
MANY_COMPLETIONS = 100_000
MAX_WITH_MANY_COMPLETIONS = 10_000
_NUMBERS = (
    "parallelism",
    "completions",
    "activeDeadlineSeconds",
    "backoffLimit",
    "ttlSecondsAfterFinished",
    "backoffLimitPerIndex",
    "maxFailedIndexes",
)
_SETTLED = (
    "completionMode",
    "podFailurePolicy",
    "backoffLimitPerIndex",
    "managedBy",
    "successPolicy",
)
_SCHEDULING_DIRECTIVES = ("nodeSelector", "tolerations", "schedulingGates", "affinity")


def generated_labels(name: str, uid: str) -> dict[str, str]:
    """Return the labels by which a job knows its pods. O(1)."""
    return {
        LEGACY_CONTROLLER_UID_LABEL: uid,
        CONTROLLER_UID_LABEL: uid,
        LEGACY_JOB_NAME_LABEL: name,
        JOB_NAME_LABEL: name,
    }


def _validate_managed_by(manager: str, path: str) -> list[Cause]:
    causes: list[Cause] = []
    host, slash, rest = manager.partition("/")
    if not manager:
        causes.append(required(path))
    elif not (slash and host and rest):
        detail = 'must be a domain-prefixed path (such as "acme.io/foo")'
        causes.append(invalid(path, manager, detail))
    else:
        causes += [invalid(path, host, detail) for detail in is_dns1123_subdomain(host)]
    if len(manager.encode()) > MAX_MANAGED_BY_BYTES:
        causes.append(too_long(path, MAX_MANAGED_BY_BYTES))
    return causes


def _at_most(spec: Json, key: str, limit: int, path: str, why: str = "") -> list[Cause]:
    value = spec.get(key)
    if value is None or value <= limit:
        return []
    detail = f"must be less than or equal to {limit}{why}"
    return [invalid(f"{path}.{key}", value, detail)]


def _validate_indexed(spec: Json, path: str) -> list[Cause]:
    causes: list[Cause] = []
    completions, failed = spec.get("completions"), spec.get("maxFailedIndexes")
    if completions is None:
        causes.append(required(f"{path}.completions", f"when completion mode is {INDEXED}"))
    why = f" when completion mode is {INDEXED}"
    causes += _at_most(spec, "parallelism", MAX_INDEXED_PARALLELISM, path, why)
    if completions is not None and failed is not None and failed > completions:
        detail = "must be less than or equal to completions"
        causes.append(invalid(f"{path}.maxFailedIndexes", failed, detail))
    causes += _at_most(spec, "maxFailedIndexes", MAX_FAILED_INDEXES, path)
    many = completions is not None and completions > MANY_COMPLETIONS
    if many and spec.get("backoffLimitPerIndex") is not None:
        if failed is None:
            detail = f"must be specified when completions is above {MANY_COMPLETIONS}"
            causes.append(required(f"{path}.maxFailedIndexes", detail))
        why = (
            f" when completions are above {MANY_COMPLETIONS} and used with backoff limit per index"
        )
        for key in ("parallelism", "maxFailedIndexes"):
            causes += _at_most(spec, key, MAX_WITH_MANY_COMPLETIONS, path, why)
    return causes


def _validate_mode(spec: Json, path: str) -> list[Cause]:
    mode = spec.get("completionMode", NON_INDEXED)
    if mode == INDEXED:
        return _validate_indexed(spec, path)
    if mode != NON_INDEXED:
        return [not_supported(f"{path}.completionMode", mode, (NON_INDEXED, INDEXED))]
    detail = "requires indexed completion mode"
    return [
        invalid(f"{path}.{key}", spec[key], detail)
        for key in ("backoffLimitPerIndex", "maxFailedIndexes")
        if spec.get(key) is not None
    ]


def _validate_replacement(spec: Json, path: str) -> list[Cause]:
    policy = spec.get("podReplacementPolicy")
    choices: tuple[str, ...] = (WHEN_FAILED, WHEN_TERMINATING_OR_FAILED)
    if spec.get("podFailurePolicy") is not None:
        choices = (WHEN_FAILED,)
    if policy is None or policy in choices:
        return []
    return [not_supported(f"{path}.podReplacementPolicy", policy, choices)]


def _validate_restart_policy(spec: Json, path: str) -> list[Cause]:
    policy = ((spec.get("template") or {}).get("spec") or {}).get("restartPolicy", "")
    where = f"{path}.template.spec.restartPolicy"
    if policy in ("", "Always"):
        return [required(where, 'valid values: "OnFailure", "Never"')]
    if policy not in RESTART_POLICIES:
        return [not_supported(where, policy, RESTART_POLICIES)]
    if spec.get("podFailurePolicy") is not None and policy != "Never":
        detail = 'only "Never" is supported when podFailurePolicy is specified'
        return [invalid(where, policy, detail)]
    return []


@remembered
def validate_job_spec(spec: Json, path: str) -> tuple[Cause, ...]:
    """Return what is wrong with the spec at the path, but for its selector. O(fields), remembered."""
    causes = validate_not_negative(spec, _NUMBERS, path)
    if spec.get("maxFailedIndexes") is not None and spec.get("backoffLimitPerIndex") is None:
        detail = "when maxFailedIndexes is specified"
        causes.append(required(f"{path}.backoffLimitPerIndex", detail))
    if spec.get("managedBy") is not None:
        causes += _validate_managed_by(spec["managedBy"], f"{path}.managedBy")
    causes += _validate_mode(spec, path)
    if spec.get("podFailurePolicy") is not None:
        causes += validate_failure_policy(spec, f"{path}.podFailurePolicy.rules")
    policy = spec.get("successPolicy")
    if policy is not None:
        if spec.get("completionMode") != INDEXED:
            detail = "requires indexed completion mode"
            causes.append(invalid(f"{path}.successPolicy", policy, detail))
        else:
            completions = spec.get("completions", 0)
            causes += validate_success_policy(policy, completions, f"{path}.successPolicy.rules")
    causes += _validate_replacement(spec, path)
    causes += validate_template(spec.get("template") or {}, f"{path}.template")
    causes += _validate_restart_policy(spec, path)
    return tuple(causes)


@remembered
def _validate_selected_spec(spec: Json) -> tuple[Cause, ...]:
    causes = list(validate_job_spec(spec, "spec"))
    selector, template = spec.get("selector"), spec.get("template") or {}
    if selector is None:
        causes.append(required("spec.selector"))
    else:
        causes += validate_selector(selector, "spec.selector")
    if selects_template(selector, template) is False:
        labels = template_labels(template)
        causes.append(invalid("spec.template.metadata.labels", labels, MISMATCH))
    return tuple(causes)


def _validate_generated_selector(job: Json) -> list[Cause]:
    metadata, spec = job.get("metadata") or {}, job.get("spec") or {}
    if spec.get("manualSelector") or spec.get("selector") is None:
        return []
    causes: list[Cause] = []
    if not metadata.get("uid"):
        causes.append(required("metadata.uid"))
    expected = generated_labels(metadata.get("name", ""), metadata.get("uid", ""))
    labels = template_labels(spec.get("template") or {})
    for key, value in expected.items():
        where, detail = f"spec.template.metadata.labels[{key}]", f"must be '{value}'"
        if key not in labels:
            causes.append(required(where, detail))
        elif labels[key] != value:
            causes.append(invalid(where, labels, detail))
    try:
        if not from_label_selector(spec["selector"]).matches(expected):
            detail = "`selector` not auto-generated"
            causes.append(invalid("spec.selector", spec["selector"], detail))
    except SelectorError:
        return causes
    return causes


def validate_job(job: Json) -> list[Cause]:
    """Return what is wrong with a new job, outside of its metadata. O(fields), remembered."""
    spec = job.get("spec") or {}
    causes = _validate_generated_selector(job)
    causes += _validate_selected_spec(spec)
    completions = spec.get("completions") or 0
    if spec.get("completionMode") == INDEXED and completions > 0:
        name = (job.get("metadata") or {}).get("name", "")
        last = f"{name}-{completions - 1}"
        if is_dns1123_label(last):
            detail = f"will not able to create pod with invalid DNS label: {last}"
            causes.append(invalid("metadata.name", name, detail))
    return causes


def _validate_completions(spec: Json, before: Json) -> list[Cause]:
    completions, where = spec.get("completions"), "spec.completions"
    if completions == before.get("completions"):
        return []
    if spec.get("completionMode") != INDEXED:
        return [invalid(where, completions, IMMUTABLE)]
    if completions is None or completions == spec.get("parallelism"):
        return []
    return [invalid(where, completions, "can only be modified in tandem with spec.parallelism")]


def _settled_template(template: Json, may_move: bool) -> Json:
    """What of a template never changes; a job that has not started may still move elsewhere."""
    if not may_move:
        return template
    metadata, spec = template.get("metadata") or {}, template.get("spec") or {}
    affinity = {k: v for k, v in (spec.get("affinity") or {}).items() if k != "nodeAffinity"}
    return {
        "metadata": {k: v for k, v in metadata.items() if k not in ("labels", "annotations")},
        "spec": {k: v for k, v in spec.items() if k not in _SCHEDULING_DIRECTIVES},
        "affinity": affinity,
    }


def validate_job_change(new: Json, old: Json) -> list[Cause]:
    """Return what is wrong with an update of a job, outside of its metadata. O(fields), remembered."""
    spec, before = new.get("spec") or {}, old.get("spec") or {}
    causes = list(_validate_selected_spec(spec))
    if spec is before:
        return causes
    causes += _validate_completions(spec, before)
    if spec.get("selector") != before.get("selector"):
        causes.append(invalid("spec.selector", spec.get("selector"), IMMUTABLE))
    started = (old.get("status") or {}).get("startTime") is not None
    may_move = bool(before.get("suspend")) and not started
    template, template_before = spec.get("template") or {}, before.get("template") or {}
    if _settled_template(template, may_move) != _settled_template(template_before, may_move):
        causes.append(invalid("spec.template", template, IMMUTABLE))
    for key in _SETTLED:
        if spec.get(key) != before.get(key):
            causes.append(invalid(f"spec.{key}", spec.get(key), IMMUTABLE))
    return causes
