"""What the tests of actions ask a cluster."""

from __future__ import annotations

from typing import cast

from windtunnel.model.cluster.cluster import Cluster
from windtunnel.model.cluster.targets import resolve
from windtunnel.model.objects.json import Json
from windtunnel.model.objects.meta import condition
from windtunnel.model.objects.node import Node
from windtunnel.model.objects.pod import Pod
from windtunnel.model.objects.record import StoreKey


def pods(cluster: Cluster) -> list[Pod]:
    """The pods in the store, in key order."""
    return [cast("Pod", record.view) for record in cluster.store.range("pods", "default")[0]]


def ready_pods(cluster: Cluster) -> int:
    """How many pods the store says are ready and not being deleted."""
    return sum(1 for pod in pods(cluster) if pod.ready and not pod.metadata.deleting)


def pods_on(cluster: Cluster, node: str) -> list[Pod]:
    """The pods bound to a node."""
    return [pod for pod in pods(cluster) if pod.spec.node_name == node]


def node_of(cluster: Cluster, name: str) -> Node | None:
    """A Node as the store has it."""
    record = cluster.store.get(StoreKey("nodes", "", name))
    return cast("Node", record.view) if record is not None else None


def ready_condition(cluster: Cluster, name: str) -> tuple[str, str]:
    """Status and reason of a Node's Ready condition."""
    node = node_of(cluster, name)
    assert node is not None
    found = condition(node.status.conditions, "Ready")
    assert found is not None
    return found.status, found.reason


def raw(cluster: Cluster, target: str) -> Json:
    """The JSON of what a target names."""
    record = resolve(cluster, target)
    assert record is not None
    return record.raw


def addresses(cluster: Cluster, endpoints: str) -> list[str]:
    """The ready addresses of Endpoints, sorted."""
    subsets = raw(cluster, f"ep/{endpoints}").get("subsets") or ()
    return sorted(a["ip"] for subset in subsets for a in subset.get("addresses") or ())


def told(cluster: Cluster) -> list[str]:
    """What the user was told, answer by answer."""
    steps = cluster.loop.trace.steps
    return [step.what for step in steps if step.who == "user" and "is told" in step.what]
