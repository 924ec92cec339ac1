"""Operations on services: make them, take them away, turn them to other pods."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from windtunnel.model.cluster.action import Action, operation
from windtunnel.model.cluster.actions.operations.requests import send
from windtunnel.model.cluster.actions.operations.workloads import (
    missing,
    template_labels,
    workloads,
)
from windtunnel.model.cluster.targets import records, resolve, split_target, target_of
from windtunnel.model.objects.json import Json
from windtunnel.model.objects.record import Record

if TYPE_CHECKING:
    from windtunnel.model.cluster.cluster import Cluster


@operation
class CreateService(Action):
    """Create a service that selects the pods of a workload by one label of its template."""

    target: str
    name: str

    @classmethod
    def choices(cls, cluster: Cluster) -> Sequence[CreateService]:
        """One more service for each workload that has labels, unless it is there."""
        found = []
        for record in workloads(cluster):
            made = cls(target_of(record), f"{record.key.name}-extra")
            if not made.why_not(cluster):
                found.append(made)
        return found

    def why_not(self, cluster: Cluster) -> str:
        """The workload must exist with labels in its template, the service must not."""
        record = resolve(cluster, self.target)
        if record is None:
            return f"{self.target} does not exist"
        if not template_labels(record.raw):
            return f"{self.target} has no labels in its template"
        place = "" if record.key.namespace == "default" else f"{record.key.namespace}/"
        if resolve(cluster, f"svc/{place}{self.name}") is not None:
            return f"service {self.name} exists"
        return ""

    def apply(self, cluster: Cluster) -> None:
        """A POST of the service."""
        record = resolve(cluster, self.target)
        assert record is not None
        label, value = next(iter(template_labels(record.raw).items()))
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
        return missing(cluster, self.target)

    def apply(self, cluster: Cluster) -> None:
        """A DELETE request."""
        resource, key, _ = split_target(self.target)
        send(cluster, cluster.client.delete(resource, key), "delete service")


@operation
class ChangeSelector(Action):
    """Give a service another selector (app=web,tier=front), or none (''): its Endpoints are left to their author."""

    target: str
    selector: str

    @classmethod
    def choices(cls, cluster: Cluster) -> Sequence[ChangeSelector]:
        """Each service to the labels of each workload beside it, and to none."""
        found = []
        models = workloads(cluster)
        for record in records(cluster, "services"):
            there = [r for r in models if r.key.namespace == record.key.namespace]
            texts = dict.fromkeys(["", *(_text(template_labels(model.raw)) for model in there)])
            found += [cls(target_of(record), text) for text in texts if text != _now(record)]
        return found

    def why_not(self, cluster: Cluster) -> str:
        """It must be a service with another selector."""
        record = resolve(cluster, self.target)
        if record is None or record.key.resource != "services":
            return f"{self.target} is no service"
        if self.selector and not all(
            key and equals for key, equals, _ in map(_halves, self.selector.split(","))
        ):
            return f"{self.selector!r} is no selector; write KEY=VALUE,KEY=VALUE"
        if self.selector == _now(record):
            return f"{self.target} has that selector already"
        return ""

    def apply(self, cluster: Cluster) -> None:
        """A JSON patch that replaces spec.selector, or removes it."""
        resource, key, _ = split_target(self.target)
        patch: Json = {"op": "remove", "path": "/spec/selector"}
        if self.selector:
            halves = map(_halves, self.selector.split(","))
            value = {name: text for name, _, text in halves}
            patch = {"op": "add", "path": "/spec/selector", "value": value}
        send(cluster, cluster.client.patch(resource, key, [patch], "json"), "change selector")


def _halves(requirement: str) -> tuple[str, str, str]:
    return requirement.partition("=")


def _text(labels: Mapping[str, str]) -> str:
    return ",".join(f"{key}={value}" for key, value in sorted(labels.items()))


def _now(record: Record) -> str:
    return _text(record.raw["spec"].get("selector") or {})
