"""Faults of nodes: power that goes and comes back, machines that are gone for good, runtimes that are down."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from windtunnel.model.cluster.action import Action, Heal, fault
from windtunnel.model.cluster.actions.operations.requests import insist, send

if TYPE_CHECKING:
    from windtunnel.model.cluster.cluster import Cluster

REMOVED, REPLACED = "removed", "replaced"


@fault
class NodeCrash(Action):
    """A node loses power: its kubelet and every container on it are gone; healing boots it again.

    Promised meanwhile: the store keeps what it knew, and no pod is bound twice.
    """

    spares_heartbeats = True

    node: str

    @classmethod
    def choices(cls, cluster: Cluster) -> Sequence[NodeCrash]:
        """Every node that has power."""
        return [cls(name) for name, machine in cluster.machines.items() if machine.powered]

    def why_not(self, cluster: Cluster) -> str:
        """The node must exist and have power."""
        return _no_power(cluster, self.node)

    def apply(self, cluster: Cluster) -> Heal:
        """Kill the kubelet's process, then the machine."""
        machine, kubelet = cluster.machines[self.node], cluster.processes[f"kubelet-{self.node}"]
        kubelet.crash()
        machine.power_off()

        def boot() -> None:
            if not machine.powered:
                machine.boot()
                kubelet.start()

        return boot


@fault
class NodeLoss(Action):
    """A node is lost for good: its machine never comes back, nor does anything that was on it.

    Healing is what happens to such a node in the end. Either its Node object is deleted, as cloud controllers and
    administrators do once the machine is gone (removed); or a fresh machine with an empty disk takes its name and finds
    the Node there, as replaced hardware and instance groups do (replaced).

    Promised meanwhile: nobody confirms the deletion of its pods, which stay Terminating, and their controllers replace
    them as soon as they are being deleted.
    """

    spares_heartbeats = True

    node: str
    after: str

    @classmethod
    def choices(cls, cluster: Cluster) -> Sequence[NodeLoss]:
        """Every node that has power, with either end."""
        names = [name for name, machine in cluster.machines.items() if machine.powered]
        return [cls(name, after) for name in names for after in (REMOVED, REPLACED)]

    def why_not(self, cluster: Cluster) -> str:
        """The node must exist and have power."""
        if self.after not in (REMOVED, REPLACED):
            return f"{self.after!r} is no end of it; write {REMOVED} or {REPLACED}"
        return _no_power(cluster, self.node)

    def apply(self, cluster: Cluster) -> Heal:
        """Kill the kubelet's process, then the machine."""
        machine, kubelet = cluster.machines[self.node], cluster.processes[f"kubelet-{self.node}"]
        kubelet.crash()
        machine.power_off()
        boots = machine.boots

        def clean_up() -> None:
            if machine.powered or machine.boots != boots:
                # Somebody put a new machine there meanwhile.
                return
            if self.after == REPLACED:
                machine.replace()
                machine.boot()
                kubelet.start()
            else:
                deletion = insist(lambda: cluster.client.delete("Node", self.node))
                send(cluster, deletion, "remove the lost node")

        return clean_up


@fault
class RuntimeFailure(Action):
    """The container runtime of a node goes down while its kubelet lives; healing starts it again.

    Promised meanwhile: what runs runs on, and nothing is started, stopped or reported; after half a minute the kubelet
    says that the node is not ready, and its pods leave the Endpoints.
    """

    spares_heartbeats = True

    node: str

    @classmethod
    def choices(cls, cluster: Cluster) -> Sequence[RuntimeFailure]:
        """Every node that has power and a runtime."""
        return [
            cls(name)
            for name, machine in cluster.machines.items()
            if machine.powered and machine.runtime_up
        ]

    def why_not(self, cluster: Cluster) -> str:
        """The node must exist, have power and a runtime."""
        reason = _no_power(cluster, self.node)
        if reason or cluster.machines[self.node].runtime_up:
            return reason
        return f"the runtime of {self.node} is already down"

    def apply(self, cluster: Cluster) -> Heal:
        """Stop the runtime."""
        machine = cluster.machines[self.node]
        machine.stop_runtime()
        return machine.start_runtime


def _no_power(cluster: Cluster, node: str) -> str:
    machine = cluster.machines.get(node)
    if machine is None:
        return f"there is no node {node}"
    return "" if machine.powered else f"{node} is already down"
