"""JSON objects that many objects share, and that remember what was computed of them.

All pods of one template have the very same `spec` dict, and a status write leaves it as it is.
Decoding, defaulting and validating it each time would be most of the cost of a write. So the
decoder hands out such parts as `Shared`: still a dict, equal to any other with the same content,
but it refuses to be changed and carries the results of functions marked `@remembered`. Whoever
changes it by path copy (`{**spec, ...}`) gets a plain dict, which remembers nothing, so a result
can never belong to other content.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, NoReturn, ParamSpec, TypeVar, cast

from windtunnel.model.objects.json import Json

Result = TypeVar("Result")
Arguments = ParamSpec("Arguments")


class Shared(dict[str, Any]):
    """An immutable JSON object that remembers results; made by `share`."""

    __slots__ = ("memory",)

    memory: dict[Any, Any]

    def _refuse(self, *args: object, **kwargs: object) -> NoReturn:
        raise TypeError("a shared JSON object is immutable; make a copy: {**obj, key: value}")

    __setitem__ = __delitem__ = __ior__ = _refuse
    clear = pop = popitem = setdefault = update = _refuse

    def __reduce__(self) -> tuple[type[dict[str, Any]], tuple[Json]]:
        return (dict, (dict(self),))


def share(obj: Json) -> Shared:
    """Return the object as one that remembers; the same one if it already does. O(keys)."""
    if type(obj) is Shared:
        return obj
    shared = Shared(obj)
    shared.memory = {}
    return shared


class _Itself:
    """Stands in a memory for "the object itself", which would else refer to itself."""


def remembered(
    function: Callable[Concatenate[Json, Arguments], Result],
) -> Callable[Concatenate[Json, Arguments], Result]:
    """Let a pure function of a JSON object (and hashable arguments) run once per shared object.

    On a plain dict the function simply runs. A dict it returns for a shared object is made shared
    too, so that a chain of such functions stays fast from end to end. O(1) when remembered.
    """

    @wraps(function)
    def run(obj: Json, *args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
        if type(obj) is not Shared:
            return function(obj, *args, **kwargs)
        key = (function, args, tuple(kwargs.items())) if args or kwargs else function
        result = obj.memory.get(key, obj.memory)
        if result is obj.memory:
            result = function(obj, *args, **kwargs)
            if type(result) is dict:
                result = cast(Result, share(cast(Json, result)))
            obj.memory[key] = _Itself if result is obj else result
        return cast(Result, obj if result is _Itself else result)

    return cast(Callable[Concatenate[Json, Arguments], Result], run)
