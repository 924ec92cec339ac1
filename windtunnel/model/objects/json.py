"""JSON as the control plane handles it: plain dicts and lists that nobody mutates.

An object that reached the store is shared by every cache and every view, so a change is a path copy: the dicts on the
way to the changed field are new, everything beside them is the very same object. Identity then tells what a write did
not touch, which is what keeps views, decoding and validation cheap.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Json = dict[str, Any]


def get(obj: Mapping[str, Any] | None, *path: str, default: Any = None) -> Any:
    """The value at a path of keys, or the default where a key is missing or null. O(depth)."""
    value: Any = obj
    for key in path:
        if not isinstance(value, Mapping):
            return default
        value = value.get(key)
        if value is None:
            return default
    return value


def put(obj: Mapping[str, Any], value: Any, *path: str) -> Json:
    """A copy of the object with the value at the path; siblings are shared, missing dicts are made. O(depth)."""
    key, rest = path[0], path[1:]
    copy = dict(obj)
    copy[key] = put(obj.get(key) or {}, value, *rest) if rest else value
    return copy


def drop(obj: Mapping[str, Any], *path: str) -> Json:
    """A copy of the object without the key at the path; the same object where there is none. O(depth)."""
    key, rest = path[0], path[1:]
    if key not in obj:
        return obj if isinstance(obj, dict) else dict(obj)
    if not rest:
        return {k: v for k, v in obj.items() if k != key}
    child = obj[key]
    if not isinstance(child, Mapping):
        return obj if isinstance(obj, dict) else dict(obj)
    shorter = drop(child, *rest)
    return {**obj, key: shorter} if shorter is not child else dict(obj)
