"""NodePorts: a port of the host is taken by one pod only, unless addresses or protocols differ."""

from __future__ import annotations

from typing import Any

from windtunnel.model.scheduler.framework import SKIP, UNSCHEDULABLE, ClusterEvent, Rejection
from windtunnel.model.scheduler.node_info import NodeInfo, PodInfo, host_ports_of, ports_conflict
from windtunnel.model.scheduler.snapshot import Snapshot

_REJECTION = Rejection(
    UNSCHEDULABLE, ("node(s) didn't have free ports for the requested pod ports",), "NodePorts"
)


class NodePorts:
    """Filter on hostPort."""

    name = "NodePorts"

    def prepare(self, pod: PodInfo, snapshot: Snapshot) -> Any:
        """Skip pods that take no port of the host."""
        return pod.host_ports or SKIP

    def filter(self, state: Any, pod: PodInfo, node: NodeInfo) -> Rejection | None:
        """Turn a node away where one of the ports is taken. O(ports * ports taken)."""
        taken = node.host_ports
        if taken and any(ports_conflict(port, other) for port in state for other in taken):
            return _REJECTION
        return None

    def sign(self, pod: PodInfo) -> Any:
        """The ports."""
        return pod.host_ports

    def alike(self, state: Any) -> bool:
        """It looks at nothing but the ports taken."""
        return True

    def may_help(self, pod: PodInfo, event: ClusterEvent) -> bool:
        """A node that came; a pod that gave such a port back."""
        if event.resource == "node":
            return event.action == "add"
        if event.resource != "pod" or event.action != "delete":
            return False
        freed = host_ports_of(event.before)
        return any(ports_conflict(port, other) for port in pod.host_ports for other in freed)
