"""ResourceQuota: how much of each resource a namespace may have in all, of all its objects or of those in a scope.

The scopes of a quota are settled when it is made.
"""

from __future__ import annotations

from functools import lru_cache

from windtunnel.model.api.errors import Cause, invalid, required
from windtunnel.model.api.kind import Kind, Strategy
from windtunnel.model.api.kinds.pod.resource_validation import quantity_details
from windtunnel.model.api.metadata import IMMUTABLE
from windtunnel.model.api.names import is_qualified_name
from windtunnel.model.api.schema import (
    QUANTITIES,
    STRING,
    STRINGS,
    ListOf,
    Object,
    resource,
)
from windtunnel.model.api.shared_json import remembered
from windtunnel.model.objects.json import Json

COMPUTE_RESOURCES = (
    "cpu",
    "memory",
    "limits.cpu",
    "limits.memory",
    "requests.cpu",
    "requests.memory",
)
OBJECT_COUNTS = (
    "pods",
    "resourcequotas",
    "services",
    "replicationcontrollers",
    "secrets",
    "persistentvolumeclaims",
    "configmaps",
    "services.nodeports",
    "services.loadbalancers",
)
STANDARD_RESOURCES = (
    *COMPUTE_RESOURCES,
    "ephemeral-storage",
    "requests.ephemeral-storage",
    "limits.ephemeral-storage",
    "requests.storage",
    *OBJECT_COUNTS,
)
HUGE_PAGES = ("hugepages-", "requests.hugepages-")
_POD_RESOURCES = ("pods", *COMPUTE_RESOURCES)
SCOPES = {
    "Terminating": _POD_RESOURCES,
    "NotTerminating": _POD_RESOURCES,
    "BestEffort": ("pods",),
    "NotBestEffort": _POD_RESOURCES,
    "PriorityClass": _POD_RESOURCES,
    "CrossNamespacePodAffinity": _POD_RESOURCES,
    "VolumeAttributesClass": ("persistentvolumeclaims", "requests.storage"),
}
"""The scopes, each with the resources that it can be asked about."""
_ONLY_EXISTS = (
    "BestEffort",
    "NotBestEffort",
    "Terminating",
    "NotTerminating",
    "CrossNamespacePodAffinity",
)
_CONFLICTS = (("BestEffort", "NotBestEffort"), ("Terminating", "NotTerminating"))

_REQUIREMENT = Object(
    {"scopeName": STRING, "operator": STRING, "values": STRINGS},
    "ScopedResourceSelectorRequirement",
)
SCHEMA = resource(
    "ResourceQuota",
    {
        "spec": Object(
            {
                "hard": QUANTITIES,
                "scopes": STRINGS,
                "scopeSelector": Object(
                    {"matchExpressions": ListOf(_REQUIREMENT)}, "ScopeSelector"
                ),
            },
            "ResourceQuotaSpec",
            shared=True,
        ),
        "status": Object({"hard": QUANTITIES, "used": QUANTITIES}, "ResourceQuotaStatus"),
    },
)


@lru_cache(maxsize=1024)
def resource_name_details(name: str) -> tuple[str, ...]:
    """Return what keeps a name from being that of a resource of any kind. O(length) at first, then O(1)."""
    details = tuple(is_qualified_name(name))
    if details or "/" in name or name in STANDARD_RESOURCES or name == "storage":
        return details
    if name.startswith(HUGE_PAGES):
        return ()
    return ("must be a standard resource type or fully qualified",)


@lru_cache(maxsize=1024)
def quota_name_details(name: str) -> tuple[str, ...]:
    """Return what keeps a name from being that of a resource with a quota. O(length) at first, then O(1)."""
    details = tuple(is_qualified_name(name))
    if details or "/" in name or name in STANDARD_RESOURCES or name.startswith(HUGE_PAGES):
        return details
    return ("must be a standard resource for quota",)


def _validate_amounts(amounts: Json, path: str) -> list[Cause]:
    causes: list[Cause] = []
    for name, text in amounts.items():
        where = f"{path}[{name}]"
        causes += [invalid(where, name, detail) for detail in quota_name_details(name)]
        causes += [invalid(where, text, detail) for detail in quantity_details(name, text)]
    return causes


def _unfit(scope: str, hard: Json) -> bool:
    """Whether a resource of the quota is one that the scope cannot be asked about."""
    return any(name in STANDARD_RESOURCES and name not in SCOPES.get(scope, ()) for name in hard)


def _validate_scopes(spec: Json, path: str) -> list[Cause]:
    scopes, hard = spec.get("scopes") or [], spec.get("hard") or {}
    causes: list[Cause] = []
    for scope in scopes:
        if scope not in SCOPES:
            causes.append(invalid(path, scopes, "unsupported scope"))
        if _unfit(scope, hard):
            causes.append(invalid(path, scopes, "unsupported scope applied to resource"))
    for one, other in _CONFLICTS:
        if one in scopes and other in scopes:
            causes.append(invalid(path, scopes, "conflicting scopes"))
    return causes


def _validate_operator(wanted: Json, path: str) -> list[Cause]:
    scope, operator = wanted.get("scopeName", ""), wanted.get("operator", "")
    values = wanted.get("values") or []
    causes: list[Cause] = []
    if scope in _ONLY_EXISTS and operator != "Exists":
        detail = f"must be 'Exists' when scope is any of {', '.join(_ONLY_EXISTS)}"
        causes.append(invalid(f"{path}.operator", operator, detail))
    if operator in ("In", "NotIn"):
        if not values:
            detail = "must be at least one value when `operator` is 'In' or 'NotIn'"
            causes.append(required(f"{path}.values", f"{detail} for scope selector"))
    elif operator in ("Exists", "DoesNotExist"):
        if values:
            detail = "must be no value when `operator` is 'Exists' or 'DoesNotExist'"
            causes.append(invalid(f"{path}.values", values, f"{detail} for scope selector"))
    else:
        causes.append(invalid(f"{path}.operator", operator, "not a valid selector operator"))
    return causes


def _validate_scope_selector(spec: Json, path: str) -> list[Cause]:
    selector, hard = spec.get("scopeSelector") or {}, spec.get("hard") or {}
    where = f"{path}.matchExpressions"
    requirements = selector.get("matchExpressions") or ()
    causes: list[Cause] = []
    for wanted in requirements:
        scope = wanted.get("scopeName", "")
        if scope not in SCOPES:
            causes.append(invalid(f"{where}.scopeName", scope, "unsupported scope"))
        if _unfit(scope, hard):
            detail = "unsupported scope applied to resource"
            causes.append(invalid(where, selector, detail))
        causes += _validate_operator(wanted, where)
    scopes = [wanted.get("scopeName", "") for wanted in requirements]
    for one, other in _CONFLICTS:
        if one in scopes and other in scopes:
            causes.append(invalid(where, requirements, "conflicting scopes"))
    return causes


@remembered
def _validate_spec(spec: Json) -> tuple[Cause, ...]:
    return (
        *_validate_amounts(spec.get("hard") or {}, "spec.hard"),
        *_validate_scopes(spec, "spec.scopes"),
        *_validate_scope_selector(spec, "spec.scopeSelector"),
    )


class ResourceQuotaStrategy(Strategy):
    """The rules of quotas."""

    has_status = True

    def default(self, obj: Json) -> Json:
        """Show spec and status, be they empty."""
        obj = obj if "spec" in obj else {**obj, "spec": {}}
        return obj if "status" in obj else {**obj, "status": {}}

    def prepare_for_create(self, obj: Json) -> Json:
        """Start with nothing used."""
        return {**obj, "status": {}}

    def validate_own(self, obj: Json) -> list[Cause]:
        """Check resources, amounts and scopes."""
        return list(_validate_spec(obj.get("spec") or {}))

    def validate_own_update(self, new: Json, old: Json) -> list[Cause]:
        """Check the quota, and that it has the same scopes, in whatever order."""
        causes = self.validate_own(new)
        scopes = (new.get("spec") or {}).get("scopes") or []
        before = (old.get("spec") or {}).get("scopes") or []
        if sorted(dict.fromkeys(scopes)) != sorted(dict.fromkeys(before)):
            causes.append(invalid("spec.scopes", scopes, IMMUTABLE))
        return causes

    def validate_status_update(self, new: Json, old: Json) -> list[Cause]:
        """Check resources and amounts of what is allowed and used."""
        status = new.get("status") or {}
        causes = super().validate_status_update(new, old)
        for key in ("hard", "used"):
            causes += _validate_amounts(status.get(key) or {}, f"status.{key}")
        return causes


KIND = Kind(
    "ResourceQuota",
    "resourcequotas",
    "",
    "v1",
    namespaced=True,
    schema=SCHEMA,
    strategy=ResourceQuotaStrategy(),
    subresources=("status",),
    short_names=("quota",),
)
