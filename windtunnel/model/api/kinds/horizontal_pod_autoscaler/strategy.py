"""The life of a HorizontalPodAutoscaler in the API server. Its generation is not counted."""

from __future__ import annotations

from windtunnel.model.api.errors import Cause, invalid, not_supported, required
from windtunnel.model.api.kind import Kind, Strategy, with_part
from windtunnel.model.api.kinds.horizontal_pod_autoscaler.metric_validation import (
    validate_metric,
    validate_reference,
)
from windtunnel.model.api.kinds.horizontal_pod_autoscaler.schema import SCHEMA, default_spec
from windtunnel.model.api.kinds.pod.container_defaults import completed
from windtunnel.model.api.kinds.replica_scale import validate_not_negative
from windtunnel.model.api.quantity import parse
from windtunnel.model.api.shared_json import remembered
from windtunnel.model.objects.json import Json

POLICY_TYPES = ("Pods", "Percent")
SELECT_POLICIES = ("Disabled", "Max", "Min")
LONGEST_WINDOW_SECONDS = 3600
LONGEST_PERIOD_SECONDS = 1800
_ALWAYS_SHOWN = {"desiredReplicas": 0}


def _validate_policy(policy: Json, path: str) -> list[Cause]:
    causes: list[Cause] = []
    kind = policy.get("type", "")
    if kind not in POLICY_TYPES:
        causes.append(not_supported(f"{path}.type", kind, POLICY_TYPES))
    for key in ("value", "periodSeconds"):
        number = policy.get(key, 0)
        if number <= 0:
            causes.append(invalid(f"{path}.{key}", number, "must be greater than zero"))
    period = policy.get("periodSeconds", 0)
    if period > LONGEST_PERIOD_SECONDS:
        detail = f"must be less than or equal to {LONGEST_PERIOD_SECONDS}"
        causes.append(invalid(f"{path}.periodSeconds", period, detail))
    return causes


def _validate_rules(rules: Json, path: str) -> list[Cause]:
    causes: list[Cause] = []
    window, where = rules.get("stabilizationWindowSeconds"), f"{path}.stabilizationWindowSeconds"
    if window is not None and window < 0:
        causes.append(invalid(where, window, "must be greater than or equal to zero"))
    if window is not None and window > LONGEST_WINDOW_SECONDS:
        detail = f"must be less than or equal to {LONGEST_WINDOW_SECONDS}"
        causes.append(invalid(where, window, detail))
    choice = rules.get("selectPolicy")
    if choice is not None and choice not in SELECT_POLICIES:
        causes.append(not_supported(f"{path}.selectPolicy", choice, SELECT_POLICIES))
    policies = rules.get("policies") or ()
    if not policies:
        causes.append(required(f"{path}.policies", "must specify at least one Policy"))
    for index, policy in enumerate(policies):
        causes += _validate_policy(policy, f"{path}.policies[{index}]")
    tolerance = rules.get("tolerance")
    if tolerance is not None and parse(tolerance).sign < 0:
        detail = "must be greater or equal to zero"
        causes.append(invalid(f"{path}.tolerance", tolerance, detail))
    return causes


@remembered
def _validate_spec(spec: Json) -> tuple[Cause, ...]:
    least, most = spec.get("minReplicas"), spec.get("maxReplicas", 0)
    causes: list[Cause] = []
    if least is not None and least < 1:
        detail = "must be greater than or equal to 1"
        causes.append(invalid("spec.minReplicas", least, detail))
    if most < 1:
        causes.append(invalid("spec.maxReplicas", most, "must be greater than 0"))
    if least is not None and most < least:
        detail = "must be greater than or equal to `minReplicas`"
        causes.append(invalid("spec.maxReplicas", most, detail))
    causes += validate_reference(spec.get("scaleTargetRef") or {}, "spec.scaleTargetRef")
    for index, metric in enumerate(spec.get("metrics") or ()):
        causes += validate_metric(metric, f"spec.metrics[{index}]")
    behavior = spec.get("behavior") or {}
    for key in ("scaleUp", "scaleDown"):
        if key in behavior:
            causes += _validate_rules(behavior[key], f"spec.behavior.{key}")
    return tuple(causes)


class HorizontalPodAutoscalerStrategy(Strategy):
    """The rules of autoscalers."""

    has_status = True

    def default(self, obj: Json) -> Json:
        """Fill in the least replicas, the metric, the rules, and the count that is always there."""
        before = obj.get("spec")
        obj = with_part(obj, "spec", default_spec(before if before is not None else {}))
        return with_part(obj, "status", completed(obj.get("status") or {}, _ALWAYS_SHOWN))

    def prepare_for_create(self, obj: Json) -> Json:
        """Start with nothing decided."""
        return {**obj, "status": _ALWAYS_SHOWN}

    def validate_own(self, obj: Json) -> list[Cause]:
        """Check bounds, target, metrics and behavior."""
        return list(_validate_spec(obj.get("spec") or {}))

    def validate_status_update(self, new: Json, old: Json) -> list[Cause]:
        """Check that no count is negative."""
        numbers = ("currentReplicas", "desiredReplicas")
        causes = super().validate_status_update(new, old)
        return causes + validate_not_negative(new.get("status") or {}, numbers, "status")


KIND = Kind(
    "HorizontalPodAutoscaler",
    "horizontalpodautoscalers",
    "autoscaling",
    "v2",
    namespaced=True,
    schema=SCHEMA,
    strategy=HorizontalPodAutoscalerStrategy(),
    subresources=("status",),
    short_names=("hpa",),
    categories=("all",),
)
