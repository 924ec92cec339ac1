"""The Lease that candidates compete for: what it says, and how it is read and written, as client-go's LeaseLock does.

A write is an update of the version that was last read or written here, so of two candidates who believe that the lease
is free only one gets it. Every request is given up after half the renew deadline; it may still be carried out.
"""

from __future__ import annotations

from attrs import frozen

from windtunnel.model.client.client import Client
from windtunnel.model.objects.json import Json
from windtunnel.model.objects.node import Lease
from windtunnel.model.objects.record import Key
from windtunnel.model.objects.time import format_micro_time, format_time

NAMESPACE = "kube-system"


@frozen
class ElectionRecord:
    """What a Lease says: who holds it and for how long, and since when, by the holder's clock."""

    holder: str
    duration_seconds: int
    acquired_ms: int
    renewed_ms: int
    transitions: int = 0

    def as_compared(self) -> tuple[str, int, str, str, int]:
        """What tells that the record is another one: its times count in whole seconds. O(1)."""
        acquired, renewed = format_time(self.acquired_ms), format_time(self.renewed_ms)
        return self.holder, self.duration_seconds, acquired, renewed, self.transitions


class LeaseLock:
    """Owns the last known version of the Lease."""

    def __init__(self, client: Client, name: str, timeout_ms: int) -> None:
        self.client = client
        self.key = Key(NAMESPACE, name)
        self._timeout_ms = timeout_ms
        self._lease: Lease | None = None

    @property
    def version(self) -> str:
        """The resourceVersion that the next update goes out from; '' before the first. O(1)."""
        return self._lease.metadata.resource_version if self._lease is not None else ""

    async def get(self) -> ElectionRecord:
        """Read the Lease. Raises 404 where there is none; ApiError, NetworkError, DeadlineExceeded."""
        process = self.client.process
        read = self.client.get("Lease", self.key)
        self._lease = lease = await process.within(self._timeout_ms, read, "its lease")
        spec = lease.spec
        return ElectionRecord(
            spec.holder_identity,
            spec.lease_duration_seconds,
            spec.acquire_time or 0,
            spec.renew_time or 0,
            spec.lease_transitions,
        )

    async def create(self, record: ElectionRecord) -> None:
        """Make the Lease. Raises 409 where there is one by now."""
        body = {
            "apiVersion": "coordination.k8s.io/v1",
            "kind": "Lease",
            "metadata": {"name": self.key.name, "namespace": self.key.namespace},
            "spec": _spec(record),
        }
        create = self.client.create(body)
        self._lease = await self.client.process.within(self._timeout_ms, create, "its lease")

    async def update(self, record: ElectionRecord) -> None:
        """Write the Lease, if nobody did since it was last read or written here. Raises 409 otherwise."""
        assert self._lease is not None, "a lease is read or made before it is updated"
        update = self.client.update({**self._lease.raw, "spec": _spec(record)})
        self._lease = await self.client.process.within(self._timeout_ms, update, "its lease")


def _spec(record: ElectionRecord) -> Json:
    return {
        "holderIdentity": record.holder,
        "leaseDurationSeconds": record.duration_seconds,
        "acquireTime": format_micro_time(record.acquired_ms),
        "renewTime": format_micro_time(record.renewed_ms),
        "leaseTransitions": record.transitions,
    }
