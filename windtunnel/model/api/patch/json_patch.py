"""JSON patch (RFC 6902), with the habits of the library behind the real API server.

A `replace` of a missing key adds it, a `test` of a missing key passes against null, and negative
indices count from the end. A patch that is no list of objects is a bad request (400); one that
does not apply, or names an unknown operation, is unprocessable (422), and then nothing of it is
applied.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from windtunnel.model.api import errors
from windtunnel.model.api.selectors.requirement import parse_integer
from windtunnel.model.objects.json import Json

MAX_OPERATIONS = 10_000


class _DoesNotApply(Exception):
    """An operation cannot be carried out on this document."""


def apply(document: Json, operations: Any) -> Json:
    """Return the document after all operations, by path copy. Raises 400, 413 or 422.

    O(operations * depth).
    """
    if not isinstance(operations, list) or not all(isinstance(each, dict) for each in operations):
        raise errors.bad_request("json: cannot unmarshal the patch into a list of operations")
    if len(operations) > MAX_OPERATIONS:
        raise errors.request_entity_too_large(
            f"The allowed maximum operations in a JSON patch is {MAX_OPERATIONS}, "
            f"got {len(operations)}"
        )
    try:
        for operation in operations:
            document = _apply_one(document, operation)
    except _DoesNotApply:
        raise errors.unprocessable_entity() from None
    return document


def _apply_one(document: Json, operation: Json) -> Json:
    run = _OPERATIONS.get(operation.get("op", ""))
    if run is None:
        raise _DoesNotApply
    return run(document, operation)


def _tokens(operation: Json, field: str = "path") -> list[str]:
    pointer = operation.get(field)
    if not isinstance(pointer, str) or "/" not in pointer:
        raise _DoesNotApply
    return [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]


def _index(token: str, limit: int) -> int:
    """The position a token means in a list with so many places."""
    index = parse_integer(token)
    if index is None:
        raise _DoesNotApply
    if index < 0:
        index += limit
    if not 0 <= index < limit:
        raise _DoesNotApply
    return index


def _get(container: Any, token: str) -> Any:
    if isinstance(container, dict):
        return container.get(token)
    if isinstance(container, list):
        return container[_index(token, len(container))]
    raise _DoesNotApply


def _look_up(document: Json, tokens: list[str]) -> Any:
    value: Any = document
    for position, token in enumerate(tokens):
        value = _get(value, token)
        if value is None and position < len(tokens) - 1:
            raise _DoesNotApply
    return value


def _change(value: Any, tokens: list[str], change: Callable[[Any, str], Any]) -> Any:
    """A copy of the value whose innermost container on the path is what `change` makes of it."""
    token = tokens[0]
    if len(tokens) == 1:
        return change(value, token)
    inner = _get(value, token)
    if not isinstance(inner, dict | list):
        raise _DoesNotApply
    inner = _change(inner, tokens[1:], change)
    return _with(value, token, inner)


def _with(container: Any, token: str, value: Any) -> Any:
    if isinstance(container, dict):
        return {**container, token: value}
    if isinstance(container, list):
        index = _index(token, len(container))
        return [*container[:index], value, *container[index + 1 :]]
    raise _DoesNotApply


def _with_inserted(container: Any, token: str, value: Any) -> Any:
    if isinstance(container, dict):
        return {**container, token: value}
    if isinstance(container, list):
        if token == "-":
            return [*container, value]
        index = _index(token, len(container) + 1)
        return [*container[:index], value, *container[index:]]
    raise _DoesNotApply


def _without(container: Any, token: str) -> Any:
    if isinstance(container, dict):
        if token not in container:
            raise _DoesNotApply
        return {key: value for key, value in container.items() if key != token}
    if isinstance(container, list):
        index = _index(token, len(container))
        return [*container[:index], *container[index + 1 :]]
    raise _DoesNotApply


def _insert(document: Json, tokens: list[str], value: Any) -> Json:
    result: Json = _change(document, tokens, lambda where, key: _with_inserted(where, key, value))
    return result


def _delete(document: Json, tokens: list[str]) -> Json:
    result: Json = _change(document, tokens, _without)
    return result


def _add(document: Json, operation: Json) -> Json:
    return _insert(document, _tokens(operation), operation.get("value"))


def _remove(document: Json, operation: Json) -> Json:
    return _delete(document, _tokens(operation))


def _replace(document: Json, operation: Json) -> Json:
    value = operation.get("value")
    result: Json = _change(
        document, _tokens(operation), lambda where, key: _with(where, key, value)
    )
    return result


def _move(document: Json, operation: Json) -> Json:
    source = _tokens(operation, "from")
    value = _look_up(document, source)
    return _insert(_delete(document, source), _tokens(operation), value)


def _copy(document: Json, operation: Json) -> Json:
    value = _look_up(document, _tokens(operation, "from"))
    return _insert(document, _tokens(operation), value)


def _test(document: Json, operation: Json) -> Json:
    found, expected = _look_up(document, _tokens(operation)), operation.get("value")
    if not _same(found, expected):
        raise _DoesNotApply
    return document


def _same(left: Any, right: Any) -> bool:
    """Equality of JSON, in which true is not 1."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(_same(left[key], right[key]) for key in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(_same, left, right))
    return bool(left == right)


_OPERATIONS: dict[str, Callable[[Json, Json], Json]] = {
    "add": _add,
    "remove": _remove,
    "replace": _replace,
    "move": _move,
    "copy": _copy,
    "test": _test,
}
