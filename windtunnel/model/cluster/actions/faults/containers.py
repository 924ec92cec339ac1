"""Faults of single containers: they crash, fail their probes, or cannot be had."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from windtunnel.model.cluster.action import Action, Heal, fault
from windtunnel.model.cluster.actions.faults.running import not_running, running_containers
from windtunnel.model.cluster.actions.operations.workloads import workloads
from windtunnel.model.cluster.targets import pod_of, records
from windtunnel.model.objects.pod import Pod

if TYPE_CHECKING:
    from windtunnel.model.cluster.cluster import Cluster
    from windtunnel.model.kubelet.machine import Machine

PROBES = ("readiness", "liveness")


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
    """A container begins to fail its readiness or liveness probe; healing lets it answer again.

    Promised meanwhile: an unready pod leaves the Endpoints, a container that fails liveness is restarted.
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
            found += [cls(name, container, probe) for probe in _probes(pod, container)]
        return found

    def why_not(self, cluster: Cluster) -> str:
        """The container must run and have the probe."""
        reason = not_running(cluster, self.target, self.container)
        pod = pod_of(cluster, self.target)
        if reason or pod is None:
            return reason
        if self.probe not in _probes(pod, self.container):
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
        # How long it takes is the business of another fault.
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
        """It must be in its registry."""
        if self.image in cluster.lost_images:
            return f"no node can pull {self.image!r} anyway"
        return ""

    def apply(self, cluster: Cluster) -> Heal:
        """Take it out of its registry."""
        cluster.lose_image(self.image)
        return lambda: cluster.put_back_image(self.image)


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


def _probes(pod: Pod, container: str) -> list[str]:
    for candidate in pod.spec.containers:
        if candidate.name == container:
            declared = (candidate.readiness_probe, candidate.liveness_probe)
            return [name for name, probe in zip(PROBES, declared, strict=True) if probe is not None]
    return []
