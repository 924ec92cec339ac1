"""Subresources: the parts of an object that are read or written apart from the rest.

`status` is written by whoever makes the object real, and leaves the spec alone; `scale` shows any scalable object in
one shape; `finalize` empties a namespace's own finalizers.

Not modelled: log, exec, attach, portforward, proxy, resize and ephemeralcontainers of pods; token of service accounts.
"""

from __future__ import annotations

from windtunnel.model.api import errors
from windtunnel.model.api.body import read_object
from windtunnel.model.api.errors import Cause, ResourceName
from windtunnel.model.api.patch import apply_patch
from windtunnel.model.apiserver.context import RequestContext
from windtunnel.model.apiserver.decoding import (
    CONTENT_TYPES,
    check_name,
    field_validation,
    in_namespace,
    patched_by,
    resource_version,
)
from windtunnel.model.apiserver.deletion import Deletion
from windtunnel.model.apiserver.scale_kind import SCALE
from windtunnel.model.apiserver.storage import with_metadata
from windtunnel.model.objects.json import Json
from windtunnel.model.objects.record import Record


class Subresources(Deletion):
    """Status, scale and finalize."""

    # -- status

    async def update_status(self, context: RequestContext) -> tuple[int, Record]:
        """PUT of the status."""
        obj = self.decode_update(context)
        uid = (obj.get("metadata") or {}).get("uid")
        return 200, await self.update_object(context, lambda _: obj, self.prepare_status, uid)

    async def patch_status(self, context: RequestContext) -> tuple[int, Record]:
        """PATCH of the status."""
        return 200, await self.update_object(context, patched_by(context), self.prepare_status)

    async def prepare_status(self, context: RequestContext, new: Json, old: Json) -> Json:
        """Repair and validate an update through the subresource status."""
        strategy = context.kind.strategy
        new = strategy.prepare_for_status_update(self.repaired(new, old), old)
        self.raise_invalid(
            context, self.common_causes(new, old) + strategy.validate_status_update(new, old)
        )
        return new

    # -- finalize

    async def finalize(self, context: RequestContext) -> tuple[int, Record]:
        """PUT of a namespace's own finalizers; without any left, a namespace that is being deleted goes."""
        obj = self.decode_update(context)
        return 200, await self.update_object(context, lambda _: obj, self.prepare_finalize)

    async def prepare_finalize(self, context: RequestContext, new: Json, old: Json) -> Json:
        """Repair and validate an update through the subresource finalize."""
        strategy = context.kind.strategy
        new = strategy.prepare_for_finalize(self.repaired(new, old), old)  # type: ignore[attr-defined]
        causes: list[Cause] = strategy.validate_finalize(new, old)  # type: ignore[attr-defined]
        self.raise_invalid(context, self.common_causes(new, old) + causes)
        return new

    # -- scale

    async def get_scale(self, context: RequestContext) -> tuple[int, Record]:
        """The object as a Scale."""
        record = await self.read(context.key)
        if record is None:
            raise errors.not_found_error(context.kind, context.request.name)
        return 200, self.scale_of(context, record)

    def scale_of(self, context: RequestContext, record: Record) -> Record:
        """The Scale of a version of an object."""
        raw = context.kind.strategy.scale(record.raw)
        return Record(record.key, raw, record.revision, record.create_revision)

    async def update_scale(self, context: RequestContext) -> tuple[int, Record]:
        """PUT of a Scale: only the number of replicas is taken from it."""
        body = context.request.body
        if not isinstance(body, dict):
            raise errors.bad_request("the body of the request is not a Scale")
        scale, warnings = read_object(SCALE, body, field_validation(context), context.duplicates)
        context.warnings.extend(warnings)
        check_name(context, scale)
        record = await self.update_object(
            context, lambda current: self.rescaled(context, current, scale), self.prepare_main
        )
        return 200, self.scale_of(context, record)

    async def patch_scale(self, context: RequestContext) -> tuple[int, Record]:
        """PATCH of a Scale."""
        content_type = CONTENT_TYPES.get(context.request.patch_type)
        if content_type is None:
            raise errors.unsupported_media_type()
        mode, body = field_validation(context), context.request.body

        def patched(current: Json) -> Json:
            before = context.kind.strategy.scale(current)
            scale, _ = apply_patch(SCALE, before, content_type, body, mode, context.duplicates)
            check_name(context, scale)
            return self.rescaled(context, current, scale)

        record = await self.update_object(context, patched, self.prepare_main)
        return 200, self.scale_of(context, record)

    def rescaled(self, context: RequestContext, current: Json, scale: Json) -> Json:
        """The object with the replicas of the Scale. Raises 422 for a number of replicas that cannot be."""
        in_namespace(context, scale)
        name = context.request.name
        replicas = (scale.get("spec") or {}).get("replicas", 0)
        if replicas < 0:
            detail = "must be greater than or equal to 0"
            cause = errors.invalid("spec.replicas", replicas, detail)
            raise errors.invalid_error(
                ResourceName("Scale", "scales", "autoscaling"), name, [cause]
            )
        metadata = scale.get("metadata") or {}
        uid, own = metadata.get("uid"), current["metadata"]["uid"]
        if uid and uid != own:
            message = f"Precondition failed: UID in precondition: {uid}, UID in object meta: {own}"
            raise errors.conflict(context.kind, name, message)
        obj = context.kind.strategy.apply_scale(current, scale)
        version = str(resource_version(metadata) or "") or None
        return with_metadata(obj, {"resourceVersion": version})
