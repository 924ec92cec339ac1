"""DaemonSet: a pod on each node that it fits.

The generation of the template is counted by itself, in an annotation that the API server keeps.
"""

from __future__ import annotations

from typing import Any

from windtunnel.model.api.errors import Cause, invalid, not_supported, required
from windtunnel.model.api.kind import Kind, Strategy, with_part
from windtunnel.model.api.kinds.pod.container_defaults import completed
from windtunnel.model.api.kinds.pod_template import POD_TEMPLATE_SPEC, validate_controller_template
from windtunnel.model.api.kinds.replica_scale import validate_not_negative
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
)
from windtunnel.model.api.metadata import IMMUTABLE
from windtunnel.model.api.schema import (
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
from windtunnel.model.api.selectors.requirement import parse_integer
from windtunnel.model.api.shared_json import remembered
from windtunnel.model.objects.json import Json

ON_DELETE = "OnDelete"
DEFAULT_HISTORY_LIMIT = 10
TEMPLATE_GENERATION = "deprecated.daemonset.template.generation"
_ALWAYS_COUNTED = (
    "currentNumberScheduled",
    "numberMisscheduled",
    "desiredNumberScheduled",
    "numberReady",
)
_COUNTED = ("updatedNumberScheduled", "numberAvailable", "numberUnavailable")

_UPDATE_STRATEGY = Object(
    {
        "type": STRING,
        "rollingUpdate": Object(
            {"maxUnavailable": INT_OR_STRING, "maxSurge": INT_OR_STRING}, "RollingUpdateDaemonSet"
        ),
    },
    "DaemonSetUpdateStrategy",
)
SCHEMA = resource(
    "DaemonSet",
    {
        "spec": Object(
            {
                "selector": LABEL_SELECTOR,
                "template": POD_TEMPLATE_SPEC,
                "updateStrategy": _UPDATE_STRATEGY,
                "minReadySeconds": OMITTED_ZERO,
                "revisionHistoryLimit": INTEGER,
            },
            "DaemonSetSpec",
            shared=True,
        ),
        "status": Object(
            {
                **dict.fromkeys(_ALWAYS_COUNTED, INTEGER),
                "observedGeneration": OMITTED_ZERO_LONG,
                **dict.fromkeys(_COUNTED, OMITTED_ZERO),
                "collisionCount": INTEGER,
                "conditions": conditions_schema("DaemonSet"),
            },
            "DaemonSetStatus",
        ),
    },
)


@remembered
def _default_spec(spec: Json) -> Json:
    strategy: Json = completed(spec.get("updateStrategy") or {}, {"type": ROLLING_UPDATE})
    if strategy["type"] == ROLLING_UPDATE:
        rolling = completed(
            strategy.get("rollingUpdate") or {}, {"maxUnavailable": 1, "maxSurge": 0}
        )
        strategy = with_part(strategy, "rollingUpdate", rolling)
    spec = with_part(spec, "updateStrategy", strategy)
    return completed_spec(spec, {"revisionHistoryLimit": DEFAULT_HISTORY_LIMIT})


def _validate_update_strategy(strategy: Json, path: str) -> list[Cause]:
    kind, rolling = strategy.get("type", ""), strategy.get("rollingUpdate")
    if kind == ON_DELETE:
        return []
    if kind != ROLLING_UPDATE:
        return [not_supported(path, strategy, (ROLLING_UPDATE, ON_DELETE))]
    where = f"{path}.rollingUpdate"
    if rolling is None:
        return [required(where)]
    causes: list[Cause] = []
    for key in ("maxUnavailable", "maxSurge"):
        causes += validate_int_or_percent(rolling.get(key), f"{where}.{key}")
    for key in ("maxUnavailable", "maxSurge"):
        causes += validate_at_most_all(rolling.get(key), f"{where}.{key}")
    unavailable, surge = amount(rolling.get("maxUnavailable")), amount(rolling.get("maxSurge"))
    if unavailable and surge:
        detail = "may not be set when maxUnavailable is non-zero"
        causes.append(invalid(f"{where}.maxSurge", rolling.get("maxSurge"), detail))
    elif not unavailable and not surge:
        causes.append(required(f"{where}.maxUnavailable", "cannot be 0 when maxSurge is 0"))
    return causes


@remembered
def _validate_spec(spec: Json) -> tuple[Cause, ...]:
    selector, template = spec.get("selector"), spec.get("template") or {}
    causes = validate_label_selector(selector, "spec.selector")
    if selector is not None and is_empty_selector(selector):
        detail = "empty selector is invalid for daemonset"
        causes.append(invalid("spec.selector", selector, detail))
    matches = selects_template(selector, template) is not False
    causes += validate_controller_template(template, matches, "DaemonSet", "spec.template")
    causes += validate_not_negative(spec, ("minReadySeconds",), "spec")
    causes += _validate_update_strategy(spec.get("updateStrategy") or {}, "spec.updateStrategy")
    causes += validate_not_negative(spec, ("revisionHistoryLimit",), "spec")
    return tuple(causes)


def _with_template_generation(obj: Json, generation: int) -> Json:
    metadata = obj.get("metadata") or {}
    annotations, text = metadata.get("annotations") or {}, str(generation)
    if annotations.get(TEMPLATE_GENERATION) == text:
        return obj
    annotations = {**annotations, TEMPLATE_GENERATION: text}
    return {**obj, "metadata": {**metadata, "annotations": annotations}}


def _template_generation(obj: Json) -> int:
    annotations: Json = (obj.get("metadata") or {}).get("annotations") or {}
    text: Any = annotations.get(TEMPLATE_GENERATION, "0")
    return (parse_integer(text) or 0) if text.isdigit() else 0


class DaemonSetStrategy(Strategy):
    """The rules of DaemonSets."""

    has_status = True
    counts_generation = True

    def default(self, obj: Json) -> Json:
        """Fill in an update of one node after the other, the limits, the template and the counts."""
        before = obj.get("spec")
        obj = with_part(obj, "spec", _default_spec(before if before is not None else {}))
        status = completed(obj.get("status") or {}, dict.fromkeys(_ALWAYS_COUNTED, 0))
        return with_part(obj, "status", status)

    def prepare_for_create(self, obj: Json) -> Json:
        """Start with generation 1, also of the template, and nothing counted."""
        obj = {**super().prepare_for_create(obj), "status": dict.fromkeys(_ALWAYS_COUNTED, 0)}
        return _with_template_generation(obj, max(1, _template_generation(obj)))

    def prepare_for_update(self, new: Json, old: Json) -> Json:
        """Keep the status; count a change of the template for itself."""
        new = super().prepare_for_update(new, old)
        spec, before = new.get("spec") or {}, old.get("spec") or {}
        generation = _template_generation(old)
        changed = spec.get("template") != before.get("template")
        return _with_template_generation(new, generation + 1 if changed else generation)

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
        """Check that no count is negative, and that no collision is forgotten."""
        status = new.get("status") or {}
        numbers = (*_ALWAYS_COUNTED, "observedGeneration", *_COUNTED, "collisionCount")
        causes = super().validate_status_update(new, old)
        causes += validate_not_negative(status, numbers, "status")
        return causes + validate_collision_count(status, old.get("status") or {})


KIND = Kind(
    "DaemonSet",
    "daemonsets",
    "apps",
    "v1",
    namespaced=True,
    schema=SCHEMA,
    strategy=DaemonSetStrategy(),
    subresources=("status",),
    short_names=("ds",),
    categories=("all",),
)
