"""What is valid in the wishes a pod has about its node: tolerations, affinity, topology spread, gates."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from windtunnel.model.api.errors import (
    Cause,
    duplicate,
    forbidden,
    invalid,
    not_supported,
    required,
)
from windtunnel.model.api.names import is_dns1123_label, is_label_value, is_qualified_name
from windtunnel.model.api.selectors.labels import validate_label_selector
from windtunnel.model.objects.json import Json

TAINT_EFFECTS = ("NoSchedule", "PreferNoSchedule", "NoExecute")
TOLERATION_OPERATORS = ("Equal", "Exists")
UNSATISFIABLE_ACTIONS = ("DoNotSchedule", "ScheduleAnyway")
INCLUSION_POLICIES = ("Honor", "Ignore")
REQUIRED_TERMS = "requiredDuringSchedulingIgnoredDuringExecution"
PREFERRED_TERMS = "preferredDuringSchedulingIgnoredDuringExecution"
_ALL_KEYS = (
    'operator must be Exists when `key` is empty, which means "match all values and all keys"'
)


@lru_cache(maxsize=4096)
def key_details(key: str) -> tuple[str, ...]:
    """Return what keeps the key from being the key of a label. O(1) once seen."""
    return tuple(is_qualified_name(key))


def validate_toleration(toleration: Json, path: str) -> list[Cause]:
    """Return what is wrong with a toleration. O(1)."""
    causes: list[Cause] = []
    get = toleration.get
    key, operator, value = get("key", ""), get("operator", ""), get("value", "")
    effect = get("effect", "")
    if key:
        causes += [invalid(f"{path}.key", key, detail) for detail in key_details(key)]
    elif operator != "Exists":
        causes.append(invalid(f"{path}.operator", operator, _ALL_KEYS))
    if get("tolerationSeconds") is not None and effect != "NoExecute":
        detail = "effect must be 'NoExecute' when `tolerationSeconds` is set"
        causes.append(invalid(f"{path}.effect", effect, detail))
    if operator in ("", "Equal"):
        for detail in is_label_value(value) if value else ():
            causes.append(invalid(f"{path}.operator", value, detail))
    elif operator == "Exists":
        if value:
            detail = "value must be empty when `operator` is 'Exists'"
            causes.append(invalid(f"{path}.operator", value, detail))
    else:
        causes.append(not_supported(f"{path}.operator", operator, TOLERATION_OPERATORS))
    if effect and effect not in TAINT_EFFECTS:
        causes.append(not_supported(f"{path}.effect", effect, TAINT_EFFECTS))
    return causes


def _validate_node_requirement(requirement: Json, path: str) -> list[Cause]:
    operator, key = requirement.get("operator", ""), requirement.get("key", "")
    values = requirement.get("values") or ()
    causes: list[Cause] = []
    if operator in ("In", "NotIn"):
        if not values:
            detail = "must be specified when `operator` is 'In' or 'NotIn'"
            causes.append(required(f"{path}.values", detail))
    elif operator in ("Exists", "DoesNotExist"):
        if values:
            detail = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"
            causes.append(forbidden(f"{path}.values", detail))
    elif operator in ("Gt", "Lt"):
        if len(values) != 1:
            detail = "must be specified single value when `operator` is 'Lt' or 'Gt'"
            causes.append(required(f"{path}.values", detail))
    else:
        causes.append(invalid(f"{path}.operator", operator, "not a valid selector operator"))
    causes += [invalid(f"{path}.key", key, detail) for detail in key_details(key)]
    return causes


def _validate_field_requirement(requirement: Json, path: str) -> list[Cause]:
    operator, key = requirement.get("operator", ""), requirement.get("key", "")
    causes: list[Cause] = []
    if operator not in ("In", "NotIn"):
        causes.append(invalid(f"{path}.operator", operator, "not a valid selector operator"))
    elif len(requirement.get("values") or ()) != 1:
        detail = "must be only one value when `operator` is 'In' or 'NotIn' for node field selector"
        causes.append(required(f"{path}.values", detail))
    if key != "metadata.name":
        causes.append(invalid(f"{path}.key", key, "not a valid field selector key"))
    return causes


def _validate_node_term(term: Json, path: str) -> list[Cause]:
    causes: list[Cause] = []
    for index, requirement in enumerate(term.get("matchExpressions") or ()):
        causes += _validate_node_requirement(requirement, f"{path}.matchExpressions[{index}]")
    for index, requirement in enumerate(term.get("matchFields") or ()):
        causes += _validate_field_requirement(requirement, f"{path}.matchFields[{index}]")
    return causes


def validate_node_selector(selector: Json, path: str) -> list[Cause]:
    """Return what is wrong with a node selector, which needs at least one term. O(terms)."""
    terms = selector.get("nodeSelectorTerms")
    if not terms:
        detail = "must have at least one node selector term"
        return [required(f"{path}.nodeSelectorTerms", detail)]
    return [
        cause
        for index, term in enumerate(terms)
        for cause in _validate_node_term(term, f"{path}.nodeSelectorTerms[{index}]")
    ]


def _validate_weight(term: Json, path: str) -> list[Cause]:
    weight = term.get("weight", 0)
    if 1 <= weight <= 100:
        return []
    return [invalid(f"{path}.weight", weight, "must be in the range 1-100")]


def _validate_topology_key(key: str, path: str) -> list[Cause]:
    if not key:
        return [required(path, "can not be empty")]
    return [invalid(path, key, detail) for detail in key_details(key)]


def _validate_pod_term(term: Json, path: str) -> list[Cause]:
    causes = validate_label_selector(term.get("labelSelector"), f"{path}.labelSelector")
    causes += validate_label_selector(term.get("namespaceSelector"), f"{path}.namespaceSelector")
    for name in term.get("namespaces") or ():
        for detail in is_dns1123_label(name):
            causes.append(invalid(f"{path}.namespace", name, detail))
    if "labelSelector" not in term:
        for key in ("matchLabelKeys", "mismatchLabelKeys"):
            if term.get(key):
                detail = "must not be specified when labelSelector is not set"
                causes.append(forbidden(f"{path}.{key}", detail))
    return causes + _validate_topology_key(term.get("topologyKey", ""), f"{path}.topologyKey")


def validate_affinity(affinity: Json, path: str) -> list[Cause]:
    """Return what is wrong with the affinity of a pod. O(terms)."""
    causes: list[Cause] = []
    node = affinity.get("nodeAffinity")
    if node is not None:
        where = f"{path}.nodeAffinity"
        if REQUIRED_TERMS in node:
            causes += validate_node_selector(node[REQUIRED_TERMS], f"{where}.{REQUIRED_TERMS}")
        for index, term in enumerate(node.get(PREFERRED_TERMS) or ()):
            place = f"{where}.{PREFERRED_TERMS}[{index}]"
            causes += _validate_weight(term, place)
            causes += _validate_node_term(term.get("preference") or {}, f"{place}.preference")
    for key in ("podAffinity", "podAntiAffinity"):
        part = affinity.get(key)
        if part is None:
            continue
        for index, term in enumerate(part.get(REQUIRED_TERMS) or ()):
            causes += _validate_pod_term(term, f"{path}.{key}.{REQUIRED_TERMS}[{index}]")
        for index, term in enumerate(part.get(PREFERRED_TERMS) or ()):
            place = f"{path}.{key}.{PREFERRED_TERMS}[{index}]"
            causes += _validate_weight(term, place)
            inner = term.get("podAffinityTerm") or {}
            causes += _validate_pod_term(inner, f"{place}.podAffinityTerm")
    return causes


def _validate_spread_constraint(constraint: Json, where: str) -> list[Cause]:
    causes: list[Cause] = []
    skew, action = constraint.get("maxSkew", 0), constraint.get("whenUnsatisfiable", "")
    if skew <= 0:
        causes.append(invalid(f"{where}.maxSkew", skew, "must be greater than zero"))
    causes += _validate_topology_key(constraint.get("topologyKey", ""), f"{where}.topologyKey")
    if action not in UNSATISFIABLE_ACTIONS:
        place = f"{where}.whenUnsatisfiable"
        causes.append(not_supported(place, action, UNSATISFIABLE_ACTIONS))
    domains = constraint.get("minDomains")
    if domains is not None:
        if domains <= 0:
            causes.append(invalid(f"{where}.minDomains", domains, "must be greater than zero"))
        if action != "DoNotSchedule":
            detail = "can only use minDomains if whenUnsatisfiable=DoNotSchedule"
            causes.append(invalid(f"{where}.minDomains", domains, f"{detail}, not {action}"))
    for policy in ("nodeAffinityPolicy", "nodeTaintsPolicy"):
        value = constraint.get(policy)
        if value is not None and value not in INCLUSION_POLICIES:
            causes.append(not_supported(f"{where}.{policy}", value, INCLUSION_POLICIES))
    selector = constraint.get("labelSelector")
    if constraint.get("matchLabelKeys") and selector is None:
        detail = "must not be specified when labelSelector is not set"
        causes.append(forbidden(f"{where}.matchLabelKeys", detail))
    causes += validate_label_selector(selector, f"{where}.labelSelector")
    return causes


def validate_spread_constraints(constraints: Sequence[Json], path: str) -> list[Cause]:
    """Return what is wrong with the topology spread constraints of a pod. O(constraints)."""
    causes: list[Cause] = []
    seen: set[tuple[str, str]] = set()
    for index, constraint in enumerate(constraints):
        where = f"{path}[{index}]"
        causes += _validate_spread_constraint(constraint, where)
        key = (constraint.get("topologyKey", ""), constraint.get("whenUnsatisfiable", ""))
        if key in seen:
            place = f"{where}.{{topologyKey, whenUnsatisfiable}}"
            causes.append(duplicate(place, f"{{{key[0]}, {key[1]}}}"))
        seen.add(key)
    return causes


def validate_gates(spec: Json, path: str) -> list[Cause]:
    """Return what is wrong with the scheduling gates and the readiness gates of a pod. O(gates)."""
    causes: list[Cause] = []
    seen: set[str] = set()
    for index, gate in enumerate(spec.get("schedulingGates") or ()):
        where, name = f"{path}.schedulingGates[{index}].name", gate.get("name", "")
        causes += [invalid(where, name, detail) for detail in key_details(name)]
        if name in seen:
            causes.append(duplicate(where, name))
        seen.add(name)
    for index, gate in enumerate(spec.get("readinessGates") or ()):
        where, name = f"{path}.readinessGates[{index}].conditionType", gate.get("conditionType", "")
        causes += [invalid(where, name, detail) for detail in key_details(name)]
    return causes
