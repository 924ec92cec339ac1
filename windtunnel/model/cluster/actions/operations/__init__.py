"""Operations: what people and pipelines do to a cluster, each as requests of the user through the API server.

The user is never cut off and never retries by itself; a conflict or an error is an answer like any other, and the trace
shows it. OPERATIONS is the list of the built-in ones.
"""

from __future__ import annotations

from windtunnel.model.cluster.action import Action
from windtunnel.model.cluster.actions.operations.drain import Drain
from windtunnel.model.cluster.actions.operations.endpoints import EditEndpoints
from windtunnel.model.cluster.actions.operations.nodes import (
    AddNode,
    Cordon,
    RemoveNode,
    TaintNode,
    Uncordon,
    UntaintNode,
)
from windtunnel.model.cluster.actions.operations.out_of_service import SetOutOfService
from windtunnel.model.cluster.actions.operations.pods import (
    CreatePod,
    Delete,
    DeleteByForce,
    EvictPod,
    Relabel,
)
from windtunnel.model.cluster.actions.operations.recreate import DeleteAndRecreate
from windtunnel.model.cluster.actions.operations.requests import answered, apply_manifest, send
from windtunnel.model.cluster.actions.operations.services import (
    ChangeSelector,
    CreateService,
    DeleteService,
)
from windtunnel.model.cluster.actions.operations.store import CompactStore
from windtunnel.model.cluster.actions.operations.workloads import (
    Apply,
    ChangeTemplate,
    CreateOverlappingController,
    Scale,
)

__all__ = [
    "OPERATIONS", "AddNode", "Apply", "ChangeSelector", "ChangeTemplate", "CompactStore", "Cordon",
    "CreateOverlappingController", "CreatePod", "CreateService", "Delete", "DeleteAndRecreate", "DeleteByForce",
    "DeleteService", "Drain", "EditEndpoints", "EvictPod", "Relabel", "RemoveNode", "Scale", "SetOutOfService",
    "TaintNode", "Uncordon", "UntaintNode", "answered", "apply_manifest", "send",
]  # fmt: skip

OPERATIONS: tuple[type[Action], ...] = (
    Apply,
    Scale,
    Delete,
    Relabel,
    CreateService,
    DeleteService,
    ChangeTemplate,
    CreateOverlappingController,
    DeleteByForce,
    DeleteAndRecreate,
    EvictPod,
    CreatePod,
    ChangeSelector,
    EditEndpoints,
    Cordon,
    Uncordon,
    Drain,
    TaintNode,
    UntaintNode,
    AddNode,
    RemoveNode,
    SetOutOfService,
    CompactStore,
)
