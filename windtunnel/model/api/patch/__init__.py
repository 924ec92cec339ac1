"""The three kinds of patch, from the stored object to the patched one.

Not modelled: server-side apply (`application/apply-patch+yaml`), an unsupported media type here.
"""

from __future__ import annotations

from typing import Any

from windtunnel.model.api import errors
from windtunnel.model.api.body import (
    JSON_PATCH,
    MERGE_PATCH,
    STRATEGIC_MERGE_PATCH,
    media_type,
    read_object,
)
from windtunnel.model.api.decoder import Mode
from windtunnel.model.api.kind import Kind
from windtunnel.model.api.patch import json_patch, merge_patch, strategic_merge
from windtunnel.model.objects.json import Json

__all__ = ["JSON_PATCH", "MERGE_PATCH", "STRATEGIC_MERGE_PATCH", "apply_patch"]


def apply_patch(
    kind: Kind,
    current: Json,
    content_type: str,
    patch: Any,
    mode: Mode = "ignore",
    duplicates: tuple[str, ...] = (),
) -> tuple[Json, tuple[str, ...]]:
    """Return the patched object, read and defaulted like the body of a PUT, and warnings.

    Raises 400 for a malformed patch, 415 for another content type or a strategic merge into a
    custom resource, 422 if the patch cannot be applied or its result is no object of this kind.
    The same object if nothing changes.
    O(patch + object), O(1) for the shared parts it leaves alone.
    """
    media = media_type(content_type)
    if media == JSON_PATCH:
        patched = json_patch.apply(current, patch)
    elif media == MERGE_PATCH:
        patched = merge_patch.apply(current, patch)
    elif media == STRATEGIC_MERGE_PATCH and not kind.custom:
        patched = strategic_merge.apply(current, patch, kind.schema)
    else:
        raise errors.unsupported_media_type()
    if patched is current and not duplicates:
        return current, ()
    return read_object(kind, patched, mode, duplicates, patched=True)
