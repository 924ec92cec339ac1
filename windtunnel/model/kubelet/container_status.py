"""The status of one container as the kubelet reports it.

The state comes from the latest instance; one that is about to be started again says what it waits for and keeps its
last end. The restart count survives the kubelet and the runtime's records, because it is also read back from the API.

Not modelled: resources of running containers, volumes, users.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from attrs import frozen

from windtunnel.model.api.images import with_default_tag
from windtunnel.model.kubelet.phase import ALWAYS, Statuses, container_flags
from windtunnel.model.kubelet.probe_results import READINESS, STARTUP, ProbeResults
from windtunnel.model.kubelet.runtime import ContainerInstance, PodOnMachine
from windtunnel.model.objects.json import Json
from windtunnel.model.objects.pod import Container
from windtunnel.model.objects.time import format_time


@frozen
class Waiting:
    """Why a container does not run, and what to say about it."""

    reason: str
    message: str = ""

    def state(self) -> Json:
        """As a container state."""
        waiting = {"reason": self.reason}
        if self.message:
            waiting["message"] = self.message
        return {"waiting": waiting}


def is_sidecar(container: Container) -> bool:
    """Whether an init container runs on beside the main ones."""
    return container.restart_policy == ALWAYS


def ended_state(instance: ContainerInstance) -> Json:
    """The state of an instance that has ended. O(1)."""
    return {
        "terminated": {
            "exitCode": instance.exit_code,
            "reason": instance.reason,
            "startedAt": format_time(instance.started_ms),
            "finishedAt": format_time(instance.finished_ms),
            "containerID": instance.id,
        }
    }


def restart_count(instance: ContainerInstance | None, reported: Mapping[str, Any] | None) -> int:
    """How often a container was started again, from the runtime and from what was reported. O(1)."""
    known: int = (reported or {}).get("restartCount", 0)
    return max(known, instance.attempt) if instance is not None else known


def next_attempt(instance: ContainerInstance | None, reported: Mapping[str, Any] | None) -> int:
    """The number of the next start of a container: 0 for one that never ran. O(1)."""
    ran = instance is not None or bool((reported or {}).get("containerID"))
    return restart_count(instance, reported) + 1 if ran else 0


def _reported_end(reported: Mapping[str, Any]) -> Mapping[str, Any]:
    state = reported.get("state") or {}
    if "terminated" in state:
        return {"terminated": state["terminated"]}
    return reported.get("lastState") or {}


def container_status(
    container: Container,
    on_machine: PodOnMachine | None,
    waiting: Waiting | None,
    reported: Mapping[str, Any] | None,
    results: ProbeResults,
    *,
    is_init: bool = False,
) -> Json:
    """The status of one container. O(1).

    waiting says why it does not run, if it does not; is_init: it runs to its end and is ready from then on.
    """
    latest = on_machine.latest(container.name) if on_machine is not None else None
    before = on_machine.before_latest(container.name) if on_machine is not None else None
    last_state: Mapping[str, Any] = {}
    ready = started = False
    if latest is None:
        # Without a record of its own, the runtime leaves the last word to what was reported.
        state = (waiting or Waiting("ContainerCreating")).state()
        last_state = _reported_end(reported or {})
    elif latest.running:
        state = {"running": {"startedAt": format_time(latest.started_ms)}}
        last_state = ended_state(before) if before is not None else {}
        ready, started = container_flags(
            True,
            container.readiness_probe is not None,
            container.startup_probe is not None,
            results.get(READINESS, latest.id),
            results.get(STARTUP, latest.id),
        )
    elif waiting is not None and not (is_init and latest.exit_code == 0):
        state, last_state = waiting.state(), ended_state(latest)
    else:
        state = ended_state(latest)
        last_state = ended_state(before) if before is not None else {}
        ready = is_init and latest.exit_code == 0
    status: Json = {
        "name": container.name,
        "state": state,
        "lastState": dict(last_state),
        "ready": ready,
        "started": started,
        "restartCount": restart_count(latest, reported),
        "image": with_default_tag(latest.image) or latest.image if latest else container.image,
        "imageID": f"sha256:{with_default_tag(latest.image)}" if latest is not None else "",
    }
    if latest is not None:
        status["containerID"] = latest.id
    elif (reported or {}).get("containerID"):
        status["containerID"] = (reported or {})["containerID"]
    return status


def by_name(statuses: Sequence[Mapping[str, Any]] | None) -> Statuses:
    """Container statuses by the container's name. O(containers)."""
    return {status["name"]: status for status in statuses or ()}


def _ran(status: Json) -> bool:
    state = status["state"]
    return "running" in state or "terminated" in state or "terminated" in status["lastState"]


def _lost(status: Json) -> Json:
    if "terminated" in status["state"]:
        return status
    unknown = {
        "exitCode": 137,
        "reason": "ContainerStatusUnknown",
        "message": "The container could not be located when the pod was terminated",
    }
    return {**status, "state": {"terminated": unknown}, "ready": False, "started": False}


def finished(
    inits: Sequence[Json], mains: Sequence[Json], sidecars: Collection[str]
) -> tuple[list[Json], list[Json]]:
    """The statuses of a pod that has ended. O(containers).

    What should have run and was not found counts as killed: main containers once the pod was initialised, and init
    containers up to the last that ran, at least the first. The others were never started and wait for ever.
    """
    reached = max((number for number, each in enumerate(inits) if _ran(each)), default=0)
    ended = [_lost(each) if number <= reached else each for number, each in enumerate(inits)]
    initialised = not inits or any(_ran(each) for each in mains)
    if not initialised:
        last = inits[-1]
        initialised = last["started"] if last["name"] in sidecars else last["ready"]
    return ended, [_lost(each) for each in mains] if initialised else list(mains)
