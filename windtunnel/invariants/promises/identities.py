"""One pod under a name: who has a name runs alone, on all machines together."""

from __future__ import annotations

from windtunnel.invariants.promise import always, when_it_happens, written
from windtunnel.invariants.verdict import UNCONCERNED, Findings, Violation
from windtunnel.invariants.world import World
from windtunnel.invariants.writers import KUBELETS
from windtunnel.model.facts import Committed, Physical
from windtunnel.model.objects.pod import Pod
from windtunnel.model.objects.record import StoreKey


@always(on=(written("pods"), Physical), applies=when_it_happens)
class OnePodPerName:
    """At most one pod of a namespace and name runs at a time, on all machines together; unless the first one was
    removed without its kubelet's word, by force or with its node."""

    def __init__(self) -> None:
        self.names: dict[str, StoreKey] = {}
        self.nodes: dict[StoreKey, dict[str, str]] = {}
        """Under each name the pods that had a container running, and where."""
        self.unconfirmed: dict[str, None] = {}

    def check(self, fact: Committed | Physical, world: World) -> Findings:
        """Note who has which name and how he lost it; look at the others of the name at each start. O(their number)."""
        if isinstance(fact, Committed):
            self._written(fact)
            return UNCONCERNED
        key = self.names.get(fact.pod_uid)
        if fact.what != "container-started" or key is None:
            return UNCONCERNED
        nodes = self.nodes.setdefault(key, {})
        nodes[fact.pod_uid] = fact.node
        if len(nodes) == 1:
            return UNCONCERNED
        for uid, node in list(nodes.items()):
            if uid == fact.pod_uid:
                continue
            machine = world.cluster.machines.get(node)
            if machine is None or not machine.running_containers(uid):
                del nodes[uid]
            elif uid not in self.unconfirmed and fact.pod_uid not in self.unconfirmed:
                return Violation(
                    f"only the pod of uid {uid} runs, on {node}",
                    f"the pod of uid {fact.pod_uid} was started on {fact.node}",
                    f"Pod {key.key}",
                )
        return None

    def _written(self, fact: Committed) -> None:
        change = fact.change
        if change.before is None:
            self.names[change.record.view.uid] = change.key
        if change.after is None and change.before is not None:
            pod = change.before.view
            assert isinstance(pod, Pod)
            # A pod that nobody had placed is removed at once, and nothing ran of it.
            node = pod.spec.node_name
            if node and change.by != f"{KUBELETS}{node}":
                self.unconfirmed[pod.uid] = None
