"""Defects planted in controllers: replication, endpoints, garbage collection."""

from __future__ import annotations

from attrs import evolve

from windtunnel.model.cluster.actions.operations import Delete, Relabel, Scale
from windtunnel.model.cluster.actions.time import Advance
from windtunnel.model.cluster.scenario import Scenario
from windtunnel.model.objects.json import Json
from windtunnel.zoo.defect import PlantedDefect, patch, scenario
from windtunnel.zoo.world import (
    EXTERNAL,
    WEB,
    WEB_CONTROLLER,
    WEB_SERVICE,
    bare_pod,
    controller,
    replica_set,
)

_UNREADY: Json = {"readinessProbe": {"httpGet": {"port": 8080}, "initialDelaySeconds": 5}}


_NOT_IN: Json = {
    "matchLabels": {"app": "web"},
    "matchExpressions": [{"key": "tier", "operator": "NotIn", "values": ["db"]}],
}


def _lagging(slow: Scenario) -> Scenario:
    """With a cache of pods in the controller manager that takes most events in late."""
    late = {number: 1 + number % 7 for number in range(60)}
    return evolve(slow, deviations={"informer lag controller-manager-0 pods": late})


CONTROLLERS: tuple[PlantedDefect, ...] = (
    PlantedDefect(
        "replication-off-by-one",
        "replication",
        "replication_off_by_one:ReplicationOffByOne",
        "replica-count",
        "A controller is content with one pod less.",
        scenario((WEB_CONTROLLER,)),
    ),
    PlantedDefect(
        "replication-answering-itself",
        "replication",
        "replication_answering_itself:ReplicationAnsweringItself",
        "no-hot-loop",
        "A controller writes a status each time it hears of the status that it wrote.",
        scenario((WEB_CONTROLLER,)),
    ),
    PlantedDefect(
        "replication-renewing-pods",
        "replication",
        "replication_renewing_pods:ReplicationRenewingPods",
        "what-is-reached-is-kept",
        "A controller replaces a pod from time to time although nothing is wrong with it.",
        scenario((WEB_CONTROLLER,)),
    ),
    PlantedDefect(
        "replication-not-replacing",
        "replication",
        "replication_not_replacing:ReplicationNotReplacing",
        "replica-count",
        "A controller does not hear of pods that are deleted, and replaces none.",
        scenario((WEB_CONTROLLER,), Delete("rc/web#1")),
    ),
    PlantedDefect(
        "replication-without-expectations",
        "replication",
        "replication_without_expectations:ReplicationWithoutExpectations",
        "no-surplus-is-created",
        "A controller does not wait for its cache to show what it has just created.",
        _lagging(scenario((controller("web", 5, WEB),), Scale("rc/web", 3), Scale("rc/web", 5))),
    ),
    PlantedDefect(
        "replication-counting-foreign-pods",
        "replication",
        "replication_counting_foreign_pods:ReplicationCountingForeignPods",
        "foreign-pods-are-left-alone",
        "A controller takes every pod with the right labels for its own.",
        scenario(
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
        scenario((bare_pod("other", {"app": "other"}), WEB_CONTROLLER), Delete("rc/web#1")),
    ),
    PlantedDefect(
        "replication-keeping-strangers",
        "replication",
        "replication_keeping_strangers:ReplicationKeepingStrangers",
        "selected-pods-are-owned",
        "A controller keeps a pod whose labels no longer match.",
        scenario((WEB_CONTROLLER,), Relabel("rc/web#1", "tier", "")),
    ),
    PlantedDefect(
        "replication-releasing-the-unready",
        "replication",
        "replication_releasing_the_unready:ReplicationReleasingTheUnready",
        "only-unselected-pods-are-released",
        "A controller lets go of pods that are not ready.",
        scenario(
            (controller("web", 1, WEB, _UNREADY),),
            Relabel("rc/web#1", "tier", ""),
            Advance(3_000),
        ),
    ),
    PlantedDefect(
        "controllers-where-notin-needs-the-key",
        "selectors",
        "selectors_where_notin_needs_the_key:SelectorsWhereNotInNeedsTheKey",
        "only-unselected-pods-are-released",
        "A controller does not know its own pods, as they lack a key that NotIn is about.",
        scenario((replica_set("set", 1, _NOT_IN, {"app": "web"}),)),
    ),
    PlantedDefect(
        "endpoints-ignoring-readiness",
        "endpoints",
        "endpoints_ignoring_readiness:EndpointsIgnoringReadiness",
        "endpoints-are-selected-pods",
        "Pods are listed as ready before they are.",
        scenario((controller("web", 1, WEB, _UNREADY), WEB_SERVICE), Advance(3_000)),
    ),
    PlantedDefect(
        "endpoints-keeping-the-dead",
        "endpoints",
        "endpoints_keeping_the_dead:EndpointsKeepingTheDead",
        "endpoints-match",
        "The addresses of deleted pods stay.",
        scenario((WEB_CONTROLLER, WEB_SERVICE), Scale("rc/web", 0)),
    ),
    PlantedDefect(
        "endpoints-taking-all-services",
        "endpoints",
        "endpoints_taking_all_services:EndpointsTakingAllServices",
        "hand-written-endpoints-are-left-alone",
        "The hand-written Endpoints of a service without a selector are emptied.",
        scenario(EXTERNAL, patch("svc/database", metadata={"labels": {"x": "y"}})),
    ),
    PlantedDefect(
        "collector-blind-to-owners",
        "garbage-collector",
        "collector_blind_to_owners:CollectorBlindToOwners",
        "owned-objects-are-kept",
        "Objects are deleted although their owners exist.",
        scenario((controller("web", 1, WEB),)),
    ),
    PlantedDefect(
        "collector-that-rests",
        "garbage-collector",
        "collector_that_rests:CollectorThatRests",
        "orphans-are-collected",
        "What belonged to a deleted owner stays.",
        scenario((WEB_CONTROLLER,), Delete("rc/web", "Background")),
    ),
)
