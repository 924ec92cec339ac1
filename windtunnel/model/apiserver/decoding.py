"""From a request's body to an object: of the right kind, pruned, with defaults, of the right name and namespace."""

from __future__ import annotations

from collections.abc import Callable

from windtunnel.model.api import errors
from windtunnel.model.api.body import (
    JSON_PATCH,
    MERGE_PATCH,
    STRATEGIC_MERGE_PATCH,
    read_object,
)
from windtunnel.model.api.decoder import Mode
from windtunnel.model.api.patch import apply_patch
from windtunnel.model.apiserver.context import RequestContext
from windtunnel.model.apiserver.list_options import parse_revision
from windtunnel.model.objects.json import Json

MODES: dict[str, Mode] = {"": "ignore", "Ignore": "ignore", "Warn": "warn", "Strict": "strict"}
CONTENT_TYPES = {
    "json": JSON_PATCH,
    "merge": MERGE_PATCH,
    "strategic": STRATEGIC_MERGE_PATCH,
}
NAMESPACE_DIFFERS = (
    "the namespace of the provided object does not match the namespace sent on the request"
)


def field_validation(context: RequestContext) -> Mode:
    """What to do about unknown fields. Raises 400 for a word that says nothing."""
    text = context.request.options.field_validation
    mode = MODES.get(text)
    if mode is None:
        cause = errors.not_supported("fieldValidation", text, ("", "Ignore", "Strict", "Warn"))
        raise errors.invalid_error(
            errors.ResourceName("CreateOptions", "", "meta.k8s.io"), "", [cause]
        )
    return mode


def decode_object(context: RequestContext) -> Json:
    """The object in the request's body; 400 if it is none of this kind. O(size), O(1) for shared parts."""
    body = context.request.body
    if not isinstance(body, dict):
        raise errors.bad_request(f"the body of the request is not a {context.kind.kind}")
    obj, warnings = read_object(context.kind, body, field_validation(context), context.duplicates)
    if warnings:
        context.warnings.extend(warnings)
    return obj


def patched_by(context: RequestContext) -> Callable[[Json], Json]:
    """The function that applies the request's patch to an object. Raises 415 for an unknown sort of patch."""
    content_type = CONTENT_TYPES.get(context.request.patch_type)
    if content_type is None:
        raise errors.unsupported_media_type()
    mode, patch, kind = field_validation(context), context.request.body, context.kind

    def apply(current: Json) -> Json:
        obj, warnings = apply_patch(kind, current, content_type, patch, mode, context.duplicates)
        context.warnings[:] = warnings
        if obj is current:
            return obj
        check_name(context, obj)
        return in_namespace(context, obj)

    return apply


def in_namespace(context: RequestContext, obj: Json) -> Json:
    """The object in the namespace of the request; 400 if it says that it is in another one."""
    metadata = obj.get("metadata") or {}
    given = metadata.get("namespace")
    if given == (context.namespace or None):
        return obj
    if given:
        raise errors.bad_request(NAMESPACE_DIFFERS)
    return {**obj, "metadata": {**metadata, "namespace": context.namespace}}


def check_name(context: RequestContext, obj: Json) -> None:
    """Raise 400 if the object's name is missing, or is not that of the request."""
    name, asked = (obj.get("metadata") or {}).get("name"), context.request.name
    if name == asked:
        return
    if not name:
        raise errors.bad_request(
            f"the name of the object ({asked} based on URL) was undeterminable: name must be provided"
        )
    raise errors.bad_request(
        f"the name of the object ({name}) does not match the name on the URL ({asked})"
    )


def resource_version(metadata: Json) -> int:
    """The resourceVersion a client sent, 0 if none; 500 if it is not a number, as the real server answers."""
    text = metadata.get("resourceVersion")
    if not text:
        return 0
    try:
        return parse_revision(text)
    except ValueError:
        message = f'strconv.ParseUint: parsing "{text}": invalid syntax'
        raise errors.ApiError(500, "", message) from None
