"""A control plane with stand-in nodes: their leases are renewed until they are silenced, and nobody runs their pods."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import evolve

from windtunnel.conformance.golden_nodes import StandInNodes
from windtunnel.conformance.world import World
from windtunnel.model.objects.json import Json
from windtunnel.model.objects.meta import condition
from windtunnel.model.objects.node import Node
from windtunnel.model.objects.pod import Pod
from windtunnel.model.objects.record import Key
from windtunnel.model.objects.time import format_time
from windtunnel.model.settings import ControllerManagerSettings, Settings

ROLES = ("node-lifecycle", "taint-eviction", "pod-gc")
PREFIX = "node.kubernetes.io/"


class NodeWorld:
    """Nodes named a, b, c ... and pods bound to them."""

    def __init__(
        self,
        names: str = "abc",
        *,
        zones: Mapping[str, str] | None = None,
        swaps: Mapping[str, type] | None = None,
        manager: ControllerManagerSettings | None = None,
    ) -> None:
        settings = Settings()
        settings = evolve(
            settings,
            apiserver=evolve(settings.apiserver, service_account_admission=False),
            controller_manager=manager or settings.controller_manager,
        )
        self.world = World(settings, roles=ROLES, swaps=swaps)
        self.client = self.world.client
        for namespace in ("default", "kube-node-lease"):
            self.do(
                self.client.create(
                    {"kind": "Namespace", "apiVersion": "v1", "metadata": {"name": namespace}}
                )
            )
        self.nodes = StandInNodes(self.world, untaint=False)
        for name in names:
            zone = (zones or {}).get(name, "")
            labels = {"topology.kubernetes.io/zone": zone} if zone else {}
            self.nodes.create({"name": name, "labels": labels})
        self.run_for(10_000)

    # -- doing

    def do(self, work: Any) -> Any:
        """Run requests of the user to their end."""
        return self.world.run(work, "user")

    def run_for(self, duration_ms: int) -> None:
        """Let virtual time pass."""
        self.world.run_for(duration_ms)

    def silence(self, *names: str) -> int:
        """No more heartbeats of these nodes; the time of it."""
        for name in names:
            self.nodes.stop(name)
        return self.now_ms

    def bind(self, name: str, node: str, **spec: Any) -> None:
        """Create a pod on a node, and have it run and be ready."""
        body = {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": name, "namespace": "default"},
            "spec": {"nodeName": node, "containers": [{"name": "c", "image": "i:1"}], **spec},
        }
        self.do(self.client.create(body))
        self.report(name)

    def report(self, name: str) -> None:
        """The pod's kubelet says that it runs and is ready."""
        ready = [
            {"type": "Ready", "status": "True", "lastTransitionTime": format_time(self.now_ms)}
        ]
        patch = {"status": {"phase": "Running", "conditions": ready}}
        self.do(self.client.patch("Pod", f"default/{name}", patch, "strategic", "status"))

    def taint(self, node: str, *taints: Json) -> None:
        """Set a node's taints by hand."""
        self.do(self.client.patch("Node", node, {"spec": {"taints": list(taints)}}))

    def conditions(self, node: str, **statuses: str) -> None:
        """Set conditions of a node, as its kubelet would."""
        time = format_time(self.now_ms)
        found = [
            {"type": each, "status": status, "lastHeartbeatTime": time, "lastTransitionTime": time}
            for each, status in statuses.items()
        ]
        patch = {"status": {"conditions": found}}
        self.do(self.client.patch("Node", node, patch, "strategic", "status"))

    @property
    def manager(self) -> Any:
        """The process of the controller manager."""
        return self.world.network.processes["controller-manager-0"]

    def controller(self, name: str) -> Any:
        """A controller of the controller manager."""
        return next(each for each in self.manager.component.controllers if each.name == name)

    # -- looking

    @property
    def now_ms(self) -> int:
        """The virtual time."""
        return self.world.loop.now_ms

    def until(self, wanted: Any, limit_ms: int = 120_000) -> int:
        """Run until something holds; the time then."""
        end_ms = self.now_ms + limit_ms
        while not wanted():
            assert self.now_ms < end_ms, "it never came to that"
            assert self.world.loop.run_next()
        return self.now_ms

    def node(self, name: str) -> Node:
        """A node as the store has it."""
        found: Node = self._view("nodes", "", name)
        return found

    def pod(self, name: str) -> Pod:
        """A pod as the store has it."""
        found: Pod = self._view("pods", "default", name)
        return found

    def ready(self, name: str) -> str:
        """The status of a node's Ready condition."""
        found = condition(self.node(name).status.conditions, "Ready")
        return found.status if found is not None else ""

    def taints(self, name: str) -> list[str]:
        """The taints of a node, as key:effect without the prefix."""
        return [f"{t.key.removeprefix(PREFIX)}:{t.effect}" for t in self.node(name).spec.taints]

    def exists(self, pod: str) -> bool:
        """Whether there is a pod."""
        return any(r.view.name == pod for r in self.world.store.range("pods", "default")[0])

    def evicted(self, pod: str) -> bool:
        """Whether a pod's deletion was asked for."""
        return not self.exists(pod) or self.pod(pod).metadata.deleting

    def _view(self, resource: str, namespace: str, name: str) -> Any:
        records = self.world.store.range(resource, namespace or None)[0]
        return next(r.view for r in records if r.key.key == Key(namespace, name))
