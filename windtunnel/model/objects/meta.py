"""ObjectMeta and the small shapes that many kinds share, as frozen views."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import frozen

from windtunnel.model.objects.building import EMPTY, moment, parts, plain, strings
from windtunnel.model.objects.json import Json


@frozen
class OwnerReference:
    """Who this object belongs to; at most one owner is the managing controller."""

    api_version: str = plain("")
    kind: str = plain("")
    name: str = plain("")
    uid: str = plain("")
    controller: bool = plain(False)
    block_owner_deletion: bool = plain(False)


@frozen
class ObjectMeta:
    """What every object has."""

    name: str = plain("")
    namespace: str = plain("")
    uid: str = plain("")
    resource_version: str = plain("")
    generation: int = plain(0)
    creation_timestamp: int | None = moment()
    deletion_timestamp: int | None = moment()
    deletion_grace_period_seconds: int | None = plain()
    labels: Mapping[str, str] = plain(EMPTY)
    annotations: Mapping[str, str] = plain(EMPTY)
    owner_references: tuple[OwnerReference, ...] = parts(OwnerReference)
    finalizers: tuple[str, ...] = strings()

    @property
    def deleting(self) -> bool:
        """Whether deletion has been asked for."""
        return self.deletion_timestamp is not None

    @property
    def controller(self) -> OwnerReference | None:
        """The owner that manages this object, if any."""
        for reference in self.owner_references:
            if reference.controller:
                return reference
        return None


@frozen
class KubeObject:
    """Any object: its metadata as a view, and all of it as JSON."""

    raw: Json
    metadata: ObjectMeta

    @property
    def kind(self) -> str:
        """The kind's name."""
        return str(self.raw.get("kind", ""))

    @property
    def name(self) -> str:
        """metadata.name."""
        return self.metadata.name

    @property
    def namespace(self) -> str:
        """metadata.namespace, '' for cluster-scoped objects."""
        return self.metadata.namespace

    @property
    def uid(self) -> str:
        """metadata.uid."""
        return self.metadata.uid


@frozen
class Unstructured(KubeObject):
    """An object of a kind without a view of its own."""

    spec: Any = plain(EMPTY)
    status: Any = plain(EMPTY)


@frozen
class Condition:
    """One condition of a status."""

    type: str = plain("")
    status: str = plain("")
    reason: str = plain("")
    message: str = plain("")
    last_transition_time: int | None = moment()
    last_heartbeat_time: int | None = moment()
    last_probe_time: int | None = moment()
    observed_generation: int = plain(0)


def condition(conditions: tuple[Condition, ...], type_: str) -> Condition | None:
    """The condition of a type, if there. O(conditions)."""
    for candidate in conditions:
        if candidate.type == type_:
            return candidate
    return None
