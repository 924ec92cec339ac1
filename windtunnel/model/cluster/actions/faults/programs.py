"""Faults of the programs in containers: they do not end when asked to, their hooks fail, their answers take long.

Each belongs to one container of one pod, by the pod's UID: who has the name afterwards is well again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from windtunnel.model.cluster.action import Action, Heal, fault
from windtunnel.model.cluster.actions.faults.containers import (
    not_running,
    probes,
    running_containers,
)
from windtunnel.model.cluster.targets import pod_of, pod_targets
from windtunnel.model.kubelet.behaviour import HANGS, IGNORES, OBEYS, POST_START, PRE_STOP, Answer
from windtunnel.model.objects.pod import Container, Pod

if TYPE_CHECKING:
    from windtunnel.model.cluster.cluster import Cluster
    from windtunnel.model.kubelet.machine import Machine

MANNERS = (IGNORES, HANGS)
HOOKS = (PRE_STOP, POST_START)
FAILS, NEVER_ENDS = "fails", "never-ends"
UNTIL_HEALED_MS = 31_536_000_000
"""A year: nobody waits for so long."""
TAKES_MS = (500, 3_000, 20_000)
MOST_MS = 600_000


@fault
class StuckTermination(Action):
    """A container does not end when asked to: it waits to be killed (ignores), or not even that ends it (hangs).

    Healing lets it end; what was killed while it hung ends at once.

    Promised meanwhile: its pod stays Terminating and is not removed, its controller replaces it, and nobody gets its
    address; a container that only ignores the wish is killed when the grace period is over.
    """

    spares_heartbeats = True

    target: str
    container: str
    manner: str

    @classmethod
    def choices(cls, cluster: Cluster) -> Sequence[StuckTermination]:
        """Every container that runs and would end, in both ways."""
        made = [cls(*place, manner) for place in running_containers(cluster) for manner in MANNERS]
        return [each for each in made if not each.why_not(cluster)]

    def why_not(self, cluster: Cluster) -> str:
        """The container must run, and end when asked to."""
        if self.manner not in MANNERS:
            return f"{self.manner!r} is no manner; write {IGNORES} or {HANGS}"
        reason = not_running(cluster, self.target, self.container)
        if reason:
            return reason
        machine, uid = _place(cluster, self.target)
        ends = machine.behaviour.ending(uid, self.container) == OBEYS
        return "" if ends else f"{self.container} of {self.target} does not end anyway"

    def apply(self, cluster: Cluster) -> Heal:
        """It takes the next wish like that."""
        machine, uid = _place(cluster, self.target)
        machine.set_ending(uid, self.container, self.manner)
        return lambda: machine.set_ending(uid, self.container, OBEYS)


@fault
class HookFailure(Action):
    """A lifecycle hook of a container fails, or never ends; healing lets it run well, and end where it still runs.

    Promised meanwhile: a postStart hook that fails has its container killed and started again with a back-off, one that
    never ends keeps the container from being ready; a preStop hook takes no more than the grace period, and what comes
    of it changes nothing.
    """

    spares_heartbeats = True

    target: str
    container: str
    hook: str
    how: str

    @classmethod
    def choices(cls, cluster: Cluster) -> Sequence[HookFailure]:
        """Every hook of every container of a pod that has a node, in both ways."""
        made = [
            cls(name, container.name, hook, how)
            for name, record in pod_targets(cluster)
            for container in _containers(record.view)
            for hook in HOOKS
            if hook in container.lifecycle
            for how in (FAILS, NEVER_ENDS)
        ]
        return [each for each in made if not each.why_not(cluster)]

    def why_not(self, cluster: Cluster) -> str:
        """The pod must be on a machine, have the container with that hook, and that hook be well."""
        if self.hook not in HOOKS:
            return f"{self.hook!r} is no hook; write {PRE_STOP} or {POST_START}"
        if self.how not in (FAILS, NEVER_ENDS):
            return f"{self.how!r} is no way to go wrong; write {FAILS} or {NEVER_ENDS}"
        pod = pod_of(cluster, self.target)
        if pod is None or pod.spec.node_name not in cluster.machines:
            return f"{self.target} is no pod on a node"
        found = [each for each in _containers(pod) if each.name == self.container]
        if not found or self.hook not in found[0].lifecycle:
            return f"{self.container} of {self.target} has no {self.hook} hook"
        machine, uid = _place(cluster, self.target)
        well = machine.behaviour.answer(uid, self.container, self.hook) == Answer()
        return "" if well else f"the {self.hook} hook of {self.target} goes wrong anyway"

    def apply(self, cluster: Cluster) -> Heal:
        """The hook ends like that from now on."""
        machine, uid = _place(cluster, self.target)
        outcome, takes_ms = ("failure", None) if self.how == FAILS else ("success", UNTIL_HEALED_MS)
        machine.set_hook(uid, self.container, self.hook, outcome, takes_ms)
        return lambda: machine.set_hook(uid, self.container, self.hook, "success")


@fault
class SlowProbe(Action):
    """A container takes its time to answer a probe; healing lets it answer at once again.

    Promised meanwhile: an answer within the probe's timeout counts as it is, only later; one that comes later is a
    failure, with all that follows from it.
    """

    spares_heartbeats = True

    target: str
    container: str
    probe: str
    takes_ms: int

    @classmethod
    def choices(cls, cluster: Cluster) -> Sequence[SlowProbe]:
        """Every probe of every container that runs, from half a second, within the usual timeout, to twenty."""
        made = []
        for name, container in running_containers(cluster):
            pod = pod_of(cluster, name)
            assert pod is not None
            made += [
                cls(name, container, each, ms) for each in probes(pod, container) for ms in TAKES_MS
            ]
        return [each for each in made if not each.why_not(cluster)]

    def why_not(self, cluster: Cluster) -> str:
        """The container must run and have the probe, which it answers at once."""
        if not 1 <= self.takes_ms <= MOST_MS:
            return f"takes_ms must be between 1 and {MOST_MS}"
        reason = not_running(cluster, self.target, self.container)
        pod = pod_of(cluster, self.target)
        if reason or pod is None:
            return reason
        if self.probe not in probes(pod, self.container):
            return f"{self.container} of {self.target} has no {self.probe} probe"
        machine, uid = _place(cluster, self.target)
        quick = machine.behaviour.answer(uid, self.container, self.probe).takes_ms is None
        return "" if quick else f"the {self.probe} probe of {self.target} takes its time already"

    def apply(self, cluster: Cluster) -> Heal:
        """What it answers stays as it is."""
        machine, uid = _place(cluster, self.target)
        self._take(machine, uid, self.takes_ms)
        return lambda: self._take(machine, uid, None)

    def _take(self, machine: Machine, uid: str, takes_ms: int | None) -> None:
        outcome = machine.probe_outcome(uid, self.container, self.probe)
        machine.set_probe(uid, self.container, self.probe, outcome, takes_ms)


def _place(cluster: Cluster, target: str) -> tuple[Machine, str]:
    pod = pod_of(cluster, target)
    assert pod is not None
    return cluster.machines[pod.spec.node_name], pod.uid


def _containers(pod: object) -> Sequence[Container]:
    return (*pod.spec.init_containers, *pod.spec.containers) if isinstance(pod, Pod) else ()
