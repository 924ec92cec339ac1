"""Binding: a pod gets one node, once, and one that fits it as the scheduler saw it."""

from __future__ import annotations

from collections.abc import Iterator

from windtunnel.invariants.meaning.fitting import has_rules_beyond, why_not
from windtunnel.invariants.meaning.neighbours import Place, minds, why_not_beside
from windtunnel.invariants.promise import always, eventually, minutes, written
from windtunnel.invariants.verdict import UNCONCERNED, Findings, Violation
from windtunnel.invariants.world import World
from windtunnel.invariants.writers import named
from windtunnel.model.facts import Committed, SchedulerDecided
from windtunnel.model.objects.json import get
from windtunnel.model.objects.node import Node
from windtunnel.model.objects.pod import Pod
from windtunnel.model.objects.record import Record

BOUND = minutes(
    23,
    "a work queue's back-off of up to 1,000 s, and the flush of unschedulable pods after 5 minutes",
)
CONTINUOUSLY_MS = 360_000
"""The flush of unschedulable pods after five minutes, and what follows."""


def has_pods(world: World) -> bool:
    """Whether the run had a pod."""
    return world.had("pods")


def has_scheduled_pods(world: World) -> bool:
    """Whether the run had a pod for the default scheduler, and a node."""
    return world.past.pods_to_schedule > 0 and world.had("nodes")


@always(on=written("pods"), applies=has_pods)
def bound_once(fact: Committed, world: World) -> Findings:
    """A pod that has a node keeps it for as long as it exists."""
    before, after = fact.change.before, fact.change.after
    if before is None or after is None:
        return UNCONCERNED
    assert isinstance(before.view, Pod) and isinstance(after.view, Pod)
    node = before.view.spec.node_name
    if not node:
        return UNCONCERNED
    if after.view.spec.node_name == node:
        return None
    return Violation(
        f"the node {node}",
        f"the node {after.view.spec.node_name or '(none)'}",
        named(after),
        after.revision,
    )


@always(on=SchedulerDecided, applies=has_scheduled_pods)
def filters_held(fact: SchedulerDecided, world: World) -> Findings:
    """The node that the scheduler chooses fits the pod, by all that the scheduler knew and assumed at that moment."""
    pod, info = fact.pod, fact.snapshot
    if info is None or info.node is None:
        return Violation(
            f"{fact.node} is a node in the snapshot", "there is none", f"Pod {_key(pod)}"
        )
    others = [each.pod for uid, each in info.pods.items() if uid != pod.uid]
    reason = why_not(pod, info.node, others) or _why_not_beside(fact, world)
    if not reason:
        return None
    return Violation(f"{fact.node} fits the pod", reason, f"Pod {_key(pod)}")


def _why_not_beside(fact: SchedulerDecided, world: World) -> str:
    pod, cluster = fact.pod, fact.cluster
    # To look at everybody costs by the cluster: only where somebody minds his neighbours.
    if cluster is None or not (minds(pod) or world.past.pods_with_anti_affinity):
        return ""
    places = [
        Place(info.node, [each.pod for uid, each in info.pods.items() if uid != pod.uid])
        for info in cluster.nodes.values()
        if info.node is not None
    ]
    return why_not_beside(pod, fact.snapshot.node, places, cluster.namespace_labels)


@eventually(within=BOUND, applies=has_scheduled_pods)
class FittingPodsAreBound:
    """Every pod that waits for the scheduler, and has for some minutes fitted some node without a break, has a node."""

    on = written("pods", "nodes", "namespaces")

    def __init__(self) -> None:
        self.changed_ms = 0

    def observe(self, fact: Committed, world: World) -> None:
        """Note when something last changed that decides who fits where. O(1)."""
        before, after = fact.change.before, fact.change.after
        if before is None or after is None or _what_counts(before) != _what_counts(after):
            self.changed_ms = fact.now_ms

    def check(self, world: World) -> Iterator[Violation]:
        """Look for a node for each pod that waits. O(waiting pods x nodes x pods)."""
        if world.waited(BOUND) and world.now_ms - self.changed_ms < CONTINUOUSLY_MS:
            return
        nodes = [record.view for record in world.objects("nodes")]
        places = [
            Place(node, living_on(node.name, world)) for node in nodes if isinstance(node, Node)
        ]
        namespaces = {
            record.key.name: record.view.metadata.labels for record in world.objects("namespaces")
        }
        for record in world.objects("pods"):
            pod = record.view
            assert isinstance(pod, Pod)
            if not waits_for_scheduler(pod) or has_rules_beyond(pod):
                continue
            for place in places:
                node = place.node
                others = [*place.pods, *_nominated(node.name, pod, world)]
                if why_not(pod, node, others) or why_not_beside(pod, node, places, namespaces):
                    continue
                expected = f"a node, since {node.name} has room for it"
                yield Violation(expected, "none", named(record))
                break


def _what_counts(record: Record) -> tuple[object, ...]:
    view = record.view
    if isinstance(view, Pod):
        spec, status = view.spec, view.status
        return (
            spec, view.terminal, view.metadata.deleting, view.metadata.labels, status.phase == "Running",
        )  # fmt: skip
    if isinstance(view, Node):
        return (view.spec, view.metadata.labels, view.status.allocatable, view.status.capacity)
    return (view.metadata.labels,)


def _nominated(node: str, pod: Pod, world: World) -> list[Pod]:
    """The pods that wait for the room which others are leaving to them on a node. O(pods)."""
    found = []
    for record in world.objects("pods"):
        other = record.view
        assert isinstance(other, Pod)
        if waits_for_scheduler(other) and other.uid != pod.uid:
            nominated = get(record.raw, "status", "nominatedNodeName")
            if nominated == node and other.spec.priority >= pod.spec.priority:
                found.append(other)
    return found


def waits_for_scheduler(pod: Pod) -> bool:
    """Whether the default scheduler must find a node for a pod. O(1)."""
    unbound = not pod.spec.node_name and pod.spec.scheduler_name == "default-scheduler"
    return unbound and not pod.metadata.deleting and not pod.terminal


def living_on(node: str, world: World) -> list[Pod]:
    """The pods bound to a node that still take room there: all that are not over. O(pods on the node)."""
    pods = [record.view for record in world.pods_on(node)]
    return [pod for pod in pods if isinstance(pod, Pod) and not pod.terminal]


def _key(pod: Pod) -> str:
    return f"{pod.namespace}/{pod.name}"
