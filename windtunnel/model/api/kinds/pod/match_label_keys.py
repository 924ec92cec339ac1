"""`matchLabelKeys`: selectors that follow the pod's own labels.

A term of pod (anti-)affinity, or a topology spread constraint, may name label keys instead of values. When
the pod is created, the value the pod has for each key is written into the term's label selector: the
scheduler then reads a plain selector. Keys the pod does not carry are left out.
"""

from __future__ import annotations

from typing import Any

from windtunnel.model.api.kinds.pod.scheduling_validation import PREFERRED_TERMS, REQUIRED_TERMS
from windtunnel.model.objects.json import Json


def _merged(term: Json, labels: Json) -> Json:
    selector = term.get("labelSelector")
    if selector is None:
        return term
    added = [
        {"key": key, "operator": operator, "values": [labels[key]]}
        for field, operator in (("matchLabelKeys", "In"), ("mismatchLabelKeys", "NotIn"))
        for key in term.get(field) or ()
        if key in labels
    ]
    if not added:
        return term
    expressions = [*(selector.get("matchExpressions") or ()), *added]
    return {**term, "labelSelector": {**selector, "matchExpressions": expressions}}


def _merged_affinity(affinity: Json, labels: Json) -> Json:
    changed: dict[str, Any] = {}
    for key in ("podAffinity", "podAntiAffinity"):
        part = affinity.get(key)
        if part is None:
            continue
        required = [_merged(term, labels) for term in part.get(REQUIRED_TERMS) or ()]
        preferred = [
            {**term, "podAffinityTerm": _merged(term.get("podAffinityTerm") or {}, labels)}
            for term in part.get(PREFERRED_TERMS) or ()
        ]
        terms = {REQUIRED_TERMS: required, PREFERRED_TERMS: preferred}
        filled = {name: value for name, value in terms.items() if value}
        if any(part.get(name) != value for name, value in filled.items()):
            changed[key] = {**part, **filled}
    return {**affinity, **changed} if changed else affinity


def with_match_label_keys(spec: Json, labels: Json) -> Json:
    """Return the spec of a new pod with its label keys resolved; the same one if it has none. O(terms)."""
    affinity, constraints = spec.get("affinity"), spec.get("topologySpreadConstraints")
    if affinity is None and constraints is None:
        return spec
    changed: dict[str, Any] = {}
    if affinity is not None:
        merged = _merged_affinity(affinity, labels)
        if merged is not affinity:
            changed["affinity"] = merged
    if constraints is not None:
        spread = [_merged(constraint, labels) for constraint in constraints]
        if any(new is not old for new, old in zip(spread, constraints, strict=True)):
            changed["topologySpreadConstraints"] = spread
    return {**spec, **changed} if changed else spec
