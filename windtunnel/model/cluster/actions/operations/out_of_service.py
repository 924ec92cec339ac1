"""Non-graceful node shutdown: somebody declares that a node is out of service, and later that it serves again.

For such a node, while it is not ready, the pod garbage collector removes its terminating pods without waiting for the
kubelet. Whoever says so of a node that only cannot be reached has them run twice, until it returns.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from windtunnel.model.cluster.action import Action, operation
from windtunnel.model.cluster.actions.operations.nodes import (
    change_taints,
    no_node,
    node_names,
    node_of,
)
from windtunnel.model.cluster.actions.operations.requests import send

if TYPE_CHECKING:
    from windtunnel.model.cluster.cluster import Cluster

OUT_OF_SERVICE = "node.kubernetes.io/out-of-service"
EFFECT, VALUE = "NoExecute", "nodeshutdown"
OUT, BACK = "out", "back"


@operation
class SetOutOfService(Action):
    """Taint a node as out of service (out), so that its pods are given up, or take that back (back)."""

    node: str
    change: str

    @classmethod
    def choices(cls, cluster: Cluster) -> Sequence[SetOutOfService]:
        """Every node in the way that it is not."""
        made = [cls(name, change) for name in node_names(cluster) for change in (OUT, BACK)]
        return [each for each in made if not each.why_not(cluster)]

    def why_not(self, cluster: Cluster) -> str:
        """The node must exist, without or with the taint."""
        if self.change not in (OUT, BACK):
            return f"{self.change!r} is no change; write {OUT} or {BACK}"
        is_out = _is_out(cluster, self.node)
        if self.change == OUT:
            reason = f"{self.node} is out of service" if is_out else ""
        else:
            reason = "" if is_out else f"{self.node} is not out of service"
        return no_node(cluster, self.node) or reason

    def apply(self, cluster: Cluster) -> None:
        """A GET, then a patch of all taints."""
        taint = {"key": OUT_OF_SERVICE, "value": VALUE, "effect": EFFECT}
        more = [taint] if self.change == OUT else []
        request = change_taints(cluster, self.node, OUT_OF_SERVICE, EFFECT, more)
        send(cluster, request, "out of service")


def _is_out(cluster: Cluster, name: str) -> bool:
    record = node_of(cluster, name)
    taints = (record.raw.get("spec", {}).get("taints") or ()) if record is not None else ()
    return any(taint["key"] == OUT_OF_SERVICE for taint in taints)
