"""Names as etcd sorts them: one string, namespace/name, or the bare name of a cluster-scoped object."""

from __future__ import annotations

from windtunnel.model.objects.record import StoreKey


def path_of(key: StoreKey) -> str:
    """The path of an object below its resource. O(1)."""
    return f"{key[1]}/{key[2]}" if key[1] else key[2]


def prefix_of(namespace: str) -> str:
    """What the paths of a namespace's objects begin with; the slash keeps "a" apart from "ab". O(1)."""
    return f"{namespace}/" if namespace else ""
