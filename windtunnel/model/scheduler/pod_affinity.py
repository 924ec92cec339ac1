"""Affinity between pods: the terms of a pod, and which other pods a term means.

A term means the pods with some labels in some namespaces: those that it names and those whose labels its namespace
selector matches, or only the pod's own where it says neither. Where such a pod runs, the nodes with the same value of
the term's topology key are near it. What `matchLabelKeys` adds is in the term's selector already: the API server puts
it there when a pod is created.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from attrs import evolve, frozen

from windtunnel.model.api.selectors.labels import (
    EVERYTHING,
    NOTHING,
    Selector,
    SelectorError,
    from_label_selector,
)
from windtunnel.model.objects.json import Json, get
from windtunnel.model.objects.pod import Pod

REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution"

Labels = Mapping[str, str]


@frozen
class AffinityTerm:
    """Which pods, and what counts as near them. namespace_selector adds to the namespaces by their labels."""

    namespaces: tuple[str, ...]
    selector: Selector
    topology_key: str
    namespace_selector: Selector = NOTHING
    weight: int = 0

    def matches(self, pod: Pod, namespace_labels: Labels | None) -> bool:
        """Whether the term means a pod that lives in a namespace with these labels. O(conditions)."""
        metadata = pod.metadata
        if metadata.namespace not in self.namespaces and not (
            self.namespace_selector is not NOTHING
            and self.namespace_selector.matches(namespace_labels or {})
        ):
            return False
        return self.selector.matches(metadata.labels)

    def resolved(self, namespaces: Mapping[str, Labels]) -> AffinityTerm:
        """The same term with its namespace selector looked up among the namespaces there are. O(namespaces)."""
        selector = self.namespace_selector
        if selector is NOTHING:
            return self
        if selector.selects_everything:
            return self
        found = [name for name, labels in namespaces.items() if selector.matches(labels)]
        names = tuple(dict.fromkeys((*self.namespaces, *found)))
        return evolve(self, namespaces=names, namespace_selector=NOTHING)


@frozen
class PodAffinity:
    """All terms of a pod."""

    required: tuple[AffinityTerm, ...] = ()
    required_anti: tuple[AffinityTerm, ...] = ()
    preferred: tuple[AffinityTerm, ...] = ()
    preferred_anti: tuple[AffinityTerm, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether the pod has no term at all. O(1)."""
        return not (self.required or self.required_anti or self.preferred or self.preferred_anti)


NO_AFFINITY = PodAffinity()


def pod_affinity(pod: Pod) -> PodAffinity:
    """The terms of a pod. O(conditions)."""
    affinity = pod.spec.affinity
    if not affinity:
        return NO_AFFINITY
    near, far = affinity.get("podAffinity"), affinity.get("podAntiAffinity")
    if not near and not far:
        return NO_AFFINITY
    namespace = pod.metadata.namespace
    found = PodAffinity(
        tuple(_term(term, namespace) for term in get(near, REQUIRED, default=())),
        tuple(_term(term, namespace) for term in get(far, REQUIRED, default=())),
        _weighted(get(near, PREFERRED, default=()), namespace),
        _weighted(get(far, PREFERRED, default=()), namespace),
    )
    return NO_AFFINITY if found.empty else found


def match_all(terms: Sequence[AffinityTerm], pod: Pod, labels: Labels | None = None) -> bool:
    """Whether every one of some terms means a pod; none at all mean nobody. O(conditions)."""
    return bool(terms) and all(term.matches(pod, labels) for term in terms)


def _weighted(terms: Sequence[Json], namespace: str) -> tuple[AffinityTerm, ...]:
    return tuple(
        _term(each.get("podAffinityTerm") or {}, namespace, each.get("weight", 0)) for each in terms
    )


def _term(json: Mapping[str, Any], namespace: str, weight: int = 0) -> AffinityTerm:
    names = tuple(json.get("namespaces") or ())
    wanted = json.get("namespaceSelector")
    if not names and wanted is None:
        names = (namespace,)
    return AffinityTerm(
        names,
        _selector(json.get("labelSelector")),
        json.get("topologyKey") or "",
        _selector(wanted),
        weight,
    )


def _selector(json: Mapping[str, Any] | None) -> Selector:
    try:
        found = from_label_selector(json)
    except SelectorError:
        return NOTHING
    return EVERYTHING if found.selects_everything else found
