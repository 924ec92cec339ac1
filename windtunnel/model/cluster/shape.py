"""The shape of a cluster: how many of what, before anything is put into it."""

from __future__ import annotations

from attrs import field, frozen, validators


@frozen
class ClusterShape:
    """Nodes are named node-1, node-2, …, each with the capacity of settings.kubelet; pods are in one of the
    namespaces."""

    nodes: int = field(
        default=3, validator=[validators.instance_of(int), validators.ge(0), validators.le(5000)]
    )
    namespaces: tuple[str, ...] = ()

    @property
    def node_names(self) -> tuple[str, ...]:
        """The names of the nodes, in order."""
        return tuple(f"node-{number}" for number in range(1, self.nodes + 1))
