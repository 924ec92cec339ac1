"""What people put into a cluster, as tables of alternatives: labels, selectors, pods, controllers, services.

Everything picked is valid, small, and made to interact: a handful of labels and names, so that selectors overlap, pods
are adopted, services share pods, and requests sometimes do not fit a node. Whoever picks decides how: Hypothesis by its
own draws (objects.py), the swarm by its generator. The first alternative of each is the simplest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

from windtunnel.model.cluster.action import Pick
from windtunnel.model.objects.json import Json

T = TypeVar("T")

APPS = ("web", "db", "cache")
TIERS = ("front", "back")
CPU = ("50m", "500m", "1500m")
HOOKS: tuple[tuple[str, ...], ...] = ((), (), ("preStop",), ("postStart", "preStop"))
WAYS_TO_SELECT = ("matchLabels", "In", "Exists", "NotIn", "DoesNotExist")
HANDLERS: tuple[Json, ...] = (
    {"httpGet": {"port": 80, "path": "/healthy"}},
    {"tcpSocket": {"port": 80}},
    {"exec": {"command": ["true"]}},
)
RESTART_POLICIES = ("Always", "OnFailure", "Never")
MOST_REPLICAS = 4


def one_of(pick: Pick, alternatives: Sequence[T]) -> T:
    """One of at least one alternative. O(1)."""
    return alternatives[pick(len(alternatives))]


def labels(pick: Pick) -> dict[str, str]:
    """The labels of a pod: an app, and perhaps a tier."""
    found = {"app": one_of(pick, APPS)}
    if pick(2):
        found["tier"] = one_of(pick, TIERS)
    return found


def label_selector(pick: Pick, matching: Mapping[str, str]) -> Json:
    """A structured selector that matches the given labels, written in one of several ways."""
    key, value = one_of(pick, sorted(matching.items()))
    way = one_of(pick, WAYS_TO_SELECT)
    if way == "matchLabels":
        return {"matchLabels": {key: value}}
    expression: Json = {"key": key, "operator": way}
    if way == "In":
        expression["values"] = sorted({value, one_of(pick, (*APPS, *TIERS))})
    elif way == "NotIn":
        expression["values"] = ["windtunnel-other"]
    elif way == "DoesNotExist":
        expression["key"] = "windtunnel-absent"
    return {"matchLabels": {key: value}, "matchExpressions": [expression]}


def probe(pick: Pick) -> Json:
    """A probe by exec, HTTP or TCP with quick thresholds."""
    thresholds = {
        "periodSeconds": one_of(pick, (1, 5)),
        "failureThreshold": one_of(pick, (1, 3)),
    }
    return {**one_of(pick, HANDLERS), **thresholds}


def pod_spec(pick: Pick) -> Json:
    """One container, with some requests, and sometimes probes, hooks or a short grace period."""
    container: Json = {
        "name": "main",
        "image": "registry.example/app:1",
        "ports": [{"name": "http", "containerPort": 80}],
        "resources": {"requests": {"cpu": one_of(pick, CPU)}},
    }
    if pick(2):
        container["readinessProbe"] = probe(pick)
    if pick(2):
        container["livenessProbe"] = probe(pick)
    if not pick(4):
        container["startupProbe"] = probe(pick)
    hooks = one_of(pick, HOOKS)
    if hooks:
        container["lifecycle"] = {hook: {"exec": {"command": ["true"]}} for hook in hooks}
    spec: Json = {"containers": [container]}
    if pick(2):
        spec["terminationGracePeriodSeconds"] = one_of(pick, (0, 1, 5))
    return spec


def pod(pick: Pick, name: str) -> Json:
    """A bare pod, which may be one that is meant to end."""
    metadata = {"name": name, "namespace": "default", "labels": labels(pick)}
    spec = {**pod_spec(pick), "restartPolicy": one_of(pick, RESTART_POLICIES)}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}


def replication_controller(pick: Pick, name: str) -> Json:
    """A replication controller with a selector that its template satisfies."""
    template_labels = labels(pick)
    kept = one_of(pick, sorted(template_labels))
    spec = {
        "replicas": pick(MOST_REPLICAS + 1),
        "selector": one_of(pick, (template_labels, {kept: template_labels[kept]})),
        "template": {"metadata": {"labels": template_labels}, "spec": pod_spec(pick)},
    }
    if pick(2):
        spec["minReadySeconds"] = 3
    metadata = {"name": name, "namespace": "default"}
    return {"apiVersion": "v1", "kind": "ReplicationController", "metadata": metadata, "spec": spec}


def replica_set(pick: Pick, name: str) -> Json:
    """A replica set with a structured selector that its template satisfies."""
    template_labels = labels(pick)
    spec = {
        "replicas": pick(MOST_REPLICAS + 1),
        "selector": label_selector(pick, template_labels),
        "template": {"metadata": {"labels": template_labels}, "spec": pod_spec(pick)},
    }
    metadata = {"name": name, "namespace": "default"}
    return {"apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": metadata, "spec": spec}


def service(pick: Pick, name: str) -> Json:
    """A service: selecting, headless, or without a selector."""
    spec: Json = {"ports": [{"port": 80, "targetPort": one_of(pick, (80, "http"))}]}
    if pick(5) < 4:
        spec["selector"] = labels(pick)
    if pick(2):
        spec["clusterIP"] = "None"
    if pick(2):
        spec["publishNotReadyAddresses"] = True
    metadata = {"name": name, "namespace": "default"}
    return {"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": spec}


def workload_objects(pick: Pick) -> tuple[Json, ...]:
    """A small set of controllers, services and perhaps a bare pod, in the order in which they are created."""
    objects: list[Json] = []
    for number in range(1 + pick(2)):
        if pick(2):
            objects.append(replica_set(pick, f"rs-{number}"))
        else:
            objects.append(replication_controller(pick, f"rc-{number}"))
    objects += [service(pick, f"svc-{number}") for number in range(1 + pick(2))]
    if pick(2):
        objects.append(pod(pick, "bare"))
    return tuple(objects)
