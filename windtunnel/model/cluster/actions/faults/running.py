"""The containers that run, by the names that actions give to their pods."""

from __future__ import annotations

from typing import TYPE_CHECKING

from windtunnel.model.cluster.targets import pod_of, pod_targets
from windtunnel.model.objects.json import Json
from windtunnel.model.objects.pod import Pod

if TYPE_CHECKING:
    from windtunnel.model.cluster.cluster import Cluster


def running_containers(cluster: Cluster) -> list[tuple[str, str]]:
    """Target and container of everything that runs on a machine, in a defined order. O(pods)."""
    found = []
    for name, record in pod_targets(cluster):
        pod = record.view
        machine = cluster.machines.get(pod.spec.node_name) if isinstance(pod, Pod) else None
        if machine is not None:
            found += [(name, container) for container in machine.running_containers(pod.uid)]
    return found


def not_running(cluster: Cluster, target: str, container: str) -> str:
    """Why a container is not one that runs, in words; '' when it does."""
    pod = pod_of(cluster, target)
    if pod is None:
        return f"{target} does not exist"
    machine = cluster.machines.get(pod.spec.node_name)
    if machine is None or container not in machine.running_containers(pod.uid):
        return f"container {container} of {target} does not run"
    return ""


def container_of(cluster: Cluster, target: str, container: str) -> Json:
    """The spec of a container, of any sort, or an empty one. O(containers)."""
    pod = pod_of(cluster, target)
    spec = pod.raw.get("spec") or {} if pod is not None else {}
    for field in ("containers", "initContainers"):
        for each in spec.get(field) or ():
            if each.get("name") == container:
                return dict(each)
    return {}
