"""The namespace controller: empties a namespace that is being deleted, then lets it go.

It begins 5 seconds after it saw the deletion, so that every API server has seen it too and admits nothing more. Then it
asks the API server for the namespace as it is, deletes pods, and when no pod is left everything else; what remains is
reported in the namespace's conditions and looked at again later. Once nothing remains it takes its finalizer off.

Not modelled: kinds that the cluster learns of later, discovery failures.
"""

from __future__ import annotations

from typing import cast

from attrs import evolve

from windtunnel.model.api.errors import ApiError, is_conflict, is_not_found
from windtunnel.model.api.kind import Kind
from windtunnel.model.apiserver.request import NO_OPTIONS
from windtunnel.model.client.client import Client
from windtunnel.model.client.informer_factory import InformerFactory
from windtunnel.model.controllers.base import QueueController, key_of
from windtunnel.model.controllers.namespace.content import Remaining, conditions_for
from windtunnel.model.environment import Environment
from windtunnel.model.objects.json import get, put
from windtunnel.model.objects.node import Namespace
from windtunnel.model.objects.record import Key
from windtunnel.model.sim.network import NetworkError
from windtunnel.model.sim.process import Process

DELETION_DELAY_MS = 5_000
FINALIZER = "kubernetes"
_BACKGROUND = evolve(NO_OPTIONS, propagation_policy="Background")


class ContentRemains(Exception):
    """The namespace is not empty yet; estimate_seconds is how long the slowest object may take."""

    def __init__(self, estimate_seconds: int) -> None:
        super().__init__(f"content remains, for some {estimate_seconds} seconds")
        self.estimate_seconds = estimate_seconds


class NamespaceController(QueueController):
    """Deletes namespaces."""

    name = "namespace"
    workers = 10
    survives = (*QueueController.survives, ContentRemains)

    def __init__(
        self, process: Process, environment: Environment, client: Client, informers: InformerFactory
    ) -> None:
        super().__init__(process, environment, client, informers)
        self.namespaces = self.watch("namespaces")
        self.namespaces.add_handler(self.namespace_added, self.namespace_updated)

    def namespace_added(self, namespace: Namespace) -> None:
        """A namespace showed up."""
        self.enqueue(namespace)

    def namespace_updated(self, old: Namespace, new: Namespace) -> None:
        """A namespace changed."""
        self.enqueue(new)

    def enqueue(self, namespace: Namespace) -> None:
        """Look at a namespace that is being deleted, a little later."""
        if namespace.metadata.deleting:
            self.queue.add_after(key_of(namespace), DELETION_DELAY_MS)

    def sync_failed(self, key: Key, error: Exception) -> None:
        """Try again: half the estimated time later if content remains, else after the back-off."""
        if isinstance(error, ContentRemains):
            self.last_errors[key] = str(error)
            self.queue.add_after(key, (error.estimate_seconds // 2 + 1) * 1000)
        else:
            super().sync_failed(key, error)

    # -- one sync ----------------------------------------------------------------------------------

    async def sync(self, key: Key) -> None:
        """Empty one namespace that is being deleted and finalize it. O(content)."""
        if self.namespaces.get(key) is None:
            return
        namespace = await self.live(key)
        if namespace is None or not namespace.metadata.deleting:
            return
        namespace = await self.mark_terminating(namespace)
        if namespace is None or not namespace.spec.finalizers:
            return
        remaining = await self.delete_content(key.name)
        namespace = await self.report(namespace, remaining)
        if remaining.errors:
            raise ContentRemains(0)
        if remaining.objects:
            raise ContentRemains(remaining.estimate_seconds)
        if namespace is not None:
            await self.finalize(namespace)

    async def live(self, key: Key) -> Namespace | None:
        """The namespace as the API server has it."""
        try:
            return cast(Namespace, await self.client.get("Namespace", key))
        except ApiError as error:
            if is_not_found(error):
                return None
            raise

    async def mark_terminating(self, namespace: Namespace) -> Namespace | None:
        """Make sure that the phase says Terminating; None if the namespace is gone."""
        found: Namespace | None = namespace
        while found is not None and found.status.phase != "Terminating":
            found = await self.write(
                found, put(found.raw, "Terminating", "status", "phase"), "status"
            )
        return found

    async def report(self, namespace: Namespace, remaining: Remaining) -> Namespace | None:
        """Write what remains into the conditions, if they differ; None if the namespace is gone."""
        found: Namespace | None = namespace
        while found is not None:
            old = get(found.raw, "status", "conditions", default=[])
            new = conditions_for(remaining, old, self.process.wall_ms)
            if old == new:
                break
            found = await self.write(found, put(found.raw, new, "status", "conditions"), "status")
        return found

    async def finalize(self, namespace: Namespace) -> None:
        """Take this controller's finalizer off; the last one to go removes the namespace."""
        found: Namespace | None = namespace
        while found is not None and FINALIZER in found.spec.finalizers:
            left = [each for each in found.spec.finalizers if each != FINALIZER]
            found = await self.write(found, put(found.raw, left, "spec", "finalizers"), "finalize")

    async def write(
        self, namespace: Namespace, raw: dict[str, object], part: str
    ) -> Namespace | None:
        """Write a part of the namespace; on a conflict the namespace as it is now, None if it is gone."""
        key = key_of(namespace)
        try:
            return cast(Namespace, await self.client.update(raw, subresource=part))
        except ApiError as error:
            if is_not_found(error):
                return None
            if not is_conflict(error):
                raise
        found = await self.live(key)
        return found if found is not None and found.uid == namespace.uid else None

    # -- content -----------------------------------------------------------------------------------

    async def delete_content(self, name: str) -> Remaining:
        """Delete pods, then everything else; what is left. O(content)."""
        remaining = Remaining()
        kinds = self.kinds_to_delete()
        for kind in [kind for kind in kinds if kind.kind == "Pod"]:
            await self.delete_kind(kind, name, remaining)
        if remaining.objects or remaining.errors:
            return remaining
        for kind in [kind for kind in kinds if kind.kind != "Pod"]:
            await self.delete_kind(kind, name, remaining)
        return remaining

    def kinds_to_delete(self) -> list[Kind]:
        """The namespaced kinds that can be deleted and listed."""
        return [
            kind
            for kind in self.environment.kinds.kinds
            if kind.namespaced and "deletecollection" in kind.verbs and "list" in kind.verbs
        ]

    async def delete_kind(self, kind: Kind, name: str, remaining: Remaining) -> None:
        """Ask for the deletion of all objects of a kind, and count what is left. O(objects)."""
        try:
            await self.client.delete_collection(kind.resource, name, options=_BACKGROUND)
            remaining.add(kind.resource, await self.client.list(kind.resource, name))
        except (ApiError, NetworkError) as error:
            remaining.errors.append(str(error))
