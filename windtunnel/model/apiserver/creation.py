"""Creating an object: admission, a name, an identity, validation, and one write that must find the name free.

A generated name that is taken is tried again with another suffix, eight times in all.

Not modelled: the time to live of events.
"""

from __future__ import annotations

from typing import Any

from windtunnel.model.api import errors
from windtunnel.model.api.errors import ApiError
from windtunnel.model.api.kind import Kind
from windtunnel.model.api.metadata import MAX_GENERATED_PREFIX, system_metadata
from windtunnel.model.apiserver.context import RequestContext
from windtunnel.model.apiserver.decoding import decode_object, in_namespace, resource_version
from windtunnel.model.apiserver.storage import Storage
from windtunnel.model.objects.json import Json
from windtunnel.model.objects.record import Record
from windtunnel.model.objects.time import format_time
from windtunnel.model.store.errors import RevisionMismatch

MAX_NAME_ATTEMPTS = 8


class Creation(Storage):
    """The verb create."""

    last_decoded: tuple[Kind | None, Any, Json] = (None, None, {})

    async def create(self, context: RequestContext) -> tuple[int, Record]:
        """Store a new object. Raises 409 if the name is taken."""
        obj = in_namespace(context, self.decoded(context))
        return 201, await self.create_object(context, obj)

    def decoded(self, context: RequestContext) -> Json:
        """The object in the request's body. A controller sends one body for all pods of a batch: it is read once."""
        body, warnings = context.request.body, context.warnings
        plainly_asked = context.request.options.field_validation == "" and not context.duplicates
        last_kind, last_body, last_object = self.last_decoded
        if plainly_asked and last_kind is context.kind and last_body is body:
            return last_object
        obj = decode_object(context)
        if not warnings:
            self.last_decoded = (context.kind, body, obj)
        return obj

    async def create_object(self, context: RequestContext, obj: Json) -> Record:
        """Admit a decoded object and store it under its own or a generated name."""
        obj = await self.admit_create(context, obj)
        metadata = obj.get("metadata") or {}
        if metadata.get("name") or not metadata.get("generateName"):
            return await self.create_named(context, obj, metadata.get("name", ""))
        return await self.create_generated(context, obj, metadata["generateName"])

    async def create_generated(self, context: RequestContext, obj: Json, prefix: str) -> Record:
        """Store the object under a name that starts with the prefix, whichever is free."""
        for attempt in range(1, MAX_NAME_ATTEMPTS + 1):
            name = self.generate_name(context, prefix)
            try:
                return await self.create_named(context, obj, name)
            except ApiError as error:
                if not errors.is_already_exists(error):
                    raise
                if attempt == MAX_NAME_ATTEMPTS:
                    raise errors.generate_name_conflict(context.kind, name) from error
        raise AssertionError("a loop over attempts ends by itself")

    def generate_name(self, context: RequestContext, prefix: str) -> str:
        """A name for this prefix. A fault, or the choice point, lets a scenario repeat one that was there before."""
        base = prefix[:MAX_GENERATED_PREFIX]
        place = (context.kind.resource, context.namespace, base)
        repeated = self.environment.disturbances.name_for(*place)
        if repeated:
            return repeated
        last = self.last_generated.get(place)
        if last is not None and self.environment.choices(f"generated name {base}", 2):
            return last
        name = base + self.environment.identity.suffix(*place)
        self.last_generated[place] = name
        return name

    async def create_named(self, context: RequestContext, obj: Json, name: str) -> Record:
        """Store the object under a name."""
        obj = self.with_identity(context, obj, name)
        if context.kind.resource == "services":
            return await self.create_service(context, obj, name)
        return await self.finish_create(context, obj, name)

    async def create_service(self, context: RequestContext, obj: Json, name: str) -> Record:
        """Store a service with the addresses and ports it gets; they are free again if it is not stored."""
        obj, allocation = await self.service_allocator.allocate_create(context, obj)
        try:
            return await self.finish_create(context, obj, name)
        except ApiError:
            await allocation.revert()
            raise

    async def finish_create(self, context: RequestContext, obj: Json, name: str) -> Record:
        """Validate an object that has its identity, and write it."""
        obj = context.kind.strategy.prepare_for_create(obj)
        self.validate_create(context, obj, name)
        await self.admit_valid_create(context, obj)
        return await self.write_new(context, obj, name)

    def with_identity(self, context: RequestContext, obj: Json, name: str) -> Json:
        """The object with the identity that only the server gives: uid, creation time, namespace."""
        metadata = obj.get("metadata") or {}
        made = system_metadata(
            metadata,
            name=name,
            namespace=context.namespace,
            uid=self.environment.identity.uid(context.kind.resource, context.namespace, name),
            creation_timestamp=format_time(self.process.now_ms),
        )
        return {**obj, "metadata": made}

    def validate_create(self, context: RequestContext, obj: Json, name: str) -> None:
        """Raise 422 with all that is wrong with a new object."""
        causes = context.kind.strategy.validate(obj)
        if causes:
            raise errors.invalid_error(context.kind, name, causes)

    async def write_new(self, context: RequestContext, obj: Json, name: str) -> Record:
        """Write an object that must not exist yet."""
        key = context.key_of(name)
        if resource_version(obj["metadata"]):
            message = "resourceVersion should not be set on objects to be created"
            raise errors.internal_error(message)
        if context.request.options.dry_run:
            if await self.read(key) is not None:
                raise errors.already_exists(context.kind, name)
            return Record(key, obj, 0)
        try:
            return await self.write(context, key, obj, 0)
        except RevisionMismatch as mismatch:
            raise self.name_is_taken(context, name, mismatch.current) from None

    def name_is_taken(
        self, context: RequestContext, name: str, existing: Record | None
    ) -> ApiError:
        """The error of a create whose name is taken; it says so if the other object is on its way out."""
        error = errors.already_exists(context.kind, name)
        if existing is not None and existing.raw["metadata"].get("deletionTimestamp"):
            error.message = f"object is being deleted: {error.message}"
        return error
