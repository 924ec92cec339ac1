"""The garbage collector: deletes what no owner wants any more, and carries out foreground and orphan deletions.

Workers take objects that may have to go and ask the API server, not the cache, whether their owners still exist. An
object is deleted only if every owner is absent or waits for its dependents; a deletion names the UID and the version
that the decision was made on, so an owner added meanwhile saves the object. Owners that wait for their dependents lose
their finalizer when nothing blocks them, orphaned ones when every dependent has let go of them.

A kind is watched from its first object on, or from the moment somebody names one as an owner: watching a kind without
objects would change nothing. The collector begins when all caches are filled, or after 30 seconds with those that
are, so that one kind nobody can list does not stop it.

Not modelled: Events; kinds that the cluster learns of later.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import cast

from windtunnel.model.api.errors import ApiError, is_conflict, is_not_found
from windtunnel.model.api.kind import Kind
from windtunnel.model.api.kinds.registry import split_api_version
from windtunnel.model.client.client import Client
from windtunnel.model.client.informer_factory import InformerFactory
from windtunnel.model.controllers.base import QueueController
from windtunnel.model.controllers.freshness import RetryLater
from windtunnel.model.controllers.garbage_collector.edits import OwnerEdits
from windtunnel.model.controllers.garbage_collector.graph import (
    FOREGROUND,
    ORPHAN,
    Node,
    Reference,
    reference_to,
    waits_for_dependents,
)
from windtunnel.model.controllers.garbage_collector.graph_builder import GraphBuilder
from windtunnel.model.environment import Environment
from windtunnel.model.objects.meta import KubeObject, OwnerReference
from windtunnel.model.sim.network import NetworkError
from windtunnel.model.sim.process import Process
from windtunnel.model.sim.tasks import Future

INITIAL_SYNC_TIMEOUT_MS = 30_000
_IGNORED = ("Event",)


class OwnerIsOutOfReach(Exception):
    """A cluster-scoped object names a namespaced owner, which can never be right: the object is left alone."""


class GarbageCollector(QueueController):
    """Owns the graph, and the queues of objects to delete and of owners to orphan from."""

    name = "garbage-collector"

    def __init__(
        self, process: Process, environment: Environment, client: Client, informers: InformerFactory
    ) -> None:
        super().__init__(process, environment, client, informers)
        self.workers = environment.settings.controller_manager.concurrent_gc_syncs
        self.orphan_queue = self.new_queue(f"{self.name} orphans")
        self.builder = GraphBuilder(
            self.attempt_to_delete, self.queue.add_rate_limited, self.orphan_queue.add
        )
        self.edits = OwnerEdits(client)
        self.watched: dict[str, None] = {}
        self.started = False
        self.incarnation = process.incarnation
        environment.in_use.follow(self.watch_while_alive)

    def watch_while_alive(self, kind: Kind) -> bool:
        """Follow a kind that has its first object; False once this incarnation is gone."""
        process = self.process
        if not process.alive or process.incarnation != self.incarnation:
            return False
        self.watch_kind(kind)
        return True

    # -- caches ------------------------------------------------------------------------------------

    def watch_kind(self, kind: Kind) -> None:
        """Have the objects of a kind in the graph from now on."""
        if kind.kind in _IGNORED or kind.resource in self.watched or "watch" not in kind.verbs:
            return
        self.watched[kind.resource] = None
        informer = self.watch(kind.resource)
        informer.add_handler(
            partial(self.object_added, kind),
            partial(self.object_updated, kind),
            partial(self.builder.removed, kind),
        )
        if self.started:
            informer.start()

    async def wait_for_caches(self) -> None:
        """Wait until every cache is filled, but not for ever."""
        loop = self.process.loop
        ready: Future[None] = Future(loop, self.process.name, f"{self.name} begins")
        timer = loop.after(
            self.process.lasts_ms(INITIAL_SYNC_TIMEOUT_MS),
            self.process.name,
            f"{self.name} waits no longer for its caches",
            ready.set,
            background=True,
        )
        self.process.spawn(self.all_caches(ready), f"{self.name} caches")
        await ready
        loop.cancel(timer)

    async def all_caches(self, ready: Future[None]) -> None:
        """Wait for every cache, then say so."""
        await super().wait_for_caches()
        ready.set(None)

    async def run(self) -> None:
        """Wait for the caches, then let both sorts of workers begin."""
        self.started = True
        await super().run()
        for number in range(self.workers):
            self.process.spawn(self.orphan_work(), f"{self.name} orphan worker {number}")

    def object_added(self, kind: Kind, obj: KubeObject) -> None:
        """An object showed up in a cache."""
        self.builder.changed(kind, None, obj)

    def object_updated(self, kind: Kind, old: KubeObject, new: KubeObject) -> None:
        """An object changed in a cache, or another one took its name."""
        if old.uid != new.uid:
            self.builder.removed(kind, old)
            self.builder.changed(kind, None, new)
        elif (
            new.metadata.deleting or old.metadata.owner_references != new.metadata.owner_references
        ):
            self.builder.changed(kind, old, new)

    def busy(self) -> str | None:
        """What the collector still has to do, in words. O(keys)."""
        return super().busy() or cast("str | None", self.orphan_queue.busy())

    # -- deciding about one object -----------------------------------------------------------------

    def attempt_to_delete(self, item: Reference) -> None:
        """Have an object looked at."""
        self.queue.add(item)

    async def sync(self, item: Reference) -> None:
        """Look at one object: delete it if nothing keeps it. O(owners + dependents)."""
        node = self.builder.graph.get(item.uid)
        if node is None or node.identity != item:
            return
        if node.being_deleted and not node.deleting_dependents:
            return
        kind = self.kind_of(item.api_version, item.kind)
        if kind is None:
            return
        latest = await self.get_live(kind, item)
        if latest is None:
            self.builder.found_absent(item)
        elif node.deleting_dependents:
            await self.delete_dependents_first(kind, node)
        else:
            await self.delete_if_unowned(kind, node, latest)
        if node.virtual and self.builder.graph.get(item.uid) is node and node.identity == item:
            # Somebody refers to it and it exists, but no cache shows it yet: it may be gone before one does.
            raise RetryLater(f"{item} does not show in the cache yet")

    def kind_of(self, api_version: str, name: str) -> Kind | None:
        """The kind of a reference, from now on watched; None for a kind that the cluster does not serve."""
        kind = self.environment.kinds.by_kind(*split_api_version(api_version), name)
        if kind is not None:
            self.watch_kind(kind)
        return kind

    async def get_live(self, kind: Kind, item: Reference) -> KubeObject | None:
        """The object as the API server has it; None if it is gone, or another one has its name."""
        found = await self.edits.get(kind, item)
        return found if found is not None and found.uid == item.uid else None

    async def delete_if_unowned(self, kind: Kind, node: Node, latest: KubeObject) -> None:
        """Delete the object unless an owner keeps it; let go of owners that are no more."""
        owners = latest.metadata.owner_references
        if not owners:
            return
        try:
            solid, dangling, waiting = await self.classify(node.identity, owners)
        except OwnerIsOutOfReach:
            return
        if solid:
            gone = [owner.uid for owner in (*dangling, *waiting)]
            if gone:
                await self.edits.drop_owners(kind, node.identity, gone)
        elif waiting and node.dependents:
            if any(dependent.deleting_dependents for dependent in node.dependents.values()):
                # The object may be part of a circle of owners that wait for each other.
                await self.edits.unblock_owners(kind, node.identity, owners)
            await self.delete_object(kind, node.identity, latest, "Foreground")
        else:
            await self.delete_object(kind, node.identity, latest, self.policy_for(latest))

    def policy_for(self, latest: KubeObject) -> str:
        """How to delete an object that nobody owns: as its finalizers ask already."""
        if ORPHAN in latest.metadata.finalizers:
            return "Orphan"
        return "Foreground" if FOREGROUND in latest.metadata.finalizers else "Background"

    async def classify(
        self, item: Reference, owners: Iterable[OwnerReference]
    ) -> tuple[list[OwnerReference], list[OwnerReference], list[OwnerReference]]:
        """The owners that keep the object, those that are absent, and those that wait for their dependents to go."""
        solid: list[OwnerReference] = []
        dangling: list[OwnerReference] = []
        waiting: list[OwnerReference] = []
        for owner in owners:
            found = await self.find_owner(item, owner)
            if found is None:
                dangling.append(owner)
            elif waits_for_dependents(found):
                waiting.append(owner)
            else:
                solid.append(owner)
        return solid, dangling, waiting

    async def find_owner(self, item: Reference, owner: OwnerReference) -> KubeObject | None:
        """The live owner that a reference of the item means; None if it is absent. Asks the API server.

        Raises OwnerIsOutOfReach for a cluster-scoped object with a namespaced owner, and for an unknown kind.
        """
        there = reference_to(owner, item.namespace)
        if there in self.builder.absent or there.in_namespace("") in self.builder.absent:
            return None
        kind = self.kind_of(owner.api_version, owner.kind)
        if kind is None or (kind.namespaced and not item.namespace):
            raise OwnerIsOutOfReach
        if not kind.namespaced:
            there = there.in_namespace("")
        found = await self.get_live(kind, there)
        if found is None:
            self.builder.absent.add(there)
        return found

    async def delete_object(
        self, kind: Kind, item: Reference, latest: KubeObject, policy: str
    ) -> None:
        """Delete the very object and version that was decided about."""
        version = latest.metadata.resource_version
        try:
            await self.edits.delete(kind, item, policy, version)
        except ApiError as error:
            if is_not_found(error):
                return
            if not is_conflict(error):
                raise
            live = await self.get_live(kind, item)
            if live is None:
                return
            if live.metadata.owner_references != latest.metadata.owner_references:
                raise
            # It changed, but not in its owners: it would never go if every change of its status saved it.
            await self.edits.delete(kind, item, policy, None)

    async def delete_dependents_first(self, kind: Kind, node: Node) -> None:
        """Go on with a foreground deletion: wait for what blocks it, then remove its finalizer."""
        blocking = node.blocking_dependents()
        if not blocking:
            await self.edits.remove_finalizer(kind, node.identity, FOREGROUND)
        for dependent in blocking:
            if not dependent.deleting_dependents:
                self.attempt_to_delete(dependent.identity)

    # -- orphaning ---------------------------------------------------------------------------------

    async def orphan_work(self) -> None:
        """Orphan the dependents of one owner after the other, for ever."""
        while True:
            item: Reference = await self.orphan_queue.get()
            try:
                await self.orphan(item)
            except (ApiError, NetworkError, RetryLater) as error:
                self.last_errors[item] = str(error)
                self.orphan_queue.add_rate_limited(item)
            else:
                self.last_errors.pop(item, None)
                self.orphan_queue.forget(item)
            self.orphan_queue.done(item)

    async def orphan(self, item: Reference) -> None:
        """Make every dependent let go of an owner, then let the owner go. O(dependents)."""
        node = self.builder.graph.get(item.uid)
        kind = self.kind_of(item.api_version, item.kind)
        if node is None or kind is None:
            return
        await self.orphan_dependents(node)
        await self.edits.remove_finalizer(kind, item, ORPHAN)

    async def orphan_dependents(self, owner: Node) -> None:
        """Take the owner off every dependent, all at once; raises the first error. O(dependents)."""
        outcomes: list[Exception | None] = await self.process.gather(
            *(self.release(owner, dependent) for dependent in owner.dependents.values())
        )
        for error in outcomes:
            if error is not None:
                raise error

    async def release(self, owner: Node, dependent: Node) -> Exception | None:
        """Take the owner off one dependent; returns the error, if any."""
        identity = dependent.identity
        kind = self.kind_of(identity.api_version, identity.kind)
        if kind is None:
            return None
        try:
            await self.edits.drop_owners(kind, identity, [owner.identity.uid])
        except (ApiError, NetworkError) as error:
            return None if is_not_found(error) else error
        return None
