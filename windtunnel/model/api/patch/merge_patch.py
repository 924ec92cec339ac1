"""JSON merge patch (RFC 7386): null removes, objects merge, everything else replaces."""

from __future__ import annotations

from typing import Any

from windtunnel.model.api import errors
from windtunnel.model.api.scalars import json_type
from windtunnel.model.objects.json import Json


def apply(document: Json, patch: Any) -> Json:
    """Return the document with the patch merged in, by path copy.

    400 for a patch that is no object.

    The same object if the patch changes nothing. O(patch + width of the objects on its way).
    """
    if not isinstance(patch, dict):
        raise errors.bad_request(
            f"error decoding patch: json: cannot unmarshal {json_type(patch)} into an object"
        )
    return _merge(document, patch)


def _merge(document: Json, patch: Json) -> Json:
    made: Json | None = None
    for key, value in patch.items():
        present = key in document
        if value is None:
            if present:
                made = dict(document) if made is None else made
                del made[key]
            continue
        before = document.get(key)
        if isinstance(value, dict) and isinstance(before, dict):
            after: Any = _merge(before, value)
        else:
            after = without_nulls(value)
        same = after is before or (type(after) is type(before) and after == before)
        if not (present and same):
            made = dict(document) if made is None else made
            made[key] = after
    return document if made is None else made


def without_nulls(value: Any) -> Any:
    """Return a value that a patch sets, without the null fields of the objects in it. O(value)."""
    if isinstance(value, dict):
        return {key: without_nulls(part) for key, part in value.items() if part is not None}
    if isinstance(value, list):
        return [without_nulls(part) for part in value]
    return value
