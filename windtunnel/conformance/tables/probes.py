"""Conformance area `probes`: probe workers, outcomes, readiness, restart decisions, crash loop delays.

`run` takes one case and returns None if the model agrees, else one sentence that says how it does not.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from windtunnel.model.kubelet import conditions
from windtunnel.model.kubelet.back_off import BackOff
from windtunnel.model.kubelet.phase import container_flags, should_restart
from windtunnel.model.kubelet.probe_handlers import exec_outcome, http_outcome
from windtunnel.model.kubelet.probe_results import ProbeResults
from windtunnel.model.kubelet.prober import ProbeWorker, Seen
from windtunnel.model.objects.building import build
from windtunnel.model.objects.json import Json
from windtunnel.model.objects.pod import Probe

_NOW_MS = 1_000_000_000


def _seen(tick: Json) -> Seen | None:
    if tick.get("noStatus"):
        return None
    return Seen(
        pod_phase=tick.get("podPhase", ""),
        pod_deleting=tick.get("podDeleting", False),
        container_id=tick.get("containerID", ""),
        state=tick.get("containerState", ""),
        started_ms=_NOW_MS - tick.get("runningForSeconds", 0) * 1000,
        started=tick.get("started"),
    )


def _worker(given: Json) -> Json:
    results = ProbeResults()
    outcomes: list[str] = []
    worker = ProbeWorker(
        given["probeType"].lower(),
        build(Probe, given["probe"]),
        given["restartPolicy"],
        "uid",
        results,
        lambda: outcomes[-1],
    )
    ticks = []
    for tick in given["ticks"]:
        outcomes.append(tick.get("probeOutcome", ""))
        before = worker.probes
        keep_going = worker.tick(_seen(tick), _NOW_MS)
        ticks.append(
            {
                "probed": worker.probes > before,
                "result": results.get(worker.kind, worker.container_id),
                "onHold": worker.on_hold,
                "keepGoing": keep_going,
            }
        )
    return {"ticks": ticks}


def _http_status(given: Json) -> Json:
    return {"result": http_outcome(None if given.get("connectionError") else given["statusCode"])}


def _exec_exit(given: Json) -> Json:
    return {"result": exec_outcome(None if given.get("runError") else given["exitCode"])}


def _container_flags(given: Json) -> Json:
    ready, started = container_flags(
        given["containerState"] == "running",
        given["hasReadinessProbe"],
        given["hasStartupProbe"],
        given["readinessResult"],
        given["startupResult"],
    )
    return {"ready": ready, "started": started}


def _pod_ready(given: Json) -> Json:
    listed = given["containerStatuses"]
    statuses = None if listed is None else {each["name"]: each for each in listed}
    containers = conditions.containers_ready(given["containers"], statuses, given["podPhase"])
    ready = conditions.pod_ready(
        given["readinessGates"] or (), given["conditions"] or (), containers
    )
    return {
        "ready": ready["status"],
        "readyReason": ready.get("reason", ""),
        "containersReady": containers["status"],
        "containersReadyReason": containers.get("reason", ""),
    }


def _should_restart(given: Json) -> Json:
    state, exit_code = given["lastState"], None
    if state.startswith("exited"):
        state, exit_code = "exited", int(state.removeprefix("exited"))
    return {
        "restart": should_restart(given["restartPolicy"], state, exit_code, given["podDeleting"])
    }


def _crash_loop(given: Json) -> Json:
    back_off = BackOff(given["initialSeconds"] * 1000, given["maxSeconds"] * 1000)
    now_ms, delays = _NOW_MS, []
    for duration in given["runDurationsSeconds"]:
        exited_ms = now_ms + duration * 1000
        now_ms = max(exited_ms, back_off.ends_ms("key", exited_ms))
        delays.append((now_ms - exited_ms) // 1000)
        back_off.next("key", exited_ms, now_ms)
    return {"delaysBeforeRestartSeconds": delays}


_KINDS: dict[str, Callable[[Json], Json]] = {
    "worker": _worker,
    "httpStatus": _http_status,
    "execExit": _exec_exit,
    "containerFlags": _container_flags,
    "podReady": _pod_ready,
    "shouldRestart": _should_restart,
    "crashLoop": _crash_loop,
}


def needs(case: Json) -> tuple[str, ...]:
    """What the case needs that the model does not have: nothing, for the kinds of case there are."""
    given: dict[str, Any] = case["given"]
    return () if given["kind"] in _KINDS else (f"cases of kind {given['kind']}",)


def run(case: Json) -> str | None:
    """Return how the model differs from the case, or None. O(size of the case)."""
    found = _KINDS[case["given"]["kind"]](case["given"])
    for key, expected in case["expect"].items():
        if found.get(key) != expected:
            return f"{key} should be {expected!r} and is {found.get(key)!r}."
    return None
