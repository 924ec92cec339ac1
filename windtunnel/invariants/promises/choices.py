"""What the scheduler chooses among: the nodes that its watch has shown to it, and not taken back."""

from __future__ import annotations

from windtunnel.invariants.promise import always
from windtunnel.invariants.promises.binding import has_scheduled_pods
from windtunnel.invariants.verdict import UNCONCERNED, Findings, Violation
from windtunnel.invariants.world import World
from windtunnel.model.facts import CacheChanged, CacheReplaced, SchedulerDecided
from windtunnel.model.objects.record import Record

TAKEN_IN_AFTER_MS = 1_000
"""How long after its informer has dropped a node the scheduler may still choose it: handlers hear a moment later."""


@always(on=(SchedulerDecided, CacheChanged, CacheReplaced), applies=has_scheduled_pods)
class ChosenNodesAreKnown:
    """The scheduler chooses only a node that its cache of nodes shows: once it was told that a node is gone, by its
    watch or by a list without the node, it puts no pod there."""

    def __init__(self) -> None:
        self.known: dict[str, dict[str, None]] = {}
        self.gone_ms: dict[tuple[str, str], int] = {}

    def check(
        self, fact: SchedulerDecided | CacheChanged | CacheReplaced, world: World
    ) -> Findings:
        """Follow the caches of nodes, and judge a choice. O(1), O(nodes) for a list."""
        if isinstance(fact, SchedulerDecided):
            return self._chosen(fact)
        if fact.resource == "nodes":
            if isinstance(fact, CacheReplaced):
                self._listed(fact)
            else:
                self._changed(fact.process, fact.after, fact.before, fact.now_ms)
        return UNCONCERNED

    def _listed(self, fact: CacheReplaced) -> None:
        listed = {record.key.name: None for record in fact.items}
        for name in self.known.get(fact.process, {}):
            if name not in listed:
                self.gone_ms[fact.process, name] = fact.now_ms
        self.known[fact.process] = listed

    def _changed(
        self, process: str, after: Record | None, before: Record | None, now_ms: int
    ) -> None:
        known = self.known.setdefault(process, {})
        if after is not None:
            known[after.key.name] = None
        elif before is not None:
            known.pop(before.key.name, None)
            self.gone_ms[process, before.key.name] = now_ms

    def _chosen(self, fact: SchedulerDecided) -> Findings:
        known = self.known.get(fact.process)
        if known is None or fact.node in known:
            return None
        since_ms = fact.now_ms - self.gone_ms.get((fact.process, fact.node), 0)
        if since_ms < TAKEN_IN_AFTER_MS:
            return UNCONCERNED
        return Violation(
            f"one of the {len(known)} nodes in the cache of {fact.process}",
            f"{fact.node}, which it was told {since_ms / 1000:g} s ago is gone",
            f"Pod {fact.pod.namespace}/{fact.pod.name}",
        )
