"""Changing an object: PUT and PATCH of the whole, with admission, repair of what no client may touch, and validation.

An update that leaves an object without finalizers, after its deletion was asked for and its grace period is over,
removes it instead of storing it. A PUT to a name that is free creates objects of the few kinds that allow it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from windtunnel.model.api import errors
from windtunnel.model.api.errors import ApiError, Cause
from windtunnel.model.api.metadata import (
    repaired_metadata,
    validate_object_meta,
    validate_object_meta_update,
)
from windtunnel.model.api.names import is_path_segment
from windtunnel.model.apiserver.context import RequestContext
from windtunnel.model.apiserver.creation import Creation
from windtunnel.model.apiserver.decoding import (
    check_name,
    decode_object,
    in_namespace,
    patched_by,
    resource_version,
)
from windtunnel.model.apiserver.service_change import ServiceChange
from windtunnel.model.apiserver.storage import Decision, Preconditions, with_metadata
from windtunnel.model.objects.json import Json
from windtunnel.model.objects.record import Record
from windtunnel.model.store.errors import RevisionMismatch

VALIDATED_METADATA = (
    "name", "namespace", "generateName", "labels", "annotations", "ownerReferences", "finalizers", "generation",
)  # fmt: skip

NewObject = Callable[[Json], Json]
"""From the object as it is to the object as the client wants it."""
Prepare = Callable[[RequestContext, Json, Json], Awaitable[Json]]
"""From the new object and the old one to what is stored."""


class EmptiedFinalizers(Decision):
    """The update took away the last finalizer of an object that is being deleted."""

    def __init__(self, obj: Json, revision: int) -> None:
        super().__init__()
        self.obj = obj
        self.revision = revision


class Updates(Creation):
    """The verbs update and patch, on the object itself."""

    async def update(self, context: RequestContext) -> tuple[int, Record]:
        """Replace an object, or create it where the kind allows that."""
        obj = self.decode_update(context)
        uid = (obj.get("metadata") or {}).get("uid")
        while True:
            try:
                return 200, await self.update_main(context, lambda _: obj, uid)
            except ApiError as error:
                creates = context.kind.strategy.allow_create_on_update
                if not (errors.is_not_found(error) and creates):
                    raise
            try:
                new = with_metadata(obj, {"resourceVersion": None})
                return 201, await self.create_object(context, new)
            except ApiError as error:
                if not errors.is_already_exists(error):
                    raise

    async def patch(self, context: RequestContext) -> tuple[int, Record]:
        """Change an object by a patch."""
        return 200, await self.update_main(context, patched_by(context))

    def decode_update(self, context: RequestContext) -> Json:
        """The object in the body of a PUT."""
        obj = decode_object(context)
        check_name(context, obj)
        return in_namespace(context, obj)

    async def update_main(
        self, context: RequestContext, new_object: NewObject, uid: str | None = None
    ) -> Record:
        """Update the object itself, not one of its subresources."""
        if context.kind.resource == "services":
            return await self.update_service(context, new_object, uid)
        return await self.update_object(context, new_object, self.prepare_main, uid)

    async def update_service(
        self, context: RequestContext, new_object: NewObject, uid: str | None
    ) -> Record:
        """Update a service; what it no longer needs is freed afterwards, what it got for nothing at once."""
        change = ServiceChange(self.service_allocator, context, self.prepare_main)
        try:
            record = await self.update_object(context, new_object, change.prepare, uid)
        except ApiError:
            await change.revert()
            raise
        await change.commit()
        return record

    # -- one update

    async def update_object(
        self,
        context: RequestContext,
        new_object: NewObject,
        prepare: Prepare,
        uid: str | None = None,
    ) -> Record:
        """Write what new_object makes of the latest version. prepare repairs and validates it, or raises 422."""

        async def try_update(record: Record) -> Json:
            new = self.versioned(context, new_object(record.raw), record)
            new = self.admit_update(context, new, record.raw)
            new = await prepare(context, new, record.raw)
            await self.admit_valid_update(context, new, record.raw)
            if self.should_delete_during_update(context, new, record.raw):
                raise EmptiedFinalizers(new, record.revision)
            return new

        preconditions = Preconditions(uid=uid) if uid else None
        while True:
            try:
                return await self.guaranteed_update(context, context.key, try_update, preconditions)
            except EmptiedFinalizers as emptied:
                removed = await self.delete_without_finalizers(context, emptied)
                if removed is not None:
                    return removed
            except ApiError as error:
                if uid and errors.is_not_found(error):
                    raise self.precondition_failed(context, "UID", uid, "") from None
                raise

    def versioned(self, context: RequestContext, new: Json, record: Record) -> Json:
        """The new object with the revision that it replaces; 409 if the client read an older one."""
        metadata = new.get("metadata") or {}
        given = resource_version(metadata)
        current: str = record.raw["metadata"]["resourceVersion"]
        if not given and context.kind.strategy.allow_unconditional_update:
            return with_metadata(new, {"resourceVersion": current})
        if not given:
            detail = "must be specified for an update"
            cause = errors.invalid("metadata.resourceVersion", 0, detail)
            raise errors.invalid_error(context.kind, context.request.name, [cause])
        if given != record.revision:
            raise errors.conflict(context.kind, context.request.name)
        return new

    async def prepare_main(self, context: RequestContext, new: Json, old: Json) -> Json:
        """Repair and validate an update of the object itself."""
        strategy = context.kind.strategy
        new = strategy.prepare_for_update(self.repaired(new, old), old)
        self.raise_invalid(
            context, self.common_causes(new, old) + strategy.validate_update(new, old)
        )
        return new

    def repaired(self, new: Json, old: Json) -> Json:
        """The new object with the metadata that no client can change taken from the old."""
        metadata = new.get("metadata") or {}
        repaired = repaired_metadata(metadata, old["metadata"])
        return new if repaired is metadata else {**new, "metadata": repaired}

    def common_causes(self, new: Json, old: Json) -> list[Cause]:
        """What is wrong with the metadata of any kind; each kind then checks it once more, as the real server does."""
        metadata, before = new["metadata"], old["metadata"]
        causes: list[Cause] = []
        for key in VALIDATED_METADATA:
            if metadata.get(key) is not before.get(key):
                causes = validate_object_meta(metadata, _path_segment)
                break
        return causes + validate_object_meta_update(metadata, before)

    def raise_invalid(self, context: RequestContext, causes: list[Cause]) -> None:
        """Raise 422 if there are causes."""
        if causes:
            raise errors.invalid_error(context.kind, context.request.name, causes)

    # -- the end of an object

    def should_delete_during_update(self, context: RequestContext, new: Json, old: Json) -> bool:
        """Whether nothing holds the object any more: deletion asked for, no finalizer, no grace period left."""
        metadata = old["metadata"]
        if not metadata.get("deletionTimestamp") or new["metadata"].get("finalizers"):
            return False
        if context.kind.resource == "namespaces" and (new.get("spec") or {}).get("finalizers"):
            return False
        return not metadata.get("deletionGracePeriodSeconds")

    async def delete_without_finalizers(
        self, context: RequestContext, emptied: EmptiedFinalizers
    ) -> Record | None:
        """Remove an object whose last finalizer an update took away; None if it has changed since."""
        key = context.key
        answer = Record(key, emptied.obj, emptied.revision)
        if context.request.options.dry_run:
            return answer
        try:
            removed = await self.remove(context, key, emptied.revision)
        except RevisionMismatch as mismatch:
            return answer if mismatch.current is None else None
        await self.after_delete(context, removed)
        return answer

    async def after_delete(self, context: RequestContext, removed: Record) -> None:
        """What goes with an object that is gone."""


def _path_segment(name: str, prefix: bool) -> list[str]:
    return is_path_segment(name)
