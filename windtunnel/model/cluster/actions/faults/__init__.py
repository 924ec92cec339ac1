"""Faults: what breaks. Each returns how it ends, and nothing of it survives into the liveness phase.

A docstring says first who is hit and how, and in its last paragraph what is promised while it lasts; `windtunnel list
faults` prints it. FAULTS is the list of the built-in ones.
"""

from __future__ import annotations

from windtunnel.model.cluster.action import Action
from windtunnel.model.cluster.actions.faults.api import ApiErrors, WebhookDown
from windtunnel.model.cluster.actions.faults.clocks import ClockJump, ClockSkew
from windtunnel.model.cluster.actions.faults.containers import (
    ContainerCrash,
    ImagePullFailure,
    ProbeFlip,
)
from windtunnel.model.cluster.actions.faults.isolation import NodeIsolation
from windtunnel.model.cluster.actions.faults.manners import (
    FailingHook,
    SlowProbe,
    StuckTermination,
)
from windtunnel.model.cluster.actions.faults.names import NameCollision
from windtunnel.model.cluster.actions.faults.network import (
    LoseAnswers,
    Partition,
    SlowLink,
    WatchDrop,
    hosts,
)
from windtunnel.model.cluster.actions.faults.nodes import NodeCrash, NodeLoss, RuntimeFailure
from windtunnel.model.cluster.actions.faults.pauses import Pause
from windtunnel.model.cluster.actions.faults.processes import (
    ApiServerCrash,
    ProcessCrash,
    crashable,
)
from windtunnel.model.cluster.actions.faults.store import StoreOutage, StoreReadOnly
from windtunnel.model.cluster.actions.faults.watches import HoldWatch, LaggingCache
from windtunnel.model.cluster.actions.faults.writes import CrashAroundWrite

__all__ = [
    "FAULTS", "ApiErrors", "ApiServerCrash", "ClockJump", "ClockSkew", "ContainerCrash", "CrashAroundWrite",
    "FailingHook", "HoldWatch", "ImagePullFailure", "LaggingCache", "LoseAnswers", "NameCollision", "NodeCrash",
    "NodeIsolation", "NodeLoss", "Partition", "Pause", "ProbeFlip", "ProcessCrash", "RuntimeFailure", "SlowLink",
    "SlowProbe", "StoreOutage", "StoreReadOnly", "StuckTermination", "WatchDrop", "WebhookDown", "crashable", "hosts",
]  # fmt: skip

FAULTS: tuple[type[Action], ...] = (
    NodeCrash,
    NodeLoss,
    RuntimeFailure,
    NodeIsolation,
    ContainerCrash,
    ProbeFlip,
    ImagePullFailure,
    StuckTermination,
    FailingHook,
    SlowProbe,
    ProcessCrash,
    CrashAroundWrite,
    Pause,
    ClockJump,
    ClockSkew,
    ApiServerCrash,
    Partition,
    SlowLink,
    LoseAnswers,
    WatchDrop,
    HoldWatch,
    LaggingCache,
    ApiErrors,
    WebhookDown,
    NameCollision,
    StoreReadOnly,
    StoreOutage,
)
