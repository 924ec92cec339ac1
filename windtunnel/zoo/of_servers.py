"""Defects planted in what serves and carries objects: store, API server, watch cache, selectors, informer."""

from __future__ import annotations

from windtunnel.model.cluster.actions.operations import Delete, Scale
from windtunnel.model.cluster.actions.time import Advance
from windtunnel.zoo.defect import CUT_OFF, PlantedDefect, back_after, patch, scenario
from windtunnel.zoo.requests import Bind, List
from windtunnel.zoo.world import WEB, WEB_CONTROLLER, bare_pod, config_map

HELD = "example.com/held"


SERVERS: tuple[PlantedDefect, ...] = (
    PlantedDefect(
        "store-without-compare-and-swap",
        "store",
        "store_without_compare_and_swap:StoreWithoutCompareAndSwap",
        "no-lost-update",
        "The store writes whatever the revision, so the last of two concurrent writers wins.",
        scenario(
            (WEB_CONTROLLER,),
            Scale("rc/web", 5),
            *(patch("rc/web", metadata={"labels": {"round": str(n)}}) for n in range(12)),
        ),
    ),
    PlantedDefect(
        "store-with-free-deletions",
        "store",
        "store_with_free_deletions:StoreWithFreeDeletions",
        "revision-order",
        "A deletion takes no revision of its own, and the next write has the same one.",
        scenario(
            (config_map("a"), config_map("b")), Delete("cm/a"), patch("cm/b", data={"x": "1"})
        ),
    ),
    PlantedDefect(
        "store-with-old-stamps",
        "store",
        "store_with_old_stamps:StoreWithOldStamps",
        "revision-order",
        "An object keeps the resourceVersion that it had before it was written.",
        scenario((config_map("a"),), patch("cm/a", data={"x": "1"})),
    ),
    PlantedDefect(
        "watch-cache-with-gap",
        "watch-cache",
        "watch_cache_with_gap:WatchCacheWithGap",
        "watches-are-complete",
        "A client that comes back misses the first change since it was away.",
        scenario((WEB_CONTROLLER,), *back_after(CUT_OFF, Scale("rc/web", 2), Advance(60_000))),
    ),
    PlantedDefect(
        "watch-cache-with-repeat",
        "watch-cache",
        "watch_cache_with_repeat:WatchCacheWithRepeat",
        "watches-are-complete",
        "A client that comes back gets the change at which it stands once more.",
        scenario((WEB_CONTROLLER,), *back_after(CUT_OFF, Advance(60_000))),
    ),
    PlantedDefect(
        "watch-cache-with-short-prefix",
        "watch-cache",
        "watch_cache_with_short_prefix:WatchCacheWithShortPrefix",
        "lists-show-what-is-selected",
        "A list of one namespace shows objects of those whose names begin alike.",
        scenario(
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
        scenario((bare_pod("a", {"app": "web"}),), List("pods", "", "app=web,tier notin (db)")),
    ),
    PlantedDefect(
        "informer-that-alters",
        "informer",
        "informer_that_alters:InformerThatAlters",
        "caches-are-true",
        "A cached object is altered by whoever reads it.",
        scenario((config_map("a"),), patch("cm/a", data={"x": "1"})),
    ),
    PlantedDefect(
        "informer-with-ghosts",
        "informer",
        "informer_with_ghosts:InformerWithGhosts",
        "caches-catch-up",
        "What was deleted stays in the caches.",
        scenario((config_map("a"),), Delete("cm/a")),
    ),
    PlantedDefect(
        "apiserver-binding-twice",
        "apiserver",
        "apiserver_binding_twice:ApiServerBindingTwice",
        "bound-once",
        "A second binding moves a pod to another node.",
        scenario((bare_pod("a", WEB),), Bind("pod/a", "node-1"), Bind("pod/a", "node-2"), nodes=2),
    ),
    PlantedDefect(
        "apiserver-ignoring-finalizers",
        "apiserver",
        "apiserver_ignoring_finalizers:ApiServerIgnoringFinalizers",
        "finalizers-hold",
        "An object is removed although a finalizer holds it.",
        scenario((config_map("a", finalizers=[HELD]),), Delete("cm/a")),
    ),
    PlantedDefect(
        "apiserver-keeping-the-finished",
        "apiserver",
        "apiserver_keeping_the_finished:ApiServerKeepingTheFinished",
        "deletion-ends",
        "An object stays although nothing holds it any more.",
        scenario(
            (config_map("a", finalizers=[HELD]),),
            Delete("cm/a"),
            patch("cm/a", metadata={"finalizers": []}),
        ),
    ),
    PlantedDefect(
        "apiserver-reviving",
        "apiserver",
        "apiserver_reviving:ApiServerReviving",
        "deletion-is-final",
        "An update takes a deletion back.",
        scenario(
            (config_map("a", finalizers=[HELD]),),
            Delete("cm/a"),
            patch("cm/a", metadata={"annotations": {"revive": "yes"}}),
        ),
    ),
    PlantedDefect(
        "apiserver-with-two-controllers",
        "apiserver",
        "apiserver_with_two_controllers:ApiServerWithTwoControllers",
        "one-controlling-owner",
        "A second controlling owner is accepted.",
        scenario(
            (config_map("a"), config_map("b")),
            patch(
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
        scenario((WEB_CONTROLLER,), patch("rc/web", metadata={"labels": {"x": "y"}})),
    ),
    PlantedDefect(
        "apiserver-with-new-identities",
        "apiserver",
        "apiserver_with_new_identities:ApiServerWithNewIdentities",
        "identity-stays",
        "An object gets a new uid when its labels change.",
        scenario((WEB_CONTROLLER,), patch("rc/web", metadata={"labels": {"x": "y"}})),
    ),
)
