"""What is planted, which promise must catch it, and a short scenario that shows it.

Each scenario holds on the healthy model; with the defect in its role the named promise breaks. Both are tests.
"""

from __future__ import annotations

import json
from importlib import import_module

from attrs import evolve, frozen

from windtunnel.model.cluster.action import Action
from windtunnel.model.cluster.actions.faults import ContainerCrash, Partition, ProcessCrash
from windtunnel.model.cluster.actions.operations import Delete, Relabel, Scale
from windtunnel.model.cluster.actions.time import Advance, HealFault, Settle
from windtunnel.model.cluster.scenario import Scenario
from windtunnel.model.cluster.shape import ClusterShape
from windtunnel.model.objects.json import Json
from windtunnel.zoo.requests import Bind, List, Patch
from windtunnel.zoo.world import (
    EXTERNAL,
    WEB,
    WEB_CONTROLLER,
    WEB_SERVICE,
    bare_pod,
    config_map,
    controller,
    replica_set,
)

HELD = "example.com/held"


@frozen
class PlantedDefect:
    """One defect: the class in `place` (a module of windtunnel.zoo.planted, and a name in it) plays `role`."""

    id: str
    role: str
    place: str
    promise: str
    about: str
    scenario: Scenario

    @property
    def cls(self) -> type:
        """The class. Imports its module."""
        module, _, name = self.place.partition(":")
        found: type = getattr(import_module(f"windtunnel.zoo.planted.{module}"), name)
        return found


def _scenario(
    objects: tuple[Json, ...],
    *actions: Action,
    nodes: int = 1,
    namespaces: tuple[str, ...] = (),
) -> Scenario:
    shape = ClusterShape(nodes, namespaces)
    return Scenario(shape, objects, (Advance(2_000), *actions, Advance(2_000)))


def _lagging(scenario: Scenario) -> Scenario:
    """With a cache of pods in the controller manager that takes most events in late."""
    late = {number: 1 + number % 7 for number in range(60)}
    return evolve(scenario, deviations={"informer lag controller-manager-0 pods": late})


def _patch(target: str, **body: object) -> Patch:
    return Patch(target, json.dumps(body))


def _back_after(fault: Action, *meanwhile: Action) -> tuple[Action, ...]:
    return (fault, *meanwhile, HealFault(str(fault)), Settle())


_CUT_OFF = Partition("apiserver-0", "controller-manager-0")
_KUBELET = ProcessCrash("kubelet-node-1")
_UNREADY: Json = {"readinessProbe": {"httpGet": {"port": 8080}, "initialDelaySeconds": 5}}
_LARGE: Json = {"resources": {"requests": {"cpu": "3"}}}
_CRASH = ContainerCrash("rc/web#1", "main")
_NOT_DB = {
    "matchLabels": {"app": "web"},
    "matchExpressions": [{"key": "tier", "operator": "NotIn", "values": ["db"]}],
}

PLANTED: tuple[PlantedDefect, ...] = (
    PlantedDefect(
        "store-without-compare-and-swap",
        "store",
        "store_without_compare_and_swap:StoreWithoutCompareAndSwap",
        "no-lost-update",
        "The store writes whatever the revision, so the last of two concurrent writers wins.",
        _scenario(
            (WEB_CONTROLLER,),
            Scale("rc/web", 5),
            *(_patch("rc/web", metadata={"labels": {"round": str(n)}}) for n in range(12)),
        ),
    ),
    PlantedDefect(
        "store-with-free-deletions",
        "store",
        "store_with_free_deletions:StoreWithFreeDeletions",
        "revision-order",
        "A deletion takes no revision of its own, and the next write has the same one.",
        _scenario(
            (config_map("a"), config_map("b")), Delete("cm/a"), _patch("cm/b", data={"x": "1"})
        ),
    ),
    PlantedDefect(
        "store-with-old-stamps",
        "store",
        "store_with_old_stamps:StoreWithOldStamps",
        "revision-order",
        "An object keeps the resourceVersion that it had before it was written.",
        _scenario((config_map("a"),), _patch("cm/a", data={"x": "1"})),
    ),
    PlantedDefect(
        "watch-cache-with-gap",
        "watch-cache",
        "watch_cache_with_gap:WatchCacheWithGap",
        "watches-are-complete",
        "A client that comes back misses the first change since it was away.",
        _scenario((WEB_CONTROLLER,), *_back_after(_CUT_OFF, Scale("rc/web", 2), Advance(60_000))),
    ),
    PlantedDefect(
        "watch-cache-with-repeat",
        "watch-cache",
        "watch_cache_with_repeat:WatchCacheWithRepeat",
        "watches-are-complete",
        "A client that comes back gets the change at which it stands once more.",
        _scenario((WEB_CONTROLLER,), *_back_after(_CUT_OFF, Advance(60_000))),
    ),
    PlantedDefect(
        "watch-cache-with-short-prefix",
        "watch-cache",
        "watch_cache_with_short_prefix:WatchCacheWithShortPrefix",
        "lists-show-what-is-selected",
        "A list of one namespace shows objects of those whose names begin alike.",
        _scenario(
            (bare_pod("a", WEB, "shop"), bare_pod("b", WEB, "shop-test")),
            List("pods", "shop", ""),
            namespaces=("shop", "shop-test"),
        ),
    ),
    PlantedDefect(
        "selectors-where-notin-needs-the-key",
        "selectors",
        "selectors_where_notin_needs_the_key:SelectorsWhereNotInNeedsTheKey",
        "lists-show-what-is-selected",
        "NotIn selects only what has the key.",
        _scenario((bare_pod("a", {"app": "web"}),), List("pods", "", "app=web,tier notin (db)")),
    ),
    PlantedDefect(
        "informer-that-alters",
        "informer",
        "informer_that_alters:InformerThatAlters",
        "caches-are-true",
        "A cached object is altered by whoever reads it.",
        _scenario((config_map("a"),), _patch("cm/a", data={"x": "1"})),
    ),
    PlantedDefect(
        "informer-with-ghosts",
        "informer",
        "informer_with_ghosts:InformerWithGhosts",
        "caches-catch-up",
        "What was deleted stays in the caches.",
        _scenario((config_map("a"),), Delete("cm/a")),
    ),
    PlantedDefect(
        "replication-off-by-one",
        "replication",
        "replication_off_by_one:ReplicationOffByOne",
        "replica-count",
        "A controller is content with one pod less.",
        _scenario((WEB_CONTROLLER,)),
    ),
    PlantedDefect(
        "replication-not-replacing",
        "replication",
        "replication_not_replacing:ReplicationNotReplacing",
        "replica-count",
        "A controller does not hear of pods that are deleted, and replaces none.",
        _scenario((WEB_CONTROLLER,), Delete("rc/web#1")),
    ),
    PlantedDefect(
        "replication-without-expectations",
        "replication",
        "replication_without_expectations:ReplicationWithoutExpectations",
        "no-surplus-is-created",
        "A controller does not wait for its cache to show what it has just created.",
        _lagging(_scenario((controller("web", 5, WEB),), Scale("rc/web", 3), Scale("rc/web", 5))),
    ),
    PlantedDefect(
        "replication-counting-foreign-pods",
        "replication",
        "replication_counting_foreign_pods:ReplicationCountingForeignPods",
        "foreign-pods-are-left-alone",
        "A controller takes every pod with the right labels for its own.",
        _scenario(
            (replica_set("set", 2, {"matchLabels": {"app": "web"}}, WEB), WEB_CONTROLLER),
            Scale("rc/web", 0),
        ),
    ),
    PlantedDefect(
        "replication-adopting-strangers",
        "replication",
        "replication_adopting_strangers:ReplicationAdoptingStrangers",
        "controllers-take-what-they-select",
        "A controller adopts every free pod.",
        _scenario((bare_pod("other", {"app": "other"}), WEB_CONTROLLER), Delete("rc/web#1")),
    ),
    PlantedDefect(
        "replication-keeping-strangers",
        "replication",
        "replication_keeping_strangers:ReplicationKeepingStrangers",
        "selected-pods-are-owned",
        "A controller keeps a pod whose labels no longer match.",
        _scenario((WEB_CONTROLLER,), Relabel("rc/web#1", "tier", "")),
    ),
    PlantedDefect(
        "replication-releasing-the-unready",
        "replication",
        "replication_releasing_the_unready:ReplicationReleasingTheUnready",
        "only-unselected-pods-are-released",
        "A controller lets go of pods that are not ready.",
        _scenario(
            (controller("web", 1, WEB, _UNREADY),),
            Relabel("rc/web#1", "tier", ""),
            Advance(3_000),
        ),
    ),
    PlantedDefect(
        "endpoints-ignoring-readiness",
        "endpoints",
        "endpoints_ignoring_readiness:EndpointsIgnoringReadiness",
        "endpoints-are-selected-pods",
        "Pods are listed as ready before they are.",
        _scenario((controller("web", 1, WEB, _UNREADY), WEB_SERVICE), Advance(3_000)),
    ),
    PlantedDefect(
        "endpoints-keeping-the-dead",
        "endpoints",
        "endpoints_keeping_the_dead:EndpointsKeepingTheDead",
        "endpoints-match",
        "The addresses of deleted pods stay.",
        _scenario((WEB_CONTROLLER, WEB_SERVICE), Scale("rc/web", 0)),
    ),
    PlantedDefect(
        "endpoints-taking-all-services",
        "endpoints",
        "endpoints_taking_all_services:EndpointsTakingAllServices",
        "hand-written-endpoints-are-left-alone",
        "The hand-written Endpoints of a service without a selector are emptied.",
        _scenario(EXTERNAL, _patch("svc/database", metadata={"labels": {"x": "y"}})),
    ),
    PlantedDefect(
        "scheduler-ignoring-taints",
        "scheduler",
        "scheduler_ignoring_taints:SchedulerIgnoringTaints",
        "filters-held",
        "Pods are put on nodes whose taints they do not tolerate.",
        _scenario(
            (WEB_CONTROLLER,),
            _patch(
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
        _scenario((controller("web", 2, WEB, _LARGE),)),
    ),
    PlantedDefect(
        "scheduler-losing-wakeups",
        "scheduler",
        "scheduler_losing_wakeups:SchedulerLosingWakeups",
        "fitting-pods-are-bound",
        "A pod that once fitted nowhere is never tried again.",
        _scenario(
            (
                controller("first", 1, {"app": "first"}, _LARGE),
                controller("second", 1, WEB, _LARGE),
            ),
            Delete("rc/first", "Background"),
        ),
    ),
    PlantedDefect(
        "apiserver-binding-twice",
        "apiserver",
        "apiserver_binding_twice:ApiServerBindingTwice",
        "bound-once",
        "A second binding moves a pod to another node.",
        _scenario((bare_pod("a", WEB),), Bind("pod/a", "node-1"), Bind("pod/a", "node-2"), nodes=2),
    ),
    PlantedDefect(
        "apiserver-ignoring-finalizers",
        "apiserver",
        "apiserver_ignoring_finalizers:ApiServerIgnoringFinalizers",
        "finalizers-hold",
        "An object is removed although a finalizer holds it.",
        _scenario((config_map("a", finalizers=[HELD]),), Delete("cm/a")),
    ),
    PlantedDefect(
        "apiserver-keeping-the-finished",
        "apiserver",
        "apiserver_keeping_the_finished:ApiServerKeepingTheFinished",
        "deletion-ends",
        "An object stays although nothing holds it any more.",
        _scenario(
            (config_map("a", finalizers=[HELD]),),
            Delete("cm/a"),
            _patch("cm/a", metadata={"finalizers": []}),
        ),
    ),
    PlantedDefect(
        "apiserver-reviving",
        "apiserver",
        "apiserver_reviving:ApiServerReviving",
        "deletion-is-final",
        "An update takes a deletion back.",
        _scenario(
            (config_map("a", finalizers=[HELD]),),
            Delete("cm/a"),
            _patch("cm/a", metadata={"annotations": {"revive": "yes"}}),
        ),
    ),
    PlantedDefect(
        "apiserver-with-two-controllers",
        "apiserver",
        "apiserver_with_two_controllers:ApiServerWithTwoControllers",
        "one-controlling-owner",
        "A second controlling owner is accepted.",
        _scenario(
            (config_map("a"), config_map("b")),
            _patch(
                "cm/a",
                metadata={
                    "ownerReferences": [
                        {
                            "apiVersion": "v1",
                            "kind": "Node",
                            "name": "node-1",
                            "uid": uid,
                            "controller": True,
                        }
                        for uid in ("1", "2")
                    ]
                },
            ),
        ),
    ),
    PlantedDefect(
        "apiserver-counting-every-write",
        "apiserver",
        "apiserver_counting_every_write:ApiServerCountingEveryWrite",
        "generation-counts-the-spec",
        "The generation grows with every write.",
        _scenario((WEB_CONTROLLER,), _patch("rc/web", metadata={"labels": {"x": "y"}})),
    ),
    PlantedDefect(
        "apiserver-with-new-identities",
        "apiserver",
        "apiserver_with_new_identities:ApiServerWithNewIdentities",
        "identity-stays",
        "An object gets a new uid when its labels change.",
        _scenario((WEB_CONTROLLER,), _patch("rc/web", metadata={"labels": {"x": "y"}})),
    ),
    PlantedDefect(
        "collector-blind-to-owners",
        "garbage-collector",
        "collector_blind_to_owners:CollectorBlindToOwners",
        "owned-objects-are-kept",
        "Objects are deleted although their owners exist.",
        _scenario((controller("web", 1, WEB),)),
    ),
    PlantedDefect(
        "collector-that-rests",
        "garbage-collector",
        "collector_that_rests:CollectorThatRests",
        "orphans-are-collected",
        "What belonged to a deleted owner stays.",
        _scenario((WEB_CONTROLLER,), Delete("rc/web", "Background")),
    ),
    PlantedDefect(
        "kubelet-forgetting-restarts",
        "kubelet",
        "kubelet_forgetting_restarts:KubeletForgettingRestarts",
        "restart-count-grows",
        "Restarts are counted anew when the kubelet is restarted.",
        _scenario((WEB_CONTROLLER,), _CRASH, Settle(), *_back_after(_KUBELET), _CRASH),
    ),
    PlantedDefect(
        "kubelet-reviving-the-dead",
        "kubelet",
        "kubelet_reviving_the_dead:KubeletRevivingTheDead",
        "terminal-phase-is-final",
        "A restarted kubelet reports finished pods as running.",
        _scenario(
            (bare_pod("job", {"app": "job"}, restartPolicy="Never"),),
            ContainerCrash("pod/job", "main"),
            Settle(),
            *_back_after(_KUBELET),
        ),
    ),
    PlantedDefect(
        "kubelet-moving-pods",
        "kubelet",
        "kubelet_moving_pods:KubeletMovingPods",
        "address-comes-with-sandbox",
        "A pod's address changes when a container is restarted.",
        _scenario((WEB_CONTROLLER,), _CRASH, Settle()),
    ),
    PlantedDefect(
        "kubelet-sharing-addresses",
        "kubelet",
        "kubelet_sharing_addresses:KubeletSharingAddresses",
        "addresses-are-not-shared",
        "All pods of a node have the node's address.",
        _scenario((WEB_CONTROLLER,)),
    ),
    PlantedDefect(
        "kubelet-never-confirming",
        "kubelet",
        "kubelet_never_confirming:KubeletNeverConfirming",
        "terminating-pods-go",
        "A deleted pod stays, although nothing of it runs.",
        _scenario((WEB_CONTROLLER,), Delete("rc/web#1")),
    ),
    PlantedDefect(
        "kubelet-deaf-to-new-pods",
        "kubelet",
        "kubelet_deaf_to_new_pods:KubeletDeafToNewPods",
        "bound-pods-run",
        "Pods that are bound later never run.",
        _scenario((WEB_CONTROLLER,)),
    ),
)
