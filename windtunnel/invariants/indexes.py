"""Indexes over what the store believes, kept up by each committed write, so that a check costs by the fact.

They are the monitor's own: no cache of the model is trusted. `build` makes them from scratch out of a set of records,
which is how a test proves that keeping them up comes to the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeVar

from windtunnel.model.objects.pod import Pod
from windtunnel.model.objects.record import Record, StoreKey
from windtunnel.model.objects.service import Service

K = TypeVar("K")
Group = dict[StoreKey, Record]
_NONE: Group = {}


class Indexes:
    """Records by resource and key, by uid; pods by controlling owner, node and label; services by selector."""

    def __init__(self) -> None:
        self.by_resource: dict[str, Group] = {}
        self.by_uid: dict[str, Record] = {}
        self.pods_by_owner: dict[str, Group] = {}
        self.pods_by_node: dict[str, Group] = {}
        self.pods_by_label: dict[tuple[str, str, str], Group] = {}
        self.services_by_label: dict[tuple[str, str, str], Group] = {}

    @classmethod
    def build(cls, records: Iterable[Record]) -> Indexes:
        """Indexes of these records from scratch. O(records)."""
        made = cls()
        for record in records:
            made.apply(record.key, record)
        return made

    def apply(self, key: StoreKey, after: Record | None) -> Record | None:
        """Take in one write and return the record that it replaced here. O(labels)."""
        group = self.by_resource.setdefault(key.resource, {})
        before = group.get(key)
        if before is not None:
            self.by_uid.pop(_uid(before), None)
        if after is not None:
            group[key] = after
            self.by_uid[_uid(after)] = after
        else:
            group.pop(key, None)
        if key.resource == "pods":
            self._apply_pod(key, before, after)
        elif key.resource == "services":
            pairs = _selector_pairs(before), _selector_pairs(after)
            _regroup(self.services_by_label, key, *pairs, after)
        return before

    def _apply_pod(self, key: StoreKey, before: Record | None, after: Record | None) -> None:
        old, new = _pod(before), _pod(after)
        _regroup(self.pods_by_owner, key, _owner(old), _owner(new), after)
        _regroup(self.pods_by_node, key, _node(old), _node(new), after)
        _regroup(self.pods_by_label, key, _label_pairs(old), _label_pairs(new), after)

    def pods_with(self, namespace: str, labels: Mapping[str, str]) -> Iterable[Record]:
        """The pods of a namespace that carry all these labels (at least one). O(pods with the rarest label)."""
        groups = [
            self.pods_by_label.get((namespace, label, value), _NONE)
            for label, value in labels.items()
        ]
        smallest = min(groups, key=len, default=_NONE)
        return [record for key, record in smallest.items() if all(key in group for group in groups)]

    def content(self) -> dict[str, object]:
        """Everything in a form that compares equal whatever the order of the writes was. O(all)."""
        return {
            "by_resource": {r: _revisions(group) for r, group in self.by_resource.items() if group},
            "by_uid": {uid: record.revision for uid, record in self.by_uid.items()},
            "pods_by_owner": _content(self.pods_by_owner),
            "pods_by_node": _content(self.pods_by_node),
            "pods_by_label": _content(self.pods_by_label),
            "services_by_label": _content(self.services_by_label),
        }


def _uid(record: Record) -> str:
    uid: str = record.raw["metadata"].get("uid", "")
    return uid


def _pod(record: Record | None) -> Pod | None:
    view = record.view if record is not None else None
    return view if isinstance(view, Pod) else None


def _owner(pod: Pod | None) -> tuple[str, ...]:
    reference = pod.metadata.controller if pod is not None else None
    return (reference.uid,) if reference is not None else ()


def _node(pod: Pod | None) -> tuple[str, ...]:
    return (pod.spec.node_name,) if pod is not None and pod.spec.node_name else ()


def _label_pairs(pod: Pod | None) -> tuple[tuple[str, str, str], ...]:
    if pod is None:
        return ()
    namespace = pod.metadata.namespace
    return tuple((namespace, label, value) for label, value in pod.metadata.labels.items())


def _selector_pairs(record: Record | None) -> tuple[tuple[str, str, str], ...]:
    view = record.view if record is not None else None
    if not isinstance(view, Service):
        return ()
    namespace = view.metadata.namespace
    return tuple((namespace, label, value) for label, value in (view.spec.selector or {}).items())


def _regroup(
    index: dict[K, Group],
    key: StoreKey,
    before: tuple[K, ...],
    after: tuple[K, ...],
    record: Record | None,
) -> None:
    for value in before:
        if value not in after:
            group = index[value]
            del group[key]
            if not group:
                del index[value]
    if record is not None:
        for value in after:
            index.setdefault(value, {})[key] = record


def _revisions(group: Group) -> dict[StoreKey, int]:
    return {key: record.revision for key, record in group.items()}


def _content(index: Mapping[K, Group]) -> dict[K, dict[StoreKey, int]]:
    return {value: _revisions(group) for value, group in index.items()}
