"""Deployment: a ReplicaSet for each version of a template, and the way from one version to the next.

Beside changes of the spec, changes of its annotations count as a generation, because its ReplicaSets carry them too.
A status update leaves the labels alone.
"""

from __future__ import annotations

from windtunnel.model.api.errors import Cause, forbidden, invalid, not_supported, required
from windtunnel.model.api.kind import Kind, with_generation, with_part
from windtunnel.model.api.kinds.pod_template import POD_TEMPLATE_SPEC, validate_controller_template
from windtunnel.model.api.kinds.replica_scale import validate_not_negative
from windtunnel.model.api.kinds.scalable import ScalableStrategy
from windtunnel.model.api.kinds.workload import (
    ROLLING_UPDATE,
    amount,
    completed_spec,
    conditions_schema,
    is_empty_selector,
    selects_template,
    validate_at_most_all,
    validate_collision_count,
    validate_int_or_percent,
    validate_parts,
)
from windtunnel.model.api.metadata import IMMUTABLE
from windtunnel.model.api.schema import (
    FLAG,
    INT_OR_STRING,
    INTEGER,
    LABEL_SELECTOR,
    OMITTED_ZERO,
    OMITTED_ZERO_LONG,
    STRING,
    Object,
    resource,
)
from windtunnel.model.api.selectors.labels import validate_label_selector
from windtunnel.model.api.shared_json import remembered
from windtunnel.model.objects.json import Json

RECREATE = "Recreate"
DEFAULT_HISTORY_LIMIT = 10
DEFAULT_PROGRESS_DEADLINE_SECONDS = 600
DEFAULT_ROLLING_UPDATE = {"maxUnavailable": "25%", "maxSurge": "25%"}
_COUNTS = (
    "replicas",
    "updatedReplicas",
    "readyReplicas",
    "availableReplicas",
    "unavailableReplicas",
)

_STRATEGY = Object(
    {
        "type": STRING,
        "rollingUpdate": Object(
            {"maxUnavailable": INT_OR_STRING, "maxSurge": INT_OR_STRING}, "RollingUpdateDeployment"
        ),
    },
    "DeploymentStrategy",
)
SCHEMA = resource(
    "Deployment",
    {
        "spec": Object(
            {
                "replicas": INTEGER,
                "selector": LABEL_SELECTOR,
                "template": POD_TEMPLATE_SPEC,
                "strategy": _STRATEGY,
                "minReadySeconds": OMITTED_ZERO,
                "revisionHistoryLimit": INTEGER,
                "paused": FLAG,
                "progressDeadlineSeconds": INTEGER,
            },
            "DeploymentSpec",
            shared=True,
        ),
        "status": Object(
            {
                "observedGeneration": OMITTED_ZERO_LONG,
                **dict.fromkeys(_COUNTS, OMITTED_ZERO),
                "terminatingReplicas": INTEGER,
                "conditions": conditions_schema("Deployment", "lastUpdateTime"),
                "collisionCount": INTEGER,
            },
            "DeploymentStatus",
        ),
    },
)


def _default_strategy(strategy: Json) -> Json:
    if not strategy.get("type"):
        strategy = {**strategy, "type": ROLLING_UPDATE}
    if strategy["type"] != ROLLING_UPDATE:
        return strategy
    rolling = strategy.get("rollingUpdate") or {}
    if all(key in rolling for key in DEFAULT_ROLLING_UPDATE):
        return strategy
    return {**strategy, "rollingUpdate": {**DEFAULT_ROLLING_UPDATE, **rolling}}


@remembered
def _default_spec(spec: Json) -> Json:
    before = spec.get("strategy")
    strategy = _default_strategy(before or {})
    if strategy is not before:
        spec = {**spec, "strategy": strategy}
    defaults = {
        "replicas": 1,
        "revisionHistoryLimit": DEFAULT_HISTORY_LIMIT,
        "progressDeadlineSeconds": DEFAULT_PROGRESS_DEADLINE_SECONDS,
    }
    return completed_spec(spec, defaults)


def _validate_strategy(strategy: Json, path: str) -> list[Cause]:
    kind, rolling = strategy.get("type", ""), strategy.get("rollingUpdate")
    where = f"{path}.rollingUpdate"
    if kind == RECREATE:
        detail = "may not be specified when strategy `type` is 'Recreate'"
        return [forbidden(where, detail)] if rolling is not None else []
    if kind != ROLLING_UPDATE:
        return [not_supported(path, strategy, (RECREATE, ROLLING_UPDATE))]
    if rolling is None:
        return [required(where, "this should be defaulted and never be nil")]
    unavailable, surge = rolling.get("maxUnavailable"), rolling.get("maxSurge")
    causes = validate_int_or_percent(unavailable, f"{where}.maxUnavailable")
    causes += validate_int_or_percent(surge, f"{where}.maxSurge")
    if not amount(unavailable) and not amount(surge):
        detail = "may not be 0 when `maxSurge` is 0"
        causes.append(invalid(f"{where}.maxUnavailable", unavailable, detail))
    return causes + validate_at_most_all(unavailable, f"{where}.maxUnavailable")


@remembered
def _validate_spec(spec: Json) -> tuple[Cause, ...]:
    causes = validate_not_negative(spec, ("replicas",), "spec")
    selector, template = spec.get("selector"), spec.get("template") or {}
    if selector is None:
        causes.append(required("spec.selector"))
    else:
        causes += validate_label_selector(selector, "spec.selector")
        if is_empty_selector(selector):
            detail = "empty selector is invalid for deployment"
            causes.append(invalid("spec.selector", selector, detail))
    matches = selects_template(selector, template)
    if matches is None:
        causes.append(invalid("spec.selector", selector, "invalid label selector"))
    else:
        causes += validate_controller_template(template, matches, "ReplicaSet", "spec.template")
    causes += _validate_strategy(spec.get("strategy") or {}, "spec.strategy")
    numbers = ("minReadySeconds", "revisionHistoryLimit", "progressDeadlineSeconds")
    causes += validate_not_negative(spec, numbers, "spec")
    deadline = spec.get("progressDeadlineSeconds")
    if deadline is not None and deadline <= spec.get("minReadySeconds", 0):
        detail = "must be greater than minReadySeconds"
        causes.append(invalid("spec.progressDeadlineSeconds", deadline, detail))
    return tuple(causes)


def _validate_status(status: Json, before: Json) -> list[Cause]:
    numbers = ("observedGeneration", *_COUNTS, "terminatingReplicas", "collisionCount")
    causes = validate_not_negative(status, numbers, "status")
    causes += validate_parts(status, ("updatedReplicas", "readyReplicas", "availableReplicas"))
    available = status.get("availableReplicas", 0)
    if available > status.get("readyReplicas", 0):
        detail = "cannot be greater than readyReplicas"
        causes.append(invalid("status.availableReplicas", available, detail))
    return causes + validate_collision_count(status, before)


class DeploymentStrategy(ScalableStrategy):
    """The rules of Deployments."""

    def default(self, obj: Json) -> Json:
        """Fill in one replica, a rolling update by quarters, the limits and the template."""
        before = obj.get("spec")
        obj = with_part(obj, "spec", _default_spec(before if before is not None else {}))
        return obj if "status" in obj else {**obj, "status": {}}

    def prepare_for_create(self, obj: Json) -> Json:
        """Start with generation 1 and an empty status."""
        return {**super().prepare_for_create(obj), "status": {}}

    def prepare_for_update(self, new: Json, old: Json) -> Json:
        """Keep the status; a change of spec or annotations is a generation."""
        new = super().prepare_for_update(new, old)
        metadata, before = new.get("metadata") or {}, old.get("metadata") or {}
        generation = before.get("generation", 0)
        if (metadata.get("annotations") or {}) != (before.get("annotations") or {}):
            return with_generation(new, generation + 1)
        return new

    def prepare_for_status_update(self, new: Json, old: Json) -> Json:
        """Keep the spec and the labels."""
        new = super().prepare_for_status_update(new, old)
        metadata = new.get("metadata") or {}
        labels = (old.get("metadata") or {}).get("labels")
        kept = with_part(metadata, "labels", labels)
        return new if kept is metadata else {**new, "metadata": kept}

    def validate_own(self, obj: Json) -> list[Cause]:
        """Check selector, template, strategy and numbers."""
        return list(_validate_spec(obj.get("spec") or {}))

    def validate_own_update(self, new: Json, old: Json) -> list[Cause]:
        """Check the spec, and that the selector is the old one."""
        causes = self.validate_own(new)
        selector = (new.get("spec") or {}).get("selector")
        if selector != (old.get("spec") or {}).get("selector"):
            causes.append(invalid("spec.selector", selector, IMMUTABLE))
        return causes

    def validate_status_update(self, new: Json, old: Json) -> list[Cause]:
        """Check that the counts fit together, and that no collision is forgotten."""
        causes = super().validate_status_update(new, old)
        return causes + _validate_status(new.get("status") or {}, old.get("status") or {})


KIND = Kind(
    "Deployment",
    "deployments",
    "apps",
    "v1",
    namespaced=True,
    schema=SCHEMA,
    strategy=DeploymentStrategy(),
    subresources=("status", "scale"),
    short_names=("deploy",),
    categories=("all",),
)
