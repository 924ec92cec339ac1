"""Defects that Kubernetes once had itself, each planted by the smallest override, and a short scenario of each.

What they have in common: none of them shows without faults that fall together.
"""

from __future__ import annotations

from windtunnel.model.cluster.actions.faults import ApiServerCrash, Partition, ProcessCrash
from windtunnel.model.cluster.actions.operations import Apply, Cordon, Delete, RemoveNode, Scale
from windtunnel.model.cluster.actions.time import Advance, HealFault
from windtunnel.model.cluster.scenario import Scenario
from windtunnel.model.cluster.shape import ClusterShape
from windtunnel.model.objects.json import Json
from windtunnel.zoo.defect import A_WHILE, PlantedDefect
from windtunnel.zoo.world import WEB, WEB_CONTROLLER, bare_pod

_BEHIND = Partition("apiserver-0", "store-0")
_RESTART = ProcessCrash("kubelet-node-1")
_NO_SCHEDULER = Partition("scheduler-0", "apiserver-0")
_NEW_CACHE = ApiServerCrash("apiserver-0")
_TWO_NODES: Json = {
    "nodeAffinity": {
        "requiredDuringSchedulingIgnoredDuringExecution": {
            "nodeSelectorTerms": [
                {
                    "matchExpressions": [
                        {
                            "key": "kubernetes.io/hostname",
                            "operator": "In",
                            "values": ["node-1", "node-3"],
                        }
                    ]
                }
            ]
        }
    }
}


KNOWN_BUGS: tuple[PlantedDefect, ...] = (
    PlantedDefect(
        "reflector-trusting-any-server",
        "reflector",
        "reflector_trusting_any_server:ReflectorTrustingAnyServer",
        "one-pod-per-name",
        "A restarted kubelet lists from a server that is behind, and runs a pod that was made anew elsewhere.",
        Scenario(
            ClusterShape(4, apiservers=2, schedulers=2),
            (bare_pod("a", WEB, affinity=_TWO_NODES),),
            (
                A_WHILE,
                Cordon("node-1"),
                _BEHIND,
                Delete("pod/a"),
                Advance(5_000),
                Apply("pod/a"),
                Advance(5_000),
                _RESTART,
                HealFault(str(_RESTART)),
                A_WHILE,
            ),
        ),
    ),
    PlantedDefect(
        "scheduler-deaf-to-missed-deletions",
        "scheduler",
        "scheduler_deaf_to_missed_deletions:SchedulerDeafToMissedDeletions",
        "chosen-nodes-are-known",
        "A node whose deletion the scheduler's watch has missed is still chosen.",
        Scenario(
            ClusterShape(2),
            (WEB_CONTROLLER,),
            (
                A_WHILE,
                _NO_SCHEDULER,
                _NEW_CACHE,
                HealFault(str(_NEW_CACHE)),
                Advance(5_000),
                RemoveNode("node-2", "runs"),
                HealFault(str(_NO_SCHEDULER)),
                Advance(60_000),
                Scale("rc/web", 5),
                A_WHILE,
            ),
        ),
    ),
    PlantedDefect(
        "node-lifecycle-blaming-the-nodes",
        "node-lifecycle",
        "node_lifecycle_without_mercy:NodeLifecycleWithoutMercy",
        "zones-in-trouble-are-spared",
        "The control plane is cut off from all nodes, and drives all pods out.",
        Scenario(
            ClusterShape(3),
            (WEB_CONTROLLER,),
            (
                A_WHILE,
                *(Partition("apiserver-0", f"node-{number}") for number in (1, 2, 3)),
                Advance(150_000),
                A_WHILE,
            ),
        ),
    ),
)
