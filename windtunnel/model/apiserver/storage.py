"""The store as a request handler sees it: reads, writes, and the loop that makes read-modify-write safe.

`guaranteed_update` starts from the watch cache's copy, which may be old, because most of the time it is not and a read
is saved. So neither a decision nor an error that was made on such a copy counts until the object was read from the
store: on a failure, and for a write that would change nothing, the server reads and tries again. A write is always a
compare-and-swap on the revision that the decision was made on.

Not modelled: the time limit of a request (60 s); encryption at rest; the limit on the size of an object.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from attrs import frozen

from windtunnel.model.api import errors
from windtunnel.model.api.errors import ApiError
from windtunnel.model.apiserver.context import RequestContext
from windtunnel.model.objects.json import Json
from windtunnel.model.objects.record import Record, StoreKey
from windtunnel.model.store.errors import RevisionMismatch
from windtunnel.model.store.requests import Delete, Get, Put

if TYPE_CHECKING:
    from windtunnel.model.apiserver.service_allocator import ServiceAllocator
    from windtunnel.model.environment import Environment
    from windtunnel.model.sim.process import Process

TryUpdate = Callable[[Record], Awaitable[Json]]


class Decision(Exception):
    """What an update function decided instead of returning an object; holds only if its copy was current."""


@frozen
class Preconditions:
    """What must be true of the object at the moment of the write; None: nothing."""

    uid: str | None = None
    resource_version: str | None = None


class Storage:
    """Access to the store over the network, by compare-and-swap."""

    service_allocator: ServiceAllocator

    def __init__(self, process: Process, environment: Environment) -> None:
        self.process = process
        self.environment = environment
        self.last_generated: dict[tuple[str, str, str], str] = {}

    # -- single operations

    async def read(self, key: StoreKey) -> Record | None:
        """The latest version of an object, from the store. One hop."""
        found: Record | None = await self.ask_store(Get(key))
        return found

    async def write(self, context: RequestContext, key: StoreKey, raw: Json, expect: int) -> Record:
        """Write an object if its revision is still the expected one (0: does not exist). Raises RevisionMismatch."""
        request = context.request
        written: Record = await self.ask_store(
            Put(key, raw, expect, request.user, context.call, request.verb, request.subresource)
        )
        return written

    async def remove(self, context: RequestContext, key: StoreKey, expect: int | None) -> Record:
        """Remove an object if its revision is still the expected one (None: any). Raises RevisionMismatch."""
        request = context.request
        removed: Record = await self.ask_store(
            Delete(key, expect, request.user, context.call, request.verb, request.subresource)
        )
        return removed

    def ask_store(self, request: Any) -> Awaitable[Any]:
        """Send one request to the store."""
        return self.process.call(self.environment.store, request, str(request))

    def cached(self, key: StoreKey) -> Record | None:
        """The copy of the watch cache, which may be old. O(1)."""
        raise NotImplementedError

    def cached_in(self, resource: str, namespace: str) -> tuple[Record, ...] | None:
        """The watch cache's copies of a namespace's objects, in key order; None while there is no cache. O(answer)."""
        raise NotImplementedError

    async def admit_create(self, context: RequestContext, obj: Json) -> Json:
        """What the admission plugins make of a new object."""
        raise NotImplementedError

    def admit_update(self, context: RequestContext, obj: Json, old: Json) -> Json:
        """What the admission plugins make of a changed object."""
        raise NotImplementedError

    async def admit_valid_create(self, context: RequestContext, obj: Json) -> None:
        """Have the admission plugins judge a new object that is valid."""
        raise NotImplementedError

    async def admit_valid_update(self, context: RequestContext, obj: Json, old: Json) -> None:
        """Have the admission plugins judge a changed object that is valid."""
        raise NotImplementedError

    # -- read, decide, write

    async def guaranteed_update(
        self,
        context: RequestContext,
        key: StoreKey,
        try_update: TryUpdate,
        preconditions: Preconditions | None = None,
    ) -> Record:
        """Apply an update function to the latest version and store the result; a result without a change is not stored.

        Raises what the function raises on the latest version, 404 where there is none, 409 for a failed precondition.
        """
        record, current = await self.original_state(key)
        while True:
            if record is None:
                raise errors.not_found_error(context.kind, key.name)
            try:
                if preconditions is not None:
                    self.check_preconditions(context, record, preconditions)
                raw = await try_update(record)
            except (ApiError, Decision) as failure:
                record = await self.latest_after_failure(key, record, current, failure)
                current = True
                continue
            if raw is record.raw or raw == record.raw:
                latest = record if current else await self.read(key)
                if latest is not None and latest.revision == record.revision:
                    return record
                record, current = latest, True
                continue
            if context.request.options.dry_run:
                return Record(key, raw, record.revision, record.create_revision)
            try:
                return await self.write(context, key, raw, record.revision)
            except RevisionMismatch as mismatch:
                record, current = mismatch.current, True

    async def latest_after_failure(
        self, key: StoreKey, record: Record, current: bool, failure: Exception
    ) -> Record | None:
        """The version to try again with. Raises the failure if it was about the latest version."""
        if current:
            raise failure
        latest = await self.read(key)
        if latest is not None and latest.revision == record.revision:
            raise failure
        return latest

    async def original_state(self, key: StoreKey) -> tuple[Record | None, bool]:
        """The version to start from, and whether it is surely the latest."""
        record = self.cached(key)
        if record is not None:
            return record, False
        return await self.read(key), True

    def check_preconditions(
        self, context: RequestContext, record: Record, preconditions: Preconditions
    ) -> None:
        """Raise 409 if the object is not the one the caller means."""
        metadata = record.raw.get("metadata") or {}
        for what, wanted, found in (
            ("UID", preconditions.uid, metadata.get("uid", "")),
            (
                "ResourceVersion",
                preconditions.resource_version,
                metadata.get("resourceVersion", ""),
            ),
        ):
            if wanted is not None and wanted != found:
                raise self.precondition_failed(context, what, wanted, found)

    def precondition_failed(
        self, context: RequestContext, what: str, wanted: str, found: str
    ) -> ApiError:
        """The error of a write that is meant for another object, or for another version of it."""
        message = (
            f"Precondition failed: {what} in precondition: {wanted}, {what} in object meta: {found}"
        )
        return errors.conflict(context.kind, context.request.name, message)


def with_metadata(obj: Json, changes: dict[str, Any]) -> Json:
    """A copy of the object with these metadata fields; a value of None removes the field. O(fields)."""
    metadata = {**(obj.get("metadata") or {}), **changes}
    if None in changes.values():
        metadata = {key: value for key, value in metadata.items() if value is not None}
    return {**obj, "metadata": metadata}
