"""The shape of a cluster: how many of what, before anything is put into it."""

from __future__ import annotations

from typing import Any

from attrs import field, frozen, validators

MOST_OF_EACH = 3
"""How many API servers, controller managers and schedulers there can be, of each."""


def _replicas() -> Any:
    return field(
        default=1,
        validator=[
            validators.instance_of(int),
            validators.ge(1),
            validators.le(MOST_OF_EACH),
        ],
    )


@frozen
class ClusterShape:
    """Nodes are named node-1, node-2, …, each with the capacity of settings.kubelet; pods are in one of the
    namespaces. What runs the control plane is named apiserver-0, controller-manager-0, scheduler-0, and so on, each on
    a host of its own; where there are several controller managers or schedulers, one of them leads."""

    nodes: int = field(
        default=3, validator=[validators.instance_of(int), validators.ge(0), validators.le(5000)]
    )
    namespaces: tuple[str, ...] = ()
    apiservers: int = _replicas()
    controller_managers: int = _replicas()
    schedulers: int = _replicas()

    @property
    def node_names(self) -> tuple[str, ...]:
        """The names of the nodes, in order."""
        return tuple(f"node-{number}" for number in range(1, self.nodes + 1))

    @property
    def apiserver_names(self) -> tuple[str, ...]:
        """The names of the API servers' processes, in order."""
        return _numbered("apiserver", self.apiservers)

    @property
    def controller_manager_names(self) -> tuple[str, ...]:
        """The names of the controller managers' processes, in order."""
        return _numbered("controller-manager", self.controller_managers)

    @property
    def scheduler_names(self) -> tuple[str, ...]:
        """The names of the schedulers' processes, in order."""
        return _numbered("scheduler", self.schedulers)

    @property
    def elected_names(self) -> tuple[str, ...]:
        """The processes that work only while they lead: all of a sort of which there are several."""
        sorts = (self.controller_manager_names, self.scheduler_names)
        return tuple(name for names in sorts if len(names) > 1 for name in names)


def _numbered(name: str, count: int) -> tuple[str, ...]:
    return tuple(f"{name}-{number}" for number in range(count))
