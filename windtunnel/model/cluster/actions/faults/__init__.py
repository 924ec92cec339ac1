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
from windtunnel.model.cluster.actions.faults.manners import (
    FailingHook,
    SlowProbe,
    StuckTermination,
)
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

__all__ = [
    "FAULTS", "ApiErrors", "ApiServerCrash", "ClockJump", "ClockSkew", "ContainerCrash", "FailingHook",
    "ImagePullFailure", "LoseAnswers", "NodeCrash", "NodeLoss", "Partition", "Pause", "ProbeFlip", "ProcessCrash",
    "RuntimeFailure", "SlowLink", "SlowProbe", "StuckTermination", "WatchDrop", "WebhookDown", "crashable", "hosts",
]  # fmt: skip

FAULTS: tuple[type[Action], ...] = (
    NodeCrash,
    NodeLoss,
    RuntimeFailure,
    ContainerCrash,
    ProbeFlip,
    ImagePullFailure,
    StuckTermination,
    FailingHook,
    SlowProbe,
    ProcessCrash,
    Pause,
    ClockJump,
    ClockSkew,
    ApiServerCrash,
    Partition,
    SlowLink,
    LoseAnswers,
    WatchDrop,
    ApiErrors,
    WebhookDown,
)
