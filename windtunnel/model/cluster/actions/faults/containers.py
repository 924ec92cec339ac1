"""Faults of single containers: they crash, fail their probes, or cannot be had."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from windtunnel.model.cluster.action import Action, Heal, fault
from windtunnel.model.cluster.actions.operations.workloads import workloads
from windtunnel.model.cluster.targets import pod_of, pod_targets, records
from windtunnel.model.objects.pod import Pod

if TYPE_CHECKING:
    from windtunnel.model.cluster.cluster import Cluster
    from windtunnel.model.kubelet.machine import Machine

PROBES = ("readiness", "liveness", "startup")


@fault
class ContainerCrash(Action):
    """A container of a running pod exits with an error; the kubelet restarts it, so there is nothing to heal.

    Promised meanwhile: the pod keeps its node and its address, and the restart count grows by one at a time.
    """

    spares_heartbeats = True

    target: str
    container: str

    @classmethod
    def choices(cls, cluster: Cluster) -> Sequence[ContainerCrash]:
        """Every container that runs on a machine."""
        return [cls(name, container) for name, container in running_containers(cluster)]

    def why_not(self, cluster: Cluster) -> str:
        """The container must run."""
        return not_running(cluster, self.target, self.container)

    def apply(self, cluster: Cluster) -> None:
        """The process in the container dies with exit code 1."""
        pod = pod_of(cluster, self.target)
        assert pod is not None
        cluster.machines[pod.spec.node_name].crash_container(pod.uid, self.container, 1)


@fault
class ProbeFlip(Action):
    """A container begins to fail its readiness, liveness or startup probe; healing lets it answer again.

    Promised meanwhile: an unready pod leaves the Endpoints, a container that fails liveness or never starts is
    restarted.
    """

    spares_heartbeats = True

    target: str
    container: str
    probe: str

    @classmethod
    def choices(cls, cluster: Cluster) -> Sequence[ProbeFlip]:
        """Every probe of every container that runs and has that probe."""
        found = []
        for name, container in running_containers(cluster):
            pod = pod_of(cluster, name)
            assert pod is not None
            found += [cls(name, container, probe) for probe in probes(pod, container)]
        return found

    def why_not(self, cluster: Cluster) -> str:
        """The container must run and have the probe."""
        reason = not_running(cluster, self.target, self.container)
        pod = pod_of(cluster, self.target)
        if reason or pod is None:
            return reason
        if self.probe not in probes(pod, self.container):
            return f"{self.container} of {self.target} has no {self.probe} probe"
        return ""

    def apply(self, cluster: Cluster) -> Heal:
        """The probe's handler answers with failure from now on."""
        pod = pod_of(cluster, self.target)
        assert pod is not None
        machine, uid = cluster.machines[pod.spec.node_name], pod.uid
        self._answer(machine, uid, "failure")
        return lambda: self._answer(machine, uid, "success")

    def _answer(self, machine: Machine, uid: str, outcome: str) -> None:
        takes_ms = machine.behaviour.answer(uid, self.container, self.probe).takes_ms
        machine.set_probe(uid, self.container, self.probe, outcome, takes_ms)


@fault
class ImagePullFailure(Action):
    """An image cannot be pulled any more, on any node; healing puts it back into its registry.

    Promised meanwhile: what runs runs on, containers that need the pull wait with ErrImagePull and ImagePullBackOff,
    and after healing they start within the back-off's five minutes.
    """

    spares_heartbeats = True

    image: str

    @classmethod
    def choices(cls, cluster: Cluster) -> Sequence[ImagePullFailure]:
        """Every image of a pod or of a workload's template that can be pulled."""
        made = [cls(image) for image in _images(cluster)]
        return [each for each in made if not each.why_not(cluster)]

    def why_not(self, cluster: Cluster) -> str:
        """It must be there to be pulled."""
        if cluster.registry.lacks(self.image):
            return f"no node can pull {self.image!r} anyway"
        return ""

    def apply(self, cluster: Cluster) -> Heal:
        """Take it out of the registry."""
        registry, image = cluster.registry, self.image
        registry.lose(image)
        return lambda: registry.put_back(image)


def _images(cluster: Cluster) -> list[str]:
    specs = [record.raw["spec"] for record in records(cluster, "pods")]
    specs += [r.raw["spec"].get("template", {}).get("spec", {}) for r in workloads(cluster)]
    images = [
        container["image"]
        for spec in specs
        for field in ("initContainers", "containers")
        for container in spec.get(field) or ()
        if container.get("image")
    ]
    return list(dict.fromkeys(images))


def running_containers(cluster: Cluster) -> list[tuple[str, str]]:
    """Every container that runs on a machine, with the name of its pod. O(pods)."""
    found = []
    for name, record in pod_targets(cluster):
        pod = record.view
        machine = cluster.machines.get(pod.spec.node_name) if isinstance(pod, Pod) else None
        if machine is not None:
            found += [(name, container) for container in machine.running_containers(pod.uid)]
    return found


def not_running(cluster: Cluster, target: str, container: str) -> str:
    """Why a container does not run, in words; '' where it does. O(1)."""
    pod = pod_of(cluster, target)
    if pod is None:
        return f"{target} does not exist"
    machine = cluster.machines.get(pod.spec.node_name)
    if machine is None or container not in machine.running_containers(pod.uid):
        return f"container {container} of {target} does not run"
    return ""


def probes(pod: Pod, container: str) -> list[str]:
    """The kinds of probe that a container has. O(containers)."""
    for candidate in pod.spec.containers:
        if candidate.name == container:
            declared = (
                candidate.readiness_probe,
                candidate.liveness_probe,
                candidate.startup_probe,
            )
            return [name for name, probe in zip(PROBES, declared, strict=True) if probe is not None]
    return []
