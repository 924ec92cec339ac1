"""What a fresh cluster has before anybody uses it: the namespaces of the system."""

from __future__ import annotations

from collections.abc import Sequence

from windtunnel.model.api.errors import ApiError
from windtunnel.model.client.client import Client

SYSTEM_NAMESPACES = ("default", "kube-system", "kube-public", "kube-node-lease")


async def create_namespaces(client: Client, more: Sequence[str] = ()) -> None:
    """Create the system's namespaces and the given ones; those that exist stay as they are."""
    for name in (*SYSTEM_NAMESPACES, *more):
        try:
            await client.create(
                {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
            )
        except ApiError as error:
            if error.reason != "AlreadyExists":
                raise
