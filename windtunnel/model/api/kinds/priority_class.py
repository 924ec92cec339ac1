"""PriorityClass: a name for how important pods are. What it stands for never changes."""

from __future__ import annotations

from windtunnel.model.api.errors import Cause, forbidden, invalid, not_supported, required
from windtunnel.model.api.kind import Kind, Strategy, with_generation
from windtunnel.model.api.kinds.pod.container_defaults import completed
from windtunnel.model.api.kinds.pod.validation import PREEMPTION_POLICIES
from windtunnel.model.api.metadata import IMMUTABLE
from windtunnel.model.api.schema import FLAG, INTEGER, STRING, resource
from windtunnel.model.objects.json import Json

SYSTEM_PREFIX = "system-"
SYSTEM_CLASSES = {
    "system-node-critical": 2_000_001_000,
    "system-cluster-critical": 2_000_000_000,
}
HIGHEST_OF_USERS = 1_000_000_000

SCHEMA = resource(
    "PriorityClass",
    {"value": INTEGER, "globalDefault": FLAG, "description": STRING, "preemptionPolicy": STRING},
)


def _unknown_system_class(name: str, priority: int, is_default: bool) -> str:
    """Why a class with the system's prefix is not one of the system's own; nothing if it is."""
    value = SYSTEM_CLASSES.get(name)
    if value is None:
        return f"{name} is not a known system priority class"
    if priority != value:
        return f"value of {name} PriorityClass must be {value}"
    return f"globalDefault of {name} PriorityClass must be false" if is_default else ""


class PriorityClassStrategy(Strategy):
    """The rules of priority classes."""

    def default(self, obj: Json) -> Json:
        """Pods of the class push others out, unless it says that they do not."""
        return completed(obj, {"value": 0, "preemptionPolicy": "PreemptLowerPriority"})

    def prepare_for_create(self, obj: Json) -> Json:
        """Start with generation 1, which stays."""
        return with_generation(obj, 1)

    def validate_own(self, obj: Json) -> list[Cause]:
        """Check that the value is one that users may give, and the policy."""
        name, value = (obj.get("metadata") or {}).get("name", ""), obj.get("value", 0)
        causes: list[Cause] = []
        if name.startswith(SYSTEM_PREFIX):
            reason = _unknown_system_class(name, value, bool(obj.get("globalDefault")))
            if reason:
                detail = (
                    f"priority class names with '{SYSTEM_PREFIX}' prefix are reserved for system "
                    f"use only. error: {reason}"
                )
                causes.append(forbidden("metadata.name", detail))
        elif value > HIGHEST_OF_USERS:
            detail = f"maximum allowed value of a user defined priority is {HIGHEST_OF_USERS}"
            causes.append(forbidden("value", detail))
        policy = obj.get("preemptionPolicy")
        if not policy:
            causes.append(required("preemptionPolicy"))
        elif policy not in PREEMPTION_POLICIES:
            causes.append(not_supported("preemptionPolicy", policy, PREEMPTION_POLICIES))
        return causes

    def validate_own_update(self, new: Json, old: Json) -> list[Cause]:
        """Check that value and policy are the old ones."""
        causes: list[Cause] = []
        if new.get("value", 0) != old.get("value", 0):
            causes.append(forbidden("value", "may not be changed in an update."))
        policy = new.get("preemptionPolicy")
        if policy != old.get("preemptionPolicy"):
            causes.append(invalid("preemptionPolicy", policy, IMMUTABLE))
        return causes


KIND = Kind(
    "PriorityClass",
    "priorityclasses",
    "scheduling.k8s.io",
    "v1",
    namespaced=False,
    schema=SCHEMA,
    strategy=PriorityClassStrategy(),
    short_names=("pc",),
)
