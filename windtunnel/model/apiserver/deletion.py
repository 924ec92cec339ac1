"""Deleting an object: at once, or by a mark that the deletion was asked for.

An object is removed only when nothing holds it: no finalizer, no grace period. Otherwise it gets a deletionTimestamp
and stays until the holders let go. What DELETE answers follows the real server: the object where it stays, and for a
few kinds where it goes; else a Status.

Correction of 1.36 (kubernetes/kubernetes#77988): the removal is a compare-and-swap on the version that was found free
of holders, so that a finalizer that another client adds in between is respected.

Not modelled: DeleteOptions.ignoreStoreReadErrorWithClusterBreakingPotential.
"""

from __future__ import annotations

from contextlib import suppress

from windtunnel.model.api import errors
from windtunnel.model.api.errors import ApiError
from windtunnel.model.apiserver.context import RequestContext
from windtunnel.model.apiserver.deletion_rules import (
    begin_graceful,
    finalizers_for_garbage_collection,
    mark_as_deleting,
    validate_delete_options,
)
from windtunnel.model.apiserver.request import ListAnswer, Options, StatusAnswer
from windtunnel.model.apiserver.storage import Decision, Preconditions, TryUpdate, with_metadata
from windtunnel.model.apiserver.updates import Updates
from windtunnel.model.objects.json import Json
from windtunnel.model.objects.record import Record, StoreKey
from windtunnel.model.objects.time import format_time
from windtunnel.model.store.errors import RevisionMismatch

ANSWERED_WITH_OBJECT = (
    "pods", "services", "serviceaccounts", "podtemplates", "resourcequotas", "persistentvolumes",
    "persistentvolumeclaims",
)  # fmt: skip
ENDPOINTS = "endpoints"
PROTECTED_NAMESPACES = ("default", "kube-system", "kube-public")

Answer = Record | StatusAnswer


class DeleteNow(Decision):
    """Nothing holds the object: it can be removed."""

    def __init__(self, record: Record) -> None:
        super().__init__()
        self.record = record


class AlreadyDeleting(Decision):
    """The deletion was asked for before, and its grace period is not over."""

    def __init__(self, record: Record) -> None:
        super().__init__()
        self.record = record


class Deletion(Updates):
    """The verbs delete and deletecollection."""

    async def delete(self, context: RequestContext) -> tuple[int, Answer]:
        """Delete the object of the request."""
        validate_delete_options(context.request.options)
        if context.kind.resource == "namespaces":
            return 200, await self.delete_namespace(context)
        return 200, await self.delete_object(context, context.key)

    async def delete_object(self, context: RequestContext, key: StoreKey) -> Answer:
        """Remove an object, or mark it where something holds it. Raises 404, and 409 for a failed precondition."""
        options = context.request.options
        preconditions = Preconditions(
            options.precondition_uid, options.precondition_resource_version
        )
        while True:
            try:
                marked = await self.guaranteed_update(
                    context, key, self.mark_for_deletion(context), preconditions
                )
            except AlreadyDeleting as already:
                return self.deleted_answer(context, already.record, True)
            except DeleteNow as free:
                removed = await self.remove_free(context, free.record)
                if removed is not None:
                    return self.deleted_answer(context, removed, False)
                continue
            if self.is_held(marked.raw):
                return marked
            return await self.remove_marked(context, marked)

    def mark_for_deletion(self, context: RequestContext) -> TryUpdate:
        """The update function that marks an object; it raises DeleteNow where no mark is needed."""

        async def mark(record: Record) -> Json:
            return self.marked(context, record)

        return mark

    def marked(self, context: RequestContext, record: Record) -> Json:
        """The object with the marks that its deletion leaves on it. Raises DeleteNow or AlreadyDeleting."""
        options, strategy = context.request.options, context.kind.strategy
        raw, graceful, pending = begin_graceful(
            record.raw, options, strategy.grace_period, self.process.now_ms
        )
        if pending:
            raise AlreadyDeleting(record)
        finalizers = finalizers_for_garbage_collection(
            raw["metadata"].get("finalizers") or [], options, strategy.default_propagation
        )
        if finalizers is not None:
            raw = with_metadata(raw, {"finalizers": finalizers or None})
        if graceful:
            return raw
        if raw["metadata"].get("finalizers"):
            return mark_as_deleting(raw, self.process.now_ms)
        raise DeleteNow(record)

    def is_held(self, raw: Json) -> bool:
        """Whether a marked object has to stay: a finalizer is there, or its grace period runs."""
        metadata = raw["metadata"]
        return bool(metadata.get("finalizers") or metadata.get("deletionGracePeriodSeconds"))

    async def remove_free(self, context: RequestContext, record: Record) -> Record | None:
        """Remove an object in the version that nothing held; None if it has changed since. Raises 404 if it is gone."""
        if context.request.options.dry_run:
            return record
        try:
            removed = await self.remove(context, record.key, record.revision)
        except RevisionMismatch as mismatch:
            if mismatch.current is None:
                raise errors.not_found_error(context.kind, record.key.name) from None
            return None
        await self.after_delete(context, removed)
        return removed

    async def remove_marked(self, context: RequestContext, marked: Record) -> Answer:
        """Remove an object whose grace period was set to 0. That another one was faster is no error."""
        while not context.request.options.dry_run:
            try:
                removed = await self.remove(context, marked.key, marked.revision)
            except RevisionMismatch as mismatch:
                current = mismatch.current
                if (
                    current is None
                    or current.raw["metadata"]["uid"] != marked.raw["metadata"]["uid"]
                ):
                    break
                if self.is_held(current.raw):
                    return current
                marked = current
            else:
                await self.after_delete(context, removed)
                return self.deleted_answer(context, removed, False)
        return self.deleted_answer(context, marked, False)

    def deleted_answer(self, context: RequestContext, record: Record, stays: bool) -> Answer:
        """The object where it stays or its kind is shown once more, else a Status."""
        kind = context.kind
        if stays or kind.resource in ANSWERED_WITH_OBJECT:
            return record
        details = {"name": record.key.name, "group": kind.group, "kind": kind.plural,
                   "uid": record.raw["metadata"].get("uid", "")}  # fmt: skip
        return StatusAnswer(
            {
                "kind": "Status",
                "apiVersion": "v1",
                "metadata": {},
                "status": "Success",
                "details": {key: value for key, value in details.items() if value},
            }
        )

    async def after_delete(self, context: RequestContext, removed: Record) -> None:
        """A service takes the Endpoints of its name with it, and frees its addresses and ports."""
        if removed.key.resource != "services":
            return
        endpoints = StoreKey(ENDPOINTS, removed.key.namespace, removed.key.name)
        with suppress(RevisionMismatch):
            await self.remove(context, endpoints, None)
        await self.service_allocator.release(context, removed.raw)

    # -- many

    async def list_for_deletion(self, context: RequestContext) -> ListAnswer:
        """What the request's selectors match now."""
        raise NotImplementedError

    async def delete_collection(self, context: RequestContext) -> tuple[int, ListAnswer]:
        """Delete what the selectors match, one after the other; answers with the list as it was."""
        validate_delete_options(context.request.options)
        listed = await self.list_for_deletion(context)
        for record in listed.items:
            try:
                await self.delete_object(context, record.key)
            except ApiError as error:
                if not errors.is_not_found(error):
                    raise
        return 200, listed

    # -- namespaces

    async def delete_namespace(self, context: RequestContext) -> Answer:
        """Mark a namespace as Terminating; remove it once its own finalizers are gone."""
        name = context.request.name
        if name in PROTECTED_NAMESPACES:
            raise errors.forbidden_error(context.kind, name, "this namespace may not be deleted")
        record = await self.read(context.key)
        if record is None:
            raise errors.not_found_error(context.kind, name)
        raw, options = record.raw, context.request.options
        preconditions = Preconditions(
            options.precondition_uid, options.precondition_resource_version
        )
        self.check_preconditions(context, record, preconditions)
        if raw["metadata"].get("deletionTimestamp"):
            if (raw.get("spec") or {}).get("finalizers"):
                return record
            return await self.delete_object(context, context.key)

        async def terminate(found: Record) -> Json:
            return self.terminating(found.raw, options, context.kind.strategy.default_propagation)

        uid = raw["metadata"]["uid"]
        return await self.guaranteed_update(
            context, context.key, terminate, Preconditions(uid, preconditions.resource_version)
        )

    def terminating(self, raw: Json, options: Options, default: str) -> Json:
        """The namespace with the marks of its deletion."""
        changes: Json = {}
        if not raw["metadata"].get("deletionTimestamp"):
            changes["deletionTimestamp"] = format_time(self.process.now_ms)
        before = raw["metadata"].get("finalizers") or []
        finalizers = finalizers_for_garbage_collection(before, options, default)
        if finalizers is not None:
            changes["finalizers"] = finalizers or None
        status = {**(raw.get("status") or {}), "phase": "Terminating"}
        return {**with_metadata(raw, changes), "status": status}
