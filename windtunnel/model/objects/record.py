"""One version of one object as it stands in the store, and its name there."""

from __future__ import annotations

from typing import NamedTuple

from windtunnel.model.objects.json import Json
from windtunnel.model.objects.meta import KubeObject
from windtunnel.model.objects.views import build_view

_new_tuple = tuple.__new__
"""Makes a named tuple without the look-ups of its own constructor: keys are made for every event."""


class Key(NamedTuple):
    """An object's name within its resource; cluster-scoped objects have the namespace ''."""

    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}" if self.namespace else self.name


class StoreKey(NamedTuple):
    """An object's name in the store: the resource is the plural, with its group where not core (replicasets.apps)."""

    resource: str
    namespace: str
    name: str

    @property
    def key(self) -> Key:
        """The name within the resource."""
        return _new_tuple(Key, self[1:])

    def __str__(self) -> str:
        resource, namespace, name = self
        if resource and namespace and name:
            return f"{resource}/{namespace}/{name}"
        return "/".join(part for part in self if part)


class Record:
    """An immutable version: its JSON, and its typed view, built at most once and shared by everybody."""

    __slots__ = ("_before", "_view", "create_revision", "key", "raw", "revision")

    def __init__(
        self,
        key: StoreKey,
        raw: Json,
        revision: int,
        create_revision: int = 0,
        before: Record | None = None,
    ) -> None:
        self.key = key
        self.raw = raw
        self.revision = revision
        self.create_revision = create_revision or revision
        self._view: KubeObject | None = None
        self._before = before if before is not None and before._view is not None else None

    @property
    def view(self) -> KubeObject:
        """The frozen attrs view; parts that the last write did not touch are taken over. O(changed)."""
        view = self._view
        if view is None:
            before = self._before
            view = build_view(
                self.key.resource, self.raw, before._view if before is not None else None
            )
            self._view = view
            self._before = None
        return view

    def __repr__(self) -> str:
        return f"<{self.key} @{self.revision}>"
