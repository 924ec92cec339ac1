"""The fields of a Job, as of batch/v1 in Kubernetes 1.36, and their defaults.

The spec is also the one inside the template of a CronJob; most defaults are filled in only when the Job itself is made.
"""

from __future__ import annotations

from typing import Any

from windtunnel.model.api.kinds.pod.container_defaults import completed
from windtunnel.model.api.kinds.pod_template import POD_TEMPLATE_SPEC
from windtunnel.model.api.kinds.workload import completed_spec, conditions_schema
from windtunnel.model.api.schema import (
    BOOLEAN,
    INTEGER,
    LABEL_SELECTOR,
    LONG,
    OMITTED_ZERO,
    POINTER_STRING,
    STRING,
    STRINGS,
    TIME,
    ListOf,
    Object,
    resource,
)
from windtunnel.model.api.shared_json import remembered
from windtunnel.model.objects.json import Json

INDEXED = "Indexed"
NON_INDEXED = "NonIndexed"
WHEN_FAILED = "Failed"
WHEN_TERMINATING_OR_FAILED = "TerminatingOrFailed"
DEFAULT_BACKOFF_LIMIT = 6
NO_BACKOFF_LIMIT = 2**31 - 1

_EXIT_CODES = Object(
    {"containerName": POINTER_STRING, "operator": STRING, "values": ListOf(INTEGER)},
    "PodFailurePolicyOnExitCodesRequirement",
)
_POD_CONDITION = Object(
    {"type": STRING, "status": STRING}, "PodFailurePolicyOnPodConditionsPattern"
)
_FAILURE_RULE = Object(
    {"action": STRING, "onExitCodes": _EXIT_CODES, "onPodConditions": ListOf(_POD_CONDITION)},
    "PodFailurePolicyRule",
)
_SUCCESS_RULE = Object(
    {"succeededIndexes": POINTER_STRING, "succeededCount": INTEGER}, "SuccessPolicyRule"
)
JOB_SPEC = Object(
    {
        "parallelism": INTEGER,
        "completions": INTEGER,
        "activeDeadlineSeconds": LONG,
        "podFailurePolicy": Object({"rules": ListOf(_FAILURE_RULE)}, "PodFailurePolicy"),
        "successPolicy": Object({"rules": ListOf(_SUCCESS_RULE)}, "SuccessPolicy"),
        "backoffLimit": INTEGER,
        "backoffLimitPerIndex": INTEGER,
        "maxFailedIndexes": INTEGER,
        "selector": LABEL_SELECTOR,
        "manualSelector": BOOLEAN,
        "template": POD_TEMPLATE_SPEC,
        "ttlSecondsAfterFinished": INTEGER,
        "completionMode": POINTER_STRING,
        "suspend": BOOLEAN,
        "podReplacementPolicy": POINTER_STRING,
        "managedBy": POINTER_STRING,
    },
    "JobSpec",
    shared=True,
)
JOB_STATUS = Object(
    {
        "conditions": conditions_schema("Job", "lastProbeTime"),
        "startTime": TIME,
        "completionTime": TIME,
        "active": OMITTED_ZERO,
        "succeeded": OMITTED_ZERO,
        "failed": OMITTED_ZERO,
        "terminating": INTEGER,
        "completedIndexes": STRING,
        "failedIndexes": POINTER_STRING,
        "uncountedTerminatedPods": Object(
            {"succeeded": STRINGS, "failed": STRINGS}, "UncountedTerminatedPods"
        ),
        "ready": INTEGER,
    },
    "JobStatus",
)
JOB = resource("Job", {"spec": JOB_SPEC, "status": JOB_STATUS})


def _default_failure_policy(policy: Json) -> Json:
    rules = policy.get("rules") or []
    defaulted = []
    for rule in rules:
        patterns = rule.get("onPodConditions")
        if patterns and not all("status" in pattern for pattern in patterns):
            filled = [completed(pattern, {"status": "True"}) for pattern in patterns]
            rule = {**rule, "onPodConditions": filled}
        defaulted.append(rule)
    return policy if defaulted == rules else {**policy, "rules": defaulted}


@remembered
def default_job_spec(spec: Json) -> Json:
    """Return the spec of a job with its defaults: one pod that has to succeed once. O(rules), remembered."""
    per_index = "backoffLimitPerIndex" in spec
    defaults: dict[str, Any] = {
        "parallelism": 1,
        "backoffLimit": NO_BACKOFF_LIMIT if per_index else DEFAULT_BACKOFF_LIMIT,
        "completionMode": NON_INDEXED,
        "suspend": False,
        "manualSelector": False,
        "podReplacementPolicy": WHEN_TERMINATING_OR_FAILED,
    }
    if "parallelism" not in spec and "completions" not in spec:
        defaults["completions"] = 1
    policy = spec.get("podFailurePolicy")
    if policy is not None:
        defaults["podReplacementPolicy"] = WHEN_FAILED
        defaulted = _default_failure_policy(policy)
        if defaulted is not policy:
            spec = {**spec, "podFailurePolicy": defaulted}
    return completed_spec(spec, defaults)
