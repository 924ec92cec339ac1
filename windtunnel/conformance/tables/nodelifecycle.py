"""Conformance area `nodelifecycle`: zones and rates, taints by conditions, NoExecute, what silence does to a node.

`run` takes one case and returns None if the model agrees, else one sentence that says how it does not. The cases call
the functions that the node lifecycle and the taint eviction controller decide with.
"""

from __future__ import annotations

from attrs import evolve

from windtunnel.model.controllers.node_lifecycle.health import (
    NodeHealth,
    observe,
    silent_after_ms,
    unknown_conditions,
)
from windtunnel.model.controllers.node_lifecycle.taints import (
    no_schedule_changes,
    ready_status,
    same_taint,
)
from windtunnel.model.controllers.node_lifecycle.zones import ZoneState, taint_rate, zone_state
from windtunnel.model.controllers.taint_eviction.decision import (
    no_execute_taints,
    seconds_to_stay,
    used_tolerations,
)
from windtunnel.model.objects.json import Json
from windtunnel.model.objects.meta import condition
from windtunnel.model.objects.node import Node
from windtunnel.model.objects.pod import Pod
from windtunnel.model.objects.time import format_time
from windtunnel.model.objects.views import build_view
from windtunnel.model.settings import ControllerManagerSettings


def needs(case: Json) -> str | None:
    """What the case needs that the model does not have: nothing in this area."""
    return None


def run(case: Json) -> str | None:
    """Return how the model differs from the case, or None. O(size of the case)."""
    given = case["given"]
    found = _ANSWERS[given["kind"]](given)
    for key, expected in case["expect"].items():
        if found.get(key) != expected:
            return f"{key} should be {expected!r} and is {found.get(key)!r}."
    return None


def _zone_state(given: Json) -> Json:
    ready = ["True"] * given["ready"] + ["False"] * given["notReady"]
    ready += ["Unknown"] * given["unknown"] + [""] * given.get("missing", 0)
    state, not_ready = zone_state(ready, given["unhealthyZoneThreshold"])
    return {"state": state.value, "notReadyCount": not_ready}


def _eviction_rate(given: Json) -> Json:
    settings = ControllerManagerSettings(
        node_eviction_rate=given["evictionRate"],
        secondary_node_eviction_rate=given["secondaryEvictionRate"],
        large_cluster_size_threshold=given["largeClusterThreshold"],
    )
    rate = taint_rate(ZoneState(given["zoneState"]), given["zoneSize"], settings)
    return {"ratePerSecond": f"{rate:g}"}


def _condition_taints(given: Json) -> Json:
    conditions = [{"type": kind, "status": status} for kind, status in given["conditions"].items()]
    spec = {"taints": given["existingTaints"], "unschedulable": given["unschedulable"]}
    node = _node({"spec": spec, "status": {"conditions": conditions}})
    missing, stale = no_schedule_changes(node)
    kept = [t for t in node.spec.taints if not any(same_taint(t, each) for each in stale)]
    taints = [_taint(taint.key, taint.value, taint.effect) for taint in (*kept, *missing)]
    return {"taints": sorted(taints, key=lambda taint: (taint["key"], taint["effect"]))}


def _taint(key: str, value: str, effect: str) -> Json:
    return {"effect": effect, "key": key, **({"value": value} if value else {})}


def _no_execute(given: Json) -> Json:
    node = _node({"spec": {"taints": given["taints"]}})
    pod = build_view("pods", {"spec": {"tolerations": given["tolerations"]}})
    assert isinstance(pod, Pod)
    used = used_tolerations(no_execute_taints(node), pod.spec.tolerations)
    seconds = 0 if used is None else seconds_to_stay(used)
    evict = "never" if seconds is None else "after" if seconds else "now"
    return {"evict": evict, "afterSeconds": seconds}


def _health(given: Json) -> Json:
    created_ms = given["createdAt"] * 1000
    health: NodeHealth | None = None
    conditions: list[Json] = []
    posted = 0
    checks = []
    for at in given["checkAt"]:
        heartbeats = [each for each in given["statusHeartbeatsAt"] if each <= at]
        if len(heartbeats) > posted:
            posted = len(heartbeats)
            conditions = [_reported(given["heartbeatReadyStatus"], heartbeats[-1])]
        renewals = [each * 1000 for each in given["leaseRenewalsAt"] if each <= at]
        node = _silent_node(conditions, created_ms)
        health = observe(health, node, max(renewals, default=None), at * 1000)
        if at * 1000 > _silent_after_ms(health, given) and ready_status(node) != "Unknown":
            conditions = unknown_conditions(node, at * 1000)
            node = _silent_node(conditions, created_ms)
            health = evolve(health, ready=condition(node.status.conditions, "Ready"))
        ready = condition(node.status.conditions, "Ready")
        status, reason = (ready.status, ready.reason) if ready is not None else ("absent", "")
        checks.append({"at": at, "ready": status, "reason": reason})
    return {"checks": checks}


def _silent_after_ms(health: NodeHealth, given: Json) -> int:
    return silent_after_ms(
        health,
        given["nodeMonitorGracePeriodSeconds"] * 1000,
        given["nodeStartupGracePeriodSeconds"] * 1000,
    )


def _reported(status: str, at: int) -> Json:
    time = format_time(at * 1000)
    return {
        "type": "Ready",
        "status": status,
        "reason": "KubeletReport",
        "lastHeartbeatTime": time,
        "lastTransitionTime": time,
    }


def _silent_node(conditions: list[Json], created_ms: int) -> Node:
    metadata = {"name": "node", "creationTimestamp": format_time(created_ms)}
    return _node({"metadata": metadata, "status": {"conditions": conditions}})


def _node(raw: Json) -> Node:
    node = build_view("nodes", raw)
    assert isinstance(node, Node)
    return node


_ANSWERS = {
    "zoneState": _zone_state,
    "evictionRate": _eviction_rate,
    "conditionTaints": _condition_taints,
    "noExecute": _no_execute,
    "health": _health,
}
