"""Binding: a pod gets one node, once, and one that fits it as the scheduler saw it."""

from __future__ import annotations

from collections.abc import Iterator

from windtunnel.invariants.meaning.fitting import has_rules_beyond, why_not
from windtunnel.invariants.promise import always, eventually, minutes, written
from windtunnel.invariants.verdict import UNCONCERNED, Findings, Violation
from windtunnel.invariants.world import World
from windtunnel.invariants.writers import named
from windtunnel.model.facts import Committed, SchedulerDecided
from windtunnel.model.objects.node import Node
from windtunnel.model.objects.pod import Pod


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
    reason = why_not(pod, info.node, others)
    if not reason:
        return None
    return Violation(f"{fact.node} fits the pod", reason, f"Pod {_key(pod)}")


@eventually(
    within=minutes(
        23,
        "a work queue's back-off of up to 1,000 s, and the flush of unschedulable pods after 5 minutes",
    ),
    applies=has_scheduled_pods,
)
def fitting_pods_are_bound(world: World) -> Iterator[Violation]:
    """Every pod that waits for the scheduler and fits some node has a node."""
    nodes = [record.view for record in world.objects("nodes")]
    for record in world.objects("pods"):
        pod = record.view
        assert isinstance(pod, Pod)
        if not waits_for_scheduler(pod) or has_rules_beyond(pod):
            continue
        for node in nodes:
            assert isinstance(node, Node)
            if not why_not(pod, node, living_on(node.name, world)):
                yield Violation(f"a node, since {node.name} has room for it", "none", named(record))
                break


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
