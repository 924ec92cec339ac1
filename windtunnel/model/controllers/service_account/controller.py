"""The service account controller: every active namespace has the service account `default`.

Not modelled: token secrets, which 1.24 and later do not make.
"""

from __future__ import annotations

from typing import cast

from windtunnel.model.api.errors import ApiError, is_already_exists
from windtunnel.model.client.client import Client
from windtunnel.model.client.informer_factory import InformerFactory
from windtunnel.model.controllers.base import QueueController, key_of, namespace_is_terminating
from windtunnel.model.environment import Environment
from windtunnel.model.objects.meta import KubeObject
from windtunnel.model.objects.node import Namespace
from windtunnel.model.objects.record import Key
from windtunnel.model.sim.process import Process

DEFAULT = "default"


class ServiceAccountController(QueueController):
    """Makes service accounts; its keys are namespaces."""

    name = "service-account"

    def __init__(
        self, process: Process, environment: Environment, client: Client, informers: InformerFactory
    ) -> None:
        super().__init__(process, environment, client, informers)
        self.namespaces = self.watch("namespaces")
        self.accounts = self.watch("serviceaccounts")
        self.namespaces.add_handler(self.namespace_added, self.namespace_updated)
        self.accounts.add_handler(on_delete=self.account_deleted)

    def namespace_added(self, namespace: Namespace) -> None:
        """A namespace showed up."""
        self.queue.add(key_of(namespace))

    def namespace_updated(self, old: Namespace, new: Namespace) -> None:
        """A namespace changed."""
        self.queue.add(key_of(new))

    def account_deleted(self, account: KubeObject) -> None:
        """A service account is gone: its namespace may need it again."""
        self.queue.add(Key("", account.namespace))

    async def sync(self, key: Key) -> None:
        """Create the namespace's service account if it is missing. O(1)."""
        namespace = cast("Namespace | None", self.namespaces.get(key))
        if namespace is None or namespace.status.phase != "Active":
            return
        if self.accounts.get(Key(key.name, DEFAULT)) is None:
            await self.create_account(key.name)

    async def create_account(self, namespace: str) -> None:
        """Create the service account, unless somebody else did or the namespace is going away."""
        account = {
            "apiVersion": "v1",
            "kind": "ServiceAccount",
            "metadata": {"name": DEFAULT, "namespace": namespace},
        }
        try:
            await self.client.create(account)
        except ApiError as error:
            if not is_already_exists(error) and not namespace_is_terminating(error):
                raise
