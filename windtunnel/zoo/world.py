"""The small worlds of the zoo: a web workload, a set beside it, a service, hand-written Endpoints."""

from __future__ import annotations

from windtunnel.model.objects.json import Json


def pod_template(labels: Json, container: Json | None = None, **spec: object) -> Json:
    """A template of one container."""
    main: Json = {"name": "main", "image": "web:1", "ports": [{"containerPort": 8080}]}
    return {
        "metadata": {"labels": labels},
        "spec": {"containers": [main | (container or {})], **spec},
    }


def controller(
    name: str, replicas: int, labels: Json, container: Json | None = None, **spec: object
) -> Json:
    """A ReplicationController; spec is of its pods."""
    return {
        "apiVersion": "v1",
        "kind": "ReplicationController",
        "metadata": {"name": name},
        "spec": {"replicas": replicas, "template": pod_template(labels, container, **spec)},
    }


def replica_set(name: str, replicas: int, selector: Json, labels: Json) -> Json:
    """A ReplicaSet."""
    return {
        "apiVersion": "apps/v1",
        "kind": "ReplicaSet",
        "metadata": {"name": name},
        "spec": {"replicas": replicas, "selector": selector, "template": pod_template(labels)},
    }


def bare_pod(name: str, labels: Json, namespace: str = "default", **spec: object) -> Json:
    """A pod that nobody controls."""
    template = pod_template(labels, None, **spec)
    metadata = {"name": name, "namespace": namespace, **template["metadata"]}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": template["spec"]}


def service(name: str, selector: Json | None = None) -> Json:
    """A service of one port."""
    spec: Json = {"ports": [{"port": 80, "targetPort": 8080}]}
    if selector is not None:
        spec["selector"] = selector
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}, "spec": spec}


def config_map(name: str, **metadata: object) -> Json:
    """A config map."""
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, **metadata}}


def budget(name: str, labels: Json, **spec: object) -> Json:
    """A PodDisruptionBudget."""
    return {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": {"name": name},
        "spec": {"selector": {"matchLabels": labels}, **spec},
    }


WEB = {"app": "web", "tier": "front"}
WEB_CONTROLLER = controller("web", 3, WEB)
WEB_SERVICE = service("web", {"app": "web"})
EXTERNAL: tuple[Json, ...] = (
    service("database"),
    {
        "apiVersion": "v1",
        "kind": "Endpoints",
        "metadata": {"name": "database"},
        "subsets": [{"addresses": [{"ip": "192.7.44.33"}], "ports": [{"port": 5432}]}],
    },
)
