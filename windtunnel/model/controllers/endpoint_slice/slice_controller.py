"""What the two controllers that write slices share: knowing their own slices, and writing.

A controller's slices carry its name in a label. It remembers what it wrote: an event of a slice that shows nothing but
its own last write is no news, and a sync waits while the cache does not show that write.
"""

from __future__ import annotations

from typing import Any, cast

from windtunnel.model.api.errors import ApiError, is_not_found
from windtunnel.model.client.client import Client
from windtunnel.model.client.informer_factory import InformerFactory
from windtunnel.model.controllers.base import QueueController, key_of, namespace_is_terminating
from windtunnel.model.controllers.endpoint_slice.changes import Changes
from windtunnel.model.controllers.endpoint_slice.tracker import SliceTracker, service_key
from windtunnel.model.controllers.freshness import RetryLater
from windtunnel.model.environment import Environment
from windtunnel.model.objects.endpoint_slice import EndpointSlice
from windtunnel.model.objects.record import Key
from windtunnel.model.sim.process import Process


class SliceController(QueueController):
    """Keys are those of services. Subclasses set whose slices they write, and after which delay others' edits count."""

    managed_by = ""
    slice_delay_ms = 0
    retry_base_delay_ms = 1_000
    retry_max_delay_ms = 1_000_000

    def __init__(
        self, process: Process, environment: Environment, client: Client, informers: InformerFactory
    ) -> None:
        super().__init__(process, environment, client, informers)
        self.tracker = SliceTracker()
        self.slices = self.watch("EndpointSlice")
        self.index = f"service of {self.managed_by}"
        self.slices.add_index(self.index, self.index_values)
        self.slices.add_handler(self.slice_added, self.slice_updated, self.slice_deleted)

    def new_queue(self, name: str) -> Any:
        """A work queue whose back-off begins late: a sync may write many slices."""
        return self.environment.roles["workqueue"](
            self.process, name, self.retry_base_delay_ms, self.retry_max_delay_ms
        )

    # -- own slices --------------------------------------------------------------------------------

    def is_mine(self, endpoint_slice: EndpointSlice) -> bool:
        """Whether this controller writes the slice. O(1)."""
        return endpoint_slice.managed_by == self.managed_by

    def index_values(self, endpoint_slice: EndpointSlice) -> tuple[str, ...]:
        """The service of one of its own slices, for the index."""
        return (str(service_key(endpoint_slice)),) if self.is_mine(endpoint_slice) else ()

    def slices_of(self, service: Key) -> list[EndpointSlice]:
        """The cached slices that it wrote for a service. O(answer)."""
        return cast("list[EndpointSlice]", self.slices.by_index(self.index, str(service)))

    def ensure_fresh(self, service: Key, slices: list[EndpointSlice]) -> None:
        """Raises RetryLater while the cache does not show what was last written for a service. O(slices)."""
        if self.tracker.is_stale(service, slices):
            raise RetryLater(
                f"the cache of EndpointSlices does not show the last write for {service} yet"
            )

    def slice_added(self, added: EndpointSlice) -> None:
        """A slice showed up: news only if somebody else made it."""
        if self.is_mine(added) and self.tracker.is_news(added):
            self.enqueue_for_slice(added)

    def slice_updated(self, old: EndpointSlice, new: EndpointSlice) -> None:
        """A slice changed: news if somebody else wrote it, or it changed hands."""
        if old.service_name != new.service_name:
            self.enqueue_for_slice(new)
            self.enqueue_for_slice(old)
        elif self.is_mine(old) != self.is_mine(new) or (
            self.is_mine(new) and self.tracker.is_news(new)
        ):
            self.enqueue_for_slice(new)

    def slice_deleted(self, gone: EndpointSlice) -> None:
        """A slice is gone: news if somebody else deleted it."""
        if self.is_mine(gone) and self.tracker.went_unexpectedly(gone):
            self.enqueue_for_slice(gone)

    def enqueue_for_slice(self, endpoint_slice: EndpointSlice) -> None:
        """Have the service of a slice synced; not at once, because more may change."""
        if endpoint_slice.service_name:
            self.queue.add_after(service_key(endpoint_slice), self.slice_delay_ms)

    # -- writing -----------------------------------------------------------------------------------

    async def carry_out(self, changes: Changes, *, may_create: bool) -> None:
        """Create, update, delete, in this order, one after the other. Raises the first error."""
        if may_create:
            for raw in changes.create:
                try:
                    self.tracker.wrote(await self.client.create(raw))
                except ApiError as error:
                    if namespace_is_terminating(error):
                        return
                    raise
        for raw in changes.update:
            self.tracker.wrote(await self.client.update(raw))
        for current in changes.delete:
            await self.delete_slice(current)

    async def delete_slice(self, current: EndpointSlice) -> None:
        """Delete a slice; one that is gone already is as good."""
        try:
            await self.client.delete("EndpointSlice", key_of(current))
        except ApiError as error:
            if not is_not_found(error):
                raise
        else:
            self.tracker.deleted(current)
