"""KnownVerdicts: what earlier attempts found out about nodes, by the signature of the pods.

A plugin signs what of a pod's spec its answers depend on. Pods for which all plugins sign the same have one signature,
and what is known for one of them holds for all. Pods of one template are signed once.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

from windtunnel.model.scheduler.framework import SKIP, Filter, Score
from windtunnel.model.scheduler.node_info import PodInfo, PodNeeds
from windtunnel.model.scheduler.snapshot import Snapshot
from windtunnel.model.scheduler.verdicts import Asked, Scored, Verdicts

_REMEMBERED_VERDICTS = 32
_REMEMBERED_TEMPLATES = 256


class KnownVerdicts:
    """Owns the verdicts for the signatures that were asked for last, of one snapshot."""

    def __init__(self, filters: Sequence[Filter], scores: Sequence[tuple[Score, int]]) -> None:
        self._filters = tuple(each for each in enumerate(filters) if signs(each[1]))
        self._scores = tuple(each for each in scores if signs(each[0]))
        plugins = (*(each for _, each in self._filters), *(each for each, _ in self._scores))
        self._signing = tuple(each for each in plugins if hasattr(each, "sign"))
        self._by_state = tuple(each for each, _ in self._scores if not hasattr(each, "sign"))
        self._signatures: dict[Hashable, int] = {}
        self._signature_of: dict[PodNeeds, int] = {}
        self._verdicts: dict[Hashable, Verdicts] = {}
        self._snapshot: Snapshot | None = None

    def of(self, pod: PodInfo, snapshot: Snapshot) -> Verdicts:
        """What is known of nodes for such pods; nothing yet, where one of the plugins would not sign. O(1)."""
        if snapshot is not self._snapshot:
            self._snapshot, self._verdicts = snapshot, {}
        states = [each.prepare(pod, (), snapshot) for each in self._by_state]
        signature = self.signature(pod)
        key = (signature, *map(_sign_state, self._by_state, states)) if states else signature
        found = self._verdicts.pop(key, None) if signature >= 0 else None
        if found is None:
            found = self._new_verdicts(
                pod, snapshot, dict(zip(self._by_state, states, strict=True))
            )
            if signature < 0:
                return found
            if len(self._verdicts) >= _REMEMBERED_VERDICTS:
                del self._verdicts[next(iter(self._verdicts))]
        self._verdicts[key] = found  # what was used last is dropped last
        return found

    def signature(self, pod: PodInfo) -> int:
        """A number that all pods share that look the same to the plugins that sign; -1 where one does not. O(plugins),
        O(1) for a template that is known."""
        signature = pod.signature
        if signature is None:
            template = pod.template
            if template is None:
                signature = self._sign(pod)
            elif (signature := self._signature_of.get(template)) is None:
                if len(self._signature_of) >= _REMEMBERED_TEMPLATES:
                    self._signature_of = {}
                signature = self._signature_of[template] = self._sign(pod)
            pod.signature = signature
        return signature

    def _sign(self, pod: PodInfo) -> int:
        signs = tuple([each.sign(pod) for each in self._signing])
        if None in signs:
            return -1
        return self._signatures.setdefault(signs, len(self._signatures))

    def _new_verdicts(self, pod: PodInfo, snapshot: Snapshot, states: dict[Score, Any]) -> Verdicts:
        filters: list[Asked] = []
        for place, filter_ in self._filters:
            state = filter_.prepare(pod, snapshot)
            if state is not SKIP:
                filters.append((place, filter_, state))
        scores: list[Scored] = []
        for score, weight in self._scores:
            state = states[score] if score in states else score.prepare(pod, (), snapshot)
            if state is not SKIP:
                scores.append((score, state, weight))
        return Verdicts(pod, filters, scores)


def signs(plugin: Filter | Score) -> bool:
    """Whether a plugin's answers depend on nothing but the node and what it signs. O(1)."""
    return hasattr(plugin, "sign") or hasattr(plugin, "sign_state")


def _sign_state(score: Any, state: Any) -> Hashable:
    signed: Hashable = None if state is SKIP else score.sign_state(state)
    return signed
