"""Hypothesis strategies for what people put into a cluster: labels, selectors, pods, controllers, services.

Everything drawn is valid, small, and made to interact: a handful of labels and names, so that selectors overlap, pods
are adopted, services share pods, and requests sometimes do not fit a node.
"""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from windtunnel.model.cluster.shape import ClusterShape
from windtunnel.model.objects.json import Json

APPS = ("web", "db", "cache")
TIERS = ("front", "back")
CPU = ("50m", "500m", "1500m")


def cluster_shapes(max_nodes: int = 4) -> st.SearchStrategy[ClusterShape]:
    """Clusters of one to a few nodes."""
    return st.builds(ClusterShape, nodes=st.integers(1, max_nodes))


def labels() -> st.SearchStrategy[dict[str, str]]:
    """The labels of a pod: an app, and perhaps a tier."""
    with_tier = st.fixed_dictionaries(
        {"app": st.sampled_from(APPS), "tier": st.sampled_from(TIERS)}
    )
    return st.fixed_dictionaries({"app": st.sampled_from(APPS)}) | with_tier


@st.composite
def label_selectors(draw: st.DrawFn, matching: dict[str, str]) -> Json:
    """A structured selector that matches the given labels, written in one of several ways."""
    key, value = draw(st.sampled_from(sorted(matching.items())))
    way = draw(st.sampled_from(("matchLabels", "In", "Exists", "NotIn", "DoesNotExist")))
    if way == "matchLabels":
        return {"matchLabels": {key: value}}
    expression: Json = {"key": key, "operator": way}
    if way == "In":
        expression["values"] = sorted({value, draw(st.sampled_from((*APPS, *TIERS)))})
    elif way == "NotIn":
        expression["values"] = ["windtunnel-other"]
    elif way == "DoesNotExist":
        expression["key"] = "windtunnel-absent"
    return {"matchLabels": {key: value}, "matchExpressions": [expression]}


def probes() -> st.SearchStrategy[Json]:
    """A probe by exec, HTTP or TCP with quick thresholds."""
    handlers: st.SearchStrategy[Json] = st.sampled_from(
        (
            {"httpGet": {"port": 80, "path": "/healthy"}},
            {"tcpSocket": {"port": 80}},
            {"exec": {"command": ["true"]}},
        )
    )
    thresholds = st.fixed_dictionaries(
        {"periodSeconds": st.sampled_from((1, 5)), "failureThreshold": st.sampled_from((1, 3))}
    )
    return st.builds(lambda handler, rest: {**handler, **rest}, handlers, thresholds)


@st.composite
def pod_specs(draw: st.DrawFn) -> Json:
    """One container, with some requests, and sometimes probes, hooks or a short grace period."""
    container: Json = {
        "name": "main",
        "image": "registry.example/app:1",
        "ports": [{"name": "http", "containerPort": 80}],
        "resources": {"requests": {"cpu": draw(st.sampled_from(CPU))}},
    }
    if draw(st.booleans()):
        container["readinessProbe"] = draw(probes())
    if draw(st.booleans()):
        container["livenessProbe"] = draw(probes())
    if not draw(st.integers(0, 3)):
        container["lifecycle"] = {
            hook: {"exec": {"command": ["true"]}} for hook in ("postStart", "preStop")
        }
    spec: Json = {"containers": [container]}
    if draw(st.booleans()):
        spec["terminationGracePeriodSeconds"] = draw(st.sampled_from((0, 1, 5)))
    return spec


@st.composite
def pods(draw: st.DrawFn, name: str) -> Json:
    """A bare pod, which may be one that is meant to end."""
    metadata = {"name": name, "namespace": "default", "labels": draw(labels())}
    policy = draw(st.sampled_from(("Always", "OnFailure", "Never")))
    spec = {**draw(pod_specs()), "restartPolicy": policy}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}


@st.composite
def replication_controllers(draw: st.DrawFn, name: str) -> Json:
    """A replication controller with a selector that its template satisfies."""
    template_labels = draw(labels())
    kept = draw(st.sampled_from(sorted(template_labels)))
    selector = draw(st.sampled_from((template_labels, {kept: template_labels[kept]})))
    spec = {
        "replicas": draw(st.integers(0, 4)),
        "selector": selector,
        "template": {"metadata": {"labels": template_labels}, "spec": draw(pod_specs())},
    }
    if draw(st.booleans()):
        spec["minReadySeconds"] = 3
    metadata = {"name": name, "namespace": "default"}
    return {"apiVersion": "v1", "kind": "ReplicationController", "metadata": metadata, "spec": spec}


@st.composite
def replica_sets(draw: st.DrawFn, name: str) -> Json:
    """A replica set with a structured selector that its template satisfies."""
    template_labels = draw(labels())
    spec = {
        "replicas": draw(st.integers(0, 4)),
        "selector": draw(label_selectors(template_labels)),
        "template": {"metadata": {"labels": template_labels}, "spec": draw(pod_specs())},
    }
    metadata = {"name": name, "namespace": "default"}
    return {"apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": metadata, "spec": spec}


@st.composite
def services(draw: st.DrawFn, name: str) -> Json:
    """A service: selecting, headless, or without a selector."""
    port: Json = {"port": 80, "targetPort": draw(st.sampled_from((80, "http")))}
    spec: Json = {"ports": [port]}
    if draw(st.integers(0, 4)):
        spec["selector"] = draw(labels())
    if draw(st.booleans()):
        spec["clusterIP"] = "None"
    if draw(st.booleans()):
        spec["publishNotReadyAddresses"] = True
    metadata = {"name": name, "namespace": "default"}
    return {"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": spec}


@st.composite
def workloads(draw: st.DrawFn) -> tuple[Json, ...]:
    """A small set of controllers, services and perhaps a bare pod, in the order in which they are created."""
    objects: list[Any] = []
    for number in range(draw(st.integers(1, 2))):
        objects.append(draw(replication_controllers(f"rc-{number}") | replica_sets(f"rs-{number}")))
    for number in range(draw(st.integers(1, 2))):
        objects.append(draw(services(f"svc-{number}")))
    if draw(st.booleans()):
        objects.append(draw(pods("bare")))
    return tuple(objects)
