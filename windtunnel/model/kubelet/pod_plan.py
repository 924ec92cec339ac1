"""What to do about a pod's containers: which to start and which to stop, from what runs and what is wanted.

Init containers run one after the other, each until it succeeds; a sidecar among them must only have started before the
next one's turn, and runs on from then. How far a pod has come shows in the last init container that ran in the sandbox
of now. The main containers come when all of that is done, and sidecars that ended are started again beside them. A
running container is stopped, to be started again, when its liveness or startup probe failed or its image was changed.
Where no main container runs or will be started, or an init container failed for good, the pod is over, sidecars or no.
"""

from __future__ import annotations

from collections.abc import Collection

from attrs import frozen

from windtunnel.model.kubelet.container_status import is_sidecar
from windtunnel.model.kubelet.phase import NEVER, should_restart
from windtunnel.model.kubelet.probe_results import (
    FAILURE,
    LIVENESS,
    STARTUP,
    SUCCESS,
    ProbeResults,
)
from windtunnel.model.kubelet.runtime import ContainerInstance, PodOnMachine
from windtunnel.model.objects.pod import Container, Pod

IMAGE = "image"


@frozen
class Stop:
    """A container to stop, and why: its image, its liveness or its startup probe."""

    container: Container
    reason: str


@frozen
class PodPlan:
    """Containers to start, in order, and to stop; over: everything that runs is to be ended, for good."""

    start: tuple[Container, ...] = ()
    stop: tuple[Stop, ...] = ()
    over: bool = False


OVER = PodPlan(over=True)


def why_stop(container: Container, instance: ContainerInstance, results: ProbeResults) -> str:
    """Why a running container is to be replaced, '' where it is not. O(1)."""
    if instance.image != container.image:
        return IMAGE
    if container.liveness_probe is not None and results.get(LIVENESS, instance.id) == FAILURE:
        return LIVENESS
    if container.startup_probe is not None and results.get(STARTUP, instance.id) == FAILURE:
        return STARTUP
    return ""


def plan_pod(
    pod: Pod,
    on_machine: PodOnMachine | None,
    results: ProbeResults,
    replaced: Collection[str] = (),
) -> PodPlan:
    """What to do now; replaced: containers that were stopped to be started again, however they ended. O(containers)."""
    spec = pod.spec
    if _is_done_with(pod, on_machine):
        return OVER
    init = _InitPlan()
    initialised = init.make(pod, on_machine, results) if spec.init_containers else True
    if init.failed:
        return OVER
    start, stop = init.start, init.stop
    if not initialised:
        return PodPlan(tuple(start), tuple(stop))
    kept = begins = 0
    for container in spec.containers:
        name = container.name
        latest = on_machine.latest(name) if on_machine is not None else None
        if latest is None or not latest.running:
            state, exit_code = ("absent", None) if latest is None else ("exited", latest.exit_code)
            if name in replaced or should_restart(spec.restart_policy, state, exit_code, False):
                start.append(container)
                begins += 1
            continue
        why = why_stop(container, latest, results)
        if not why:
            kept += 1
            continue
        stop.append(Stop(container, why))
        begins += starts_again(container, why, spec.restart_policy)
    return PodPlan(tuple(start), tuple(stop)) if kept or begins else OVER


def starts_again(container: Container, why: str, restart_policy: str) -> bool:
    """Whether a container that the kubelet stops for a reason is to be started again. O(1)."""
    return why == IMAGE or is_sidecar(container) or restart_policy != NEVER


def _is_done_with(pod: Pod, on_machine: PodOnMachine | None) -> bool:
    """Whether a pod that must not be restarted has lost its sandbox after it came to something in it."""
    if pod.spec.restart_policy != NEVER or on_machine is None or on_machine.ip:
        return False
    if any(on_machine.latest(container.name) for container in pod.spec.containers):
        return True
    inits = (on_machine.latest(c.name) for c in pod.spec.init_containers if not is_sidecar(c))
    return any(each is not None and each.exit_code != 0 for each in inits)


class _InitPlan:
    """Works out the part of a plan that is about init containers."""

    def __init__(self) -> None:
        self.start: list[Container] = []
        self.stop: list[Stop] = []
        self.failed = False

    def make(self, pod: Pod, on_machine: PodOnMachine | None, results: ProbeResults) -> bool:
        """Find starts and stops; says whether the main containers' time has come.

        From the last to the first, as what ran last says how far the pod has come: before that, only sidecars matter.
        """
        spec = pod.spec
        containers = spec.init_containers
        initialised = beyond = _main_runs(pod, on_machine)
        for number in range(len(containers) - 1, -1, -1):
            container = containers[number]
            latest = on_machine.current(container.name) if on_machine is not None else None
            if latest is None:
                if beyond and is_sidecar(container):
                    self.start.insert(0, container)
                continue
            if beyond and not is_sidecar(container):
                continue
            done = self._look(container, latest, results, spec.restart_policy)
            if done and number == len(containers) - 1:
                initialised = True
            elif done and not beyond:
                self.start.insert(0, containers[number + 1])
            beyond = True
        if not beyond:
            self.start.append(containers[0])
        return initialised

    def _look(
        self, container: Container, latest: ContainerInstance, results: ProbeResults, policy: str
    ) -> bool:
        """One that ran in this sandbox; says whether what comes after it may begin."""
        if is_sidecar(container):
            if not latest.running:
                self.start.insert(0, container)
                return False
            why = why_stop(container, latest, results)
            if why:
                self.stop.append(Stop(container, why))
            return why in ("", LIVENESS) and _has_started(container, latest, results)
        if latest.running:
            return False
        if latest.exit_code == 0:
            return True
        if policy == NEVER:
            self.failed = True
        else:
            self.start.insert(0, container)
        return False


def _has_started(container: Container, instance: ContainerInstance, results: ProbeResults) -> bool:
    return container.startup_probe is None or results.get(STARTUP, instance.id) == SUCCESS


def _main_runs(pod: Pod, on_machine: PodOnMachine | None) -> bool:
    if on_machine is None:
        return False
    latest = (on_machine.current(container.name) for container in pod.spec.containers)
    return any(each is not None and each.running for each in latest)
