"""The status of a pod as its kubelet reports it: made from what physically is, and what was reported before.

Container states come from the latest instance of each container; one that is about to be started again says what it
waits for and keeps its last end. The restart count survives the kubelet and the runtime's records, because it is also
read back from the API. Conditions keep their transition times while their status stays.

Not modelled: ephemeral containers, resources of running containers, several addresses.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from attrs import frozen

from windtunnel.model.api.images import with_default_tag
from windtunnel.model.kubelet import conditions
from windtunnel.model.kubelet.phase import FAILED, TERMINAL, Statuses, container_flags, pod_phase
from windtunnel.model.kubelet.probe_results import READINESS, STARTUP, ProbeResults
from windtunnel.model.kubelet.runtime import ContainerInstance, PodOnMachine
from windtunnel.model.objects.json import Json
from windtunnel.model.objects.pod import Container, Pod
from windtunnel.model.objects.time import format_time

OWN_FIELDS = (
    "phase", "reason", "message", "hostIP", "hostIPs", "podIP", "podIPs", "startTime", "containerStatuses",
    "initContainerStatuses", "observedGeneration",
)  # fmt: skip
"""The fields of a status that the kubelet writes, beside its conditions."""

# A patch adds to these lists unless it says otherwise.
_MERGED_LISTS = ("hostIPs", "podIPs")
_REPLACE = {"$patch": "replace"}


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
    return container.restart_policy == "Always"


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
) -> Json:
    """The status of one container; waiting says why it does not run, if it does not. O(1)."""
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
    elif waiting is not None:
        state, last_state = waiting.state(), ended_state(latest)
    else:
        state = ended_state(latest)
        last_state = ended_state(before) if before is not None else {}
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


@frozen
class StatusInput:
    """What a status is made from."""

    pod: Pod
    on_machine: PodOnMachine | None
    waiting: Mapping[str, Waiting]
    reported: Mapping[str, Any]
    host_ip: str
    now_ms: int
    terminal: bool = False


def by_name(statuses: Sequence[Mapping[str, Any]] | None) -> Statuses:
    """Container statuses by the container's name. O(containers)."""
    return {status["name"]: status for status in statuses or ()}


def pod_status(given: StatusInput, results: ProbeResults) -> Json:
    """The whole status. O(containers)."""
    spec = given.pod.spec
    reported = given.reported
    known = {
        **by_name(reported.get("initContainerStatuses")),
        **by_name(reported.get("containerStatuses")),
    }
    default = Waiting("PodInitializing" if spec.init_containers else "ContainerCreating")

    def one(container: Container) -> Json:
        latest = given.on_machine.latest(container.name) if given.on_machine is not None else None
        waiting = given.waiting.get(container.name)
        if waiting is None and latest is None:
            waiting = default
        return container_status(
            container, given.on_machine, waiting, known.get(container.name), results
        )

    inits = [one(container) for container in spec.init_containers]
    mains = [one(container) for container in spec.containers]
    if given.terminal:
        inits, mains = [_finished(each) for each in inits], [_finished(each) for each in mains]
    statuses = by_name([*inits, *mains])
    phase = pod_phase(
        spec.restart_policy,
        [c.name for c in spec.containers],
        [c.name for c in spec.init_containers if not is_sidecar(c)],
        statuses,
        sidecars=[c.name for c in spec.init_containers if is_sidecar(c)],
        terminal=given.terminal,
    )
    if given.terminal and phase not in TERMINAL:
        phase = FAILED
    before = reported.get("phase", "")
    if before in TERMINAL:
        phase = before
    status: Json = {
        "phase": phase,
        "startTime": reported.get("startTime") or format_time(given.now_ms),
    }
    for field in ("reason", "message"):
        if reported.get(field):
            status[field] = reported[field]
    status["hostIP"] = given.host_ip
    status["hostIPs"] = [{"ip": given.host_ip}]
    ip = _address(given)
    if ip:
        status["podIP"] = ip
        status["podIPs"] = [{"ip": ip}]
    if mains:
        status["containerStatuses"] = mains
    if inits:
        status["initContainerStatuses"] = inits
    if given.pod.metadata.generation:
        status["observedGeneration"] = given.pod.metadata.generation
    status["conditions"] = _conditions(given, phase, statuses)
    return status


def _address(given: StatusInput) -> str:
    if given.pod.spec.host_network:
        return given.host_ip
    if given.on_machine is not None and given.on_machine.ip:
        return given.on_machine.ip
    # A pod that is over keeps the address that it had; one that gets a new sandbox has none until then.
    if given.terminal or given.reported.get("phase") in TERMINAL:
        return str(given.reported.get("podIP", ""))
    return ""


def _finished(status: Json) -> Json:
    if "terminated" in status["state"]:
        return status
    unknown = {
        "exitCode": 137,
        "reason": "ContainerStatusUnknown",
        "message": "The container could not be located when the pod was terminated",
    }
    return {**status, "state": {"terminated": unknown}, "ready": False, "started": False}


def _conditions(given: StatusInput, phase: str, statuses: Statuses) -> list[Json]:
    spec = given.pod.spec
    old = given.reported.get("conditions") or ()
    mains = [c.name for c in spec.containers]
    started = any(not statuses[name]["state"].get("waiting") for name in mains)
    containers = conditions.containers_ready(mains, statuses, phase)
    gates = [gate.get("conditionType", "") for gate in spec.readiness_gates]
    has_sandbox = given.on_machine is not None and bool(given.on_machine.ip)
    made = [
        conditions.make(conditions.READY_TO_START, has_sandbox),
        conditions.initialized(
            [c.name for c in spec.init_containers if not is_sidecar(c)],
            [c.name for c in spec.init_containers if is_sidecar(c)],
            statuses,
            phase,
            started,
        ),
        conditions.pod_ready(gates, old, containers),
        containers,
    ]
    return [_timed(each, given, old) for each in made]


def _timed(condition: Json, given: StatusInput, old: Sequence[Mapping[str, Any]]) -> Json:
    before = next((each for each in old if each.get("type") == condition["type"]), None)
    if given.pod.metadata.generation:
        condition["observedGeneration"] = given.pod.metadata.generation
    if before is not None and before.get("status") == condition["status"]:
        condition["lastTransitionTime"] = before.get("lastTransitionTime")
    else:
        condition["lastTransitionTime"] = format_time(given.now_ms)
    return condition


def status_patch(before: Mapping[str, Any], after: Mapping[str, Any]) -> Json:
    """What to patch so that a status says the same as another, in the kubelet's fields; {} for nothing. O(size)."""
    patch: Json = {}
    for field in OWN_FIELDS:
        value = after.get(field)
        if before.get(field) != value:
            patch[field] = [_REPLACE, *value] if field in _MERGED_LISTS and value else value
    old = {each.get("type"): each for each in before.get("conditions") or ()}
    changed = [
        {
            **dict.fromkeys(old.get(each["type"]) or {}),
            **each,
        }  # what a condition no longer says goes
        for each in after.get("conditions") or ()
        if old.get(each["type"]) != each
    ]
    if changed:
        patch["conditions"] = changed
    return patch
