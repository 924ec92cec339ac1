"""Drain, as kubectl does it: cordon the node, evict its pods all at once, and wait until they are gone.

A refusal by a disruption budget (429) is tried again every five seconds. Pods of a DaemonSet and mirror pods are left
alone. If there are pods that nobody would make again, nothing is evicted unless the user insists, and the node stays
cordoned. Who waits for longer than DRAIN_TIMEOUT_MS gives up.

Not modelled: --disable-eviction, --pod-selector, the refusal because of emptyDir volumes (it goes on, as with
--delete-emptydir-data).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from windtunnel.model.api.errors import ApiError, is_not_found
from windtunnel.model.cluster.action import Action, operation
from windtunnel.model.cluster.actions.operations.nodes import no_node, node_names
from windtunnel.model.cluster.actions.operations.requests import send
from windtunnel.model.cluster.targets import records
from windtunnel.model.objects.pod import Pod
from windtunnel.model.sim.network import NetworkError
from windtunnel.model.sim.tasks import sleep

if TYPE_CHECKING:
    from windtunnel.model.cluster.cluster import Cluster

MANAGED, FORCE = "managed", "force"
MIRROR = "kubernetes.io/config.mirror"
EVICT_AGAIN_MS = 5_000
LOOK_AGAIN_MS = 1_000
DRAIN_TIMEOUT_MS = 120_000


@operation
class Drain(Action):
    """Drain a node of its pods: only if controllers manage all of them, or (force) whatever they are."""

    node: str
    pods: str

    @classmethod
    def choices(cls, cluster: Cluster) -> Sequence[Drain]:
        """Every node; by force where there is a pod on it that nobody manages."""
        pods = [record.view for record in records(cluster, "pods")]
        bare = [pod.spec.node_name for pod in pods if isinstance(pod, Pod) and _is_bare(pod)]
        names = node_names(cluster)
        return [cls(name, MANAGED) for name in names] + [cls(n, FORCE) for n in names if n in bare]

    def why_not(self, cluster: Cluster) -> str:
        """The node must exist."""
        if self.pods not in (MANAGED, FORCE):
            return f"{self.pods!r} is no way to drain; write {MANAGED} or {FORCE}"
        return no_node(cluster, self.node)

    def apply(self, cluster: Cluster) -> None:
        """Patch, list, evict and poll; it goes on beside what follows."""
        send(cluster, self._drain(cluster), "drain")

    async def _drain(self, cluster: Cluster) -> None:
        client, end_ms = cluster.client, cluster.now_ms + DRAIN_TIMEOUT_MS
        await client.patch("Node", self.node, {"spec": {"unschedulable": True}}, "strategic")
        pods = await client.list("Pod", field_selector=f"spec.nodeName={self.node}")
        going = [pod for pod in pods if not _stays(pod)]
        bare = [pod.name for pod in going if _is_bare(pod)]
        if bare and self.pods != FORCE:
            cluster.loop.note("user", f"is told that nobody would make {', '.join(bare)} again")
            return
        await cluster.user.gather(*(_evict(cluster, pod, end_ms) for pod in going))


async def _evict(cluster: Cluster, pod: Pod, end_ms: int) -> None:
    """Evict one pod and wait until it is gone, or another of its name is there. Raises what kubectl would end with."""
    key, asked = f"{pod.namespace}/{pod.name}", False
    while cluster.now_ms < end_ms:
        try:
            if not asked:
                await cluster.client.evict(key)
                asked = True
            if (await cluster.client.get("Pod", key)).uid != pod.uid:
                return
        except ApiError as error:
            if is_not_found(error):
                return
            if asked or error.code != 429:
                raise
        except NetworkError:
            if not asked:
                raise
        await sleep(LOOK_AGAIN_MS if asked else EVICT_AGAIN_MS, f"waits for {key} to go")
    cluster.loop.note("user", f"gives up to wait for {key}")


def _stays(pod: Pod) -> bool:
    owner = pod.metadata.controller
    return MIRROR in pod.metadata.annotations or (owner is not None and owner.kind == "DaemonSet")


def _is_bare(pod: Pod) -> bool:
    return (
        pod.metadata.controller is None
        and not pod.terminal
        and MIRROR not in pod.metadata.annotations
    )
