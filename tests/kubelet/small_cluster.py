"""A whole cluster with a few nodes that take pods, and short ways to act on it and to look at it."""

from __future__ import annotations

from collections.abc import Coroutine, Mapping
from typing import Any

from windtunnel.model.cluster.cluster import Cluster
from windtunnel.model.cluster.shape import ClusterShape
from windtunnel.model.facts import Committed
from windtunnel.model.kubelet.kubelet import Kubelet
from windtunnel.model.kubelet.machine import Machine
from windtunnel.model.kubelet.phase import RUNNING
from windtunnel.model.objects.json import Json
from windtunnel.model.objects.node import Node
from windtunnel.model.objects.pod import ContainerStatus, Pod
from windtunnel.model.objects.record import StoreKey
from windtunnel.model.scheduler.scheduler import Scheduler
from windtunnel.model.settings import KubeletSettings, Settings
from windtunnel.model.sim.process import Process
from windtunnel.model.store.change import Change


def pod_json(name: str, **spec: Any) -> Json:
    """A pod with one container that asks for nothing, unless spec says otherwise."""
    containers = spec.pop("containers", None) or [{"name": "c", "image": "img:1"}]
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": "default"},
        "spec": {"containers": containers, **spec},
    }


def container(name: str = "c", **fields: Any) -> Json:
    """A container."""
    return {"name": name, "image": "img:1", **fields}


def requests(**amounts: str) -> Json:
    """Resources that ask for these amounts."""
    return {"requests": amounts}


class SmallCluster:
    """Nodes node-1, node-2, ... that are ready for pods."""

    def __init__(
        self,
        nodes: int = 1,
        kubelet: KubeletSettings | None = None,
        swaps: Mapping[str, type] | None = None,
        *,
        every_heartbeat: bool = False,
    ) -> None:
        settings = Settings(
            kubelet=kubelet or KubeletSettings(), elide_steady_work=not every_heartbeat
        )
        self.cluster = Cluster(ClusterShape(nodes=nodes), settings=settings, swaps=swaps)
        self.cluster.start()
        for name in self.cluster.machines:
            self.patch_node(name, {"spec": {"taints": None}})
        self.settle()

    # -- acting ----------------------------------------------------------------------------------------------------

    def do(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Send requests of the user and wait for the answers."""
        task = self.cluster.run_user(work, "test")
        assert not task.alive, "the request was not answered"
        if task.error is not None:
            raise task.error
        return task.result

    def create(self, obj: Json) -> Any:
        """Create an object and let everything settle."""
        self.do(self.cluster.client.create(obj))
        self.settle()

    def patch_node(self, name: str, patch: Json, subresource: str = "") -> None:
        """Patch a node."""
        self.do(self.cluster.client.patch("Node", name, patch, "merge", subresource))

    def patch_pod(self, name: str, patch: Json, subresource: str = "") -> None:
        """Patch a pod and let everything settle."""
        client = self.cluster.client
        self.do(client.patch("Pod", f"default/{name}", patch, "strategic", subresource))
        self.settle()

    def delete_pod(self, name: str, grace_period_seconds: int | None = None) -> None:
        """Ask for a pod's deletion, and no more."""
        client = self.cluster.client
        self.do(client.delete("Pod", f"default/{name}", grace_period_seconds=grace_period_seconds))

    def settle(self) -> None:
        """Run until nothing is left to do."""
        settlement = self.cluster.settle()
        assert settlement.settled, settlement.reason

    def run_for(self, duration_ms: int) -> None:
        """Let time pass."""
        self.cluster.run_for(duration_ms)

    # -- looking ---------------------------------------------------------------------------------------------------

    def find_pod(self, name: str) -> Pod | None:
        """The pod as the store has it, or None."""
        record = self.cluster.store.get(StoreKey("pods", "default", name))
        if record is None:
            return None
        view = record.view
        assert isinstance(view, Pod)
        return view

    def pod(self, name: str) -> Pod:
        """The pod as the store has it."""
        found = self.find_pod(name)
        assert found is not None, f"there is no pod {name}"
        return found

    def status(self, name: str, container_name: str = "c") -> ContainerStatus:
        """The status of one container."""
        status = self.pod(name).status
        for each in (*status.container_statuses, *status.init_container_statuses):
            if each.name == container_name:
                return each
        raise AssertionError(f"{name} has no status of {container_name}")

    def condition(self, name: str, type_: str) -> Json:
        """A condition of a pod as JSON, {} where there is none."""
        for each in self.pod(name).raw["status"].get("conditions", ()):
            if each["type"] == type_:
                return dict(each)
        return {}

    def node(self, name: str = "node-1") -> Node:
        """The node as the store has it."""
        record = self.cluster.store.get(StoreKey("nodes", "", name))
        assert record is not None
        view = record.view
        assert isinstance(view, Node)
        return view

    def machine(self, name: str = "node-1") -> Machine:
        """The physical node."""
        return self.cluster.machines[name]

    def process(self, name: str) -> Process:
        """A process by its name."""
        return self.cluster.processes[name]

    def kubelet(self, name: str = "node-1") -> Kubelet:
        """The kubelet that runs on a node."""
        component = self.process(f"kubelet-{name}").component
        assert isinstance(component, Kubelet)
        return component

    @property
    def scheduler(self) -> Scheduler:
        """The scheduler."""
        component = self.process("scheduler-0").component
        assert isinstance(component, Scheduler)
        return component

    def is_running(self, name: str) -> bool:
        """Whether a pod runs."""
        return self.pod(name).status.phase == RUNNING


def history(cluster: SmallCluster, resource: str = "pods") -> list[Change]:
    """The changes of a resource from now on."""
    changes: list[Change] = []

    def note(fact: Committed) -> None:
        if fact.change.key.resource == resource:
            changes.append(fact.change)

    cluster.cluster.facts.subscribe(Committed, note)
    return changes
