"""Operations: what people and pipelines do to a cluster, each as requests of the user through the API server.

The user is never cut off and never retries by itself; a conflict or an error is an answer like any other, and the trace
shows it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from typing import TYPE_CHECKING, Any

from windtunnel.model.api.errors import ApiError
from windtunnel.model.api.schema import Object
from windtunnel.model.cluster.action import Action, operation
from windtunnel.model.cluster.targets import pod_targets, records, resolve, split_target, target_of
from windtunnel.model.objects.json import Json
from windtunnel.model.sim.network import NetworkError

if TYPE_CHECKING:
    from windtunnel.model.cluster.cluster import Cluster

SCALES = (0, 1, 2, 3, 5)
MOST_REPLICAS = 20_000
LABEL_VALUES = ("", "windtunnel-other")
PROPAGATION = ("", "Background", "Foreground", "Orphan")
WORKLOADS = ("replicationcontrollers", "replicasets.apps")


async def answered(cluster: Cluster, request: Awaitable[Any]) -> None:
    """Await a request of the user; how it went becomes a step of the trace."""
    try:
        await request
    except ApiError as error:
        cluster.loop.note("user", f"is told {error.code} {error.reason}")
    except NetworkError as error:
        cluster.loop.note("user", f"is told nothing: {error}")


def send(cluster: Cluster, request: Awaitable[Any], name: str) -> None:
    """Send a request of the user and wait for it as long as a user would."""
    cluster.run_user(answered(cluster, request), name)


@operation
class Scale(Action):
    """Set the wanted number of pods of a replication controller or replica set."""

    target: str
    replicas: int

    @classmethod
    def choices(cls, cluster: Cluster) -> Sequence[Scale]:
        """Each workload to each of a few sizes."""
        workloads = [r for resource in WORKLOADS for r in records(cluster, resource)]
        return [cls(target_of(record), n) for record in workloads for n in SCALES]

    def why_not(self, cluster: Cluster) -> str:
        """It must exist, and the size be one that a run can take."""
        if not 0 <= self.replicas <= MOST_REPLICAS:
            return f"replicas must be between 0 and {MOST_REPLICAS}"
        return "" if resolve(cluster, self.target) else f"{self.target} does not exist"

    def apply(self, cluster: Cluster) -> None:
        """A merge patch of spec.replicas."""
        resource, key, _ = split_target(self.target)
        body = {"spec": {"replicas": self.replicas}}
        send(cluster, cluster.client.patch(resource, key, body), "scale")


@operation
class Delete(Action):
    """Delete a pod, workload or service, with a propagation policy ('' is the kind's default)."""

    target: str
    propagation: str = ""

    @classmethod
    def choices(cls, cluster: Cluster) -> Sequence[Delete]:
        """Every pod; every workload with each policy; services are deleted by delete-service."""
        pods = [cls(name) for name, _ in pod_targets(cluster)]
        workloads = [r for resource in WORKLOADS for r in records(cluster, resource)]
        return pods + [cls(target_of(r), policy) for r in workloads for policy in PROPAGATION]

    def why_not(self, cluster: Cluster) -> str:
        """It must exist, and the policy be one of Kubernetes'."""
        if self.propagation not in PROPAGATION:
            return f"{self.propagation!r} is no propagation policy"
        return "" if resolve(cluster, self.target) else f"{self.target} does not exist"

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
        return "" if resolve(cluster, self.target) else f"{self.target} does not exist"

    def apply(self, cluster: Cluster) -> None:
        """A merge patch of metadata.labels."""
        record = resolve(cluster, self.target)
        assert record is not None
        body: Json = {"metadata": {"labels": {self.label: self.value or None}}}
        send(cluster, cluster.client.patch(record.key.resource, record.key.key, body), "relabel")


@operation
class CreateService(Action):
    """Create a service that selects the pods of a workload by one label of its template."""

    target: str
    name: str

    @classmethod
    def choices(cls, cluster: Cluster) -> Sequence[CreateService]:
        """One more service for each workload that has labels, unless it is there."""
        found = []
        for resource in WORKLOADS:
            for record in records(cluster, resource):
                name = f"{record.key.name}-extra"
                made = cls(target_of(record), name)
                if not made.why_not(cluster):
                    found.append(made)
        return found

    def why_not(self, cluster: Cluster) -> str:
        """The workload must exist with labels in its template, the service must not."""
        record = resolve(cluster, self.target)
        if record is None:
            return f"{self.target} does not exist"
        if not _template_labels(record.raw):
            return f"{self.target} has no labels in its template"
        place = "" if record.key.namespace == "default" else f"{record.key.namespace}/"
        if resolve(cluster, f"svc/{place}{self.name}") is not None:
            return f"service {self.name} exists"
        return ""

    def apply(self, cluster: Cluster) -> None:
        """A POST of the service."""
        record = resolve(cluster, self.target)
        assert record is not None
        label, value = next(iter(_template_labels(record.raw).items()))
        service = {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": self.name, "namespace": record.key.namespace},
            "spec": {"selector": {label: value}, "ports": [{"port": 80}]},
        }
        send(cluster, cluster.client.create(service), "create service")


@operation
class DeleteService(Action):
    """Delete a service, and with it its Endpoints."""

    target: str

    @classmethod
    def choices(cls, cluster: Cluster) -> Sequence[DeleteService]:
        """Every service."""
        return [cls(target_of(record)) for record in records(cluster, "services")]

    def why_not(self, cluster: Cluster) -> str:
        """It must exist."""
        return "" if resolve(cluster, self.target) else f"{self.target} does not exist"

    def apply(self, cluster: Cluster) -> None:
        """A DELETE request."""
        resource, key, _ = split_target(self.target)
        send(cluster, cluster.client.delete(resource, key), "delete service")


@operation
class Apply(Action):
    """Put a starting object back as its manifest says, as `kubectl apply` would: create it, or patch it to match."""

    target: str

    @classmethod
    def choices(cls, cluster: Cluster) -> Sequence[Apply]:
        """Every object of the scenario's manifests."""
        return [cls(target) for target in cluster.manifests]

    def why_not(self, cluster: Cluster) -> str:
        """The manifest must be part of the scenario."""
        return "" if self.target in cluster.manifests else f"no manifest says what {self.target} is"

    def apply(self, cluster: Cluster) -> None:
        """Create, or a strategic merge patch where the object exists."""
        send(cluster, apply_manifest(cluster, cluster.manifests[self.target]), "apply")


async def apply_manifest(cluster: Cluster, manifest: Json) -> None:
    """Create the object, or patch the existing one to what the manifest says."""
    try:
        await cluster.client.create(manifest)
    except ApiError as error:
        if error.reason != "AlreadyExists":
            raise
        kind = cluster.environment.kinds.for_object(manifest)
        metadata = manifest["metadata"]
        namespace = metadata.get("namespace", "default") if kind.namespaced else ""
        plain = isinstance(kind.schema, Object) and kind.schema.open
        patch_type = "merge" if plain else "strategic"
        await cluster.client.patch(
            kind.resource, f"{namespace}/{metadata['name']}", manifest, patch_type
        )


def _template_labels(raw: Json) -> dict[str, str]:
    labels: dict[str, str] = raw["spec"].get("template", {}).get("metadata", {}).get("labels") or {}
    return labels


OPERATIONS: tuple[type[Action], ...] = (Apply, Scale, Delete, Relabel, CreateService, DeleteService)
