"""What a node's kubelet promises about its pods: progress never goes back, and what should run or end does."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from windtunnel.invariants.promise import always, eventually, minutes, written
from windtunnel.invariants.verdict import UNCONCERNED, Findings, Violation
from windtunnel.invariants.world import World
from windtunnel.invariants.writers import KUBELETS, named
from windtunnel.model.facts import Committed, Physical
from windtunnel.model.objects.pod import ContainerStatus, Pod
from windtunnel.model.objects.record import Record
from windtunnel.model.store.change import Change

LONG_GRACE_SECONDS = 600


def has_nodes_with_pods(world: World) -> bool:
    """Whether the run had a pod that was bound to a machine of the cluster."""
    return any(world.past.bound.get(node) for node in world.cluster.machines)


def _by_kubelet(change: Change, world: World) -> bool:
    return change.by.startswith(KUBELETS) and not world.calls.late(change.call)


@always(on=written("pods"), applies=has_nodes_with_pods)
class RestartCountGrows:
    """The restart count of a container in a pod never goes down."""

    def __init__(self) -> None:
        self.counts: dict[tuple[str, str], int] = {}

    def check(self, fact: Committed, world: World) -> Iterator[Any]:
        """Compare each container with the highest count so far. O(containers)."""
        change = fact.change
        pod = change.after.view if change.after is not None else None
        if not isinstance(pod, Pod) or not pod.status.container_statuses:
            yield UNCONCERNED
            return
        if not _by_kubelet(change, world):
            yield UNCONCERNED
        for status in (*pod.status.init_container_statuses, *pod.status.container_statuses):
            yield from self._one(change, pod, status, world)

    def _one(
        self, change: Change, pod: Pod, status: ContainerStatus, world: World
    ) -> Iterator[Violation]:
        name = (pod.uid, status.name)
        highest = self.counts.get(name, 0)
        if status.restart_count > highest:
            self.counts[name] = status.restart_count
        elif status.restart_count < highest and _by_kubelet(change, world):
            # A late write of a dead incarnation may put back an older count; the living one then mends it.
            assert change.after is not None
            yield Violation(
                f"restart count {highest} or more of container {status.name}",
                f"{status.restart_count}",
                named(change.after),
                change.revision,
            )


@always(on=written("pods"), applies=has_nodes_with_pods)
class TerminalPhaseIsFinal:
    """A kubelet never takes a pod out of Succeeded or Failed."""

    def __init__(self) -> None:
        self.ended_late: dict[str, None] = {}

    def check(self, fact: Committed, world: World) -> Findings:
        """Compare the phases. O(1)."""
        change = fact.change
        before, after = change.before, change.after
        if before is None or after is None:
            return UNCONCERNED
        old, new = before.view, after.view
        assert isinstance(old, Pod) and isinstance(new, Pod)
        if new.terminal and not old.terminal and world.calls.late(change.call):
            # The word of a dead incarnation: the living one may know better.
            self.ended_late[new.uid] = None
        if not _by_kubelet(change, world):
            return UNCONCERNED
        phase = old.status.phase
        if not old.terminal or new.status.phase == phase or new.uid in self.ended_late:
            return None
        return Violation(
            f"phase {phase}", f"phase {new.status.phase}", named(after), change.revision
        )


@always(on=(written("pods"), Physical), applies=has_nodes_with_pods)
class AddressComesWithSandbox:
    """A pod's address changes only when it got a new sandbox."""

    def __init__(self) -> None:
        self.sandboxes: dict[str, int] = {}
        self.reported: dict[str, tuple[str, int]] = {}

    def check(self, fact: Committed | Physical, world: World) -> Findings:
        """Count sandboxes; compare the address with the one reported before. O(1)."""
        if isinstance(fact, Physical):
            if fact.what == "sandbox-up":
                self.sandboxes[fact.pod_uid] = self.sandboxes.get(fact.pod_uid, 0) + 1
            return UNCONCERNED
        change = fact.change
        pod = change.after.view if change.after is not None else None
        if not isinstance(pod, Pod) or not pod.status.pod_ip or not _by_kubelet(change, world):
            return UNCONCERNED
        count = self.sandboxes.get(pod.uid, 0)
        ip, had = self.reported.get(pod.uid, (pod.status.pod_ip, 0))
        if ip == pod.status.pod_ip:
            # A kubelet may report an old sandbox's address for a while: what counts is when it was first said.
            self.reported.setdefault(pod.uid, (ip, count))
            return None
        self.reported[pod.uid] = (pod.status.pod_ip, count)
        if count > had:
            return None
        assert change.after is not None
        return Violation(
            f"the address {ip}, since the sandbox is the same",
            f"{pod.status.pod_ip}",
            named(change.after),
        )


@eventually(
    within=minutes(23, "a work queue's back-off of up to 1,000 s, and a container's of 5 minutes"),
    applies=has_nodes_with_pods,
)
def bound_pods_run(world: World) -> Iterator[Violation]:
    """Every pod that is bound to a living node and is not over is Running and Ready."""
    for node in world.cluster.machines:
        for record in world.pods_on(node):
            reason = not_running(record)
            if reason:
                yield Violation("Running and Ready", reason, named(record))


def not_running(record: Record) -> str:
    """Why a bound pod is not Running and Ready although it should be; '' where it is, or need not be. O(1)."""
    pod = record.view
    assert isinstance(pod, Pod)
    if pod.terminal or pod.metadata.deleting or _need_not_run(pod):
        return ""
    if pod.status.phase == "Running" and pod.ready:
        return ""
    waiting = [
        f"{status.name} waits: {status.state['waiting'].get('reason', '')}"
        for status in pod.status.container_statuses
        if "waiting" in (status.state or {})
    ]
    phase = pod.status.phase or "without a phase"
    ready = "ready" if pod.ready else "not ready"
    return f"{phase}, {ready}{'; ' if waiting else ''}{', '.join(waiting)}"


def _need_not_run(pod: Pod) -> bool:
    never_pulled = any(c.image_pull_policy == "Never" for c in pod.spec.containers)
    ended = any("terminated" in (s.state or {}) for s in pod.status.container_statuses)
    stays_ended = ended and pod.spec.restart_policy != "Always"
    return bool(pod.spec.readiness_gates) or never_pulled or stays_ended


@eventually(
    within=minutes(23, "a work queue's back-off of up to 1,000 s"),
    applies=has_nodes_with_pods,
)
def terminating_pods_go(world: World) -> Iterator[Violation]:
    """Every pod that is being deleted on a living node is gone, unless a finalizer or a grace of over ten minutes holds
    it."""
    for node in world.cluster.machines:
        for record in world.pods_on(node):
            metadata = record.view.metadata
            grace_seconds = metadata.deletion_grace_period_seconds or 0
            if not metadata.deleting or metadata.finalizers or grace_seconds > LONG_GRACE_SECONDS:
                continue
            yield Violation("it is gone", "it is still there, terminating", named(record))


@eventually(
    within=minutes(23, "a work queue's back-off of up to 1,000 s"),
    applies=has_nodes_with_pods,
)
def addresses_are_not_shared(world: World) -> Iterator[Violation]:
    """No two pods that run have the same address, except those that use their node's own."""
    taken: dict[str, Record] = {}
    for record in world.objects("pods"):
        pod = record.view
        assert isinstance(pod, Pod)
        ip = pod.status.pod_ip
        if not ip or pod.terminal or pod.metadata.deleting or pod.spec.host_network:
            continue
        if pod.spec.node_name not in world.cluster.machines:
            continue
        other = taken.setdefault(ip, record)
        if other is not record:
            yield Violation("an address of its own", f"{ip}, as {named(other)} has", named(record))
