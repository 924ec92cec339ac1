"""ContainerEnding: brings running containers of a pod to their end within a grace period.

First a container's preStop hook runs, and its time is part of the grace period. When a whole pod ends, its sidecars
then wait for their turn: until every main container has ended, and every sidecar that started later, or until the grace
period is over. Then the container is asked to end, and is killed when the rest of the grace period is over; it has two
seconds even where nothing is left. A second wish can only bring all of that forward.

Not modelled: stop signals of one's own, a hook that runs once more because the grace period was cut.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from windtunnel.model.kubelet.behaviour import PRE_STOP
from windtunnel.model.kubelet.container_status import is_sidecar
from windtunnel.model.kubelet.hooks import hook_ms
from windtunnel.model.kubelet.machine import Machine
from windtunnel.model.objects.pod import Container, Pod

LEAST_GRACE_MS = 2_000


def turns(pod: Pod, running: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
    """For whose end each sidecar waits, among those that run: main containers and later sidecars. O(containers²)."""
    mains = [c.name for c in pod.spec.containers if c.name in running]
    waits: dict[str, tuple[str, ...]] = {}
    later: list[str] = []
    for container in reversed(pod.spec.init_containers):
        if is_sidecar(container):
            waits[container.name] = (*mains, *later)
            if container.name in running:
                later.append(container.name)
    return waits


class _End:
    """One container that is to end: whose end it waits for, and until when its hook and its grace period last."""

    __slots__ = ("after", "asked_ms", "container", "deadline_ms", "hook_began_ms", "instance_id")

    def __init__(self, container: Container, instance_id: str, deadline_ms: int) -> None:
        self.container = container
        self.instance_id = instance_id
        self.deadline_ms = deadline_ms
        self.hook_began_ms: int | None = None
        """When its hook began, as long as that lasts."""
        self.after: tuple[str, ...] = ()
        self.asked_ms: int | None = None
        """For when its kill was ordered, once it was asked."""


class ContainerEnding:
    """Owns which containers of a pod are being brought to their end, and how far that is."""

    def __init__(self, machine: Machine, uid: str) -> None:
        self._machine = machine
        self._uid = uid
        self._ends: dict[str, _End] = {}

    def __bool__(self) -> bool:
        return bool(self._ends)

    def is_ending(self, name: str) -> bool:
        """Whether a container is being brought to its end. O(1)."""
        return name in self._ends

    def end(self, pod: Pod, names: Sequence[str], grace_ms: int, *, in_turn: bool) -> None:
        """From now on these end, with so much grace; in turn: sidecars after the others. O(containers of the pod)."""
        machine, now_ms = self._machine, self._machine.loop.now_ms
        on_machine = machine.pod(self._uid)
        waits = turns(pod, names) if in_turn and pod.spec.init_containers else {}
        for container in (*pod.spec.init_containers, *pod.spec.containers):
            name = container.name
            latest = on_machine.latest(name) if on_machine is not None else None
            if name not in names or latest is None or not latest.running:
                continue
            end = self._ends.get(name)
            if end is None or end.instance_id != latest.id:
                end = self._ends[name] = _End(container, latest.id, now_ms + grace_ms)
                if grace_ms > 0 and container.lifecycle.get(PRE_STOP) is not None:
                    end.hook_began_ms = now_ms
            end.deadline_ms = min(end.deadline_ms, now_ms + grace_ms)
            end.after = waits.get(name, end.after)

    def advance(self) -> int | None:
        """Do what is due; says when something is due next, None if it is the containers' turn. O(containers²)."""
        next_ms: int | None = None
        for end in list(self._ends.values()):
            due_ms = self._advance(end)
            if due_ms is not None and (next_ms is None or due_ms < next_ms):
                next_ms = due_ms
        return next_ms

    def _advance(self, end: _End) -> int | None:
        on_machine, now_ms = self._machine.pod(self._uid), self._machine.loop.now_ms
        name = end.container.name
        latest = on_machine.latest(name) if on_machine is not None else None
        if (
            on_machine is None
            or latest is None
            or not latest.running
            or latest.id != end.instance_id
        ):
            del self._ends[name]
            return None
        if now_ms < end.deadline_ms:
            if end.hook_began_ms is not None:
                until_ms = self._hook_until_ms(end.container, end.hook_began_ms)
                if now_ms < until_ms:
                    return min(until_ms, end.deadline_ms)
                self._hook_is_over(end)
            running = [instance.name for instance in on_machine.running()]
            if end.asked_ms is None and any(other in running for other in end.after):
                return end.deadline_ms
        kill_ms = max(end.deadline_ms, now_ms + LEAST_GRACE_MS)
        if end.asked_ms is None or kill_ms < end.asked_ms:
            end.asked_ms = kill_ms
            self._machine.stop_containers(self._uid, (name,), kill_ms - now_ms)
        return None

    def _hook_until_ms(self, container: Container, began_ms: int) -> int:
        answer = self._machine.behaviour.answer(self._uid, container.name, PRE_STOP)
        usual_ms = self._machine.settings.hook_run_ms
        return began_ms + hook_ms(container.lifecycle[PRE_STOP], answer, usual_ms)

    def _hook_is_over(self, end: _End) -> None:
        end.hook_began_ms = None
        answer = self._machine.behaviour.answer(self._uid, end.container.name, PRE_STOP)
        self._machine.hook_ran(self._uid, end.container.name, f"{PRE_STOP} {answer.outcome}")
