"""Pods of nodes that are gone: nobody is left to end them, so they are removed from the store."""

from __future__ import annotations

from collections.abc import Iterator

from windtunnel.invariants.promise import eventually, minutes, written
from windtunnel.invariants.verdict import Violation
from windtunnel.invariants.world import World
from windtunnel.invariants.writers import named
from windtunnel.model.facts import Committed
from windtunnel.model.objects.pod import Pod

BOUND = minutes(23, "a quarantine of 40 s, a look every 20 s, and requests that fail")
STAYS_AT_MOST_MS = 600_000
"""How long a pod may lack its node: 40 s of quarantine, a look each 20 s, and some that fail."""


def _some_lack_their_node(world: World) -> bool:
    nodes = {record.key.name: None for record in world.objects("nodes")}
    return any(name not in nodes for name in world.past.bound)


@eventually(within=BOUND, applies=_some_lack_their_node)
class PodsOfLostNodesGo:
    """A pod that is bound to a node which does not exist is gone, unless a finalizer holds it."""

    on = written("nodes", "pods")

    def __init__(self) -> None:
        self.gone_ms: dict[str, int] = {}
        self.bound_ms: dict[str, int] = {}

    def observe(self, fact: Committed, world: World) -> None:
        """Note when nodes went, and when pods were bound. O(1)."""
        change = fact.change
        if change.key.resource == "nodes":
            if change.after is None:
                self.gone_ms[change.key.name] = fact.now_ms
            return
        pod = change.record.view
        assert isinstance(pod, Pod)
        if change.after is None:
            self.bound_ms.pop(pod.uid, None)
        elif pod.spec.node_name:
            self.bound_ms.setdefault(pod.uid, fact.now_ms)

    def check(self, world: World) -> Iterator[Violation]:
        """Look at the pods of nodes that do not exist. O(nodes ever bound to + their pods)."""
        for node in world.past.bound:
            if world.get("nodes", "", node) is not None:
                continue
            for record in world.pods_on(node):
                metadata = record.view.metadata
                since_ms = max(self.gone_ms.get(node, 0), self.bound_ms.get(metadata.uid, 0))
                stays_ms = world.now_ms - since_ms
                is_new = world.waited(BOUND) and stays_ms < STAYS_AT_MOST_MS
                if not is_new and not metadata.finalizers:
                    yield Violation(
                        f"it is gone, as its node {node} is",
                        f"it is still there after {stays_ms / 1000:g} s",
                        named(record),
                    )
