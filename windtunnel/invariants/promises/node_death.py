"""The death of nodes: taints follow what is known of a node, and pods are driven out when, and only when, they must."""

from __future__ import annotations

from collections.abc import Iterator

from attrs import frozen

from windtunnel.invariants.meaning.nodes import (
    DRIVING_OUT,
    Standing,
    kept_no_execute,
    kept_no_schedule,
    no_execute,
    patience_seconds,
    ready_status,
    spared,
    standing,
    wanted_no_schedule,
)
from windtunnel.invariants.promise import always, eventually, minutes, when_it_happens, written
from windtunnel.invariants.verdict import UNCONCERNED, Findings, Violation
from windtunnel.invariants.world import World
from windtunnel.invariants.writers import NODES, named
from windtunnel.model.cluster.action import FAULT
from windtunnel.model.facts import ActionBegun, Committed, Healed
from windtunnel.model.objects.node import Node, Taint
from windtunnel.model.objects.pod import Pod, Toleration
from windtunnel.model.objects.record import Record

LONGEST_PATIENCE_SECONDS = 600
"""Pods that tolerate a taint for longer, but not for ever, are not judged for staying."""

EMPTIED_WITHIN = minutes(
    23, "tolerations of up to 10 minutes, and a work queue's back-off of up to 1,000 s"
)
STAYS_AT_MOST_MS = 900_000
"""The longest patience that is judged, and five minutes in which the controller hears of it and does it."""

KNOWN_AFTER_MS = 12_000
"""How long a state of the nodes must have lasted for the controller to know and heed it: two of its checks."""

OF_NODES = (
    "node-crash", "node-loss", "runtime-failure", "container-crash", "probe-flip", "image-pull-failure",
)  # fmt: skip
"""The faults that leave the controller, its caches and its connections alone."""

BETWEEN_HOSTS = "partition"

MOST_NODES = 60
"""A larger cluster takes longer than any bound to taint all its nodes, one in ten seconds."""


def has_nodes(world: World) -> bool:
    """Whether the run had a node."""
    return world.had("nodes")


def _had_taints_that_drive_out(world: World) -> bool:
    return world.past.nodes_with_no_execute > 0


@eventually(
    within=minutes(23, "a work queue's back-off of up to 1,000 s"),
    applies=has_nodes,
)
def taints_follow_conditions(world: World) -> Iterator[Violation]:
    """A node has a NoSchedule taint for each thing that is wrong with it and no other, and a NoExecute taint while it
    is not ready, unless its zone is in trouble."""
    records = list(world.objects("nodes"))
    nodes = [record.view for record in records]
    standings = [standing(node) for node in nodes if isinstance(node, Node)]
    for record in records:
        node = record.view
        assert isinstance(node, Node)
        wanted, has = wanted_no_schedule(node), kept_no_schedule(node)
        if wanted != has:
            yield Violation(
                _taints("NoSchedule", wanted), _taints("NoSchedule", has), named(record)
            )
        driving = DRIVING_OUT.get(ready_status(node))
        driven = kept_no_execute(node)
        if driving is not None and (
            _is_spared(node, standings, world) or len(records) > MOST_NODES
        ):
            continue
        wanted = [driving] if driving is not None else []
        if driven != wanted and ready_status(node):
            yield Violation(
                _taints("NoExecute", wanted), _taints("NoExecute", driven), named(record)
            )


def _is_spared(node: Node, standings: list[Standing | None], world: World) -> bool:
    own = standing(node)
    settings = world.cluster.environment.settings.controller_manager
    return bool(spared(own.zone if own is not None else "", standings, settings))


def _taints(effect: str, keys: list[str]) -> str:
    return f"{effect} taints {', '.join(keys)}" if keys else f"no {effect} taint"


@eventually(within=EMPTIED_WITHIN, applies=_had_taints_that_drive_out)
class TaintedNodesAreEmptied:
    """A pod that does not tolerate a NoExecute taint of its node, or not for ever, is being deleted once it has stayed
    for as long as it may."""

    on = written("nodes", "pods")

    def __init__(self) -> None:
        self.tainted_ms: dict[str, tuple[tuple[Taint, ...], int]] = {}
        self.seen_ms: dict[str, tuple[tuple[str, tuple[Toleration, ...]], int]] = {}

    def observe(self, fact: Committed, world: World) -> None:
        """Note since when a node has its taints, and a pod its node and tolerations. O(taints)."""
        after = fact.change.after
        view = after.view if after is not None else None
        if isinstance(view, Node):
            taints = no_execute(view)
            if self.tainted_ms.get(view.name, ((), 0))[0] != taints:
                self.tainted_ms[view.name] = (taints, fact.now_ms)
        elif isinstance(view, Pod):
            place = (view.spec.node_name, view.spec.tolerations)
            if self.seen_ms.get(view.uid, (None, 0))[0] != place:
                self.seen_ms[view.uid] = (place, fact.now_ms)

    def check(self, world: World) -> Iterator[Violation]:
        """Look at the pods of tainted nodes. O(their pods)."""
        for name, (taints, since_ms) in self.tainted_ms.items():
            if not taints or world.get("nodes", "", name) is None:
                continue
            for record in world.pods_on(name):
                pod = record.view
                assert isinstance(pod, Pod)
                came_ms = self.seen_ms.get(pod.uid, (None, 0))[1]
                stays_ms = world.now_ms - max(since_ms, came_ms)
                if world.waited(EMPTIED_WITHIN) and stays_ms < STAYS_AT_MOST_MS:
                    continue
                if _must_go(pod, taints):
                    yield Violation(
                        f"it is being deleted, since it does not tolerate {_listed(taints)}",
                        f"it has stayed for {stays_ms / 1000:g} s",
                        named(record),
                    )


def _must_go(pod: Pod, taints: tuple[Taint, ...]) -> bool:
    limits = [each.toleration_seconds or 0 for each in pod.spec.tolerations]
    if pod.metadata.deleting or pod.terminal or max(limits, default=0) > LONGEST_PATIENCE_SECONDS:
        return False
    return patience_seconds(taints, pod.spec.tolerations) is not None


def _listed(taints: tuple[Taint, ...]) -> str:
    return ", ".join(f"{taint.key}:{taint.effect}" for taint in taints) or "no taint"


@always(on=written("nodes", "pods"), applies=when_it_happens)
class EvictionsAreCalledFor:
    """Taint eviction deletes a pod only if its node had a NoExecute taint that the pod did not tolerate, or not for
    longer than it has stayed, by the clock of whoever measures fastest."""

    def __init__(self) -> None:
        self.taints: dict[str, dict[tuple[Taint, ...], int]] = {}
        self.tolerations: dict[str, dict[tuple[Toleration, ...], None]] = {}
        self.bound_ms: dict[str, int] = {}

    def check(self, fact: Committed, world: World) -> Findings:
        """Remember what there was; judge an eviction. O(distinct taints x tolerations)."""
        change = fact.change
        if change.key.resource == "nodes":
            self._node(change.after, fact.now_ms)
            return UNCONCERNED
        before, after = change.before, change.after
        if after is not None:
            self._pod(after, fact.now_ms)
        if change.by != NODES or change.verb != "delete" or before is None:
            return UNCONCERNED
        pod = before.view
        assert isinstance(pod, Pod)
        if pod.metadata.deleting:
            return UNCONCERNED
        early_ms = self._early_ms(pod, fact.now_ms, world)
        if early_ms is not None and early_ms <= 0:
            return None
        found = "it was deleted"
        if early_ms is not None:
            found += f" {early_ms / 1000:g} s before its time was over"
        return Violation(
            f"it stays on {pod.spec.node_name}, whose taints it tolerates",
            found,
            named(before),
            change.revision,
        )

    def _node(self, after: Record | None, now_ms: int) -> None:
        view = after.view if after is not None else None
        if isinstance(view, Node):
            taints = no_execute(view)
            if taints:
                self.taints.setdefault(view.name, {}).setdefault(taints, now_ms)

    def _pod(self, after: Record, now_ms: int) -> None:
        pod = after.view
        assert isinstance(pod, Pod)
        if pod.spec.node_name:
            self.bound_ms.setdefault(pod.uid, now_ms)
        self.tolerations.setdefault(pod.uid, {})[pod.spec.tolerations] = None

    def _early_ms(self, pod: Pod, now_ms: int, world: World) -> int | None:
        """How long before it had to go, by the most urgent that its node ever had; None if it never had to."""
        found: int | None = None
        for taints, since_ms in self.taints.get(pod.spec.node_name, {}).items():
            for tolerations in self.tolerations.get(pod.uid, {}):
                seconds = patience_seconds(taints, tolerations)
                if seconds is None:
                    continue
                stays_ms = world.at_least_ms(seconds * 1000)
                due_ms = max(since_ms, self.bound_ms.get(pod.uid, 0)) + stays_ms
                early_ms = due_ms - now_ms
                found = early_ms if found is None else min(found, early_ms)
        return found


@frozen
class _Since:
    """How a node counts, and since when."""

    standing: Standing | None
    since_ms: int


@always(on=(written("nodes"), ActionBegun, Healed), applies=when_it_happens)
class ZonesInTroubleAreSpared:
    """No node gets a NoExecute taint while, for some time, no node at all has been ready, or too many of a small zone
    have not: then it is rather the network that is down."""

    def __init__(self) -> None:
        self.nodes: dict[str, _Since] = {}
        self.changed_ms = 0
        self.disturbed_ms = 0
        self.disturbing: dict[str, None] = {}

    def check(self, fact: Committed | ActionBegun | Healed, world: World) -> Findings:
        """Keep up how the nodes stand; judge a taint. O(1), O(nodes) for a taint."""
        if not isinstance(fact, Committed):
            begins = isinstance(fact, ActionBegun) and _disturbs(fact, world)
            if begins and isinstance(fact, ActionBegun):
                self.disturbing[str(fact.action)] = None
            if begins or isinstance(fact, Healed) or self._is_disturbed(world):
                self.disturbed_ms = fact.now_ms
            return UNCONCERNED
        change = fact.change
        before, after = change.before, change.after
        if after is None or before is None:
            self.changed_ms = fact.now_ms
        if after is None:
            self.nodes.pop(change.key.name, None)
            return UNCONCERNED
        old, new = before.view if before is not None else None, after.view
        assert isinstance(new, Node)
        counted = self.nodes.get(new.name)
        if counted is None or counted.standing != standing(new):
            counted = self.nodes[new.name] = _Since(standing(new), fact.now_ms)
        added = kept_no_execute(new) and not (isinstance(old, Node) and kept_no_execute(old))
        if change.by != NODES or not added:
            return UNCONCERNED
        zone = counted.standing.zone if counted.standing is not None else ""
        settings = world.cluster.environment.settings.controller_manager
        reason = spared(zone, [each.standing for each in self.nodes.values()], settings)
        if not reason:
            return None
        if not self._is_known(fact.now_ms, world):
            return UNCONCERNED
        return Violation(
            f"no taint that drives pods out, since {reason}",
            _taints("NoExecute", kept_no_execute(new)),
            named(after),
            change.revision,
        )

    def _is_known(self, now_ms: int, world: World) -> bool:
        """Whether the nodes have stood like this for so long, and undisturbed, that the controller heeds it."""
        since_ms = [self.disturbed_ms, self.changed_ms, *(e.since_ms for e in self.nodes.values())]
        return not self._is_disturbed(world) and now_ms - max(since_ms) >= KNOWN_AFTER_MS

    def _is_disturbed(self, world: World) -> bool:
        return any(text in self.disturbing for text in world.cluster.faults)


def _disturbs(fact: ActionBegun, world: World) -> bool:
    action = fact.action
    if action.action_sort != FAULT or action.action_name in OF_NODES:
        return False
    if action.action_name != BETWEEN_HOSTS:
        return True
    # Between nodes and API servers it is as if the nodes were silent: nobody else is cut off.
    known = (*world.cluster.machines, *world.cluster.environment.apiservers)
    return not (action.host in known and action.other in known)
