"""What a kubelet says of its node: the Node as it registers it, and the status that it keeps up to date."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from windtunnel.model.kubelet.machine import Machine
from windtunnel.model.kubelet.runtime import runtime_id
from windtunnel.model.objects.json import Json
from windtunnel.model.objects.time import format_time

HEALTHY = (
    (
        "MemoryPressure",
        "False",
        "KubeletHasSufficientMemory",
        "kubelet has sufficient memory available",
    ),
    ("DiskPressure", "False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
    ("PIDPressure", "False", "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
    ("Ready", "True", "KubeletReady", "kubelet is posting ready status"),
)
RUNTIME_PATIENCE_MS = 30_000
"""How long the kubelet waits for its runtime before it says that the node is not ready."""
EVENTS_PATIENCE_MS = 180_000
"""How long it hears of no container before it says that, too."""
_RUNTIME_DOWN = "container runtime is down"
_NO_EVENTS = "PLEG is not healthy: pleg was last seen active 3m0s ago; threshold is 3m0s"


def host_ip(machine: Machine) -> str:
    """The node's own address. O(1)."""
    return f"192.168.{machine.number // 250}.{machine.number % 250 + 2}"


def node_labels(machine: Machine) -> Json:
    """The labels with which a node registers. O(labels)."""
    return {
        "beta.kubernetes.io/arch": "amd64",
        "beta.kubernetes.io/os": "linux",
        "kubernetes.io/arch": "amd64",
        "kubernetes.io/hostname": machine.name,
        "kubernetes.io/os": "linux",
        **machine.labels,
    }


def node_status(machine: Machine, before: Mapping[str, Any], now_ms: int) -> Json:
    """The status at a time of day; conditions keep the transition times of the status before. O(conditions)."""
    amounts = dict(machine.capacity)
    return {
        "capacity": amounts,
        "allocatable": amounts,
        "conditions": _conditions(_said(machine), before.get("conditions") or (), now_ms),
        "addresses": [
            {"type": "InternalIP", "address": host_ip(machine)},
            {"type": "Hostname", "address": machine.name},
        ],
        "nodeInfo": {
            "architecture": "amd64",
            "bootID": runtime_id("boot", machine.identity, str(machine.boots))[:36],
            "containerRuntimeVersion": "containerd://2.0.0",
            "kernelVersion": "6.12.0",
            "kubeletVersion": "v1.36.2",
            "machineID": runtime_id("machine", machine.identity)[:32],
            "operatingSystem": "linux",
            "osImage": "windtunnel",
            "systemUUID": runtime_id("system", machine.identity)[:36],
        },
    }


def _said(machine: Machine) -> tuple[tuple[str, str, str, str], ...]:
    since_ms, now_ms = machine.runtime_down_since_ms, machine.loop.now_ms
    if since_ms is None or now_ms - since_ms < RUNTIME_PATIENCE_MS:
        return HEALTHY
    message = _RUNTIME_DOWN
    if now_ms - since_ms >= EVENTS_PATIENCE_MS:
        message = f"[{_RUNTIME_DOWN}, {_NO_EVENTS}]"
    return (*HEALTHY[:-1], ("Ready", "False", "KubeletNotReady", message))


def _conditions(
    said: Sequence[tuple[str, str, str, str]], before: Sequence[Mapping[str, Any]], now_ms: int
) -> list[Json]:
    known = {each.get("type"): each for each in before}
    made = []
    for type_, status, reason, message in said:
        old = known.get(type_) or {}
        changed = old.get("status") != status
        made.append(
            {
                "type": type_,
                "status": status,
                "reason": reason,
                "message": message,
                "lastHeartbeatTime": format_time(now_ms),
                "lastTransitionTime": format_time(now_ms)
                if changed
                else old.get("lastTransitionTime"),
            }
        )
    return made


def new_node(machine: Machine, now_ms: int) -> Json:
    """The Node as the kubelet registers it. O(labels)."""
    spec: Json = {"taints": [dict(taint) for taint in machine.taints]} if machine.taints else {}
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "name": machine.name,
            "labels": node_labels(machine),
            "annotations": {"volumes.kubernetes.io/controller-managed-attach-detach": "true"},
        },
        "spec": spec,
        "status": node_status(machine, {}, now_ms),
    }


def differs(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Whether a status says something new, heartbeats apart. O(size)."""
    for field in ("capacity", "allocatable", "nodeInfo"):
        if before.get(field) != after[field]:
            return True
    addresses = before.get("addresses") or ()
    if len(addresses) != len(after["addresses"]) or any(
        a not in addresses for a in after["addresses"]
    ):
        return True
    known = {each.get("type"): each for each in before.get("conditions") or ()}
    return any(
        (known.get(each["type"]) or {}).get(field) != each[field]
        for each in after["conditions"]
        for field in ("status", "reason", "message")
    )


def is_reported_ready(status: Mapping[str, Any]) -> bool:
    """Whether the Node says that it is ready. O(conditions)."""
    return any(
        each.get("type") == "Ready" and each.get("status") == "True"
        for each in status.get("conditions") or ()
    )
