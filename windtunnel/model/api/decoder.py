"""Reading a document by its schema: known fields only, right types, canonical values.

Each type of a schema is compiled once to a function from JSON to JSON. The function returns the
very object it was given if nothing has to change, and a path copy otherwise, so reading an object
that was read before allocates nothing. An object of a type marked `shared` comes back as a `Shared`
one that knows it has been read: inside another object it costs one look.

Which fields were unknown is only asked in the modes `warn` and `strict`, and only answered (by a
second, slower walk) if the document had to be changed at all.

Not modelled: the limit of 100 on the number of reported unknown fields.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any, Literal

from attrs import frozen

from windtunnel.model.api import errors
from windtunnel.model.api.scalars import READERS, DecodeError, Reader, WrongType
from windtunnel.model.api.schema import ANY, ListOf, MapOf, Object, Scalar, Type
from windtunnel.model.api.shared_json import Shared, share
from windtunnel.model.objects.json import Json

Mode = Literal["ignore", "warn", "strict"]


@frozen(eq=False)
class _Field:
    """How an object reads one of its fields."""

    fast: type | None  # a truthy value of exactly this type stays as it is
    read: Reader
    drop_zero: bool


@cache
def reader(schema: Type) -> Reader:
    """Return the function that reads values of a type.

    O(size of the schema) at first, then O(1).
    """
    if isinstance(schema, Scalar):
        return _keep if schema.type == "any" else READERS[schema.type][0]
    if isinstance(schema, Object):
        return _object_reader(schema)
    if isinstance(schema, ListOf):
        return _list_reader(schema)
    return _map_reader(schema)


def _keep(value: Any) -> Any:
    return value


def _field(schema: Type) -> _Field:
    if isinstance(schema, Scalar):
        fast = {"string": str, "boolean": bool, "int-or-string": str}.get(schema.type)
        return _Field(fast, reader(schema), schema.omit_zero)
    if isinstance(schema, Object):
        return _Field(None, reader(schema), False)
    return _Field(None, reader(schema), not schema.keep_empty)


def type_name(schema: Type) -> str:
    """Return the name of a type in messages about a wrong one: `string`, `[]v1.Container`."""
    if isinstance(schema, Scalar):
        return "interface {}" if schema.type == "any" else READERS[schema.type][1]
    if isinstance(schema, Object):
        return f"v1.{schema.name}"
    if isinstance(schema, ListOf):
        return f"[]{type_name(schema.item)}"
    return f"map[string]{type_name(schema.value)}"


_SCALAR_ZEROS: dict[str, Any] = {
    "integer": 0,
    "long": 0,
    "number": 0,
    "boolean": False,
    "int-or-string": 0,
    "any": None,
}


def _zero(schema: Type) -> Any:
    """What a null becomes where it cannot be left out: in a list or a map."""
    if isinstance(schema, Object | MapOf):
        return {}
    if isinstance(schema, ListOf):
        return []
    if schema.type.endswith("quantity"):
        return "0"
    return _SCALAR_ZEROS.get(schema.type, "")


def _object_reader(schema: Object) -> Reader:
    fields = {
        key: (entry.fast, entry.read, entry.drop_zero)
        for key, entry in ((key, _field(each)) for key, each in schema.fields.items())
    }
    name, wanted, shared, is_open = schema.name, type_name(schema), schema.shared, schema.open
    get = fields.get

    def read(obj: Any) -> Any:
        if type(obj) is Shared:
            if read in obj.memory:
                return obj
        elif not isinstance(obj, dict):
            raise WrongType(obj, wanted)
        made: Json | None = None
        key = ""
        try:
            for key, value in obj.items():
                entry = get(key)
                if entry is not None:
                    fast, read_value, drop_zero = entry
                    if type(value) is fast and value:
                        continue
                    if value is not None:
                        new = read_value(value)
                        if new is value and (new or not drop_zero):
                            continue
                        if new or not drop_zero:
                            if made is None:
                                made = dict(obj)
                            made[key] = new
                            continue
                elif is_open:
                    continue
                if made is None:
                    made = dict(obj)
                del made[key]
        except WrongType as wrong:
            wrong.path.append(key)
            wrong.struct = wrong.struct or name
            raise
        result: Json = obj if made is None else made
        if shared:
            kept = share(result)
            kept.memory[read] = True
            return kept
        return result

    return read


def _list_reader(schema: ListOf) -> Reader:
    read_item, wanted, item_type = reader(schema.item), type_name(schema), schema.item

    def read(values: Any) -> Any:
        if not isinstance(values, list):
            raise WrongType(values, wanted)
        made: list[Any] | None = None
        for index, value in enumerate(values):
            new = _zero(item_type) if value is None else read_item(value)
            if new is not value:
                if made is None:
                    made = list(values)
                made[index] = new
        return values if made is None else made

    return _keep_list if schema.item is ANY else read


def _keep_list(values: Any) -> Any:
    if not isinstance(values, list):
        raise WrongType(values, "[]interface {}")
    return values


def _map_reader(schema: MapOf) -> Reader:
    read_item, wanted, item_type = reader(schema.value), type_name(schema), schema.value
    strings = isinstance(item_type, Scalar) and item_type.type == "string"

    def read(values: Any) -> Any:
        if not isinstance(values, dict):
            raise WrongType(values, wanted)
        made: Json | None = None
        for key, value in values.items():
            if strings and type(value) is str:
                continue
            new = _zero(item_type) if value is None else read_item(value)
            if new is not value:
                if made is None:
                    made = dict(values)
                made[key] = new
        return values if made is None else made

    return read


def unknown_fields(schema: Type, value: Any, path: str = "") -> Iterator[str]:
    """Yield the paths of fields that the schema does not have, in document order. O(document)."""
    if isinstance(schema, Object) and isinstance(value, dict):
        for key, part in value.items():
            place = f"{path}.{key}" if path else key
            known = schema.fields.get(key)
            if known is None:
                if not schema.open:
                    yield place
            else:
                yield from unknown_fields(known, part, place)
    elif isinstance(schema, ListOf) and isinstance(value, list):
        for index, part in enumerate(value):
            yield from unknown_fields(schema.item, part, f"{path}[{index}]")
    elif isinstance(schema, MapOf) and isinstance(value, dict):
        for key, part in value.items():
            yield from unknown_fields(schema.value, part, f"{path}.{key}")


def read_document(
    schema: Type, document: Json, mode: Mode = "ignore", duplicates: tuple[str, ...] = ()
) -> tuple[Json, tuple[str, ...]]:
    """Return the document as its schema keeps it, and warnings about its fields.

    In mode `ignore` there are no warnings; in mode `strict` they are an error. `duplicates` are
    the repeated fields found by the parser. DecodeError if the document does not fit. O(document),
    O(1) for shared parts.
    """
    result: Json = reader(schema)(document)
    if mode == "ignore":
        return result, ()
    unknown = () if result is document else tuple(unknown_fields(schema, document))
    warnings = tuple(f'unknown field "{path}"' for path in unknown)
    warnings += tuple(f'duplicate field "{path}"' for path in duplicates)
    if warnings and mode == "strict":
        raise DecodeError("strict decoding error: " + ", ".join(warnings))
    return result, warnings


def decode(
    schema: Type,
    document: Json,
    mode: Mode = "ignore",
    duplicates: tuple[str, ...] = (),
    *,
    kind: str = "",
    version: str = "v1",
    patched: bool = False,
) -> tuple[Json, tuple[str, ...]]:
    """Return the body of a request as its schema keeps it, and warnings.

    `kind` and `version` name the object in the error for one that does not fit: 400 BadRequest, or
    422 Invalid if the document is the result of a patch. O(document), O(1) for shared parts.
    """
    try:
        return read_document(schema, document, mode, duplicates)
    except DecodeError as error:
        if patched:
            cause = errors.invalid("patch", errors.show(document), str(error))
            raise errors.invalid_error(errors.ResourceName("", ""), "", [cause]) from None
        kind = kind or (schema.name if isinstance(schema, Object) else "object")
        raise errors.bad_request(
            f'{kind} in version "{version}" cannot be handled as a {kind}: {error}'
        ) from None
