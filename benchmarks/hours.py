"""How fast virtual time passes: idle, and with a fault of five minutes every hour."""

from __future__ import annotations

import time

from windtunnel.model.cluster.action import Action
from windtunnel.model.cluster.actions.faults import NodeCrash, Partition, ProcessCrash
from windtunnel.model.cluster.actions.time import HealFault
from windtunnel.model.cluster.cluster import Cluster
from windtunnel.model.cluster.shape import ClusterShape
from windtunnel.model.objects.json import Json

HOUR_MS = 3_600_000
PODS_OF_A_WORKLOAD = 10
PODS_OF_A_NODE = 50
FAULT_LASTS_MS = 300_000
FAULTS: tuple[Action, ...] = (
    NodeCrash("node-1"),
    Partition("node-1", "apiserver-0", "both"),
    ProcessCrash("controller-manager-0", 0),
    ProcessCrash("scheduler-0", 0),
)


def cluster_with(pods: int) -> Cluster:
    """A cluster at rest with workloads of ten pods."""
    cluster = Cluster(ClusterShape(nodes=max(2, pods // PODS_OF_A_NODE)))
    cluster.start()
    for number in range(pods // PODS_OF_A_WORKLOAD):
        cluster.run_user(cluster.client.create(_workload(f"load-{number}")), "create a workload")
    cluster.settle()
    return cluster


def day_to_hour(pods: int) -> float:
    """The CPU time of a cluster with 24 idle hours over that of one with a single idle hour, start included."""
    seconds = []
    for hours in (1, 24):
        begin = time.process_time()
        cluster_with(pods).run_for(hours * HOUR_MS)
        seconds.append(time.process_time() - begin)
    return seconds[1] / seconds[0]


def hours_a_second(pods: int, hours: int) -> float:
    """Virtual hours per CPU second, with a fault of five minutes every hour."""
    cluster = cluster_with(pods)
    begin = time.process_time()
    for number in range(hours):
        fault = FAULTS[number % len(FAULTS)]
        cluster.apply(fault)
        cluster.run_for(FAULT_LASTS_MS)
        cluster.apply(HealFault(str(fault)))
        cluster.run_for(HOUR_MS - FAULT_LASTS_MS)
    return hours / (time.process_time() - begin)


def _workload(name: str) -> Json:
    labels = {"app": name}
    return {
        "apiVersion": "v1",
        "kind": "ReplicationController",
        "metadata": {"name": name, "namespace": "default"},
        "spec": {
            "replicas": PODS_OF_A_WORKLOAD,
            "selector": labels,
            "template": {
                "metadata": {"labels": labels},
                "spec": {"containers": [{"name": "web", "image": "web:1"}]},
            },
        },
    }
