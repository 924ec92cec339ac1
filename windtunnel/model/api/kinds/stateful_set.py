"""StatefulSet: pods with a number, a name of their own and, if wanted, a volume of their own.

The templates of the claims, the selector, the name of the service and the policy of pod management are settled at
creation. Inside the set a claim template is a whole claim, with its apiVersion, its defaults and a phase.

Not modelled: checks of the claim templates, which the real server leaves to the claims too.
"""

from __future__ import annotations

from typing import Any

from windtunnel.model.api.errors import Cause, forbidden, invalid, not_supported, required
from windtunnel.model.api.kind import Kind, with_part
from windtunnel.model.api.kinds.persistent_volume_claim import CLAIM_TEMPLATE, default_claim
from windtunnel.model.api.kinds.pod.container_defaults import completed, default_each
from windtunnel.model.api.kinds.pod_template import (
    MISMATCH,
    POD_TEMPLATE_SPEC,
    template_labels,
    validate_controller_template,
)
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
from windtunnel.model.api.names import is_dns1123_label, mask_trailing_dash
from windtunnel.model.api.schema import (
    INT_OR_STRING,
    INTEGER,
    LABEL_SELECTOR,
    OMITTED_ZERO,
    OMITTED_ZERO_LONG,
    STRING,
    ListOf,
    Object,
    resource,
)
from windtunnel.model.api.selectors.labels import validate_label_selector
from windtunnel.model.api.shared_json import remembered
from windtunnel.model.objects.json import Json

ORDERED_READY = "OrderedReady"
PARALLEL = "Parallel"
ON_DELETE = "OnDelete"
RETENTION_POLICIES = ("Retain", "Delete")
DEFAULT_HISTORY_LIMIT = 10
MUTABLE = (
    "replicas",
    "ordinals",
    "template",
    "updateStrategy",
    "revisionHistoryLimit",
    "persistentVolumeClaimRetentionPolicy",
    "minReadySeconds",
)
_ONLY_MUTABLE = (
    "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', "
    "'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and "
    "'minReadySeconds' are forbidden"
)
_ALWAYS_COUNTED = {"replicas": 0, "availableReplicas": 0}
_DEFAULT_RETENTION = {"whenDeleted": "Retain", "whenScaled": "Retain"}
_CLAIM_HEAD = {"apiVersion": "v1", "kind": "PersistentVolumeClaim"}

_UPDATE_STRATEGY = Object(
    {
        "type": STRING,
        "rollingUpdate": Object(
            {"partition": INTEGER, "maxUnavailable": INT_OR_STRING},
            "RollingUpdateStatefulSetStrategy",
        ),
    },
    "StatefulSetUpdateStrategy",
)
_SPEC = Object(
    {
        "replicas": INTEGER,
        "selector": LABEL_SELECTOR,
        "template": POD_TEMPLATE_SPEC,
        "volumeClaimTemplates": ListOf(CLAIM_TEMPLATE),
        "serviceName": STRING,
        "podManagementPolicy": STRING,
        "updateStrategy": _UPDATE_STRATEGY,
        "revisionHistoryLimit": INTEGER,
        "minReadySeconds": OMITTED_ZERO,
        "persistentVolumeClaimRetentionPolicy": Object(
            {"whenDeleted": STRING, "whenScaled": STRING},
            "StatefulSetPersistentVolumeClaimRetentionPolicy",
        ),
        "ordinals": Object({"start": INTEGER}, "StatefulSetOrdinals"),
    },
    "StatefulSetSpec",
    shared=True,
)
_STATUS = Object(
    {
        "observedGeneration": OMITTED_ZERO_LONG,
        "replicas": INTEGER,
        "readyReplicas": OMITTED_ZERO,
        "currentReplicas": OMITTED_ZERO,
        "updatedReplicas": OMITTED_ZERO,
        "currentRevision": STRING,
        "updateRevision": STRING,
        "collisionCount": INTEGER,
        "conditions": conditions_schema("StatefulSet"),
        "availableReplicas": INTEGER,
    },
    "StatefulSetStatus",
)
SCHEMA = resource("StatefulSet", {"spec": _SPEC, "status": _STATUS})


def _default_claim_template(template: Json) -> Json:
    return completed(default_claim(template), _CLAIM_HEAD)


def _default_update_strategy(strategy: Json) -> Json:
    if not strategy.get("type"):
        strategy = {"rollingUpdate": {}, **strategy, "type": ROLLING_UPDATE}
    rolling = strategy.get("rollingUpdate")
    if strategy["type"] != ROLLING_UPDATE or rolling is None:
        return strategy
    return with_part(
        strategy, "rollingUpdate", completed(rolling, {"partition": 0, "maxUnavailable": 1})
    )


@remembered
def _default_spec(spec: Json) -> Json:
    changed: dict[str, Any] = {}
    before = spec.get("updateStrategy")
    strategy = _default_update_strategy(before or {})
    if strategy is not before:
        changed["updateStrategy"] = strategy
    retention = completed(
        spec.get("persistentVolumeClaimRetentionPolicy") or {}, _DEFAULT_RETENTION
    )
    if retention is not spec.get("persistentVolumeClaimRetentionPolicy"):
        changed["persistentVolumeClaimRetentionPolicy"] = retention
    claims = spec.get("volumeClaimTemplates")
    if claims:
        defaulted = default_each(claims, _default_claim_template)
        if defaulted is not claims:
            changed["volumeClaimTemplates"] = defaulted
    defaults = {
        "replicas": 1,
        "podManagementPolicy": ORDERED_READY,
        "revisionHistoryLimit": DEFAULT_HISTORY_LIMIT,
    }
    return completed_spec({**spec, **changed} if changed else spec, defaults)


def _validate_update_strategy(strategy: Json, path: str) -> list[Cause]:
    kind, rolling = strategy.get("type", ""), strategy.get("rollingUpdate")
    where = f"{path}.rollingUpdate"
    if not kind:
        return [required(path)]
    if kind == ON_DELETE:
        detail = f"only allowed for updateStrategy '{ROLLING_UPDATE}'"
        return [invalid(where, rolling, detail)] if rolling is not None else []
    if kind != ROLLING_UPDATE:
        detail = f"must be '{ROLLING_UPDATE}' or '{ON_DELETE}'"
        return [invalid(path, strategy, detail)]
    if rolling is None:
        return []
    causes = validate_not_negative(rolling, ("partition",), where)
    unavailable = rolling.get("maxUnavailable")
    if unavailable is not None:
        where = f"{where}.maxUnavailable"
        causes += validate_int_or_percent(unavailable, where)
        if not amount(unavailable):
            causes.append(invalid(where, unavailable, "cannot be 0"))
        causes += validate_at_most_all(unavailable, where)
    return causes


def _validate_policies(spec: Json) -> list[Cause]:
    causes: list[Cause] = []
    management = spec.get("podManagementPolicy", "")
    if not management:
        causes.append(required("spec.podManagementPolicy"))
    elif management not in (ORDERED_READY, PARALLEL):
        detail = f"must be '{ORDERED_READY}' or '{PARALLEL}'"
        causes.append(invalid("spec.podManagementPolicy", management, detail))
    causes += _validate_update_strategy(spec.get("updateStrategy") or {}, "spec.updateStrategy")
    retention = spec.get("persistentVolumeClaimRetentionPolicy") or {}
    for key in _DEFAULT_RETENTION:
        policy = retention.get(key, "")
        if policy not in RETENTION_POLICIES:
            where = f"spec.persistentVolumeClaimRetentionPolicy.{key}"
            causes.append(not_supported(where, policy, RETENTION_POLICIES))
    return causes


@remembered
def _validate_spec(spec: Json) -> tuple[Cause, ...]:
    causes = _validate_policies(spec)
    causes += validate_not_negative(spec, ("replicas", "minReadySeconds"), "spec")
    causes += validate_not_negative(spec.get("ordinals") or {}, ("start",), "spec.ordinals")
    causes += validate_not_negative(spec, ("revisionHistoryLimit",), "spec")
    selector, template = spec.get("selector"), spec.get("template") or {}
    if selector is None:
        causes.append(required("spec.selector"))
    else:
        causes += validate_label_selector(selector, "spec.selector")
        if is_empty_selector(selector):
            detail = "empty selector is invalid for statefulset"
            causes.append(invalid("spec.selector", selector, detail))
    matches = selects_template(selector, template)
    if matches is None:
        causes.append(invalid("spec.selector", selector, ""))
    elif not matches:
        labels = template_labels(template)
        causes.append(invalid("spec.template.metadata.labels", labels, MISMATCH))
    return tuple(causes)


@remembered
def _validate_template(spec: Json) -> tuple[Cause, ...]:
    template = spec.get("template") or {}
    mounted = _with_claims_as_volumes(template, spec.get("volumeClaimTemplates") or ())
    return tuple(validate_controller_template(mounted, True, "StatefulSet", "spec.template"))


def _with_claims_as_volumes(template: Json, claims: Any) -> Json:
    """The template as its pods will be: each claim template is a volume that containers can mount."""
    spec = template.get("spec") or {}
    given = spec.get("volumes") or []
    names = {volume.get("name") for volume in given}
    claimed = [
        {"name": name, "persistentVolumeClaim": {"claimName": name}}
        for name in ((claim.get("metadata") or {}).get("name") for claim in claims)
        if name and name not in names
    ]
    if not claimed:
        return template
    return {**template, "spec": {**spec, "volumes": [*given, *claimed]}}


def _validate_status(status: Json, before: Json) -> list[Cause]:
    parts = ("readyReplicas", "currentReplicas", "updatedReplicas", "availableReplicas")
    numbers = ("replicas", *parts, "observedGeneration", "collisionCount")
    causes = validate_not_negative(status, numbers, "status") + validate_parts(status, parts)
    available = status.get("availableReplicas", 0)
    if available > status.get("readyReplicas", 0):
        detail = "cannot be greater than status.readyReplicas"
        causes.append(invalid("status.availableReplicas", available, detail))
    return causes + validate_collision_count(status, before)


class StatefulSetStrategy(ScalableStrategy):
    """The rules of StatefulSets."""

    def validate_name(self, name: str, prefix: bool) -> list[str]:
        """Names are DNS labels, since pods take them as host names."""
        return is_dns1123_label(mask_trailing_dash(name) if prefix else name)

    def default(self, obj: Json) -> Json:
        """Fill in one replica, the policies, the limits, the template and the claims."""
        before = obj.get("spec")
        obj = with_part(obj, "spec", _default_spec(before if before is not None else {}))
        status = obj.get("status") or {}
        return with_part(obj, "status", completed(status, _ALWAYS_COUNTED))

    def prepare_for_create(self, obj: Json) -> Json:
        """Start with generation 1 and no replicas counted."""
        return {**super().prepare_for_create(obj), "status": _ALWAYS_COUNTED}

    def validate_own(self, obj: Json) -> list[Cause]:
        """Check policies, selector, template and numbers."""
        spec = obj.get("spec") or {}
        service = spec.get("serviceName")
        details = is_dns1123_label(service) if service else ()
        causes = [invalid("spec.serviceName", service, detail) for detail in details]
        return [*_validate_spec(spec), *_validate_template(spec), *causes]

    def validate_own_update(self, new: Json, old: Json) -> list[Cause]:
        """Check the spec, and that only what may change did.

        What was stored before there was a rule for it may stay: the name of the service, a wrong template.
        """
        spec, before = new.get("spec") or {}, old.get("spec") or {}
        causes = list(_validate_spec(spec))
        if not _validate_template(before):
            causes += _validate_template(spec)
        if spec is not before and _settled(spec) != _settled(before):
            causes.append(forbidden("spec", _ONLY_MUTABLE))
        return causes

    def validate_status_update(self, new: Json, old: Json) -> list[Cause]:
        """Check that the counts fit together, and that no collision is forgotten."""
        causes = super().validate_status_update(new, old)
        return causes + _validate_status(new.get("status") or {}, old.get("status") or {})


def _settled(spec: Json) -> Json:
    return {key: value for key, value in spec.items() if key not in MUTABLE}


KIND = Kind(
    "StatefulSet",
    "statefulsets",
    "apps",
    "v1",
    namespaced=True,
    schema=SCHEMA,
    strategy=StatefulSetStrategy(),
    subresources=("status", "scale"),
    short_names=("sts",),
    categories=("all",),
)
