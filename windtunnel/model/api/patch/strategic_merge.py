"""Strategic merge patch: a merge patch that knows which lists are sets, and which have keys.

Where the schema says so, a list of objects is joined by its merge key and a list of scalars as a
set; all other lists are replaced whole. Directives in the patch say what a plain merge cannot:
`$patch: delete` and `$patch: replace`, `$deleteFromPrimitiveList/<field>`,
`$setElementOrder/<field>` and `$retainKeys`.

A malformed patch is a bad request (400) or unprocessable (422); an element without its merge key
fails with 500, as in the real server. Order is the real one: elements that only the patch has come
first, in the patch's order.

Not modelled: a patch to a kind without a schema merges by the shape of the values alone.
"""

from __future__ import annotations

from typing import Any

from windtunnel.model.api import errors
from windtunnel.model.api.errors import ApiError
from windtunnel.model.api.patch.element_order import in_patch_order, ordered
from windtunnel.model.api.patch.merge_patch import without_nulls
from windtunnel.model.api.scalars import json_type
from windtunnel.model.api.schema import ANY, ListOf, MapOf, Object, Type
from windtunnel.model.objects.json import Json

DIRECTIVE = "$patch"
RETAIN_KEYS = "$retainKeys"
DELETE_FROM = "$deleteFromPrimitiveList/"
SET_ORDER = "$setElementOrder/"


def apply(document: Json, patch: Any, schema: Type) -> Json:
    """Return the document with the patch merged in, by path copy.

    The same object if nothing changes.

    Raises 400, 422 or 500. O(patch + size of the lists it merges).
    """
    if not isinstance(patch, dict):
        raise errors.bad_request(f"json: cannot unmarshal {json_type(patch)} into an object")
    return _merge_objects(document, patch, schema)


def _failure(message: str) -> ApiError:
    """An error the real server does not know how to classify."""
    return ApiError(500, "", message)


def _field_type(schema: Type, key: str) -> Type:
    if isinstance(schema, Object):
        return schema.fields.get(key, ANY)
    return schema.value if isinstance(schema, MapOf) else ANY


def _merge_objects(document: Json, patch: Json, schema: Type) -> Json:
    directive = patch.get(DIRECTIVE)
    if DIRECTIVE in patch:
        if directive == "replace":
            return {key: value for key, value in patch.items() if key != DIRECTIVE}
        if directive == "delete":
            return {}
        raise _failure(f"unknown patch type: {directive} in map: {patch}")
    kept = _retained(document, patch)
    made: Json | None = None if kept is document else kept
    handled = [RETAIN_KEYS]
    changes: list[tuple[str, Any]] = []
    for key, order in patch.items():
        if key.startswith(SET_ORDER):
            name = key.removeprefix(SET_ORDER)
            handled += [key, name]
            changes += _set_order(kept, patch, name, order, _field_type(schema, name))
    for key, value in patch.items():
        if key not in handled:
            changes += _merge_field(kept, key, value, schema)
    for key, value in changes:
        if value is kept.get(key) and (value is not None or key not in kept):
            continue
        made = dict(kept) if made is None or made is kept else made
        if value is None:
            made.pop(key, None)
        else:
            made[key] = value
    return document if made is None else made


def _merge_field(document: Json, key: str, value: Any, schema: Type) -> list[tuple[str, Any]]:
    """What becomes of one field: its name and new value, None to remove it; nothing if it stays."""
    deletes = key.startswith(DELETE_FROM)
    name = key.removeprefix(DELETE_FROM)
    if value is None:
        return [(name, None)]
    before = document.get(name)
    field = _field_type(schema, name)
    if isinstance(before, dict) and isinstance(value, dict):
        return [(name, _merge_objects(before, value, field))]
    if isinstance(before, list) and isinstance(value, list):
        return [(name, _merge_lists(before, value, field, deletes))]
    if deletes:
        return []
    if type(before) is type(value) and before == value:
        return []
    return [(name, _cleaned(value))]


def _retained(document: Json, patch: Json) -> Json:
    if RETAIN_KEYS not in patch:
        return document
    retained = patch[RETAIN_KEYS]
    malformed = errors.bad_request(
        "invalid patch format of retainKeys: it must list all the fields that the patch sets"
    )
    if not isinstance(retained, list):
        raise malformed
    for key, value in patch.items():
        is_directive = key == RETAIN_KEYS or key.startswith((DELETE_FROM, SET_ORDER))
        if value is not None and not is_directive and key not in retained:
            raise malformed
    return {key: value for key, value in document.items() if key in retained}


def _cleaned(value: Any) -> Any:
    """A value that only the patch has: without nulls, directives, and elements to be deleted."""
    return _without_directives(without_nulls(value))


def _without_directives(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            key: _without_directives(part)
            for key, part in value.items()
            if key not in (DIRECTIVE, RETAIN_KEYS) and not key.startswith((DELETE_FROM, SET_ORDER))
        }
    if isinstance(value, list):
        return [
            _without_directives(part)
            for part in value
            if not (isinstance(part, dict) and part.get(DIRECTIVE) in ("delete", "replace"))
        ]
    return value


def _merge_lists(before: list[Any], patch: list[Any], field: Type, deletes: bool) -> list[Any]:
    if not (isinstance(field, ListOf) and field.merges):
        return _cleaned(patch) if not deletes else patch
    if not before and not patch:
        return before
    if any(isinstance(each, list) for each in (*before, *patch)):
        raise errors.unprocessable_entity()
    objects = [isinstance(each, dict) for each in (*before, *patch)]
    if any(objects) != all(objects):
        raise _failure("list element types are not identical")
    if not objects[0]:
        return _merge_scalars(before, patch, deletes)
    if field.merge_key is None:
        raise _failure("cannot merge lists without merge key")
    return _merge_keyed(before, patch, field.merge_key, field.item)


def _merge_scalars(before: list[Any], patch: list[Any], deletes: bool) -> list[Any]:
    if deletes:
        return [each for each in before if each not in patch]
    merged: list[Any] = []
    for each in (*before, *patch):
        if each not in merged:
            merged.append(each)
    return ordered(merged, patch, before, None)


def _merge_keyed(before: list[Any], patch: list[Any], key: str, item: Type) -> list[Any]:
    original, patch = _special_elements(before, patch, key)
    merged = list(original)
    for each in patch:
        if key not in each:
            raise _failure(f"map: {each} does not contain declared merge key: {key}")
        for position, element in enumerate(original):
            if element.get(key) == each[key]:
                merged[position] = _merge_objects(element, each, item)
                break
        else:
            merged.append(_cleaned(each))
    return ordered(merged, patch, original, key)


def _special_elements(before: list[Any], patch: list[Any], key: str) -> tuple[list[Any], list[Any]]:
    """Carry out the elements that are directives.

    Return what to merge the others into, and the others.
    """
    plain: list[Any] = []
    replace = False
    for each in patch:
        directive = each.get(DIRECTIVE)
        if DIRECTIVE not in each:
            plain.append(each)
        elif directive == "delete":
            if key not in each:
                raise _failure(f"map: {each} does not contain declared merge key: {key}")
            before = [element for element in before if element.get(key) != each[key]]
        elif directive == "replace":
            replace = True
        elif directive == "merge":
            raise _failure("merging lists cannot yet be specified in the patch")
        else:
            raise _failure(f"unknown patch type: {directive} in map: {each}")
    return (_cleaned(plain), []) if replace else (before, plain)


def _set_order(
    document: Json, patch: Json, name: str, order: Any, field: Type
) -> list[tuple[str, Any]]:
    """What becomes of a list for which the patch gives the order of its elements."""
    before, changed = document.get(name), patch.get(name)
    if not isinstance(order, list):
        raise _failure(f"expected a list of elements for {SET_ORDER}{name}")
    for each in (before, changed):
        if each is not None and not isinstance(each, list):
            raise _failure(f"expected a list in field {name}")
    key = field.merge_key if isinstance(field, ListOf) else None
    if changed:
        remaining = [
            each
            for each in changed
            if not (isinstance(each, dict) and each.get(DIRECTIVE) == "delete")
        ]
        if not in_patch_order(remaining, order, key):
            raise _failure(
                f"The order in patch list:\n{remaining}\n "
                f"doesn't match {SET_ORDER[:-1]} list:\n{order}\n"
            )
    if before is None and changed is None:
        return []
    if changed is None:
        merged = before
    elif before is None:
        merged = _cleaned(changed)
    else:
        merged = _merge_lists(before, changed, field, False)
    return [(name, ordered(merged or [], order, before or [], key))]
