"""The graph of owners and dependents, as the collector's caches show it.

A node is an object, known by its UID. An owner that somebody refers to and that no cache has shown yet is a virtual
node: its coordinates are only what the reference claims, and several dependents may disagree about them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from attrs import define, evolve, field, frozen

from windtunnel.model.objects.meta import KubeObject, OwnerReference

FOREGROUND = "foregroundDeletion"
ORPHAN = "orphan"


@frozen(order=True)
class Reference:
    """Where an object is: its coordinates and UID. namespace is '' for cluster-scoped objects."""

    api_version: str
    kind: str
    namespace: str
    name: str
    uid: str

    def __str__(self) -> str:
        return (
            f"{self.kind} {self.namespace}/{self.name}"
            if self.namespace
            else f"{self.kind} {self.name}"
        )

    def is_meant_by(self, owner: OwnerReference) -> bool:
        """Whether an owner reference has these coordinates (it does not say the namespace)."""
        return (
            owner.uid == self.uid
            and owner.name == self.name
            and owner.kind == self.kind
            and owner.api_version == self.api_version
        )

    def in_namespace(self, namespace: str) -> Reference:
        """The same coordinates in another namespace."""
        return evolve(self, namespace=namespace)


def reference_to(owner: OwnerReference, namespace: str) -> Reference:
    """What an owner reference of an object in the namespace refers to, if it is namespaced."""
    return Reference(owner.api_version, owner.kind, namespace, owner.name, owner.uid)


@define(eq=False)
class Node:
    """One object of the graph; dependents by UID, in the order in which they were seen."""

    identity: Reference
    owners: tuple[OwnerReference, ...] = ()
    dependents: dict[str, Node] = field(factory=dict)
    being_deleted: bool = False
    deleting_dependents: bool = False
    virtual: bool = False

    def blocking_dependents(self) -> list[Node]:
        """The dependents that this object's deletion in the foreground waits for. O(dependents)."""
        uid = self.identity.uid
        return [
            node
            for node in self.dependents.values()
            if any(o.uid == uid and o.block_owner_deletion for o in node.owners)
        ]


class Graph:
    """Nodes by UID."""

    def __init__(self) -> None:
        self.nodes: dict[str, Node] = {}

    def get(self, uid: str) -> Node | None:
        """The node of a UID. O(1)."""
        return self.nodes.get(uid)

    def insert(self, node: Node) -> tuple[list[Node], bool]:
        """Add a node and tie it to its owners; see `tie`. O(owners)."""
        self.nodes[node.identity.uid] = node
        return self.tie(node, node.owners)

    def tie(self, node: Node, owners: Iterable[OwnerReference]) -> tuple[list[Node], bool]:
        """Make the node a dependent of these owners. O(owners).

        Returns the virtual nodes made for owners that were not there, and whether a reference disagrees with the owner
        that has its UID.
        """
        new: list[Node] = []
        disagrees = False
        namespace = node.identity.namespace
        for owner in owners:
            found = self.nodes.get(owner.uid)
            if found is None:
                found = Node(reference_to(owner, namespace), virtual=True)
                self.nodes[owner.uid] = found
                new.append(found)
            elif found.identity.namespace not in ("", namespace) or not found.identity.is_meant_by(
                owner
            ):
                disagrees = True
            found.dependents[node.identity.uid] = node
        return new, disagrees

    def untie(self, node: Node, owners: Iterable[OwnerReference]) -> None:
        """Make the node no longer a dependent of these owners. O(owners)."""
        for owner in owners:
            found = self.nodes.get(owner.uid)
            if found is not None:
                found.dependents.pop(node.identity.uid, None)

    def remove(self, node: Node) -> None:
        """Take a node out; its dependents stay. O(owners)."""
        self.nodes.pop(node.identity.uid, None)
        self.untie(node, node.owners)


def partition_dependents(
    dependents: Mapping[str, Node], owner: Reference
) -> tuple[list[Node], list[Node]]:
    """The dependents that mean exactly this owner, and those that mean something else by its UID. O(dependents)."""
    matching: list[Node] = []
    others: list[Node] = []
    for node in dependents.values():
        if owner.namespace not in ("", node.identity.namespace):
            others.append(node)
            continue
        agrees = [owner.is_meant_by(each) for each in node.owners if each.uid == owner.uid]
        if True in agrees:
            matching.append(node)
        if False in agrees:
            others.append(node)
    return matching, others


def alternate_identity(dependents: Iterable[Node], absent: Reference) -> Reference | None:
    """Another place where dependents say the owner is; each is tried in turn. O(dependents log dependents)."""
    alternates = {
        reference_to(owner, node.identity.namespace): None
        for node in dependents
        for owner in node.owners
        if owner.uid == absent.uid and not (absent.is_meant_by(owner) and not absent.namespace)
    }
    alternates.pop(absent, None)
    in_order = sorted(alternates)
    return next((each for each in in_order if each > absent), in_order[0] if in_order else None)


def waits_for_dependents(obj: KubeObject) -> bool:
    """Whether the object is being deleted in the foreground."""
    return obj.metadata.deleting and FOREGROUND in obj.metadata.finalizers


def orphans_dependents(obj: KubeObject) -> bool:
    """Whether the object is being deleted and leaves its dependents behind."""
    return obj.metadata.deleting and ORPHAN in obj.metadata.finalizers
