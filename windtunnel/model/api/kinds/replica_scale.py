"""What ReplicationController and ReplicaSet share: the defaults, the status counts and their rules.

They are one thing in two generations; only their selectors and a few defaults differ.
"""

from __future__ import annotations

from windtunnel.model.api.errors import Cause, invalid
from windtunnel.model.api.kind import COMMON_FIELDS, with_part
from windtunnel.model.api.kinds.pod_template import default_template
from windtunnel.model.api.kinds.scalable import ScalableStrategy
from windtunnel.model.api.schema import (
    INTEGER,
    OMITTED_ZERO,
    OMITTED_ZERO_LONG,
    STRING,
    TIME,
    ListOf,
    Object,
    Type,
)
from windtunnel.model.api.shared_json import remembered
from windtunnel.model.objects.json import Json

NOT_NEGATIVE = "must be greater than or equal to 0"
_COUNTS = ("replicas", "fullyLabeledReplicas", "readyReplicas", "availableReplicas")


def status_schema(kind: str) -> Object:
    """Return the schema of the status of ReplicationControllers or ReplicaSets."""
    condition = Object(
        {
            "type": STRING,
            "status": STRING,
            "lastTransitionTime": TIME,
            "reason": STRING,
            "message": STRING,
        },
        f"{kind}Condition",
    )
    fields: dict[str, Type] = {
        "replicas": INTEGER,
        "fullyLabeledReplicas": OMITTED_ZERO,
        "readyReplicas": OMITTED_ZERO,
        "availableReplicas": OMITTED_ZERO,
        "observedGeneration": OMITTED_ZERO_LONG,
        "conditions": ListOf(condition, merge_key="type", strategy="merge"),
    }
    if kind == "ReplicaSet":
        fields["terminatingReplicas"] = INTEGER
    return Object(fields, f"{kind}Status")


def validate_not_negative(obj: Json, keys: tuple[str, ...], path: str) -> list[Cause]:
    """Return which of the numbers in the fields are negative. O(keys)."""
    return [
        invalid(f"{path}.{key}", obj[key], NOT_NEGATIVE) for key in keys if (obj.get(key) or 0) < 0
    ]


def validate_replica_status(status: Json) -> list[Cause]:
    """Return which counts of a status cannot be: negative, or more than what they are part of. O(1)."""
    numbers = (*_COUNTS, "observedGeneration", "terminatingReplicas")
    causes = validate_not_negative(status, numbers, "status")
    replicas = status.get("replicas", 0)
    for key in _COUNTS[1:]:
        if status.get(key, 0) > replicas:
            detail = "cannot be greater than status.replicas"
            causes.append(invalid(f"status.{key}", status.get(key, 0), detail))
    if status.get("availableReplicas", 0) > status.get("readyReplicas", 0):
        detail = "cannot be greater than readyReplicas"
        causes.append(invalid("status.availableReplicas", status["availableReplicas"], detail))
    return causes


@remembered
def default_replica_spec(spec: Json) -> Json:
    """Return the spec with one replica if it names no number, and its template defaulted. Remembered."""
    changed: Json = {}
    if "replicas" not in spec:
        changed["replicas"] = 1
    before = spec.get("template")
    if before is not None:
        template = default_template(before)
        if template is not before:
            changed["template"] = template
    return {**spec, **changed} if changed else spec


class ReplicaStrategy(ScalableStrategy):
    """The rules that ReplicationControllers and ReplicaSets have in common."""

    supported_fields = (*COMMON_FIELDS, "status.replicas")

    def default(self, obj: Json) -> Json:
        """Fill in the defaults of the spec, and the status count that is always there."""
        before = obj.get("spec")
        spec = default_replica_spec(before if before is not None else {})
        obj = with_part(obj, "spec", spec)
        status = obj.get("status")
        if status is None or "replicas" not in status:
            obj = {**obj, "status": {"replicas": 0, **(status or {})}}
        return obj

    def prepare_for_create(self, obj: Json) -> Json:
        """Start with generation 1 and no replicas counted."""
        return {**super().prepare_for_create(obj), "status": {"replicas": 0}}

    def validate_status_update(self, new: Json, old: Json) -> list[Cause]:
        """Check that the counts fit together."""
        causes = super().validate_status_update(new, old)
        return causes + validate_replica_status(new.get("status") or {})

    def selectable_fields(self, obj: Json) -> dict[str, str]:
        """Return the number of replicas beside the name."""
        replicas = (obj.get("status") or {}).get("replicas", 0)
        return {**super().selectable_fields(obj), "status.replicas": str(replicas)}
