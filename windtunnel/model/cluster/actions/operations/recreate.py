"""Delete and recreate under the same name, as `kubectl replace --force` and impatient people do it.

What comes back has the same name and another UID; who knows things by their names takes the one for the other.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from windtunnel.model.api.errors import ApiError, is_not_found
from windtunnel.model.cluster.action import Action, operation
from windtunnel.model.cluster.actions.operations.requests import send
from windtunnel.model.cluster.actions.operations.workloads import WORKLOADS, workloads
from windtunnel.model.cluster.targets import records, resolve, target_of
from windtunnel.model.objects.json import Json
from windtunnel.model.objects.record import Record
from windtunnel.model.sim.network import NetworkError
from windtunnel.model.sim.tasks import sleep

if TYPE_CHECKING:
    from windtunnel.model.cluster.cluster import Cluster

GRACEFULLY, BY_FORCE, ORPHAN = "gracefully", "by-force", "orphan"
LOOK_AGAIN_MS = 1_000
PATIENCE_MS = 120_000
KEPT_METADATA = ("name", "namespace", "labels", "annotations", "finalizers")
GIVEN_BY_THE_CLUSTER = {
    "pods": ("nodeName", "priority"),
    "services": ("clusterIP", "clusterIPs", "healthCheckNodePort"),
}
HEADLESS = "None"


@operation
class DeleteAndRecreate(Action):
    """Delete a pod that nobody controls, a workload or a service, and create it again as soon as it is gone.

    A pod ends gracefully or is removed by force; a workload takes its pods along or leaves them (orphan).
    """

    target: str
    how: str

    @classmethod
    def choices(cls, cluster: Cluster) -> Sequence[DeleteAndRecreate]:
        """Every bare pod, workload and service, in each way."""
        bare = [each for each in records(cluster, "pods") if _is_bare(each)]
        there = [*bare, *workloads(cluster), *records(cluster, "services")]
        return [cls(target_of(record), how) for record in there for how in _ways(record)]

    def why_not(self, cluster: Cluster) -> str:
        """It must be one of these, and go that way."""
        record = resolve(cluster, self.target)
        if record is None:
            return f"{self.target} does not exist"
        if record.key.resource == "pods" and not _is_bare(record):
            return f"{self.target} has a controller, which makes another one"
        ways = _ways(record)
        if self.how not in ways:
            return f"{self.target} cannot be recreated {self.how!r}; write {' or '.join(ways)}"
        return ""

    def apply(self, cluster: Cluster) -> None:
        """A DELETE, GETs until it is gone, and a POST; it goes on beside what follows."""
        record = resolve(cluster, self.target)
        assert record is not None
        manifest = cluster.manifests.get(target_of(record)) or _manifest(record)
        send(cluster, self._recreate(cluster, record, manifest), "recreate")

    async def _recreate(self, cluster: Cluster, record: Record, manifest: Json) -> None:
        client, resource, key = cluster.client, record.key.resource, record.key.key
        grace = 0 if self.how == BY_FORCE else None
        policy = None
        if resource in WORKLOADS:
            policy = "Orphan" if self.how == ORPHAN else "Background"
        await client.delete(resource, key, grace_period_seconds=grace, propagation_policy=policy)
        end_ms = cluster.now_ms + PATIENCE_MS
        while not await _is_gone(cluster, record):
            if cluster.now_ms >= end_ms:
                cluster.loop.note("user", f"gives up to wait for {self.target} to go")
                return
            await sleep(LOOK_AGAIN_MS, f"waits for {self.target} to go")
        await client.create(manifest)


async def _is_gone(cluster: Cluster, record: Record) -> bool:
    try:
        found = await cluster.client.get(record.key.resource, record.key.key)
    except ApiError as error:
        return is_not_found(error)
    except NetworkError:
        return False
    return bool(found.metadata.uid != record.raw["metadata"]["uid"])


def _is_bare(record: Record) -> bool:
    return record.view.metadata.controller is None


def _ways(record: Record) -> tuple[str, ...]:
    if record.key.resource == "pods":
        return (GRACEFULLY, BY_FORCE)
    if record.key.resource in WORKLOADS:
        return (GRACEFULLY, ORPHAN)
    return (GRACEFULLY,) if record.key.resource == "services" else ()


def _manifest(record: Record) -> Json:
    """What somebody would write to have such an object: without what the cluster gave it. O(fields)."""
    raw, given = record.raw, GIVEN_BY_THE_CLUSTER.get(record.key.resource, ())
    metadata = {key: value for key, value in raw["metadata"].items() if key in KEPT_METADATA}
    spec: Json = {key: value for key, value in raw["spec"].items() if key not in given}
    if raw["spec"].get("clusterIP") == HEADLESS:
        spec["clusterIP"] = HEADLESS
    if record.key.resource == "services":
        ports = spec.get("ports") or ()
        spec["ports"] = [{k: v for k, v in port.items() if k != "nodePort"} for port in ports]
    return {
        "apiVersion": raw["apiVersion"],
        "kind": raw["kind"],
        "metadata": metadata,
        "spec": spec,
    }
