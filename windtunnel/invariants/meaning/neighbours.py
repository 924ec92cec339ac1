"""Whether a pod fits a node as far as other pods and nodes have a say: node affinity, host ports, affinity between pods
in both directions, and topology spread; each answer is a sentence, or nothing where it fits.

Near means: on a node with the same value of the topology key. A pod that requires company goes where every one of its
terms finds a pod that all of its terms mean; the first of its own kind goes anywhere. Peers of a spread are the pods of
the namespace that it selects and that are not going; a selector without any condition has no peers there, though the
pod itself counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from attrs import frozen

from windtunnel.invariants.meaning.fitting import tolerates
from windtunnel.invariants.meaning.selectors import structure_selects
from windtunnel.model.objects.json import Json, get
from windtunnel.model.objects.node import Node
from windtunnel.model.objects.pod import Pod

REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
ANYWHERE = "0.0.0.0"
NamespaceLabels = Mapping[str, Mapping[str, str]]


@frozen
class Place:
    """A node and the pods there."""

    node: Node
    pods: Sequence[Pod]


def minds(pod: Pod) -> bool:
    """Whether a pod asks anything of nodes and neighbours that is judged here. O(containers)."""
    spec = pod.spec
    return bool(spec.affinity or spec.topology_spread_constraints or _host_ports(pod))


def keeps_others_away(pod: Pod) -> bool:
    """Whether a pod does not bear some others near it. O(1)."""
    return bool(_terms(pod, "podAntiAffinity"))


def why_not_beside(
    pod: Pod, node: Node, places: Sequence[Place], namespaces: NamespaceLabels
) -> str:
    """Why a pod cannot go to a node, given everything that is anywhere; '' where it can. O(pods x terms)."""
    return (
        _node_affinity(pod, node)
        or _ports(pod, node, places)
        or _company(pod, node, places, namespaces)
        or _distance(pod, node, places, namespaces)
        or _spread(pod, node, places)
    )


# -- nodes -------------------------------------------------------------------------------------------------------------


def _node_affinity(pod: Pod, node: Node) -> str:
    required = get(pod.spec.affinity, "nodeAffinity", REQUIRED)
    if required is None or required_selects(required, node):
        return ""
    return f"{node.name} is none of the nodes that its affinity requires"


def required_selects(required: Json, node: Node) -> bool:
    """Whether one of the terms of a required node affinity means a node. O(conditions)."""
    return any(_term_selects(term, node) for term in required.get("nodeSelectorTerms") or ())


def _term_selects(term: Json, node: Node) -> bool:
    labels = term.get("matchExpressions") or ()
    fields = term.get("matchFields") or ()
    if not labels and not fields:
        return False
    values = {"metadata.name": node.name}
    return all(_holds(each, node.metadata.labels) for each in labels) and all(
        _holds(each, values) for each in fields
    )


def _holds(condition: Json, labels: Mapping[str, str]) -> bool:
    key, operator = condition["key"], condition["operator"]
    if operator not in ("Gt", "Lt"):
        return structure_selects({"matchExpressions": [condition]}, labels)
    try:
        has, limit = int(labels[key]), int(condition["values"][0])
    except (KeyError, ValueError):
        return False
    return has > limit if operator == "Gt" else has < limit


# -- host ports --------------------------------------------------------------------------------------------------------


def _host_ports(pod: Pod) -> list[tuple[str, str, int]]:
    sidecars = [each for each in pod.spec.init_containers if each.restart_policy == "Always"]
    return [
        (port.host_ip or ANYWHERE, port.protocol or "TCP", port.host_port)
        for container in (*pod.spec.containers, *sidecars)
        for port in container.ports
        if port.host_port
    ]


def _ports(pod: Pod, node: Node, places: Iterable[Place]) -> str:
    wanted = _host_ports(pod)
    if not wanted:
        return ""
    for place in places:
        if place.node.name != node.name:
            continue
        for other in place.pods:
            for ip, protocol, number in _host_ports(other):
                for own_ip, *own in wanted:
                    if own == [protocol, number] and (ANYWHERE in (ip, own_ip) or ip == own_ip):
                        return f"{other.name} has port {number} of {node.name}"
    return ""


# -- pods near pods ----------------------------------------------------------------------------------------------------


def _terms(pod: Pod, which: str) -> Sequence[Json]:
    found: Sequence[Json] = get(pod.spec.affinity, which, REQUIRED, default=())
    return found


def _means(term: Json, owner: Pod, other: Pod, namespaces: NamespaceLabels) -> bool:
    """Whether an affinity term of one pod means another one."""
    names, selector = term.get("namespaces") or (), term.get("namespaceSelector")
    namespace = other.namespace
    if not names and selector is None:
        names = (owner.namespace,)
    in_reach = namespace in names or (
        selector is not None and structure_selects(selector, namespaces.get(namespace, {}))
    )
    return in_reach and structure_selects(term.get("labelSelector"), other.metadata.labels)


def _near(key: str, one: Node, other: Node) -> bool:
    value = one.metadata.labels.get(key)
    return value is not None and other.metadata.labels.get(key) == value


def _company(pod: Pod, node: Node, places: Iterable[Place], namespaces: NamespaceLabels) -> str:
    terms = _terms(pod, "podAffinity")
    if not terms:
        return ""
    keys = [term["topologyKey"] for term in terms]
    if any(key not in node.metadata.labels for key in keys):
        return f"{node.name} lacks one of the labels {', '.join(keys)}"
    friends = [
        place.node
        for place in places
        if any(all(_means(term, pod, other, namespaces) for term in terms) for other in place.pods)
    ]
    if all(any(_near(key, node, friend) for friend in friends) for key in keys):
        return ""
    known = any(key in friend.metadata.labels for friend in friends for key in keys)
    if not known and all(_means(term, pod, pod, namespaces) for term in terms):
        return ""
    return f"none of those that it requires is near {node.name}"


def _distance(pod: Pod, node: Node, places: Iterable[Place], namespaces: NamespaceLabels) -> str:
    own = _terms(pod, "podAntiAffinity")
    for place in places:
        for other in place.pods:
            for term in own:
                if _near(term["topologyKey"], node, place.node) and _means(
                    term, pod, other, namespaces
                ):
                    return f"it cannot bear {other.name}, which is near {node.name}"
            for term in _terms(other, "podAntiAffinity"):
                if _near(term["topologyKey"], node, place.node) and _means(
                    term, other, pod, namespaces
                ):
                    return f"{other.name}, which is near {node.name}, cannot bear it"
    return ""


# -- spread ------------------------------------------------------------------------------------------------------------


def _spread(pod: Pod, node: Node, places: Sequence[Place]) -> str:
    hard = [
        each
        for each in pod.spec.topology_spread_constraints
        if each.get("whenUnsatisfiable") == "DoNotSchedule"
    ]
    keys = [each["topologyKey"] for each in hard]
    for constraint in hard:
        key = constraint["topologyKey"]
        if key not in node.metadata.labels:
            return f"{node.name} lacks the label {key}"
        counts: dict[str, int] = {}
        for place in places:
            labels = place.node.metadata.labels
            if all(each in labels for each in keys) and _counts(constraint, pod, place.node):
                peers = sum(1 for other in place.pods if _is_peer(constraint, pod, other))
                counts[labels[key]] = counts.get(labels[key], 0) + peers
        enough = len(counts) >= (constraint.get("minDomains") or 1)
        fewest = min(counts.values(), default=0) if enough else 0
        own = _selects(constraint, pod, pod.metadata.labels)
        skew = counts.get(node.metadata.labels[key], 0) + own - fewest
        if skew > constraint["maxSkew"]:
            return f"{node.name} would make the skew over {key} {skew}"
    return ""


def _counts(constraint: Json, pod: Pod, node: Node) -> bool:
    if constraint.get("nodeAffinityPolicy", "Honor") == "Honor":
        selector = pod.spec.node_selector
        if any(node.metadata.labels.get(key) != value for key, value in selector.items()):
            return False
        if _node_affinity(pod, node):
            return False
    if constraint.get("nodeTaintsPolicy", "Ignore") != "Honor":
        return True
    return all(
        taint.effect == "PreferNoSchedule" or tolerates(pod.spec.tolerations, taint)
        for taint in node.spec.taints
    )


def _is_peer(constraint: Json, pod: Pod, other: Pod) -> bool:
    return (
        other.namespace == pod.namespace
        and not other.metadata.deleting
        and _has_conditions(constraint, pod)
        and _selects(constraint, pod, other.metadata.labels)
    )


def _has_conditions(constraint: Json, pod: Pod) -> bool:
    selector: Any = constraint.get("labelSelector") or {}
    return bool(
        selector.get("matchLabels")
        or selector.get("matchExpressions")
        or _keys_to_match(constraint, pod)
    )


def _keys_to_match(constraint: Json, pod: Pod) -> list[str]:
    return [key for key in constraint.get("matchLabelKeys") or () if key in pod.metadata.labels]


def _selects(constraint: Json, pod: Pod, labels: Mapping[str, str]) -> bool:
    selector: Any = constraint.get("labelSelector")
    own, keys = pod.metadata.labels, _keys_to_match(constraint, pod)
    return structure_selects(selector, labels) and all(labels.get(key) == own[key] for key in keys)
