"""Timing of single actions and of whole clusters."""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median

from attrs import evolve, frozen

from windtunnel.invariants.monitor import Monitor
from windtunnel.model.cluster.action import Action
from windtunnel.model.cluster.actions.operations import Delete, Scale
from windtunnel.model.cluster.cluster import Cluster
from windtunnel.model.cluster.shape import ClusterShape
from windtunnel.model.objects.json import Json
from windtunnel.model.settings import Settings


def wall_seconds(work: Callable[[], object]) -> float:
    """How long it takes, on this machine's clock."""
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def workload(replicas: int, cpu: str = "10m") -> Json:
    """A replication controller of tiny pods."""
    container = {
        "name": "c",
        "image": "registry.example/c:1",
        "resources": {"requests": {"cpu": cpu}},
    }
    return {
        "apiVersion": "v1",
        "kind": "ReplicationController",
        "metadata": {"name": "web", "namespace": "default"},
        "spec": {
            "replicas": replicas,
            "selector": {"app": "web"},
            "template": {
                "metadata": {"labels": {"app": "web"}},
                "spec": {"containers": [container]},
            },
        },
    }


SERVICE: Json = {
    "apiVersion": "v1",
    "kind": "Service",
    "metadata": {"name": "web", "namespace": "default"},
    "spec": {"selector": {"app": "web"}, "ports": [{"port": 80}]},
}


def cluster_of(nodes: int, replicas: int, *, checked: bool = True) -> Cluster:
    """A settled cluster with one replication controller and its service."""
    defaults = Settings()
    kubelet = evolve(defaults.kubelet, max_pods=5000, cpu="1000", memory="4Ti")
    cluster = Cluster(ClusterShape(nodes=nodes), settings=evolve(defaults, kubelet=kubelet))
    if checked:
        Monitor(cluster)
    cluster.start()
    for manifest in (workload(replicas), SERVICE):
        cluster.run_user(cluster.client.create(manifest), "create")
    settlement = cluster.settle(limit_ms=3_600_000, limit_events=20_000_000)
    if not settlement.settled:
        raise SystemExit(f"the benchmark's cluster does not settle: {settlement.reason}")
    return cluster


@frozen
class Cost:
    """One deletion or scaling: wall time and events."""

    seconds: float
    events: int


def cost(cluster: Cluster, action: Action) -> Cost:
    """Apply an action and settle."""
    begin = cluster.loop.step

    def work() -> None:
        cluster.apply(action)
        cluster.settle()

    seconds = wall_seconds(work)
    return Cost(seconds, cluster.loop.step - begin)


def pod_deletion_seconds(pods: int, nodes: int, times: int = 15) -> float:
    """The median wall time of one pod's deletion, settled and checked, in a cluster of that many pods."""
    cluster = cluster_of(nodes, pods)
    return median(cost(cluster, Delete("rc/web#1")).seconds for _ in range(times))


def scale_up_seconds(replicas: int = 200, nodes: int = 4, times: int = 3) -> float:
    """The best wall time from scaling a replication controller until every pod is bound."""
    found = []
    for _ in range(times):
        cluster = cluster_of(nodes, 0, checked=False)
        found.append(wall_seconds(lambda cluster=cluster: _scale(cluster, replicas)))
    return min(found)


def _scale(cluster: Cluster, replicas: int) -> None:
    cluster.apply(Scale("rc/web", replicas))
    while True:
        pods = cluster.store.range("pods", "default")[0] if cluster.loop.step % 50 == 0 else ()
        if len(pods) == replicas and all(pod.raw["spec"].get("nodeName") for pod in pods):
            return
        if not cluster.loop.run_next():
            raise SystemExit("the benchmark's pods are never bound")
