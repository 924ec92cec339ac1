"""A node that is cut off from the whole control plane, and returns with the pods that it had."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from windtunnel.model.cluster.action import Action, Heal, fault

if TYPE_CHECKING:
    from windtunnel.model.cluster.cluster import Cluster


@fault
class NodeIsolation(Action):
    """A node reaches no API server any more, and none reaches it: what runs on it runs on; healing brings it back.

    A partition parts two hosts, and a node may turn to another server; this is for as long as it lasts.

    Promised meanwhile: the node is found silent and tainted, its pods leave the Endpoints, and after their toleration
    are being deleted and replaced; nobody confirms that they ended before the node returns and ends them, unless
    somebody removes them by force: then they run on, unknown, until the node returns.
    """

    spares_heartbeats = True

    node: str

    @classmethod
    def choices(cls, cluster: Cluster) -> Sequence[NodeIsolation]:
        """Every node that is not cut off from everything."""
        made = [cls(name) for name in cluster.machines]
        return [each for each in made if not each.why_not(cluster)]

    def why_not(self, cluster: Cluster) -> str:
        """There must be such a node, with a way to an API server."""
        if self.node not in cluster.machines:
            return f"there is no node {self.node}"
        cut = all(cluster.network.is_cut(*link) for link in self._links(cluster))
        return f"{self.node} is cut off already" if cut else ""

    def apply(self, cluster: Cluster) -> Heal:
        """Cut the links that are not cut yet."""
        network = cluster.network
        links = [link for link in self._links(cluster) if not network.is_cut(*link)]
        for link in links:
            network.cut(*link)

        def mend() -> None:
            for link in links:
                network.heal(*link)

        return mend

    def _links(self, cluster: Cluster) -> list[tuple[str, str]]:
        hosts = [cluster.processes[name].host for name in cluster.environment.apiservers]
        return [link for host in hosts for link in ((self.node, host), (host, self.node))]
