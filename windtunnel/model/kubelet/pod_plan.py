"""What to do about a pod's containers: which to start and which to stop, from what runs and what is wanted.

Init containers run one after the other, each until it succeeds; sidecars among them must only have started. The main
containers come when all of that is done. A running container is stopped, to be started again, when its liveness or
startup probe failed or its image was changed.
"""

from __future__ import annotations

from attrs import frozen

from windtunnel.model.kubelet.phase import NEVER, should_restart
from windtunnel.model.kubelet.probe_results import FAILURE, LIVENESS, STARTUP, ProbeResults
from windtunnel.model.kubelet.runtime import ContainerInstance, PodOnMachine
from windtunnel.model.kubelet.status import is_sidecar
from windtunnel.model.objects.pod import Container, Pod


@frozen
class PodPlan:
    """Containers to start, in order, and to stop."""

    start: tuple[Container, ...] = ()
    stop: tuple[Container, ...] = ()


def must_stop(container: Container, instance: ContainerInstance, results: ProbeResults) -> bool:
    """Whether a running container is to be replaced. O(1)."""
    if instance.image != container.image:
        return True
    if container.startup_probe is not None and results.get(STARTUP, instance.id) == FAILURE:
        return True
    return container.liveness_probe is not None and results.get(LIVENESS, instance.id) == FAILURE


def plan_pod(pod: Pod, on_machine: PodOnMachine | None, results: ProbeResults) -> PodPlan:
    """What to do now. O(containers)."""
    spec = pod.spec
    start: list[Container] = []
    stop: list[Container] = []
    initialised = True
    for container in spec.init_containers:
        latest = _current(on_machine, container.name)
        if is_sidecar(container):
            if latest is None or not latest.running:
                start.append(container)
                initialised = False
                break
            if must_stop(container, latest, results):
                stop.append(container)
            if not _has_started(container, latest, results):
                initialised = False
                break
        elif latest is None:
            start.append(container)
            initialised = False
            break
        elif latest.running or latest.exit_code != 0:
            if not latest.running and spec.restart_policy != NEVER:
                start.append(container)
            initialised = False
            break
    if not initialised and not _main_has_run(pod, on_machine):
        return PodPlan(tuple(start), tuple(stop))
    for container in spec.containers:
        latest = on_machine.latest(container.name) if on_machine is not None else None
        if latest is not None and latest.running:
            if must_stop(container, latest, results):
                stop.append(container)
            continue
        state = "absent" if latest is None else "exited"
        exit_code = latest.exit_code if latest is not None else None
        if initialised and should_restart(spec.restart_policy, state, exit_code, False):
            start.append(container)
    return PodPlan(tuple(start), tuple(stop))


def _current(on_machine: PodOnMachine | None, name: str) -> ContainerInstance | None:
    """The latest instance in the sandbox of now: a new sandbox initialises afresh."""
    if on_machine is None or on_machine.sandbox is None or not on_machine.sandbox.up:
        return None
    latest = on_machine.latest(name)
    if latest is None or latest.sandbox_attempt != on_machine.sandbox.attempt:
        return None
    return latest


def _has_started(container: Container, instance: ContainerInstance, results: ProbeResults) -> bool:
    return container.startup_probe is None or results.get(STARTUP, instance.id) == "Success"


def _main_has_run(pod: Pod, on_machine: PodOnMachine | None) -> bool:
    return any(
        _current(on_machine, container.name) is not None for container in pod.spec.containers
    )
