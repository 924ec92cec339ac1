"""Timing of single actions and of whole clusters."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial
from gc import freeze, unfreeze
from statistics import median

from attrs import evolve, frozen

from windtunnel.invariants.monitor import Monitor
from windtunnel.model.cluster.action import Action
from windtunnel.model.cluster.actions.operations import Delete, Scale
from windtunnel.model.cluster.cluster import Cluster
from windtunnel.model.cluster.shape import ClusterShape
from windtunnel.model.facts import Committed
from windtunnel.model.objects.json import Json
from windtunnel.model.settings import Settings
from windtunnel.strategies.collecting import collect


def wall_seconds(work: Callable[[], object]) -> float:
    """How long it takes, on this machine's clock."""
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def workload(name: str, replicas: int, cpu: str = "10m") -> Json:
    """A replication controller of tiny pods."""
    container = {
        "name": "c",
        "image": "registry.example/c:1",
        "resources": {"requests": {"cpu": cpu}},
    }
    return {
        "apiVersion": "v1",
        "kind": "ReplicationController",
        "metadata": {"name": name, "namespace": "default"},
        "spec": {
            "replicas": replicas,
            "selector": {"app": name},
            "template": {
                "metadata": {"labels": {"app": name}},
                "spec": {"containers": [container]},
            },
        },
    }


def service(name: str) -> Json:
    """The service of a workload."""
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, "namespace": "default"},
        "spec": {"selector": {"app": name}, "ports": [{"port": 80}]},
    }


def cluster_of(nodes: int, replicas: int, *, workloads: int = 1, checked: bool = True) -> Cluster:
    """A settled cluster with so many replication controllers of so many pods, web-1 and so on, and their services."""
    defaults = Settings()
    kubelet = evolve(defaults.kubelet, max_pods=5000, cpu="1000", memory="4Ti")
    cluster = Cluster(ClusterShape(nodes=nodes), settings=evolve(defaults, kubelet=kubelet))
    if checked:
        Monitor(cluster)
    cluster.start()
    for number in range(1, workloads + 1):
        for manifest in (workload(f"web-{number}", replicas), service(f"web-{number}")):
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


def pod_deletion_seconds(sizes: Sequence[int], nodes: int, times: int = 25) -> list[float]:
    """The median wall time of one pod's deletion, settled and checked, in clusters of so many pods.

    The pods belong to workloads of ten with a service each. What a deletion costs grows with the workload, as in
    Kubernetes (its Endpoints are written anew as a whole), so it is the size of the cluster alone that differs. The
    clusters take turns, so that the machine's moods hit all alike, and what stands before is kept from the collector.
    """
    clusters = [cluster_of(nodes, 10, workloads=pods // 10) for pods in sizes]
    collect()
    freeze()
    found: list[list[float]] = [[] for _ in clusters]
    for _ in range(times):
        for cluster, seconds in zip(clusters, found, strict=True):
            seconds.append(cost(cluster, Delete("rc/web-1#1")).seconds)
    unfreeze()
    return [median(seconds) for seconds in found]


@frozen
class Scheduling:
    """Wall time from a pod's creation until it is bound: of a sort that was placed before, and of a new one."""

    warm_seconds: float
    first_seconds: float


def scheduling_seconds(sizes: Sequence[int], times: int = 15) -> list[Scheduling]:
    """The median wall time of one pod's scheduling in clusters of so many nodes.

    The pods belong to a service, so they are spread, and the clusters take turns. A pod is the first of its sort if no
    pod before it asked for as much: then the scheduler remembers nothing about nodes for such pods.
    """
    clusters = [cluster_of(nodes, 0, workloads=0, checked=False) for nodes in sizes]
    bound = [bound_pods(cluster) for cluster in clusters]
    for cluster in clusters:
        cluster.run_user(cluster.client.create(service("spread")), "create")
        cluster.settle()
    collect()
    freeze()
    warm: list[list[float]] = [[] for _ in clusters]
    first: list[list[float]] = [[] for _ in clusters]
    for number in range(times):
        for place, cluster in enumerate(clusters):
            for found, name, cpu in (
                (warm[place], f"warm-{number}", "10m"),
                (first[place], f"first-{number}", f"{number + 20}m"),
            ):
                pod = single_pod(name, "spread", cpu)
                found.append(wall_seconds(partial(create_until_bound, cluster, pod, bound[place])))
                cluster.settle()
    unfreeze()
    # The first of the warm pods was not warm.
    return [
        Scheduling(median(some[1:]), median(others))
        for some, others in zip(warm, first, strict=True)
    ]


def single_pod(name: str, app: str, cpu: str) -> Json:
    """A pod like those of a workload, of its own."""
    template = workload(app, 1, cpu)["spec"]["template"]
    metadata = {**template["metadata"], "name": name, "namespace": "default"}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": template["spec"]}


def bound_pods(cluster: Cluster) -> dict[str, None]:
    """The names of the pods that get a node from now on."""
    bound: dict[str, None] = {}

    def count(fact: Committed) -> None:
        after = fact.change.after
        if after is not None and after.key.resource == "pods" and after.raw["spec"].get("nodeName"):
            bound[after.key.name] = None

    cluster.facts.subscribe(Committed, count)
    return bound


def create_until_bound(cluster: Cluster, pod: Json, bound: dict[str, None]) -> None:
    """Create a pod and run until it has a node."""
    cluster.run_user(cluster.client.create(pod), "create")
    while pod["metadata"]["name"] not in bound:
        if not cluster.loop.run_next():
            raise SystemExit("the benchmark's pod is never bound")


def scale_up_seconds(replicas: int = 200, nodes: int = 4, times: int = 5) -> float:
    """The best wall time from scaling a replication controller until every pod is bound."""
    found = []
    for _ in range(times):
        cluster = cluster_of(nodes, 0, checked=False)
        collect()
        found.append(wall_seconds(partial(scale_until_bound, cluster, replicas)))
    return min(found)


def scale_until_bound(cluster: Cluster, replicas: int) -> None:
    """Scale the workload up and run until that many pods have a node."""
    bound = bound_pods(cluster)
    cluster.apply(Scale("rc/web-1", replicas))
    while len(bound) < replicas:
        if not cluster.loop.run_next():
            raise SystemExit("the benchmark's pods are never bound")
