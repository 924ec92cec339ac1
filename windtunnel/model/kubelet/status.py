"""The status of a pod as its kubelet reports it: made from what physically is, and what was reported before.

A pod that is over stays so; one that is put to an end, because it was active for longer than it may, is Failed with
that reason. Reason and message belong to a phase and go with it. Conditions keep their transition times while their
status stays.

Not modelled: ephemeral containers, several addresses.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from attrs import frozen

from windtunnel.model.kubelet import conditions
from windtunnel.model.kubelet.container_status import (
    Waiting,
    by_name,
    container_status,
    finished,
    is_sidecar,
)
from windtunnel.model.kubelet.phase import FAILED, TERMINAL, Statuses, pod_phase
from windtunnel.model.kubelet.probe_results import ProbeResults
from windtunnel.model.kubelet.runtime import PodOnMachine
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
class PutToEnd:
    """Why the kubelet ends a pod of itself."""

    reason: str
    message: str


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
    unchanged: tuple[str, ...] = ()
    """Containers that the kubelet is about to start: until it has, what was said of them stands."""
    put_to_end: PutToEnd | None = None


def pod_status(given: StatusInput, results: ProbeResults) -> Json:
    """The whole status. O(containers)."""
    spec = given.pod.spec
    reported = given.reported
    known = {
        **by_name(reported.get("initContainerStatuses")),
        **by_name(reported.get("containerStatuses")),
    }
    sidecars = [c.name for c in spec.init_containers if is_sidecar(c)]
    default = Waiting("PodInitializing" if spec.init_containers else "ContainerCreating")

    def one(container: Container, is_init: bool = False) -> Json:
        name, on_machine = container.name, given.on_machine
        if name in given.unchanged:
            if name in known:
                return dict(known[name])
            on_machine = None
        waiting = given.waiting.get(name)
        if waiting is None and (on_machine is None or on_machine.latest(name) is None):
            waiting = default
        return container_status(
            container, on_machine, waiting, known.get(name), results, is_init=is_init
        )

    inits = [one(container, not is_sidecar(container)) for container in spec.init_containers]
    mains = [one(container) for container in spec.containers]
    if given.terminal:
        inits, mains = finished(inits, mains, sidecars)
    statuses = by_name([*inits, *mains])
    phase, why = _phase(given, statuses, sidecars)
    status: Json = {
        "phase": phase,
        "startTime": reported.get("startTime") or format_time(given.now_ms),
    }
    for field in ("reason", "message"):
        if why.get(field):
            status[field] = why[field]
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
    status["conditions"] = _conditions(given, phase, statuses, sidecars)
    return status


def _phase(
    given: StatusInput, statuses: Statuses, sidecars: Sequence[str]
) -> tuple[str, Mapping[str, Any]]:
    """The phase, and where its reason and message stand."""
    spec, before = given.pod.spec, given.reported.get("phase", "")
    phase = pod_phase(
        spec.restart_policy,
        [c.name for c in spec.containers],
        [c.name for c in spec.init_containers if not is_sidecar(c)],
        statuses,
        sidecars=sidecars,
        terminal=given.terminal,
        has_started=_has_started(given),
    )
    if given.terminal and phase not in TERMINAL:
        phase = FAILED
    if before in TERMINAL:
        phase = before
    elif given.put_to_end is not None:
        return FAILED, {"reason": given.put_to_end.reason, "message": given.put_to_end.message}
    return phase, given.reported if phase == before else {}


def _has_started(given: StatusInput) -> bool:
    """Whether a main container has run in the sandbox of now."""
    on_machine = given.on_machine
    if on_machine is None or not on_machine.ip:
        return False
    return any(on_machine.current(container.name) for container in given.pod.spec.containers)


def _address(given: StatusInput) -> str:
    if given.pod.spec.host_network:
        return given.host_ip
    if given.on_machine is not None and given.on_machine.ip:
        return given.on_machine.ip
    # A pod that is over keeps the address that it had; one that gets a new sandbox has none until then.
    if given.terminal or given.reported.get("phase") in TERMINAL:
        return str(given.reported.get("podIP", ""))
    return ""


def _conditions(
    given: StatusInput, phase: str, statuses: Statuses, sidecars: Sequence[str]
) -> list[Json]:
    spec = given.pod.spec
    old = given.reported.get("conditions") or ()
    mains = [c.name for c in spec.containers]
    started = any(not statuses[name]["state"].get("waiting") for name in mains)
    containers = conditions.containers_ready([*sidecars, *mains], statuses, phase)
    gates = [gate.get("conditionType", "") for gate in spec.readiness_gates]
    has_sandbox = given.on_machine is not None and bool(given.on_machine.ip)
    made = [
        conditions.make(conditions.READY_TO_START, has_sandbox),
        conditions.initialized(
            [c.name for c in spec.init_containers], sidecars, statuses, phase, started
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
