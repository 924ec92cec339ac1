"""Names of things in actions that stay true when other actions are removed.

An object made by a user has its own name: `pod/redis-master`, or `pod/shop/redis-master` outside the namespace default.
A pod made by a controller is named by its owner and its age among the living: `rc/frontend#1` is the oldest pod that
rc/frontend controls, `rs/web#2` the second oldest of a replica set. The trace shows what a name was resolved to.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from windtunnel.model.api.kind import Kind
from windtunnel.model.objects.json import Json
from windtunnel.model.objects.pod import Pod
from windtunnel.model.objects.record import Key, Record, StoreKey

if TYPE_CHECKING:
    from windtunnel.model.cluster.cluster import Cluster

SHORT_NAMES = {
    "pods": "pod",
    "replicationcontrollers": "rc",
    "replicasets.apps": "rs",
    "services": "svc",
    "endpoints": "ep",
    "nodes": "node",
    "namespaces": "ns",
    "configmaps": "cm",
}
RESOURCES = {short: resource for resource, short in SHORT_NAMES.items()}
OWNERS = {"ReplicationController": "rc", "ReplicaSet": "rs"}
KINDS_OF_OWNERS = {short: kind for kind, short in OWNERS.items()}


def target_of(record: Record) -> str:
    """The name of an object by its own name."""
    key = record.key
    short = SHORT_NAMES.get(key.resource, key.resource)
    place = "" if key.namespace in ("", "default") else f"{key.namespace}/"
    return f"{short}/{place}{key.name}"


def target_name(kind: Kind, metadata: Json) -> str:
    """The name that an action gives to an object of a manifest."""
    namespace = metadata.get("namespace", "default") if kind.namespaced else ""
    short = SHORT_NAMES.get(kind.resource, kind.resource)
    place = "" if namespace in ("", "default") else f"{namespace}/"
    return f"{short}/{place}{metadata.get('name', '')}"


def split_target(target: str) -> tuple[str, Key, int]:
    """A target's resource, key, and number among the owned pods (0: the object itself). Raises ValueError."""
    path, _, number = target.partition("#")
    short, *rest = path.split("/")
    if not rest or len(rest) > 2 or (number and not number.isdecimal()):
        raise ValueError(
            f"{target!r} names nothing; write pod/NAME, svc/NAMESPACE/NAME or rc/NAME#1"
        )
    cluster_scoped = short in ("node", "ns")
    namespace = rest[0] if len(rest) == 2 else ("" if cluster_scoped else "default")
    return RESOURCES.get(short, short), Key(namespace, rest[-1]), int(number or 0)


def resolve(cluster: Cluster, target: str) -> Record | None:
    """The record that a target names now, or None. O(1), for owned pods O(pods of the owner)."""
    resource, key, number = split_target(target)
    if not number:
        found: Record | None = cluster.store.get(StoreKey(resource, key.namespace, key.name))
        return found
    kind = KINDS_OF_OWNERS.get(SHORT_NAMES.get(resource, resource), "")
    owned = cluster.owned_pods.of(key.namespace, kind, key.name)
    return owned[number - 1] if number <= len(owned) else None


def owned_pods(
    cluster: Cluster, namespace: str | None = None
) -> dict[tuple[str, str], list[Record]]:
    """The living pods by their controlling owner (short kind, name), oldest first; those without under ("", "").
    O(pods)."""
    groups: dict[tuple[str, str], list[Record]] = {}
    pods = sorted(records(cluster, "pods", namespace), key=lambda record: record.create_revision)
    for record in pods:
        reference = record.view.metadata.controller
        short = OWNERS.get(reference.kind, "") if reference is not None else ""
        owner = (short, reference.name) if short and reference is not None else ("", "")
        groups.setdefault(owner, []).append(record)
    return groups


def records(cluster: Cluster, resource: str, namespace: str | None = None) -> list[Record]:
    """The objects of a resource as the store has them, in key order. O(objects)."""
    return list(cluster.store.range(resource, namespace)[0])


def pod_targets(cluster: Cluster) -> list[tuple[str, Record]]:
    """Every pod in the store by the name that an action gives it, in a defined order. O(pods)."""
    named: list[tuple[str, Record]] = []
    namespaces = sorted({record.key.namespace for record in records(cluster, "pods")})
    for namespace in namespaces:
        for (short, owner), group in owned_pods(cluster, namespace).items():
            for number, record in enumerate(group, 1):
                if short:
                    place = "" if namespace == "default" else f"{namespace}/"
                    named.append((f"{short}/{place}{owner}#{number}", record))
                else:
                    named.append((target_of(record), record))
    return named


def pod_of(cluster: Cluster, target: str) -> Pod | None:
    """The pod that a target names now, or None."""
    record = resolve(cluster, target)
    view = record.view if record is not None else None
    return view if isinstance(view, Pod) else None
