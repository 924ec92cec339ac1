"""The phase of a pod, and whether a container is to be started again: pure functions of statuses and restart policy.

A container status is JSON as the API has it: `state` and `lastState` with one of running, waiting and terminated.
Sidecars are init containers that run on beside the main ones: while they run the pod runs, and how they end is nothing
to it.

Not modelled: restart rules and policies of single main containers, ephemeral containers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from windtunnel.model.objects.json import get

PENDING, RUNNING, SUCCEEDED, FAILED = "Pending", "Running", "Succeeded", "Failed"
TERMINAL = (SUCCEEDED, FAILED)

ALWAYS, ON_FAILURE, NEVER = "Always", "OnFailure", "Never"

Statuses = Mapping[str, Mapping[str, Any]]


def _initialisation(names: Sequence[str], statuses: Statuses) -> tuple[int, int]:
    """How many init containers are still to do, and how many failed."""
    pending = failed = 0
    for name in names:
        status = statuses.get(name) or {}
        state = status.get("state") or {}
        if "terminated" in state:
            failed += state["terminated"].get("exitCode", 0) != 0
        elif "waiting" in state and get(status, "lastState", "terminated") is not None:
            failed += status["lastState"]["terminated"].get("exitCode", 0) != 0
        else:
            pending += 1
    return pending, failed


def pod_phase(
    restart_policy: str,
    containers: Sequence[str],
    init_containers: Sequence[str],
    statuses: Statuses,
    *,
    sidecars: Sequence[str] = (),
    terminal: bool = False,
    has_started: bool = False,
) -> str:
    """The phase that follows from the containers. O(containers).

    terminal: the kubelet has decided that it is over. has_started: main containers have run in the sandbox of now, so
    that a sidecar which starts again does not take the pod back to Pending.
    """
    pending, failed = _initialisation(init_containers, statuses)
    if failed and restart_policy == NEVER:
        return FAILED
    unknown = running = waiting = stopped = succeeded = sidecars_pending = 0
    for name in sidecars:
        status = statuses.get(name)
        state = (status or {}).get("state") or {}
        if status is None:
            unknown += 1
        elif not state:
            unknown += 1
            sidecars_pending += 1
        elif "running" in state:
            running += 1
            sidecars_pending += not status.get("started")
        elif "waiting" in state and get(status, "lastState", "terminated") is None:
            waiting += 1
            sidecars_pending += 1
    for name in containers:
        status = statuses.get(name)
        state = (status or {}).get("state") or {}
        if status is None or not state:
            unknown += 1
        elif "running" in state:
            running += 1
        elif "terminated" in state:
            stopped += 1
            succeeded += state["terminated"].get("exitCode", 0) == 0
        elif get(status, "lastState", "terminated") is not None:
            stopped += 1
        else:
            waiting += 1
    if pending or waiting or (sidecars_pending and not has_started):
        return PENDING
    if running and not unknown:
        return RUNNING
    if not running and stopped and not unknown:
        return _phase_of_stopped(restart_policy, stopped == succeeded, terminal)
    return PENDING


def _phase_of_stopped(restart_policy: str, all_succeeded: bool, terminal: bool) -> str:
    if terminal:
        return SUCCEEDED if all_succeeded else FAILED
    if restart_policy == ALWAYS:
        return RUNNING
    if all_succeeded:
        return SUCCEEDED
    return FAILED if restart_policy == NEVER else RUNNING


def should_restart(
    restart_policy: str, state: str, exit_code: int | None, pod_deleting: bool
) -> bool:
    """Whether a container is to be started. state: absent, created, unknown, running or exited. O(1)."""
    if pod_deleting or state == "running":
        return False
    if state != "exited":
        return True
    if restart_policy == ON_FAILURE:
        return exit_code != 0
    return restart_policy == ALWAYS


def container_flags(
    running: bool,
    has_readiness_probe: bool,
    has_startup_probe: bool,
    readiness: str | None,
    startup: str | None,
) -> tuple[bool, bool]:
    """(ready, started) of a container from its state and the cached results of its probes. O(1)."""
    if not running:
        return False, False
    started = startup == "Success" if startup is not None else not has_startup_probe
    if not started:
        return False, False
    return readiness == "Success" or not has_readiness_probe, True
