"""Operations on replication controllers and replica sets, and `kubectl apply` of whatever the scenario started with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from windtunnel.model.cluster.action import Action, operation
from windtunnel.model.cluster.actions.operations.requests import apply_manifest, send
from windtunnel.model.cluster.targets import SHORT_NAMES, records, resolve, split_target, target_of
from windtunnel.model.objects.json import Json
from windtunnel.model.objects.record import Record

if TYPE_CHECKING:
    from windtunnel.model.cluster.cluster import Cluster

SCALES = (0, 1, 2, 3, 5)
MOST_REPLICAS = 20_000
WORKLOADS = ("replicationcontrollers", "replicasets.apps")
KINDS = {
    "rc": ("v1", "ReplicationController", "replicationcontrollers"),
    "rs": ("apps/v1", "ReplicaSet", "replicasets.apps"),
}
IMAGE, LABEL, REQUEST = "image", "label", "request"
NEW_TAG = "windtunnel-2"
NEW_LABEL = ("windtunnel-version", "2")
NEW_CPU = "2"
TWIN_REPLICAS = (1, 3)


def workloads(cluster: Cluster) -> list[Record]:
    """Every replication controller, then every replica set, in key order. O(workloads)."""
    return [record for resource in WORKLOADS for record in records(cluster, resource)]


def template_labels(raw: Json) -> dict[str, str]:
    """The labels that a workload's pods are made with. O(1)."""
    labels: dict[str, str] = raw["spec"].get("template", {}).get("metadata", {}).get("labels") or {}
    return labels


def missing(cluster: Cluster, target: str) -> str:
    """Why there is nothing of this name, in words; '' where there is something. O(1), or O(pods) for owned pods."""
    return "" if resolve(cluster, target) else f"{target} does not exist"


def found_workload(cluster: Cluster, target: str) -> Record | None:
    """The workload that a target names, None where it names nothing or something else. O(1)."""
    record = resolve(cluster, target)
    return record if record is not None and record.key.resource in WORKLOADS else None


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


@operation
class Scale(Action):
    """Set the wanted number of pods of a replication controller or replica set."""

    target: str
    replicas: int

    @classmethod
    def choices(cls, cluster: Cluster) -> Sequence[Scale]:
        """Each workload to each of a few sizes."""
        return [cls(target_of(record), n) for record in workloads(cluster) for n in SCALES]

    def why_not(self, cluster: Cluster) -> str:
        """It must exist, and the size be one that a run can take."""
        if not 0 <= self.replicas <= MOST_REPLICAS:
            return f"replicas must be between 0 and {MOST_REPLICAS}"
        return missing(cluster, self.target)

    def apply(self, cluster: Cluster) -> None:
        """A merge patch of spec.replicas."""
        resource, key, _ = split_target(self.target)
        body = {"spec": {"replicas": self.replicas}}
        send(cluster, cluster.client.patch(resource, key, body), "scale")


@operation
class ChangeTemplate(Action):
    """Change a workload's pod template: another image tag, one more label, or a larger request. New pods have it."""

    target: str
    change: str

    @classmethod
    def choices(cls, cluster: Cluster) -> Sequence[ChangeTemplate]:
        """Each workload in each way."""
        ways = (IMAGE, LABEL, REQUEST)
        return [cls(target_of(record), way) for record in workloads(cluster) for way in ways]

    def why_not(self, cluster: Cluster) -> str:
        """It must be a workload."""
        if self.change not in (IMAGE, LABEL, REQUEST):
            return f"{self.change!r} is no change; write {IMAGE}, {LABEL} or {REQUEST}"
        return "" if found_workload(cluster, self.target) else f"{self.target} is no workload"

    def apply(self, cluster: Cluster) -> None:
        """A strategic merge patch of the template."""
        record = found_workload(cluster, self.target)
        assert record is not None
        first: Json = record.raw["spec"]["template"]["spec"]["containers"][0]
        template = self._patch(first)
        body = {"spec": {"template": template}}
        request = cluster.client.patch(record.key.resource, record.key.key, body, "strategic")
        send(cluster, request, "change template")

    def _patch(self, container: Json) -> Json:
        if self.change == LABEL:
            return {"metadata": {"labels": dict([NEW_LABEL])}}
        patch: Json = {"name": container["name"]}
        if self.change == IMAGE:
            patch["image"] = f"{_without_tag(container['image'])}:{NEW_TAG}"
        else:
            patch["resources"] = {"requests": {"cpu": NEW_CPU}}
        return {"spec": {"containers": [patch]}}


@operation
class CreateOverlappingController(Action):
    """Create a second controller with the selector and template of a workload, of its own kind or of the other one."""

    target: str
    kind: str
    replicas: int

    @classmethod
    def choices(cls, cluster: Cluster) -> Sequence[CreateOverlappingController]:
        """A twin of each kind and of a few sizes for each workload, where it is not there yet."""
        found = []
        for record in workloads(cluster):
            for kind in KINDS:
                made = [cls(target_of(record), kind, replicas) for replicas in TWIN_REPLICAS]
                if not made[0].why_not(cluster):
                    found += made
        return found

    def why_not(self, cluster: Cluster) -> str:
        """The workload must exist, be no twin itself, and have a selector that the kind can say; the twin must not."""
        record = found_workload(cluster, self.target)
        if record is None:
            return f"{self.target} is no workload"
        if self.kind not in KINDS:
            return f"{self.kind!r} is no kind of controller; write {' or '.join(KINDS)}"
        if not 0 <= self.replicas <= MOST_REPLICAS:
            return f"replicas must be between 0 and {MOST_REPLICAS}"
        if record.key.name.endswith("-twin"):
            return f"{self.target} is a twin itself"
        if _selector(record, self.kind) is None:
            return f"the selector of {self.target} cannot be said in an {self.kind}"
        twin = f"{self.kind}/{record.key.namespace}/{record.key.name}-twin"
        return f"{twin} exists" if resolve(cluster, twin) else ""

    def apply(self, cluster: Cluster) -> None:
        """A POST of the twin."""
        record = found_workload(cluster, self.target)
        assert record is not None
        api_version, kind, _ = KINDS[self.kind]
        twin = {
            "apiVersion": api_version,
            "kind": kind,
            "metadata": {
                "name": f"{record.key.name}-twin",
                "namespace": record.key.namespace,
            },
            "spec": {
                "replicas": self.replicas,
                "selector": _selector(record, self.kind),
                "template": record.raw["spec"]["template"],
            },
        }
        send(cluster, cluster.client.create(twin), "create twin")


def _selector(record: Record, kind: str) -> Json | None:
    """A workload's selector as another kind says it, None where that cannot say it. O(1)."""
    selector: Mapping[str, Json] = record.raw["spec"].get("selector") or {}
    own = SHORT_NAMES[record.key.resource]
    if own == kind:
        return dict(selector)
    if kind == "rs":
        return {"matchLabels": dict(selector)}
    if selector.get("matchExpressions"):
        return None
    return dict(selector.get("matchLabels") or {}) or None


def _without_tag(image: str) -> str:
    path, slash, last = image.rpartition("/")
    return f"{path}{slash}{last.partition('@')[0].partition(':')[0]}"
