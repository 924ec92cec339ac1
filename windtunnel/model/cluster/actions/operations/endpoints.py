"""Endpoints edited by hand, as people do to point a service at something outside of the cluster, or in despair.

What is written into managed Endpoints lives until the controller next looks at the service; the Endpoints of a service
without a selector are their author's.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from windtunnel.model.cluster.action import Action, operation
from windtunnel.model.cluster.actions.operations.requests import send
from windtunnel.model.cluster.targets import records, resolve, split_target
from windtunnel.model.objects.json import Json
from windtunnel.model.objects.record import Record

if TYPE_CHECKING:
    from windtunnel.model.cluster.cluster import Cluster

ADD, CLEAR, REMOVE = "add", "clear", "delete"
OUTSIDE = "192.0.2.10"
PORT = 8080


@operation
class EditEndpoints(Action):
    """Edit a service's Endpoints by hand: add an address outside of the cluster, clear them, or delete them."""

    target: str
    change: str

    @classmethod
    def choices(cls, cluster: Cluster) -> Sequence[EditEndpoints]:
        """The Endpoints of each service, in each way that applies."""
        found = []
        for record in records(cluster, "services"):
            place = "" if record.key.namespace == "default" else f"{record.key.namespace}/"
            for change in (ADD, CLEAR, REMOVE):
                made = cls(f"ep/{place}{record.key.name}", change)
                if not made.why_not(cluster):
                    found.append(made)
        return found

    def why_not(self, cluster: Cluster) -> str:
        """They must be Endpoints, and there for anything but an addition."""
        if self.change not in (ADD, CLEAR, REMOVE):
            return f"{self.change!r} is no change; write {ADD}, {CLEAR} or {REMOVE}"
        if split_target(self.target)[0] != "endpoints":
            return f"{self.target} are no Endpoints"
        record = resolve(cluster, self.target)
        if self.change == ADD:
            there = record is not None and OUTSIDE in _addresses(record)
            return f"{self.target} have {OUTSIDE} already" if there else ""
        if record is None:
            return f"{self.target} do not exist"
        if self.change == CLEAR and not record.raw.get("subsets"):
            return f"{self.target} are empty already"
        return ""

    def apply(self, cluster: Cluster) -> None:
        """A PUT on the version of now, a POST, or a DELETE."""
        client, record = cluster.client, resolve(cluster, self.target)
        _, key, _ = split_target(self.target)
        if self.change == REMOVE:
            send(cluster, client.delete("Endpoints", key), "delete endpoints")
            return
        subset = {"addresses": [{"ip": OUTSIDE}], "ports": [{"port": PORT}]}
        if record is None:
            metadata = {"name": key.name, "namespace": key.namespace}
            made: Json = {"apiVersion": "v1", "kind": "Endpoints", "metadata": metadata}
            send(cluster, client.create({**made, "subsets": [subset]}), "create endpoints")
            return
        subsets = [*(record.raw.get("subsets") or ()), subset] if self.change == ADD else []
        send(cluster, client.update({**record.raw, "subsets": subsets}), "edit endpoints")


def _addresses(record: Record) -> list[str]:
    return [
        address.get("ip", "")
        for subset in record.raw.get("subsets") or ()
        for field in ("addresses", "notReadyAddresses")
        for address in subset.get(field) or ()
    ]
