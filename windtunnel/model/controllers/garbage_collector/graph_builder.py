"""Turns events of the caches into the graph, and says what the collector has to look at.

What it finds goes out through two callables: objects that may have to be deleted, and owners whose dependents are to be
orphaned. It also remembers owners that are known to be absent, so that the API server is not asked for each dependent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from windtunnel.model.api.kind import Kind
from windtunnel.model.controllers.garbage_collector.graph import (
    Graph,
    Node,
    Reference,
    alternate_identity,
    orphans_dependents,
    partition_dependents,
    waits_for_dependents,
)
from windtunnel.model.objects.meta import KubeObject, OwnerReference

_ABSENT_OWNERS = 500


class AbsentOwners:
    """The owners last found absent, at most 500 of them."""

    def __init__(self) -> None:
        self._known: dict[Reference, None] = {}

    def add(self, owner: Reference) -> None:
        """Remember that nothing is there. O(1)."""
        self._known.pop(owner, None)
        self._known[owner] = None
        if len(self._known) > _ABSENT_OWNERS:
            del self._known[next(iter(self._known))]

    def __contains__(self, owner: Reference) -> bool:
        return owner in self._known


class GraphBuilder:
    """Owns the graph."""

    def __init__(
        self,
        attempt_to_delete: Callable[[Reference], None],
        retry_to_delete: Callable[[Reference], None],
        attempt_to_orphan: Callable[[Reference], None],
    ) -> None:
        self.graph = Graph()
        self.absent = AbsentOwners()
        self._attempt_to_delete = attempt_to_delete
        self._retry_to_delete = retry_to_delete
        self._attempt_to_orphan = attempt_to_orphan

    def identity_of(self, kind: Kind, obj: KubeObject) -> Reference:
        """Where an object of a kind is."""
        return Reference(kind.api_version, kind.kind, obj.namespace, obj.name, obj.uid)

    # -- events of the caches ----------------------------------------------------------------------

    def changed(self, kind: Kind, old: KubeObject | None, obj: KubeObject) -> None:
        """An object showed up or changed. O(owners; dependents when a deletion begins)."""
        node = self.graph.get(obj.uid)
        if node is None:
            self._insert(kind, obj)
        else:
            if node.virtual:
                self._observed(node, self.identity_of(kind, obj))
            if node.owners != obj.metadata.owner_references:
                self._owners_changed(node, obj.metadata.owner_references)
            if obj.metadata.deleting:
                node.being_deleted = True
        if obj.metadata.deleting:
            self._deletion_begins(old, obj)

    def removed(self, kind: Kind, obj: KubeObject) -> None:
        """An object is gone from its cache. O(dependents + owners)."""
        node = self.graph.get(obj.uid)
        if node is not None:
            self._remove(node, self.identity_of(kind, obj))

    def found_absent(self, identity: Reference) -> None:
        """The API server says that nothing is where a node is thought to be. O(dependents)."""
        node = self.graph.get(identity.uid)
        if node is None:
            return
        matching, others = partition_dependents(node.dependents, identity)
        if node.virtual and others:
            # The dependents disagree about where their owner is: only those that meant this place have lost it.
            self._lost_owner(identity, matching)
            if node.identity == identity:
                self._try_elsewhere(node, alternate_identity(others, identity))
        elif not node.virtual and node.identity != identity:
            self._lost_owner(identity, matching)
        else:
            self._remove(node, identity)

    # -- changes of the graph ----------------------------------------------------------------------

    def _insert(self, kind: Kind, obj: KubeObject) -> None:
        node = Node(
            self.identity_of(kind, obj),
            obj.metadata.owner_references,
            being_deleted=obj.metadata.deleting,
            deleting_dependents=waits_for_dependents(obj),
        )
        self._tied(node, *self.graph.insert(node))

    def _tied(self, node: Node, new_owners: Iterable[Node], disagrees: bool) -> None:
        for owner in new_owners:
            self._attempt_to_delete(owner.identity)
        if disagrees:
            self._attempt_to_delete(node.identity)

    def _observed(self, node: Node, identity: Reference) -> None:
        if node.identity != identity:
            _, others = partition_dependents(node.dependents, identity)
            self._attempt_all(others)
            node.identity = identity
        node.virtual = False

    def _owners_changed(self, node: Node, owners: tuple[OwnerReference, ...]) -> None:
        before = {owner.uid: owner for owner in node.owners}
        after = {owner.uid: owner for owner in owners}
        removed = [owner for owner in node.owners if owner.uid not in after]
        added = [owner for owner in owners if owner.uid not in before]
        unblocked = [owner for owner in removed if owner.block_owner_deletion]
        unblocked += [
            before[owner.uid]
            for owner in owners
            if owner.uid in before
            and before[owner.uid].block_owner_deletion
            and not owner.block_owner_deletion
        ]
        for owner in unblocked:
            found = self.graph.get(owner.uid)
            if found is not None:
                self._attempt_to_delete(found.identity)
        node.owners = owners
        self._tied(node, *self.graph.tie(node, added))
        self.graph.untie(node, removed)

    def _deletion_begins(self, old: KubeObject | None, obj: KubeObject) -> None:
        node = self.graph.get(obj.uid)
        assert node is not None
        if orphans_dependents(obj) and not (old is not None and orphans_dependents(old)):
            self._attempt_to_orphan(node.identity)
        if waits_for_dependents(obj) and not (old is not None and waits_for_dependents(old)):
            node.deleting_dependents = True
            self._attempt_all(node.dependents.values())
            self._attempt_to_delete(node.identity)

    def _remove(self, node: Node, identity: Reference) -> None:
        self.graph.remove(node)
        self._lost_owner(identity, list(node.dependents.values()))
        for owner in node.owners:
            found = self.graph.get(owner.uid)
            if found is not None and found.deleting_dependents:
                self._attempt_to_delete(found.identity)

    def _lost_owner(self, identity: Reference, dependents: list[Node]) -> None:
        if dependents:
            self.absent.add(identity)
            self._attempt_all(dependents)

    def _try_elsewhere(self, node: Node, identity: Reference | None) -> None:
        if identity is not None:
            node.identity = identity
            self._retry_to_delete(identity)

    def _attempt_all(self, nodes: Iterable[Node]) -> None:
        for node in nodes:
            self._attempt_to_delete(node.identity)
