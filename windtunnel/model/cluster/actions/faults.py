"""Faults: what breaks. Each returns how it ends, and nothing of it survives into the liveness phase.

The second paragraph of each docstring says what is promised while it lasts; `windtunnel list faults` prints it.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import TYPE_CHECKING

from windtunnel.model.cluster.action import Action, Heal, fault
from windtunnel.model.cluster.targets import pod_of, pod_targets
from windtunnel.model.objects.pod import Pod

if TYPE_CHECKING:
    from windtunnel.model.cluster.cluster import Cluster

MOST = 10_000
CRASH_AFTER_REQUESTS = (0, 1, 2, 3)
DIRECTIONS = ("both", "to", "from")
PROBES = ("readiness", "liveness")


@fault
class NodeCrash(Action):
    """A node loses power: its kubelet and every container on it are gone; healing boots it again.

    Promised meanwhile: the store keeps what it knew, and no pod is bound twice.
    """

    node: str

    @classmethod
    def choices(cls, cluster: Cluster) -> Sequence[NodeCrash]:
        """Every node that has power."""
        return [cls(name) for name, machine in cluster.machines.items() if machine.powered]

    def why_not(self, cluster: Cluster) -> str:
        """The node must exist and have power."""
        machine = cluster.machines.get(self.node)
        if machine is None:
            return f"there is no node {self.node}"
        return "" if machine.powered else f"{self.node} is already down"

    def apply(self, cluster: Cluster) -> Heal:
        """Kill the kubelet's process, then the machine."""
        machine, kubelet = cluster.machines[self.node], cluster.processes[f"kubelet-{self.node}"]
        kubelet.crash()
        machine.power_off()

        def boot() -> None:
            if not machine.powered:
                machine.boot()
                kubelet.start()

        return boot


@fault
class ContainerCrash(Action):
    """A container of a running pod exits with an error; the kubelet restarts it, so there is nothing to heal.

    Promised meanwhile: the pod keeps its node and its address, and the restart count grows by one at a time.
    """

    target: str
    container: str

    @classmethod
    def choices(cls, cluster: Cluster) -> Sequence[ContainerCrash]:
        """Every container that runs on a machine."""
        return [cls(name, container) for name, container in _running(cluster)]

    def why_not(self, cluster: Cluster) -> str:
        """The container must run."""
        return _not_running(cluster, self.target, self.container)

    def apply(self, cluster: Cluster) -> None:
        """The process in the container dies with exit code 1."""
        pod = pod_of(cluster, self.target)
        assert pod is not None
        cluster.machines[pod.spec.node_name].crash_container(pod.uid, self.container, 1)


@fault
class ProbeFlip(Action):
    """A container begins to fail its readiness or liveness probe; healing lets it answer again.

    Promised meanwhile: an unready pod leaves the Endpoints, a container that fails liveness is restarted.
    """

    target: str
    container: str
    probe: str

    @classmethod
    def choices(cls, cluster: Cluster) -> Sequence[ProbeFlip]:
        """Every probe of every container that runs and has that probe."""
        found = []
        for name, container in _running(cluster):
            pod = pod_of(cluster, name)
            assert pod is not None
            found += [cls(name, container, probe) for probe in _probes(pod, container)]
        return found

    def why_not(self, cluster: Cluster) -> str:
        """The container must run and have the probe."""
        reason = _not_running(cluster, self.target, self.container)
        pod = pod_of(cluster, self.target)
        if reason or pod is None:
            return reason
        if self.probe not in _probes(pod, self.container):
            return f"{self.container} of {self.target} has no {self.probe} probe"
        return ""

    def apply(self, cluster: Cluster) -> Heal:
        """The probe's handler answers with failure from now on."""
        pod = pod_of(cluster, self.target)
        assert pod is not None
        machine, uid = cluster.machines[pod.spec.node_name], pod.uid
        machine.set_probe(uid, self.container, self.probe, "failure")
        return lambda: machine.set_probe(uid, self.container, self.probe, "success")


@fault
class ProcessCrash(Action):
    """A controller-manager, scheduler or kubelet crashes just before one of its next requests; healing starts it again.

    Promised meanwhile: what it had already asked for may still be carried out; it starts again with an empty memory.
    """

    process: str
    after_requests: int = 0

    @classmethod
    def choices(cls, cluster: Cluster) -> Sequence[ProcessCrash]:
        """Every such process that lives, now or after its first few requests."""
        return [
            cls(name, requests)
            for name in crashable(cluster)
            if cluster.processes[name].alive
            for requests in CRASH_AFTER_REQUESTS
        ]

    def why_not(self, cluster: Cluster) -> str:
        """The process must live."""
        if not 0 <= self.after_requests <= MOST:
            return f"after_requests must be between 0 and {MOST}"
        if self.process not in crashable(cluster):
            return f"{self.process} is no process that this fault crashes"
        return "" if cluster.processes[self.process].alive else f"{self.process} is already down"

    def apply(self, cluster: Cluster) -> Heal:
        """Crash now, or set the trap."""
        process = cluster.processes[self.process]
        if self.after_requests:
            process.crash_after(self.after_requests)
        else:
            process.crash()

        def restart() -> None:
            process.disarm()
            machine = cluster.machines.get(process.host)
            if machine is None or machine.powered:
                process.start()

        return restart


@fault
class Partition(Action):
    """Two hosts cannot reach each other, both ways or one; healing delivers what was held, in order.

    Promised meanwhile: nothing is lost or doubled within a connection; one that is silent for 45 s is given up.
    """

    host: str
    other: str
    direction: str = "both"

    @classmethod
    def choices(cls, cluster: Cluster) -> Sequence[Partition]:
        """Every pair of hosts between which messages go, in every direction."""
        pairs = [pair for pair in combinations(hosts(cluster), 2) if _talk(cluster, *pair)]
        return [cls(a, b, direction) for a, b in pairs for direction in DIRECTIONS]

    def why_not(self, cluster: Cluster) -> str:
        """Both hosts must exist and not yet be apart in this direction."""
        for host in (self.host, self.other):
            if host not in hosts(cluster):
                return f"there is no host {host}"
        if self.direction not in DIRECTIONS:
            return f"{self.direction!r} is no direction; write both, to or from"
        if all(cluster.network.is_cut(*link) for link in self._links()):
            return f"{self.host} and {self.other} are already apart"
        return ""

    def apply(self, cluster: Cluster) -> Heal:
        """Cut the links that are not cut yet."""
        links = [link for link in self._links() if not cluster.network.is_cut(*link)]
        for link in links:
            cluster.network.cut(*link)

        def mend() -> None:
            for link in links:
                cluster.network.heal(*link)

        return mend

    def _links(self) -> list[tuple[str, str]]:
        there, back = (self.host, self.other), (self.other, self.host)
        return {"both": [there, back], "to": [there], "from": [back]}[self.direction]


@fault
class LoseAnswers(Action):
    """The next answers to a process's writes are lost after they were carried out: it sees a broken connection.

    Promised meanwhile: a retry may meet its own earlier write, and must not do the work twice.
    """

    process: str
    count: int = 1

    @classmethod
    def choices(cls, cluster: Cluster) -> Sequence[LoseAnswers]:
        """One or two answers of every process that writes."""
        writers = [*crashable(cluster), *cluster.environment.apiservers]
        return [cls(name, count) for name in writers for count in (1, 2)]

    def why_not(self, cluster: Cluster) -> str:
        """The process must exist."""
        if not 1 <= self.count <= MOST:
            return f"count must be between 1 and {MOST}"
        return "" if self.process in cluster.processes else f"there is no process {self.process}"

    def apply(self, cluster: Cluster) -> Heal:
        """Arm the network."""
        cluster.network.lose_answers(self.process, self.count)
        return lambda: cluster.network.keep_answers(self.process)


def crashable(cluster: Cluster) -> list[str]:
    """The processes that a process crash hits: managers, schedulers, kubelets and controllers of one's own."""
    servers = ("user", cluster.environment.store, *cluster.environment.apiservers)
    return [name for name in cluster.processes if name not in servers]


def hosts(cluster: Cluster) -> list[str]:
    """The hosts that can be cut off, in the order in which they were made; the user's is not among them."""
    return list(dict.fromkeys(p.host for p in cluster.processes.values() if p.host != "user"))


def _talk(cluster: Cluster, host: str, other: str) -> bool:
    servers = [cluster.processes[name].host for name in cluster.environment.apiservers]
    return host in servers or other in servers


def _running(cluster: Cluster) -> list[tuple[str, str]]:
    found = []
    for name, record in pod_targets(cluster):
        pod = record.view
        machine = cluster.machines.get(pod.spec.node_name) if isinstance(pod, Pod) else None
        if machine is not None:
            found += [(name, container) for container in machine.running_containers(pod.uid)]
    return found


def _not_running(cluster: Cluster, target: str, container: str) -> str:
    pod = pod_of(cluster, target)
    if pod is None:
        return f"{target} does not exist"
    machine = cluster.machines.get(pod.spec.node_name)
    if machine is None or container not in machine.running_containers(pod.uid):
        return f"container {container} of {target} does not run"
    return ""


def _probes(pod: Pod, container: str) -> list[str]:
    for candidate in pod.spec.containers:
        if candidate.name == container:
            declared = (candidate.readiness_probe, candidate.liveness_probe)
            return [name for name, probe in zip(PROBES, declared, strict=True) if probe is not None]
    return []


FAULTS: tuple[type[Action], ...] = (
    NodeCrash,
    ContainerCrash,
    ProbeFlip,
    ProcessCrash,
    Partition,
    LoseAnswers,
)
