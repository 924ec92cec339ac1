"""Stand-ins for nodes and kubelets, as the golden recordings had them: requests instead of machines.

Whoever recorded made the nodes with the client that made the steps, one request straight after the other. So the setup
goes through the REST entry as the steps do: what the controllers do to a new node may still be under way when the
first step comes. A node loses the taint of its creation, as it has no condition yet, and gets it back with its first
status; a pod that comes in between is bound to a node that is not ready.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from windtunnel.conformance.world import World
from windtunnel.model.api.errors import ApiError
from windtunnel.model.objects.json import Json
from windtunnel.model.objects.record import Key
from windtunnel.model.objects.time import format_micro_time, format_time
from windtunnel.model.sim.network import NetworkError
from windtunnel.model.sim.tasks import sleep

RENEW_MS = 1_500
REACTION_MS = 50
TAINT_LIMIT_MS = 30_000
NOT_READY = "node.kubernetes.io/not-ready"
LEASES = "kube-node-lease"
LEASE_PATH = f"/apis/coordination.k8s.io/v1/namespaces/{LEASES}/leases"
CAPACITY: Json = {"cpu": "4", "memory": "8Gi", "pods": "110"}


class StandInNodes:
    """Owns the nodes of a transcript. untaint: no node controller runs, so the runner takes the taint off new nodes."""

    def __init__(self, world: World, *, untaint: bool) -> None:
        self.world = world
        self.untaint = untaint
        self.heartbeats = 0
        self._nodes: dict[str, Json] = {}
        self._stopped: dict[str, None] = {}
        self._addresses = 0
        self._acting = False

    def create(self, node: Json) -> None:
        """Make a node, report its status, and begin its heartbeat."""
        name = node["name"]
        labels = {**node.get("labels", {}), "kubernetes.io/hostname": name}
        spec = {key: node[key] for key in ("taints", "unschedulable") if key in node}
        self._nodes[name] = node
        obj = {"metadata": {"name": name, "labels": labels}, "spec": spec}
        self._must("POST", "/api/v1/nodes", obj)
        self.report(name)
        lease = {
            "metadata": {"name": name},
            "spec": {
                "holderIdentity": name,
                "leaseDurationSeconds": 40,
                "renewTime": self.micro_time(),
            },
        }
        self._must("POST", LEASE_PATH, lease)
        self.world.user.spawn(self._renew(name), f"lease of {name}")
        if self.untaint:
            if node.get("ready", True):
                patch = {"spec": {"taints": node.get("taints")}}
                self._must("PATCH", f"/api/v1/nodes/{name}", patch)
        else:
            self._wait_for_taint(name, not node.get("ready", True))

    def report(self, name: str) -> None:
        """Write the node's status as its kubelet would."""
        node, ready = self._nodes[name], self._nodes[name].get("ready", True)
        now = format_time(self.world.loop.now_ms)
        capacity = {**CAPACITY, **node.get("capacity", {})}
        conditions = [
            {"type": kind, "status": "False", "lastHeartbeatTime": now}
            for kind in ("MemoryPressure", "DiskPressure", "PIDPressure")
        ]
        reason = "KubeletReady" if ready else "KubeletNotReady"
        status = "True" if ready else "False"
        conditions.append(
            {"type": "Ready", "status": status, "reason": reason, "lastHeartbeatTime": now}
        )
        patch = {
            "status": {"capacity": capacity, "allocatable": capacity, "conditions": conditions}
        }
        self._must("PATCH", f"/api/v1/nodes/{name}/status", patch)

    def stop(self, name: str) -> None:
        """No more heartbeats of this node, and its kubelet acts no more."""
        self._stopped[name] = None

    def start(self, name: str) -> None:
        """Report the status, renew the lease again, and act on what happened to the node's pods meanwhile."""
        self._stopped.pop(name, None)
        self.report(name)
        if self._acting:
            self.world.user.spawn(self._catch_up(name), f"kubelet on {name}")

    def micro_time(self) -> str:
        """The time now, as leases have it."""
        return format_micro_time(self.world.loop.now_ms)

    def _wait_for_taint(self, name: str, there: bool) -> None:
        end_ms = self.world.loop.now_ms + TAINT_LIMIT_MS
        while self.world.loop.now_ms < end_ms:
            spec = self._must("GET", f"/api/v1/nodes/{name}").get("spec") or {}
            if any(taint["key"] == NOT_READY for taint in spec.get("taints") or ()) == there:
                return
            self.world.run_for(100)

    def _must(self, method: str, path: str, body: Json | None = None) -> Json:
        content_type = f"application/{'strategic-merge-patch+' if method == 'PATCH' else ''}json"
        answer = self.world.http(method, path, body=body, content_type=content_type)
        if answer.status >= 300:
            raise RuntimeError(f"{method} {path} is answered with {answer.status} {answer.body}")
        found: Json = answer.body
        return found

    async def _renew(self, name: str) -> None:
        while True:
            await sleep(RENEW_MS, "renews", background=True)
            if name in self._stopped:
                continue
            patch = {"spec": {"renewTime": self.micro_time()}}
            try:
                await self.world.client.patch("Lease", Key(LEASES, name), patch)
                self.heartbeats += 1
            except (ApiError, NetworkError):
                continue

    # -- kubelets

    def run_kubelets(self) -> None:
        """From now on pods that are bound to the nodes become Ready, and terminating ones go."""
        self._acting = True
        self.world.user.spawn(self._serve_pods(), "stand-in kubelets")

    async def _catch_up(self, name: str) -> None:
        for pod in await self.world.client.list("Pod", field_selector=f"spec.nodeName={name}"):
            await self._serve(pod)

    async def _serve_pods(self) -> None:
        client = self.world.client
        watch = await client.watch("Pod")
        while (event := await watch.next()) is not None:
            if event.record is None or event.type == "DELETED":
                continue
            pod: Any = event.record.view
            if pod.spec.node_name in self._nodes:
                self.world.user.spawn(self._serve(pod), f"kubelet for {pod.name}")

    async def _serve(self, pod: Any) -> None:
        await sleep(REACTION_MS, "acts")
        if pod.spec.node_name in self._stopped:
            return
        try:
            await self._act(pod)
        except (ApiError, NetworkError):
            return

    async def _act(self, pod: Any) -> None:
        client, key = self.world.client, Key(pod.namespace, pod.name)
        if pod.metadata.deleting:
            await client.delete("Pod", key, uid=pod.uid, grace_period_seconds=0)
        elif pod.status.phase == "Pending":
            self._addresses += 1
            address = f"10.200.{self._addresses // 250}.{self._addresses % 250 + 1}"
            patch = {"status": {"phase": "Running", "podIP": address, "podIPs": [{"ip": address}],
                                "conditions": _ready(self.world.loop.now_ms)}}  # fmt: skip
            await client.patch("Pod", key, patch, "strategic", subresource="status")


def _ready(now_ms: int) -> Sequence[Json]:
    now = format_time(now_ms)
    return [
        {"type": kind, "status": "True", "lastTransitionTime": now}
        for kind in ("Ready", "ContainersReady")
    ]
