"""Operations on single pods: delete them in every way, relabel them, make one beside all controllers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from windtunnel.model.api.names import is_dns1123_subdomain
from windtunnel.model.cluster.action import Action, operation
from windtunnel.model.cluster.actions.operations.requests import send
from windtunnel.model.cluster.actions.operations.workloads import (
    found_workload,
    missing,
    workloads,
)
from windtunnel.model.cluster.targets import pod_of, pod_targets, resolve, target_of
from windtunnel.model.objects.json import Json

if TYPE_CHECKING:
    from windtunnel.model.cluster.cluster import Cluster

LABEL_VALUES = ("", "windtunnel-other")
PROPAGATION = ("", "Background", "Foreground", "Orphan")
PRIORITIES = ("", "system-cluster-critical", "system-node-critical")
EXTRA_NAMES = ("extra-1", "extra-2", "extra-3")
EXTRA_CPU = "1500m"


@operation
class Delete(Action):
    """Delete a pod, workload or service, with a propagation policy ('' is the kind's default)."""

    target: str
    propagation: str = ""

    @classmethod
    def choices(cls, cluster: Cluster) -> Sequence[Delete]:
        """Every pod; every workload with each policy; services are deleted by delete-service."""
        pods = [cls(name) for name, _ in pod_targets(cluster)]
        return pods + [cls(target_of(r), p) for r in workloads(cluster) for p in PROPAGATION]

    def why_not(self, cluster: Cluster) -> str:
        """It must exist, and the policy be one of Kubernetes'."""
        if self.propagation not in PROPAGATION:
            return f"{self.propagation!r} is no propagation policy"
        return missing(cluster, self.target)

    def apply(self, cluster: Cluster) -> None:
        """A DELETE request."""
        record = resolve(cluster, self.target)
        assert record is not None
        policy = self.propagation or None
        request = cluster.client.delete(
            record.key.resource, record.key.key, propagation_policy=policy
        )
        send(cluster, request, "delete")


@operation
class DeleteByForce(Action):
    """Delete a pod at once, as `kubectl delete --force --grace-period=0` does, whatever still runs of it."""

    target: str

    @classmethod
    def choices(cls, cluster: Cluster) -> Sequence[DeleteByForce]:
        """Every pod."""
        return [cls(name) for name, _ in pod_targets(cluster)]

    def why_not(self, cluster: Cluster) -> str:
        """It must be a pod."""
        return "" if pod_of(cluster, self.target) else f"there is no pod {self.target}"

    def apply(self, cluster: Cluster) -> None:
        """A DELETE request with a grace period of 0."""
        pod = pod_of(cluster, self.target)
        assert pod is not None
        key = f"{pod.namespace}/{pod.name}"
        send(cluster, cluster.client.delete("Pod", key, grace_period_seconds=0), "delete by force")


@operation
class EvictPod(Action):
    """Ask for the eviction of a pod, which its disruption budget may refuse."""

    target: str

    @classmethod
    def choices(cls, cluster: Cluster) -> Sequence[EvictPod]:
        """Every pod."""
        return [cls(name) for name, _ in pod_targets(cluster)]

    def why_not(self, cluster: Cluster) -> str:
        """It must be a pod."""
        return "" if pod_of(cluster, self.target) else f"there is no pod {self.target}"

    def apply(self, cluster: Cluster) -> None:
        """A POST of the pod's eviction."""
        pod = pod_of(cluster, self.target)
        assert pod is not None
        send(cluster, cluster.client.evict(f"{pod.namespace}/{pod.name}"), "evict")


@operation
class Relabel(Action):
    """Set one label of a pod to another value, or take it away (''), so that selectors lose or gain it."""

    target: str
    label: str
    value: str

    @classmethod
    def choices(cls, cluster: Cluster) -> Sequence[Relabel]:
        """Each label of each pod to each of a few values."""
        return [
            cls(name, label, value)
            for name, record in pod_targets(cluster)
            for label in record.view.metadata.labels
            for value in LABEL_VALUES
        ]

    def why_not(self, cluster: Cluster) -> str:
        """The pod must exist."""
        return missing(cluster, self.target)

    def apply(self, cluster: Cluster) -> None:
        """A merge patch of metadata.labels."""
        record = resolve(cluster, self.target)
        assert record is not None
        body: Json = {"metadata": {"labels": {self.label: self.value or None}}}
        send(cluster, cluster.client.patch(record.key.resource, record.key.key, body), "relabel")


@operation
class CreatePod(Action):
    """Create a pod beside all controllers, like those of a workload or like none (''), of a priority class or none."""

    name: str
    like: str
    priority: str

    @classmethod
    def choices(cls, cluster: Cluster) -> Sequence[CreatePod]:
        """The first name that is free, like each workload and like none, with each class that is always there."""
        taken = [record.key.name for _, record in pod_targets(cluster)]
        free = [name for name in EXTRA_NAMES if name not in taken][:1]
        models = ["", *(target_of(record) for record in workloads(cluster))]
        return [cls(name, model, each) for name in free for model in models for each in PRIORITIES]

    def why_not(self, cluster: Cluster) -> str:
        """The name must be free, the model a workload, the class one of the system's."""
        if is_dns1123_subdomain(self.name):
            return f"{self.name!r} is no name of a pod"
        if self.priority not in PRIORITIES:
            return f"{self.priority!r} is no priority class of the system"
        if self.like and found_workload(cluster, self.like) is None:
            return f"{self.like} is no workload"
        target = f"pod/{self._namespace(cluster)}/{self.name}"
        return f"{target} exists" if resolve(cluster, target) else ""

    def apply(self, cluster: Cluster) -> None:
        """A POST of the pod."""
        metadata: Json = {"name": self.name, "namespace": self._namespace(cluster)}
        spec: Json = {
            "containers": [
                {
                    "name": "main",
                    "image": "registry.example/extra:1",
                    "resources": {"requests": {"cpu": EXTRA_CPU}},
                }
            ]
        }
        model = found_workload(cluster, self.like) if self.like else None
        if model is not None:
            template = model.raw["spec"]["template"]
            metadata["labels"] = template.get("metadata", {}).get("labels") or {}
            spec = {**template["spec"]}
        if self.priority:
            spec["priorityClassName"] = self.priority
        pod = {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}
        send(cluster, cluster.client.create(pod), "create pod")

    def _namespace(self, cluster: Cluster) -> str:
        model = found_workload(cluster, self.like) if self.like else None
        return model.key.namespace if model is not None else "default"
