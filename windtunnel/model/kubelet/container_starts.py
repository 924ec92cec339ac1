"""ContainerStarts: which of the containers that should be started can be started now, and what the others wait for.

A container that ended waits for its back-off, one whose image cannot be had for the back-off of that image. What the
kubelet itself stopped, to start it again, does not wait for what it is blamed for. Containers are started together, up
to the first that has a postStart hook: the others come when that hook has ended.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from windtunnel.model.kubelet.back_off import format_duration
from windtunnel.model.kubelet.behaviour import POST_START
from windtunnel.model.kubelet.container_status import Waiting, by_name, is_sidecar, next_attempt
from windtunnel.model.kubelet.hooks import PostStart
from windtunnel.model.kubelet.images import ERR_IMAGE_PULL, IMAGE_PULL_BACK_OFF
from windtunnel.model.kubelet.machine import ContainerStart
from windtunnel.model.kubelet.pod_plan import PodPlan, Stop, starts_again
from windtunnel.model.kubelet.runtime import ContainerInstance
from windtunnel.model.kubelet.services import KubeletServices
from windtunnel.model.objects.json import Json
from windtunnel.model.objects.pod import Container, Pod

SYNC_RETRY_MS = 10_000
"""When a pod in which something went wrong is looked at again."""


class ContainerStarts:
    """Owns what the containers of one pod wait for. look_again_at(when_ms, background=) has the worker look again."""

    def __init__(
        self, services: KubeletServices, uid: str, look_again_at: Callable[..., None]
    ) -> None:
        self._services = services
        self._uid = uid
        self._look_again_at = look_again_at
        self.waiting: dict[str, Waiting] = {}
        self.replaced: dict[str, str] = {}
        """Which instance of a container was stopped to be started again."""

    def observe(self) -> None:
        """What runs waits for nothing, and what was stopped has been replaced where another ran. O(containers)."""
        for name in list(self.waiting):
            latest = self._latest(name)
            if latest is not None and latest.running:
                del self.waiting[name]
        for name, stopped_id in list(self.replaced.items()):
            latest = self._latest(name)
            if latest is None or latest.id != stopped_id:
                del self.replaced[name]

    def between(self) -> tuple[str, ...]:
        """The containers that ended to be started again at once, and do not say yet what keeps them. O(such)."""
        found = []
        for name in self.replaced:
            latest = self._latest(name)
            if latest is not None and not latest.running and name not in self.waiting:
                found.append(name)
        return tuple(found)

    def startable(self, pod: Pod, plan: PodPlan, reported: Json) -> list[ContainerStart]:
        """The containers that can start now; the others say what they wait for. O(containers)."""
        found = []
        for container in plan.start:
            if self._backs_off(pod, container):
                continue
            start = self._with_image(pod, container, reported)
            if start is not None:
                found.append(start)
        return found

    def begin(self, pod: Pod, starts: Sequence[ContainerStart]) -> PostStart | None:
        """Start containers; says whose postStart hook is to run then. O(containers)."""
        services, settings = self._services, self._services.settings
        machine, now_ms = services.machine, services.machine.loop.now_ms
        hook = None
        for number, start in enumerate(starts):
            hook = _post_start(pod, start)
            if hook is not None:
                starts = starts[: number + 1]
                break
        delay_ms = settings.container_start_ms
        on_machine = machine.pod(self._uid)
        if on_machine is None or not on_machine.ip:
            host_ip = services.host_ip if pod.spec.host_network else ""
            machine.create_sandbox(self._uid, pod.metadata.namespace, pod.metadata.name, host_ip)
            delay_ms += settings.sandbox_start_ms
        if any(start.pull for start in starts):
            delay_ms += settings.image_pull_ms
        for start in starts:
            latest = self._latest(start.name)
            if latest is not None and start.name not in self.replaced:
                key = self._key(start.name, start.image)
                services.crash_back_off.next(key, latest.finished_ms, now_ms)
        machine.start_containers(self._uid, starts, delay_ms)
        return hook

    def stopped(self, pod: Pod, stop: Stop) -> None:
        """The kubelet stops a container, to start it again: the back-off counts from the end before this one. O(1)."""
        container, services = stop.container, self._services
        if not starts_again(container, stop.reason, pod.spec.restart_policy):
            return
        on_machine, latest = services.machine.pod(self._uid), self._latest(container.name)
        if on_machine is None or latest is None:
            return
        before = on_machine.before_latest(container.name)
        if before is not None:
            key, now_ms = self._key(container.name, container.image), services.machine.loop.now_ms
            back_off = services.crash_back_off
            if back_off.is_in_back_off_since(key, before.finished_ms, now_ms):
                return
            back_off.next(key, before.finished_ms, now_ms)
        self.replaced[container.name] = latest.id

    def forget(self, pod: Pod) -> None:
        """The pod has ended. O(containers)."""
        self.waiting.clear()
        self.replaced.clear()
        for container in (*pod.spec.init_containers, *pod.spec.containers):
            self._services.crash_back_off.forget(self._key(container.name, container.image))

    def _backs_off(self, pod: Pod, container: Container) -> bool:
        latest = self._latest(container.name)
        if latest is None or container.name in self.replaced:
            return False
        key, back_off = self._key(container.name, container.image), self._services.crash_back_off
        over_ms = back_off.ends_ms(key, latest.finished_ms)
        if self._services.machine.loop.now_ms >= over_ms:
            return False
        metadata = pod.metadata
        self.waiting[container.name] = Waiting(
            "CrashLoopBackOff",
            f"back-off {format_duration(back_off.get_ms(key))} restarting failed container={container.name} "
            f"pod={metadata.name}_{metadata.namespace}({self._uid})",
        )
        self._look_again_at(over_ms)
        return True

    def _with_image(self, pod: Pod, container: Container, reported: Json) -> ContainerStart | None:
        services, now_ms = self._services, self._services.machine.loop.now_ms
        name, image, policy = container.name, container.image, container.image_pull_policy
        if services.machine.take_failed_pull(self._uid, name):
            plan = services.images.pull_failed(self._uid, image, now_ms)
        else:
            present = services.machine.has_image(image)
            plan = services.images.plan(self._uid, image, policy or "IfNotPresent", present, now_ms)
        if plan.error:
            self.waiting[name] = Waiting(plan.error, plan.message)
            next_ms = services.images.next_try_ms(self._uid, image, now_ms)
            if plan.error == ERR_IMAGE_PULL:
                next_ms = min(next_ms, now_ms + SYNC_RETRY_MS)
            # Only a failed pull may work next time without anybody doing anything about it.
            hopeless = plan.error not in (ERR_IMAGE_PULL, IMAGE_PULL_BACK_OFF)
            self._look_again_at(next_ms, background=hopeless)
            return None
        is_init = not is_sidecar(container) and any(
            each is container for each in pod.spec.init_containers
        )
        field = "initContainerStatuses" if is_init or is_sidecar(container) else "containerStatuses"
        known = by_name(reported.get(field)).get(name)
        attempt = next_attempt(self._latest(name), known)
        return ContainerStart(name, image, attempt, pull=plan.pull, is_init=is_init)

    def _latest(self, name: str) -> ContainerInstance | None:
        on_machine = self._services.machine.pod(self._uid)
        return on_machine.latest(name) if on_machine is not None else None

    def _key(self, name: str, image: str) -> str:
        """A container with another image is another container to the back-off."""
        return f"{self._uid}_{name}_{image}"


def _post_start(pod: Pod, start: ContainerStart) -> PostStart | None:
    for container in (*pod.spec.init_containers, *pod.spec.containers):
        handler = container.lifecycle.get(POST_START)
        if container.name == start.name and handler is not None:
            return PostStart(start.name, start.attempt, handler)
    return None
