"""The order of a merged list: the patch's order among its elements, the server's among the others.

Two elements are in the server's order only if both were in the list before; what the patch adds
goes in front of what only the server has.
"""

from __future__ import annotations

from typing import Any


def _same(left: Any, right: Any, key: str | None) -> bool:
    if key is None:
        return bool(left == right)
    if not isinstance(left, dict) or not isinstance(right, dict):
        return False
    return key in left and key in right and bool(left[key] == right[key])


def _position(order: list[Any], element: Any, key: str | None) -> int:
    for index, each in enumerate(order):
        if _same(each, element, key):
            return index
    return -1


def ordered(merged: list[Any], patch: list[Any], server: list[Any], key: str | None) -> list[Any]:
    """Return the merged elements in order; `key` tells objects apart, None compares scalars.

    `patch` and `server` are the lists that give the order. O(elements²), for lists of a few.
    """
    from_patch = [each for each in merged if _position(patch, each, key) >= 0]
    server_only = [each for each in merged if _position(patch, each, key) < 0]
    from_patch.sort(key=lambda each: _position(patch, each, key))
    server_only.sort(key=lambda each: _position(server, each, key))
    result: list[Any] = []
    while from_patch and server_only:
        left = _position(server, server_only[0], key)
        right = _position(server, from_patch[0], key)
        source = server_only if 0 <= left < right else from_patch
        result.append(source.pop(0))
    return result + from_patch + server_only


def in_patch_order(patch: list[Any], order: list[Any], key: str | None) -> bool:
    """Tell whether the elements of a patch stand in `order`, in the same sequence. O(elements)."""
    position = 0
    for element in order:
        if position < len(patch) and _same(patch[position], element, key):
            position += 1
    return position == len(patch)
