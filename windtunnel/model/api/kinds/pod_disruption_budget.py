"""PodDisruptionBudget: how many of some pods may be missing by somebody's wish.

An update must name the version it replaces, because evictions write the status at any time.
"""

from __future__ import annotations

from windtunnel.model.api.conditions import validate_conditions
from windtunnel.model.api.errors import Cause, invalid, not_supported
from windtunnel.model.api.kind import Kind, Strategy, with_part
from windtunnel.model.api.kinds.pod.container_defaults import completed
from windtunnel.model.api.kinds.replica_scale import validate_not_negative
from windtunnel.model.api.kinds.workload import validate_at_most_all, validate_int_or_percent
from windtunnel.model.api.schema import (
    INT_OR_STRING,
    INTEGER,
    LABEL_SELECTOR,
    META_CONDITION,
    OMITTED_ZERO_LONG,
    POINTER_STRING,
    TIME,
    ListOf,
    MapOf,
    Object,
    resource,
)
from windtunnel.model.api.selectors.labels import validate_label_selector
from windtunnel.model.objects.json import Json

EVICTION_POLICIES = ("AlwaysAllow", "IfHealthyBudget")
_COUNTS = ("disruptionsAllowed", "currentHealthy", "desiredHealthy", "expectedPods")

SCHEMA = resource(
    "PodDisruptionBudget",
    {
        "spec": Object(
            {
                "minAvailable": INT_OR_STRING,
                "selector": LABEL_SELECTOR,
                "maxUnavailable": INT_OR_STRING,
                "unhealthyPodEvictionPolicy": POINTER_STRING,
            },
            "PodDisruptionBudgetSpec",
            shared=True,
        ),
        "status": Object(
            {
                "observedGeneration": OMITTED_ZERO_LONG,
                "disruptedPods": MapOf(TIME),
                **dict.fromkeys(_COUNTS, INTEGER),
                "conditions": ListOf(META_CONDITION, merge_key="type", strategy="merge"),
            },
            "PodDisruptionBudgetStatus",
        ),
    },
)


class PodDisruptionBudgetStrategy(Strategy):
    """The rules of budgets."""

    has_status = True
    counts_generation = True
    allow_unconditional_update = False

    def default(self, obj: Json) -> Json:
        """Show the counts, be they zero."""
        obj = obj if "spec" in obj else {**obj, "spec": {}}
        status = completed(obj.get("status") or {}, dict.fromkeys(_COUNTS, 0))
        return with_part(obj, "status", status)

    def prepare_for_create(self, obj: Json) -> Json:
        """Start with generation 1 and nothing counted."""
        return {**super().prepare_for_create(obj), "status": dict.fromkeys(_COUNTS, 0)}

    def validate_own(self, obj: Json) -> list[Cause]:
        """Check that one of the two numbers is given, and the selector."""
        spec = obj.get("spec") or {}
        causes: list[Cause] = []
        if "minAvailable" in spec and "maxUnavailable" in spec:
            detail = "minAvailable and maxUnavailable cannot be both set"
            causes.append(invalid("spec", spec, detail))
        for key in ("minAvailable", "maxUnavailable"):
            causes += validate_int_or_percent(spec.get(key), f"spec.{key}")
            causes += validate_at_most_all(spec.get(key), f"spec.{key}")
        causes += validate_label_selector(spec.get("selector"), "spec.selector")
        policy = spec.get("unhealthyPodEvictionPolicy")
        if policy is not None and policy not in EVICTION_POLICIES:
            where = "spec.unhealthyPodEvictionPolicy"
            causes.append(not_supported(where, policy, EVICTION_POLICIES))
        return causes

    def validate_status_update(self, new: Json, old: Json) -> list[Cause]:
        """Check counts and conditions."""
        status = new.get("status") or {}
        causes = super().validate_status_update(new, old)
        causes += validate_conditions(status.get("conditions") or (), "status.conditions")
        return causes + validate_not_negative(status, _COUNTS, "status")


KIND = Kind(
    "PodDisruptionBudget",
    "poddisruptionbudgets",
    "policy",
    "v1",
    namespaced=True,
    schema=SCHEMA,
    strategy=PodDisruptionBudgetStrategy(),
    subresources=("status",),
    short_names=("pdb",),
)
