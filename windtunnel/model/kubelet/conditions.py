"""The conditions of a pod that its kubelet writes: initialised, containers ready, ready."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from windtunnel.model.kubelet.phase import FAILED, SUCCEEDED, Statuses
from windtunnel.model.objects.json import Json

READY_TO_START = "PodReadyToStartContainers"
INITIALIZED = "Initialized"
READY = "Ready"
CONTAINERS_READY = "ContainersReady"
OWN = (READY_TO_START, INITIALIZED, READY, CONTAINERS_READY)

POD_COMPLETED = "PodCompleted"
POD_FAILED = "PodFailed"
NOT_READY = "ContainersNotReady"
NOT_INITIALIZED = "ContainersNotInitialized"
GATES_NOT_READY = "ReadinessGatesNotReady"
UNKNOWN_STATUSES = "UnknownContainerStatuses"


def make(type_: str, true: bool, reason: str = "", message: str = "") -> Json:
    """A condition without times."""
    made: Json = {"type": type_, "status": "True" if true else "False"}
    if reason:
        made["reason"] = reason
    if message:
        made["message"] = message
    return made


def _terminal_reason(phase: str) -> str:
    return {SUCCEEDED: POD_COMPLETED, FAILED: POD_FAILED}.get(phase, "")


def containers_ready(containers: Sequence[str], statuses: Statuses | None, phase: str) -> Json:
    """ContainersReady: whether every container is. None for statuses: nothing is known. O(containers)."""
    if statuses is None:
        return make(CONTAINERS_READY, False, UNKNOWN_STATUSES)
    unknown = [name for name in containers if name not in statuses]
    unready = [name for name in containers if name in statuses and not statuses[name].get("ready")]
    reason = _terminal_reason(phase)
    if reason:
        return make(CONTAINERS_READY, False, reason)
    parts = []
    if unknown:
        parts.append(f"containers with unknown status: [{' '.join(unknown)}]")
    if unready:
        parts.append(f"containers with unready status: [{' '.join(unready)}]")
    if parts:
        return make(CONTAINERS_READY, False, NOT_READY, ", ".join(parts))
    return make(CONTAINERS_READY, True)


def pod_ready(
    gates: Sequence[str], conditions: Sequence[Mapping[str, Any]], containers: Json
) -> Json:
    """Ready: whether the containers are, and every readiness gate's condition is True. O(gates * conditions)."""
    if containers["status"] != "True":
        return {**containers, "type": READY}
    by_type = {each.get("type"): each for each in conditions}
    messages = []
    for gate in gates:
        found = by_type.get(gate)
        if found is None:
            messages.append(
                f'corresponding condition of pod readiness gate "{gate}" does not exist.'
            )
        elif found.get("status") != "True":
            messages.append(
                f'the status of pod readiness gate "{gate}" is not "True", but {found.get("status", "")}'
            )
    if messages:
        return make(READY, False, GATES_NOT_READY, ", ".join(messages))
    return make(READY, True)


def initialized(
    init_containers: Sequence[str],
    sidecars: Collection[str],
    statuses: Statuses,
    phase: str,
    started: bool,
) -> Json:
    """Initialized: every init container is done, or has started if it is a sidecar; or main ones have. O(names)."""
    if phase == SUCCEEDED and all(name in statuses for name in init_containers):
        return make(INITIALIZED, True, POD_COMPLETED)
    incomplete = []
    for name in init_containers:
        status = statuses.get(name) or {}
        if not (status.get("started") if name in sidecars else _completed(status)):
            incomplete.append(name)
    if incomplete and not started:
        message = f"containers with incomplete status: [{' '.join(incomplete)}]"
        return make(INITIALIZED, False, NOT_INITIALIZED, message)
    return make(INITIALIZED, True)


def _completed(status: Mapping[str, Any]) -> bool:
    terminated = (status.get("state") or {}).get("terminated")
    return terminated is not None and terminated.get("exitCode", 0) == 0
