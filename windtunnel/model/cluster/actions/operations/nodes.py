"""Operations on nodes: cordon and taint them, add machines and take them away. Draining is a module of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from windtunnel.model.api.names import is_dns1123_subdomain
from windtunnel.model.cluster.action import Action, operation
from windtunnel.model.cluster.actions.operations.requests import insist, send
from windtunnel.model.cluster.targets import records
from windtunnel.model.objects.json import Json
from windtunnel.model.objects.record import Record, StoreKey

if TYPE_CHECKING:
    from windtunnel.model.cluster.cluster import Cluster

TAINT_KEY = "windtunnel.example/kept-free"
EFFECTS = ("NoSchedule", "PreferNoSchedule", "NoExecute")
RUNS, OFF = "runs", "off"
MORE_NODES = 2
"""How many nodes are offered beyond those that the cluster began with."""


def node_of(cluster: Cluster, name: str) -> Record | None:
    """The Node of a name, None where there is none. O(1)."""
    found: Record | None = cluster.store.get(StoreKey("nodes", "", name))
    return found


def node_names(cluster: Cluster) -> list[str]:
    """The names of the Nodes in the store, sorted. O(nodes)."""
    return [record.key.name for record in records(cluster, "nodes")]


def no_node(cluster: Cluster, name: str) -> str:
    """Why there is no such Node, in words; '' where there is one. O(1)."""
    return "" if node_of(cluster, name) else f"there is no Node {name}"


def is_cordoned(cluster: Cluster, name: str) -> bool:
    """Whether a Node takes no new pods. O(1)."""
    record = node_of(cluster, name)
    return record is not None and bool(record.raw.get("spec", {}).get("unschedulable"))


@operation
class Cordon(Action):
    """Mark a node as unschedulable: it keeps its pods and gets no others."""

    node: str

    @classmethod
    def choices(cls, cluster: Cluster) -> Sequence[Cordon]:
        """Every node that is not cordoned."""
        return [cls(name) for name in node_names(cluster) if not is_cordoned(cluster, name)]

    def why_not(self, cluster: Cluster) -> str:
        """It must exist and be schedulable."""
        reason = no_node(cluster, self.node)
        return reason or (f"{self.node} is cordoned" if is_cordoned(cluster, self.node) else "")

    def apply(self, cluster: Cluster) -> None:
        """A strategic merge patch of spec.unschedulable."""
        body = {"spec": {"unschedulable": True}}
        send(cluster, cluster.client.patch("Node", self.node, body, "strategic"), "cordon")


@operation
class Uncordon(Action):
    """Let a cordoned node have pods again."""

    node: str

    @classmethod
    def choices(cls, cluster: Cluster) -> Sequence[Uncordon]:
        """Every node that is cordoned."""
        return [cls(name) for name in node_names(cluster) if is_cordoned(cluster, name)]

    def why_not(self, cluster: Cluster) -> str:
        """It must be cordoned."""
        reason = no_node(cluster, self.node)
        return reason or ("" if is_cordoned(cluster, self.node) else f"{self.node} is not cordoned")

    def apply(self, cluster: Cluster) -> None:
        """A strategic merge patch of spec.unschedulable."""
        body: Json = {"spec": {"unschedulable": None}}
        send(cluster, cluster.client.patch("Node", self.node, body, "strategic"), "uncordon")


@operation
class TaintNode(Action):
    """Taint a node: it gets no pods (NoSchedule), rather none (PreferNoSchedule), or loses them too (NoExecute)."""

    node: str
    effect: str

    @classmethod
    def choices(cls, cluster: Cluster) -> Sequence[TaintNode]:
        """Every node with every effect that it does not have yet."""
        made = [cls(name, effect) for name in node_names(cluster) for effect in EFFECTS]
        return [each for each in made if not each.why_not(cluster)]

    def why_not(self, cluster: Cluster) -> str:
        """The node must exist without the taint."""
        if self.effect not in EFFECTS:
            return f"{self.effect!r} is no effect; write {', '.join(EFFECTS)}"
        there = self.effect in _effects(cluster, self.node)
        reason = f"{self.node} has that taint already" if there else ""
        return no_node(cluster, self.node) or reason

    def apply(self, cluster: Cluster) -> None:
        """A GET, then a patch of all taints, as `kubectl taint` does it: what changed between is lost."""
        taint = {"key": TAINT_KEY, "effect": self.effect}
        send(cluster, change_taints(cluster, self.node, TAINT_KEY, self.effect, [taint]), "taint")


@operation
class UntaintNode(Action):
    """Take a taint off a node again."""

    node: str
    effect: str

    @classmethod
    def choices(cls, cluster: Cluster) -> Sequence[UntaintNode]:
        """Every taint that was set by hand."""
        return [cls(name, each) for name in node_names(cluster) for each in _effects(cluster, name)]

    def why_not(self, cluster: Cluster) -> str:
        """The node must have the taint."""
        there = self.effect in _effects(cluster, self.node)
        reason = "" if there else f"{self.node} has no such taint"
        return no_node(cluster, self.node) or reason

    def apply(self, cluster: Cluster) -> None:
        """A GET, then a patch of all taints."""
        send(cluster, change_taints(cluster, self.node, TAINT_KEY, self.effect, []), "untaint")


@operation
class AddNode(Action):
    """Add a machine with a kubelet that registers it: a new one, or one whose Node was removed.

    A removed one whose machine runs is registered by a restart of its kubelet; one that is off gets an empty disk.
    """

    node: str

    @classmethod
    def choices(cls, cluster: Cluster) -> Sequence[AddNode]:
        """The next name, if not too many were added, and every node that was removed."""
        removed = [name for name in cluster.machines if node_of(cluster, name) is None]
        found = [cls(name) for name in removed]
        if len(cluster.machines) < cluster.shape.nodes + MORE_NODES:
            found.append(cls(f"node-{len(cluster.machines) + 1}"))
        return found

    def why_not(self, cluster: Cluster) -> str:
        """There must be no Node of that name, and it must be one."""
        if is_dns1123_subdomain(self.node):
            return f"{self.node!r} is no name of a node"
        return f"{self.node} exists" if node_of(cluster, self.node) else ""

    def apply(self, cluster: Cluster) -> None:
        """Start the kubelet on the machine."""
        machine = cluster.machines.get(self.node)
        if machine is None:
            cluster.add_node(self.node).start()
            return
        kubelet = cluster.processes[f"kubelet-{self.node}"]
        kubelet.crash()
        machine.replace()
        machine.boot()
        kubelet.start()


@operation
class RemoveNode(Action):
    """Delete a Node, while its machine runs on (it does not register again by itself), or after it was switched off."""

    node: str
    machine: str

    @classmethod
    def choices(cls, cluster: Cluster) -> Sequence[RemoveNode]:
        """Every node in both ways."""
        return [cls(name, machine) for name in node_names(cluster) for machine in (RUNS, OFF)]

    def why_not(self, cluster: Cluster) -> str:
        """It must exist."""
        if self.machine not in (RUNS, OFF):
            return f"{self.machine!r} is no state of a machine; write {RUNS} or {OFF}"
        return no_node(cluster, self.node)

    def apply(self, cluster: Cluster) -> None:
        """A DELETE request; after the machine was switched off, where that is wanted, until it is answered."""
        machine = cluster.machines.get(self.node)
        if self.machine == OFF and machine is not None:
            cluster.processes[f"kubelet-{self.node}"].crash()
            machine.power_off()
            send(cluster, insist(lambda: cluster.client.delete("Node", self.node)), "remove node")
            return
        send(cluster, cluster.client.delete("Node", self.node), "remove node")


def _effects(cluster: Cluster, name: str) -> list[str]:
    record = node_of(cluster, name)
    taints = (record.raw.get("spec", {}).get("taints") or ()) if record is not None else ()
    return [taint["effect"] for taint in taints if taint["key"] == TAINT_KEY]


async def change_taints(
    cluster: Cluster, name: str, taint_key: str, effect: str, more: list[Json]
) -> None:
    """Put taints in the place of those with a key and an effect, as `kubectl taint` does it: from what it read."""
    node = await cluster.client.get("Node", name)
    taints: Sequence[Json] = node.raw.get("spec", {}).get("taints") or ()
    kept = [each for each in taints if (each["key"], each["effect"]) != (taint_key, effect)]
    body: Json = {"spec": {"taints": [*kept, *more] or None}}
    await cluster.client.patch("Node", name, body, "strategic")
