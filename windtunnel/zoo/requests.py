"""Requests that the zoo's scenarios need and that no operation of a search makes: any patch, a binding, a list."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from windtunnel.model.cluster.action import Action, operation
from windtunnel.model.cluster.actions.operations import send
from windtunnel.model.cluster.targets import resolve

if TYPE_CHECKING:
    from windtunnel.model.cluster.cluster import Cluster


@operation
class Patch(Action):
    """Patch any object with a merge patch, given as JSON text."""

    target: str
    body: str

    @classmethod
    def choices(cls, cluster: Cluster) -> Sequence[Patch]:
        """None of its own accord."""
        return ()

    def why_not(self, cluster: Cluster) -> str:
        """It must exist."""
        return "" if resolve(cluster, self.target) else f"{self.target} does not exist"

    def apply(self, cluster: Cluster) -> None:
        """A PATCH request."""
        record = resolve(cluster, self.target)
        assert record is not None
        body = json.loads(self.body)
        request = cluster.client.patch(record.key.resource, record.key.key, body)
        send(cluster, request, "patch")


@operation
class Bind(Action):
    """Bind a pod to a node, as a second scheduler would."""

    target: str
    node: str

    @classmethod
    def choices(cls, cluster: Cluster) -> Sequence[Bind]:
        """None of its own accord."""
        return ()

    def why_not(self, cluster: Cluster) -> str:
        """The pod must exist."""
        return "" if resolve(cluster, self.target) else f"{self.target} does not exist"

    def apply(self, cluster: Cluster) -> None:
        """A POST of a Binding."""
        record = resolve(cluster, self.target)
        assert record is not None
        request = cluster.client.bind(record.key.key, "", self.node)
        send(cluster, request, "bind")


@operation
class List(Action):
    """List the objects of a resource in a namespace ('' is all) by a label selector."""

    resource: str
    namespace: str
    selector: str

    @classmethod
    def choices(cls, cluster: Cluster) -> Sequence[List]:
        """None of its own accord."""
        return ()

    def apply(self, cluster: Cluster) -> None:
        """A GET of the collection, from the API server's cache."""
        request = cluster.client.list_answer(
            self.resource, self.namespace, label_selector=self.selector
        )
        send(cluster, request, "list")
