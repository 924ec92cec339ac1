"""The controller manager: a process's component that runs controllers over shared caches.

Built-in controllers are named by role; kube-controller-manager runs them all. A controller of one's own is given by its
class and runs in a process of its own, with the same component.

Where there are several controller managers, each competes for the lease kube-system/kube-controller-manager; only the
one that has got it makes its controllers, and their caches, and it exits when it loses the lease. A single one runs
without an election.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from windtunnel.model.client.client import Client
from windtunnel.model.client.informer_factory import InformerFactory
from windtunnel.model.client.isolated import IsolatedClient
from windtunnel.model.controllers.base import QueueController
from windtunnel.model.controllers.replication.workload import WORKLOAD_KINDS
from windtunnel.model.controllers.runtime import UserController
from windtunnel.model.environment import Environment
from windtunnel.model.sim.process import Process

USER = "system:kube-controller-manager"
LEASE = "kube-controller-manager"
BUILT_IN_CONTROLLERS = (
    "service-account",
    "namespace",
    "replication",
    "endpoints",
    "endpointslice",
    "endpointslice-mirroring",
    "garbage-collector",
    "node-lifecycle",
    "taint-eviction",
    "pod-gc",
    "disruption",
    "resource-quota",
)
"""The roles that kube-controller-manager runs."""

ACCOUNTS = {
    "service-account": "service-account-controller",
    "namespace": "namespace-controller",
    "ReplicationController": "replication-controller",
    "ReplicaSet": "replicaset-controller",
    "endpoints": "endpoint-controller",
    "endpointslice": "endpointslice-controller",
    "endpointslice-mirroring": "endpointslicemirroring-controller",
    "garbage-collector": "generic-garbage-collector",
    "node-lifecycle": "node-controller",
    "taint-eviction": "node-controller",
    "pod-gc": "pod-garbage-collector",
    "disruption": "disruption-controller",
    "resource-quota": "resourcequota-controller",
}
"""The service account in kube-system under which each built-in controller writes, by role or, for replication, kind."""


class ControllerManager:
    """Owns the controllers of one process. controllers: names of roles, or classes marked with @controller."""

    def __init__(
        self,
        process: Process,
        environment: Environment,
        controllers: Sequence[str | type] = BUILT_IN_CONTROLLERS,
    ) -> None:
        self.process = process
        self.environment = environment
        # Reads of the shared caches are the manager's own; each controller writes under its own account.
        reader = Client(process, environment, f"system:{process.name}")
        self.informers = InformerFactory(process, environment, reader)
        self.controllers: list[QueueController] = []
        self.elector: Any = None
        self._given = controllers
        if process.name in environment.elected:
            client = Client(process, environment, USER)
            self.elector = environment.roles["leader-election"](process, environment, client, LEASE)
        else:
            self.make_controllers()

    def start(self) -> None:
        """Work, or compete for the lease first."""
        if self.elector is None:
            self.run()
        else:
            self.elector.start(self.lead)

    def lead(self) -> None:
        """The lease is got: make the controllers, and work."""
        self.make_controllers()
        self.run()

    def make_controllers(self) -> None:
        """Make the controllers, each under its own account."""
        for given in self._given:
            self.controllers += self._make(given)

    def run(self) -> None:
        """Start the controllers, and then the caches that they asked for."""
        for controller in self.controllers:
            controller.start()
        self.informers.start()

    def busy(self) -> str | None:
        """What the election, or the first controller that is not idle, still has to do, in words. O(controllers)."""
        if self.elector is not None:
            waits: str | None = self.elector.busy()
            if waits is not None:
                return waits
        for controller in self.controllers:
            reason = controller.busy()
            if reason is not None:
                return reason
        return None

    def _make(self, given: str | type) -> list[QueueController]:
        process, environment, informers = self.process, self.environment, self.informers
        if not isinstance(given, str):
            account = f"system:serviceaccount:default:{process.name}"
            client = IsolatedClient(process, environment, account)
            return [UserController(process, environment, client, informers, given)]
        role = environment.roles[given]
        if given == "replication":
            return [
                role(process, environment, self._client(kind), informers, kind)
                for kind in WORKLOAD_KINDS
            ]
        return [role(process, environment, self._client(given), informers)]

    def _client(self, controller: str) -> Client:
        user = f"system:serviceaccount:kube-system:{ACCOUNTS[controller]}"
        return Client(self.process, self.environment, user)
