"""Which changes of its spec and annotations a pod allows.

Almost nothing of a pod's spec can change once it exists: images, the active deadline (only to be shortened),
further tolerations, a negative grace period (to 1). A pod that is still gated may also lose its gates, and
narrow down where it may run.

Not modelled: the subresources resize and ephemeralcontainers, through which the real server changes
resources and adds debug containers.
"""

from __future__ import annotations

from typing import Any

from windtunnel.model.api.errors import Cause, forbidden, invalid
from windtunnel.model.api.kinds.pod.scheduling_validation import REQUIRED_TERMS
from windtunnel.model.api.kinds.pod.validation import (
    LONGEST_DEADLINE_SECONDS,
    MIRROR_ANNOTATION,
    validate_pod_annotations,
    validate_pod_spec,
)
from windtunnel.model.objects.json import Json

UPDATABLE_FIELDS = (
    "`spec.containers[*].image`",
    "`spec.initContainers[*].image`",
    "`spec.activeDeadlineSeconds`",
    "`spec.tolerations` (only additions to existing tolerations)",
    "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)",
)
_FREE_FIELDS = (
    "containers",
    "initContainers",
    "activeDeadlineSeconds",
    "tolerations",
    "schedulingGates",
)


def _validate_container_lists(new: Json, old: Json) -> list[Cause]:
    for key in ("containers", "initContainers"):
        after, before = new.get(key) or (), old.get(key) or ()
        if len(after) != len(before):
            return [forbidden(f"spec.{key}", "pod updates may not add or remove containers")]
    return []


def _validate_deadline(new: Json, old: Json) -> list[Cause]:
    after, before = new.get("activeDeadlineSeconds"), old.get("activeDeadlineSeconds")
    where = "spec.activeDeadlineSeconds"
    if after is None:
        if before is None:
            return []
        return [invalid(where, None, "must not update from a positive integer to nil value")]
    if not 0 <= after <= LONGEST_DEADLINE_SECONDS:
        detail = f"must be between 0 and {LONGEST_DEADLINE_SECONDS}, inclusive"
        return [invalid(where, after, detail)]
    if before is not None and before < after:
        return [invalid(where, after, "must be less than or equal to previous value")]
    return []


def _without_seconds(toleration: Json) -> Json:
    return {key: value for key, value in toleration.items() if key != "tolerationSeconds"}


def _validate_tolerations(new: Json, old: Json) -> list[Cause]:
    after = [_without_seconds(each) for each in new.get("tolerations") or ()]
    if all(_without_seconds(each) in after for each in old.get("tolerations") or ()):
        return []
    detail = "existing toleration can not be modified except its tolerationSeconds"
    return [forbidden("spec.tolerations", detail)]


def _validate_gates(new: Json, old: Json) -> list[Cause]:
    before = old.get("schedulingGates") or ()
    return [
        forbidden(
            "spec.schedulingGates",
            f"only deletion is allowed, but found new scheduling gate '{gate.get('name', '')}'",
        )
        for gate in new.get("schedulingGates") or ()
        if gate not in before
    ]


def _validate_narrowed_terms(new: Json, old: Json) -> list[Cause]:
    """Check the required node affinity of a gated pod: its terms may only get further conditions."""
    before = (old.get(REQUIRED_TERMS) or {}).get("nodeSelectorTerms") or ()
    after = (new.get(REQUIRED_TERMS) or {}).get("nodeSelectorTerms") or ()
    where = f"spec.affinity.nodeAffinity.{REQUIRED_TERMS}.nodeSelectorTerms"
    if not before:
        return []
    if len(before) != len(after):
        detail = "no additions/deletions to non-empty NodeSelectorTerms list are allowed"
        return [invalid(where, after, detail)]
    causes: list[Cause] = []
    for index, (earlier, later) in enumerate(zip(before, after, strict=True)):
        for key in ("matchExpressions", "matchFields"):
            kept = earlier.get(key) or []
            if (later.get(key) or [])[: len(kept)] != kept:
                detail = "only additions are allowed (no mutations or deletions)"
                causes.append(invalid(f"{where}[{index}]", later, detail))
                break
    return causes


def _validate_gated(new: Json, old: Json) -> list[Cause]:
    causes: list[Cause] = []
    selector = new.get("nodeSelector") or {}
    before = old.get("nodeSelector") or {}
    if any(selector.get(key) != value for key, value in before.items()):
        detail = "only additions to spec.nodeSelector are allowed (no deletions or mutations)"
        causes.append(invalid("spec.nodeSelector", selector, detail))
    causes += _validate_narrowed_terms(
        (new.get("affinity") or {}).get("nodeAffinity") or {},
        (old.get("affinity") or {}).get("nodeAffinity") or {},
    )
    return causes


def _without_images(spec: Json, key: str) -> list[Json]:
    return [
        {name: value for name, value in container.items() if name != "image"}
        for container in spec.get(key) or ()
    ]


def _fixed_part(spec: Json, gated: bool) -> Json:
    fixed: dict[str, Any] = {key: value for key, value in spec.items() if key not in _FREE_FIELDS}
    if gated:
        fixed.pop("nodeSelector", None)
        affinity = {
            key: value
            for key, value in (fixed.pop("affinity", {})).items()
            if key != "nodeAffinity"
        }
        if affinity:
            fixed["affinity"] = affinity
    return fixed


def _changes_fixed_fields(new: Json, old: Json) -> bool:
    gated = bool(old.get("schedulingGates"))
    after, before = _fixed_part(new, gated), _fixed_part(old, gated)
    grace = "terminationGracePeriodSeconds"
    if (before.get(grace) or 0) < 0 and after.get(grace) == 1:
        after[grace] = before[grace]
    if after != before:
        return True
    return any(
        new.get(key) is not old.get(key) and _without_images(new, key) != _without_images(old, key)
        for key in ("containers", "initContainers")
    )


def _validate_spec_change(new: Json, old: Json) -> list[Cause]:
    causes = _validate_container_lists(new, old) or _validate_deadline(new, old)
    if causes:
        return causes
    causes = _validate_tolerations(new, old) + _validate_gates(new, old)
    if old.get("schedulingGates"):
        causes += _validate_gated(new, old)
    if _changes_fixed_fields(new, old):
        fields = ",".join(UPDATABLE_FIELDS)
        causes.append(forbidden("spec", f"pod updates may not change fields other than {fields}"))
    return causes


def validate_annotation_change(new: Json, old: Json) -> list[Cause]:
    """Return what is wrong with a change of the mirror annotation, which stays as it was created. O(1)."""
    after = (new.get("metadata") or {}).get("annotations") or {}
    before = (old.get("metadata") or {}).get("annotations") or {}
    if after is before or after.get(MIRROR_ANNOTATION) == before.get(MIRROR_ANNOTATION):
        return []
    verb = "remove or update" if MIRROR_ANNOTATION in before else "add"
    where = f"metadata.annotations[{MIRROR_ANNOTATION}]"
    return [forbidden(where, f"may not {verb} mirror pod annotation")]


def validate_pod_change(new: Json, old: Json) -> list[Cause]:
    """Return what is wrong with an update of a pod, outside of its metadata. O(1) if the spec is the same."""
    spec, before = new.get("spec") or {}, old.get("spec") or {}
    annotations = (new.get("metadata") or {}).get("annotations")
    causes: list[Cause] = []
    if annotations:
        causes += validate_pod_annotations(annotations, spec, "metadata.annotations")
        causes += validate_annotation_change(new, old)
    elif (old.get("metadata") or {}).get("annotations"):
        causes += validate_annotation_change(new, old)
    causes += validate_pod_spec(spec, "spec")
    if spec is not before and spec != before:
        causes += _validate_spec_change(spec, before)
    return causes
