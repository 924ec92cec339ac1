"""Defects planted in what deals with nodes that die, and with pods that have to go: taints, evictions, budgets."""

from __future__ import annotations

from windtunnel.model.cluster.actions.faults import NodeCrash
from windtunnel.model.cluster.actions.operations import Cordon, EvictPod, RemoveNode
from windtunnel.model.cluster.actions.time import Advance
from windtunnel.model.objects.json import Json
from windtunnel.zoo.defect import A_WHILE, PlantedDefect, patch, scenario
from windtunnel.zoo.world import WEB, WEB_CONTROLLER, budget, controller

_MANY = 6
_ONLY: Json = {"key": "only", "value": "db", "effect": "NoExecute"}
_PATIENT: Json = {
    "key": "only",
    "operator": "Exists",
    "effect": "NoExecute",
    "tolerationSeconds": 300,
}
_TAINT = patch("node/node-1", spec={"taints": [_ONLY]})
_UNTAINT = patch("node/node-1", spec={"taints": None})


DYING_NODES: tuple[PlantedDefect, ...] = (
    PlantedDefect(
        "node-lifecycle-blind-to-cordons",
        "node-lifecycle",
        "node_lifecycle_blind_to_cordons:NodeLifecycleBlindToCordons",
        "taints-follow-conditions",
        "A node's NoSchedule taints are never brought in line.",
        scenario((WEB_CONTROLLER,), Cordon("node-1")),
    ),
    PlantedDefect(
        "node-lifecycle-without-mercy",
        "node-lifecycle",
        "node_lifecycle_without_mercy:NodeLifecycleWithoutMercy",
        "zones-in-trouble-are-spared",
        "Nodes are emptied one after the other even where no node at all is heard of.",
        scenario(
            (),
            *(NodeCrash(f"node-{number}") for number in range(1, _MANY + 1)),
            Advance(150_000),
            nodes=_MANY,
        ),
    ),
    PlantedDefect(
        "taint-eviction-without-patience",
        "taint-eviction",
        "taint_eviction_without_patience:TaintEvictionWithoutPatience",
        "evictions-are-called-for",
        "A pod that tolerates a taint for a while is evicted at once.",
        scenario((controller("web", 1, WEB, tolerations=[_PATIENT]),), _TAINT, A_WHILE, _UNTAINT),
    ),
    PlantedDefect(
        "taint-eviction-deaf-to-nodes",
        "taint-eviction",
        "taint_eviction_deaf_to_nodes:TaintEvictionDeafToNodes",
        "tainted-nodes-are-emptied",
        "Nodes that are tainted later keep their pods.",
        scenario((WEB_CONTROLLER,), _TAINT),
    ),
    PlantedDefect(
        "pod-gc-keeping-orphans",
        "pod-gc",
        "pod_gc_keeping_orphans:PodGarbageCollectorKeepingOrphans",
        "pods-of-lost-nodes-go",
        "Pods of a node that is gone stay for ever.",
        scenario((WEB_CONTROLLER,), RemoveNode("node-2", "off"), nodes=2),
    ),
    PlantedDefect(
        "apiserver-evicting-freely",
        "apiserver",
        "apiserver_evicting_freely:ApiServerEvictingFreely",
        "evictions-use-the-budget",
        "Pods are evicted whatever their budget allows.",
        scenario(
            (WEB_CONTROLLER, budget("web", WEB, minAvailable=3)),
            Advance(60_000),
            EvictPod("rc/web#1"),
        ),
    ),
    PlantedDefect(
        "disruption-deaf-to-readiness",
        "disruption",
        "disruption_deaf_to_readiness:DisruptionDeafToReadiness",
        "budgets-are-counted",
        "A budget's pods are counted when they come and go, not when they become ready.",
        scenario((WEB_CONTROLLER, budget("web", WEB, maxUnavailable=1))),
    ),
)
