"""ReplicationController and ReplicaSet as views: one algorithm, two selector shapes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import frozen

from windtunnel.model.objects.building import EMPTY, part, parts, plain
from windtunnel.model.objects.json import Json
from windtunnel.model.objects.meta import Condition, KubeObject


@frozen
class WorkloadSpec:
    """The wanted number of pods, which pods count, and what a new one looks like (JSON)."""

    replicas: int = plain(1)
    min_ready_seconds: int = plain(0)
    selector: Mapping[str, Any] | None = plain()
    template: Json = plain(EMPTY)


@frozen
class WorkloadStatus:
    """What the controller last counted."""

    replicas: int = plain(0)
    fully_labeled_replicas: int = plain(0)
    ready_replicas: int = plain(0)
    available_replicas: int = plain(0)
    terminating_replicas: int | None = plain()
    observed_generation: int = plain(0)
    conditions: tuple[Condition, ...] = parts(Condition)


@frozen
class ReplicationController(KubeObject):
    """A replication controller; its selector is a plain map of labels."""

    spec: WorkloadSpec = part(WorkloadSpec)
    status: WorkloadStatus = part(WorkloadStatus)


@frozen
class ReplicaSet(KubeObject):
    """A replica set; its selector is a label selector."""

    spec: WorkloadSpec = part(WorkloadSpec)
    status: WorkloadStatus = part(WorkloadStatus)
