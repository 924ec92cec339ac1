"""Admission on the node: the kubelet takes a pod only if it fits beside those it has taken already.

The scheduler decided on what it knew; the kubelet knows better. A pod that does not fit is not run: it becomes Failed
with a reason such as OutOfcpu, and whoever made it must make another.

Not modelled: topology and device managers, sysctls, app armor, eviction under pressure, graceful node shutdown.
"""

from __future__ import annotations

from attrs import frozen

from windtunnel.model.objects.node import Node
from windtunnel.model.objects.pod import Pod
from windtunnel.model.scheduler.filters.node_resources_fit import insufficient_resources
from windtunnel.model.scheduler.node_info import NodeInfo, PodInfo, ports_conflict
from windtunnel.model.scheduler.node_selection import required_nodes
from windtunnel.model.scheduler.resources import is_extended
from windtunnel.model.scheduler.taints import NO_EXECUTE, untolerated


@frozen
class NotAdmitted:
    """Why a node does not run a pod."""

    reason: str
    message: str


def predicate_failed(name: str, description: str) -> NotAdmitted:
    """The pod does not suit the node. O(1)."""
    return NotAdmitted(name, f"Predicate {name} failed: {description}")


def admit(pod: PodInfo, node: NodeInfo) -> NotAdmitted | None:
    """Why the node does not run the pod; None if it does. O(resources + conditions + ports)."""
    for lacking in insufficient_resources(pod, node):
        if is_extended(lacking.resource) and lacking.resource not in node.allocatable:
            continue
        amounts = (
            f"requested: {lacking.requested}, used: {lacking.used}, capacity: {lacking.capacity}"
        )
        message = f"Node didn't have enough resource: {lacking.resource}, {amounts}"
        return NotAdmitted(f"OutOf{lacking.resource}", message)
    spec = pod.pod.spec
    assert node.node is not None
    required = required_nodes(spec)
    if required is not None and not required.matches(node.node):
        return predicate_failed("NodeAffinity", "node(s) didn't match Pod's node affinity/selector")
    if spec.node_name != node.name:
        return predicate_failed("NodeName", "node(s) didn't match the requested node name")
    if any(ports_conflict(port, taken) for port in pod.host_ports for taken in node.host_ports):
        return predicate_failed(
            "NodePorts", "node(s) didn't have free ports for the requested pod ports"
        )
    if untolerated(node.node.spec.taints, spec.tolerations, (NO_EXECUTE,)) is not None:
        return predicate_failed(
            "TaintToleration", "node(s) had taints that the pod didn't tolerate"
        )
    return None


class Admission:
    """Owns the sum of what the kubelet has taken."""

    def __init__(self, node: Node) -> None:
        self._taken = NodeInfo(node.name, node, 0)

    def set_node(self, node: Node) -> None:
        """The node changed: labels, taints or what it offers. O(1)."""
        self._taken = self._taken.with_node(node, 0)

    def take(self, pod: Pod) -> NotAdmitted | None:
        """Take a pod, or say why not. O(pods on the node)."""
        info = PodInfo(pod)
        refusal = admit(info, self._taken)
        if refusal is None:
            self._taken = self._taken.with_pod(info, 0)
        return refusal

    def release(self, uid: str) -> None:
        """A pod has ended. O(pods on the node)."""
        self._taken = self._taken.without_pod(uid, 0)

    @property
    def taken(self) -> NodeInfo:
        """The node with the pods that were taken."""
        return self._taken
