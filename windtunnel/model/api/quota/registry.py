"""Which evaluator counts the objects of a resource, and which resources a quota is about."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from windtunnel.model.api.kind import Kind
from windtunnel.model.api.quota.claims import Claims
from windtunnel.model.api.quota.evaluator import Evaluator
from windtunnel.model.api.quota.pods import Pods
from windtunnel.model.api.quota.services import Services

_OWN_RULES: tuple[Evaluator, ...] = (Pods(), Services(), Claims())
IGNORED = ("events", "events.events.k8s.io")
"""Resources that no quota counts."""


@cache
def evaluator_of(resource: str) -> Evaluator:
    """Return what counts the objects of a resource. O(1) after the first time."""
    for evaluator in _OWN_RULES:
        if evaluator.resource == resource:
            return evaluator
    return Evaluator(resource)


def evaluators_for(names: Iterable[str], kinds: Iterable[Kind]) -> tuple[Evaluator, ...]:
    """Return what counts the objects that these names in a quota are about. O(kinds * names)."""
    wanted = tuple(names)
    return tuple(
        evaluator
        for kind in kinds
        if kind.namespaced and kind.resource not in IGNORED
        for evaluator in (evaluator_of(kind.resource),)
        if evaluator.tracked(wanted)
    )
