"""What physically happens on machines: a pod that is over stays over, and runs in one place at a time."""

from __future__ import annotations

from windtunnel.invariants.promise import always, written
from windtunnel.invariants.promises.kubelet import has_nodes_with_pods
from windtunnel.invariants.verdict import UNCONCERNED, Findings, Violation
from windtunnel.invariants.world import World
from windtunnel.invariants.writers import KUBELETS
from windtunnel.model.facts import Committed, Physical
from windtunnel.model.objects.pod import Pod


@always(on=(written("pods"), Physical), applies=has_nodes_with_pods)
class TheEndIsFinal:
    """No container of a pod is started once the pod's own kubelet has reported it as Succeeded or Failed."""

    def __init__(self) -> None:
        self.ended: dict[str, tuple[str, str]] = {}

    def check(self, fact: Committed | Physical, world: World) -> Findings:
        """Remember who was reported as over; judge a start. O(1)."""
        if isinstance(fact, Committed):
            self._reported(fact, world)
            return UNCONCERNED
        if fact.what != "container-started":
            return UNCONCERNED
        node, phase = self.ended.get(fact.pod_uid, ("", ""))
        if node != fact.node:
            return None
        return Violation(
            f"nothing is started any more, since the pod is {phase}",
            f"the container {fact.container} was started on {node}",
            pod_named(fact.pod_uid, world),
        )

    def _reported(self, fact: Committed, world: World) -> None:
        change = fact.change
        pod = change.after.view if change.after is not None else None
        if not isinstance(pod, Pod) or not pod.terminal or not change.by.startswith(KUBELETS):
            return
        # What a dead incarnation said may come after the living one began.
        if pod.uid not in self.ended and not world.calls.late(change.call):
            self.ended[pod.uid] = (change.by.removeprefix(KUBELETS), pod.status.phase)


@always(on=Physical, applies=has_nodes_with_pods)
class OneSandboxEach:
    """A pod has at most one sandbox that is up, on all machines together."""

    def __init__(self) -> None:
        self.up: dict[str, str] = {}

    def check(self, fact: Physical, world: World) -> Findings:
        """Count sandboxes. O(1)."""
        if fact.what == "sandbox-down":
            self.up.pop(fact.pod_uid, None)
            return UNCONCERNED
        if fact.what != "sandbox-up":
            return UNCONCERNED
        place = f"{fact.node} with {fact.detail}"
        other = self.up.setdefault(fact.pod_uid, place)
        if other is place:
            return None
        return Violation(
            f"only the sandbox on {other}",
            f"another one on {place}",
            pod_named(fact.pod_uid, world),
        )


def pod_named(uid: str, world: World) -> str:
    """A pod by its uid, as a message names it. O(1)."""
    record = world.by_uid(uid)
    return f"Pod {record.key.key}" if record is not None else f"the pod of uid {uid}"
