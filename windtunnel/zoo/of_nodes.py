"""Defects planted in what makes pods run: scheduler and kubelet."""

from __future__ import annotations

from windtunnel.model.cluster.actions.faults import (
    ContainerCrash,
    NodeLoss,
    Partition,
    ProbeFlip,
    ProcessCrash,
)
from windtunnel.model.cluster.actions.operations import Delete, Scale
from windtunnel.model.cluster.actions.time import Advance, HealFault, Settle
from windtunnel.model.objects.json import Json
from windtunnel.zoo.defect import PlantedDefect, back_after, patch, scenario
from windtunnel.zoo.world import WEB, WEB_CONTROLLER, bare_pod, controller

_KUBELET = ProcessCrash("kubelet-node-1")
_LARGE: Json = {"resources": {"requests": {"cpu": "3"}}}
_CRASH = ContainerCrash("rc/web#1", "main")
_PATIENT: Json = {
    "readinessProbe": {"httpGet": {"port": 8080}, "periodSeconds": 5, "failureThreshold": 3}
}
_APART: Json = {
    "podAntiAffinity": {
        "requiredDuringSchedulingIgnoredDuringExecution": [
            {"labelSelector": {"matchLabels": WEB}, "topologyKey": "kubernetes.io/hostname"}
        ]
    }
}


_CUT_OFF = Partition("apiserver-0", "node-1")


NODES: tuple[PlantedDefect, ...] = (
    PlantedDefect(
        "kubelet-trusting-the-api",
        "kubelet",
        "kubelet_trusting_the_api:KubeletTrustingTheApi",
        "same-end-without-faults",
        "Pods that were declared unready while their node was silent stay so for ever.",
        scenario((WEB_CONTROLLER,), _CUT_OFF, Advance(70_000), HealFault(str(_CUT_OFF)), nodes=2),
    ),
    PlantedDefect(
        "scheduler-ignoring-taints",
        "scheduler",
        "scheduler_ignoring_taints:SchedulerIgnoringTaints",
        "filters-held",
        "Pods are put on nodes whose taints they do not tolerate.",
        scenario(
            (WEB_CONTROLLER,),
            patch(
                "node/node-1",
                spec={"taints": [{"key": "only", "value": "db", "effect": "NoSchedule"}]},
            ),
            Scale("rc/web", 5),
        ),
    ),
    PlantedDefect(
        "scheduler-ignoring-room",
        "scheduler",
        "scheduler_ignoring_room:SchedulerIgnoringRoom",
        "filters-held",
        "Pods are put on nodes that are full.",
        scenario((controller("web", 2, WEB, _LARGE),)),
    ),
    PlantedDefect(
        "scheduler-ignoring-affinity",
        "scheduler",
        "scheduler_ignoring_affinity:SchedulerIgnoringAffinity",
        "filters-held",
        "Pods are put near those that they cannot bear.",
        scenario((controller("web", 2, WEB, affinity=_APART),)),
    ),
    PlantedDefect(
        "scheduler-losing-wakeups",
        "scheduler",
        "scheduler_losing_wakeups:SchedulerLosingWakeups",
        "fitting-pods-are-bound",
        "A pod that once fitted nowhere is never tried again.",
        scenario(
            (
                controller("first", 1, {"app": "first"}, _LARGE),
                controller("second", 1, WEB, _LARGE),
            ),
            Delete("rc/first", "Background"),
        ),
    ),
    PlantedDefect(
        "kubelet-forgetting-restarts",
        "kubelet",
        "kubelet_forgetting_restarts:KubeletForgettingRestarts",
        "restart-count-grows",
        "Restarts are counted anew when the kubelet is restarted.",
        scenario((WEB_CONTROLLER,), _CRASH, Settle(), *back_after(_KUBELET), _CRASH),
    ),
    PlantedDefect(
        "kubelet-reviving-the-dead",
        "kubelet",
        "kubelet_reviving_the_dead:KubeletRevivingTheDead",
        "terminal-phase-is-final",
        "A restarted kubelet reports finished pods as running.",
        scenario(
            (bare_pod("job", {"app": "job"}, restartPolicy="Never"),),
            ContainerCrash("pod/job", "main"),
            Settle(),
            *back_after(_KUBELET),
        ),
    ),
    PlantedDefect(
        "kubelet-moving-pods",
        "kubelet",
        "kubelet_moving_pods:KubeletMovingPods",
        "address-comes-with-sandbox",
        "A pod's address changes when a container is restarted.",
        scenario((WEB_CONTROLLER,), _CRASH, Settle()),
    ),
    PlantedDefect(
        "kubelet-sharing-addresses",
        "kubelet",
        "kubelet_sharing_addresses:KubeletSharingAddresses",
        "addresses-are-not-shared",
        "All pods of a node have the node's address.",
        scenario((WEB_CONTROLLER,)),
    ),
    PlantedDefect(
        "kubelet-never-confirming",
        "kubelet",
        "kubelet_never_confirming:KubeletNeverConfirming",
        "terminating-pods-go",
        "A deleted pod stays, although nothing of it runs.",
        scenario((WEB_CONTROLLER,), Delete("rc/web#1")),
    ),
    PlantedDefect(
        "kubelet-deaf-to-new-pods",
        "kubelet",
        "kubelet_deaf_to_new_pods:KubeletDeafToNewPods",
        "bound-pods-run",
        "Pods that are bound later never run.",
        scenario((WEB_CONTROLLER,)),
    ),
    PlantedDefect(
        "prober-without-thresholds",
        "prober",
        "prober_without_thresholds:ProberWithoutThresholds",
        "readiness-follows-probes",
        "One failed probe makes a container unready, however many its probe allows.",
        scenario(
            (controller("web", 1, WEB, _PATIENT),),
            *back_after(ProbeFlip("rc/web#1", "main", "readiness"), Advance(20_000)),
        ),
    ),
    PlantedDefect(
        "kubelet-rerunning-the-finished",
        "kubelet",
        "kubelet_rerunning_the_finished:KubeletRerunningTheFinished",
        "the-end-is-final",
        "A kubelet on a fresh machine runs pods once more that are over.",
        scenario(
            (bare_pod("job", {"app": "job"}, restartPolicy="Never"),),
            ContainerCrash("pod/job", "main"),
            Settle(),
            *back_after(NodeLoss("node-1", "replaced")),
        ),
    ),
    PlantedDefect(
        "kubelet-renewing-sandboxes",
        "kubelet",
        "kubelet_renewing_sandboxes:KubeletRenewingSandboxes",
        "one-sandbox-each",
        "A restarted kubelet makes new sandboxes beside those that are up.",
        scenario((WEB_CONTROLLER,), *back_after(_KUBELET)),
    ),
)
