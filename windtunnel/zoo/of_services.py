"""Defects planted in what makes services work: EndpointSlices and their mirrors, addresses; and in namespaces."""

from __future__ import annotations

from windtunnel.model.cluster.actions.operations import Delete, Relabel
from windtunnel.model.cluster.actions.time import Advance, Settle
from windtunnel.model.objects.json import Json
from windtunnel.zoo.defect import PlantedDefect, patch, scenario
from windtunnel.zoo.world import (
    EXTERNAL,
    WEB,
    WEB_CONTROLLER,
    WEB_SERVICE,
    bare_pod,
    controller,
    service,
)

_UNREADY: Json = {"readinessProbe": {"httpGet": {"port": 8080}, "initialDelaySeconds": 5}}


SERVICES: tuple[PlantedDefect, ...] = (
    PlantedDefect(
        "endpointslice-keeping-the-lost",
        "endpointslice",
        "endpointslice_keeping_the_lost:EndpointSliceKeepingTheLost",
        "slices-match",
        "Pods that a service no longer selects stay in its slice.",
        scenario((bare_pod("a", WEB), WEB_SERVICE), Relabel("pod/a", "app", "")),
    ),
    PlantedDefect(
        "endpointslice-ignoring-readiness",
        "endpointslice",
        "endpointslice_ignoring_readiness:EndpointSliceIgnoringReadiness",
        "slices-are-selected-pods",
        "Pods are listed as ready before they are.",
        scenario((controller("web", 1, WEB, _UNREADY), WEB_SERVICE), Advance(3_000)),
    ),
    PlantedDefect(
        "endpointslice-telling-pods-by-address",
        "endpointslice",
        "endpointslice_telling_pods_by_address:EndpointSliceTellingPodsByAddress",
        "addresses-lead-to-their-pods",
        "A pod that got the address of one that is gone is taken for that one.",
        scenario(
            (controller("web", 1, WEB), WEB_SERVICE),
            Delete("rc/web#1"),
            Settle(),
            Delete("rc/web#1"),
            Settle(),
        ),
    ),
    PlantedDefect(
        "endpoints-naming-neighbours",
        "endpoints",
        "endpoints_naming_neighbours:EndpointsNamingNeighbours",
        "addresses-are-those-of-their-pods",
        "Each address is listed for the next pod.",
        scenario((WEB_CONTROLLER, WEB_SERVICE)),
    ),
    PlantedDefect(
        "mirror-deaf-to-edits",
        "endpointslice-mirroring",
        "mirror_deaf_to_edits:MirrorDeafToEdits",
        "hand-written-endpoints-are-mirrored",
        "Hand-written Endpoints are mirrored as they were first written.",
        scenario(
            EXTERNAL,
            patch(
                "ep/database",
                subsets=[{"addresses": [{"ip": "192.7.44.34"}], "ports": [{"port": 5432}]}],
            ),
        ),
    ),
    PlantedDefect(
        "allocator-giving-twice",
        "service-allocator",
        "allocator_giving_twice:AllocatorGivingTwice",
        "services-share-nothing",
        "It is not asked whether an address is taken.",
        scenario((service("one", WEB), service("two", WEB))),
    ),
    PlantedDefect(
        "allocator-keeping-all",
        "service-allocator",
        "allocator_keeping_all:AllocatorKeepingAll",
        "what-services-leave-is-free",
        "The address of a deleted service is never given back.",
        scenario((WEB_SERVICE,), Delete("svc/web")),
    ),
    PlantedDefect(
        "namespace-leaving-content",
        "namespace",
        "namespace_leaving_content:NamespaceLeavingContent",
        "namespaces-are-emptied",
        "A namespace goes and leaves behind what was in it.",
        scenario((bare_pod("a", WEB, "shop"),), Delete("ns/shop"), namespaces=("shop",)),
    ),
    PlantedDefect(
        "namespace-never-finalized",
        "namespace",
        "namespace_never_finalized:NamespaceNeverFinalized",
        "terminating-namespaces-go",
        "A namespace that is empty stays Terminating.",
        scenario((), Delete("ns/shop"), namespaces=("shop",)),
    ),
)
