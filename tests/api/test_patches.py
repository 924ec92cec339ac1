"""The three patches do to a document what the real server's do."""

from __future__ import annotations

from typing import Any

import pytest

from windtunnel.model.api.errors import ApiError
from windtunnel.model.api.kinds.secret import KIND as SECRET
from windtunnel.model.api.patch import (
    JSON_PATCH,
    MERGE_PATCH,
    STRATEGIC_MERGE_PATCH,
    apply_patch,
    json_patch,
    merge_patch,
    strategic_merge,
)
from windtunnel.model.api.schema import INTEGER, STRING, STRING_MAP, STRINGS, ListOf, Object
from windtunnel.model.objects.json import Json

SCHEMA = Object(
    {
        "ports": ListOf(
            Object({"name": STRING, "port": INTEGER, "target": INTEGER}, "Port"),
            merge_key="port",
            strategy="merge",
        ),
        "finalizers": ListOf(STRING, strategy="merge", set_like=True),
        "command": STRINGS,
        "labels": STRING_MAP,
    },
    "Thing",
)
DOCUMENT: Json = {"data": {"x": "1", "y": "2"}, "list": ["a", "b", "c"]}


def patched(*operations: Json) -> Json:
    """The document after a JSON patch."""
    return json_patch.apply(DOCUMENT, list(operations))


def merged(document: Json, patch: Any) -> Json:
    """The document after a strategic merge patch."""
    return strategic_merge.apply(document, patch, SCHEMA)


def code(function: Any, *arguments: Any) -> int:
    """The HTTP code of the error a call raises."""
    with pytest.raises(ApiError) as caught:
        function(*arguments)
    return caught.value.code


# --- JSON patch


def test_json_patch_changes_objects_and_lists() -> None:
    """All six operations work on objects and on lists, with escapes and positions."""
    assert {"data": {"x": "9", "a/b": 1}, "list": ["a", "b", "c"]} == patched(
        {"op": "test", "path": "/data/x", "value": "1"},
        {"op": "replace", "path": "/data/x", "value": "9"},
        {"op": "remove", "path": "/data/y"},
        {"op": "add", "path": "/data/a~1b", "value": 1},
    )
    assert ["z", "a", "c", "1"] == patched(
        {"op": "add", "path": "/list/0", "value": "z"},
        {"op": "remove", "path": "/list/2"},
        {"op": "add", "path": "/list/-", "value": "q"},
        {"op": "replace", "path": "/list/-1", "value": "last"},
        {"op": "remove", "path": "/list/-1"},
        {"op": "copy", "from": "/data/x", "path": "/list/-"},
    )["list"]
    assert {"data": {"y": "2", "z": "1"}, "list": ["a", "b", "c"]} == patched(
        {"op": "move", "from": "/data/x", "path": "/data/z"}
    )


def test_json_patch_replaces_a_missing_key_but_cannot_remove_it() -> None:
    """The real library adds on a replace of a missing key, and fails on a remove."""
    assert "1" == patched({"op": "replace", "path": "/data/new", "value": "1"})["data"]["new"]
    assert 422 == code(patched, {"op": "remove", "path": "/data/new"})


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "test", "path": "/data/x", "value": "nope"},
        {"op": "test", "path": "/data/x", "value": 1},
        {"op": "add", "path": "/missing/a", "value": "1"},
        {"op": "add", "path": "/list/7", "value": "1"},
        {"op": "add", "path": "/list/x", "value": "1"},
        {"op": "zap", "path": "/data"},
        {"op": "add", "value": "1"},
    ],
)
def test_json_patch_that_does_not_apply_is_unprocessable(operation: Json) -> None:
    """An operation that cannot be carried out gives 422, and the document stays."""
    assert 422 == code(patched, {"op": "remove", "path": "/data/x"}, operation)
    assert {"data": {"x": "1", "y": "2"}, "list": ["a", "b", "c"]} == DOCUMENT


def test_json_patch_that_is_no_list_is_a_bad_request() -> None:
    """A patch must be a list of objects."""
    assert 400 == code(json_patch.apply, DOCUMENT, {"op": "replace"})
    assert 400 == code(json_patch.apply, DOCUMENT, ["x"])


# --- merge patch


def test_merge_patch_merges_objects_and_replaces_the_rest() -> None:
    """Null removes, objects merge, lists are replaced whole."""
    patch = {"data": {"x": None, "z": "3"}, "list": ["q"], "new": {"a": None, "b": [{"c": None}]}}
    assert {"data": {"y": "2", "z": "3"}, "list": ["q"], "new": {"b": [{}]}} == (
        merge_patch.apply(DOCUMENT, patch)
    )


def test_merge_patch_without_effect_returns_the_same_object() -> None:
    """A patch that changes nothing does not even copy."""
    patch = {"data": {"x": "1", "none": None}, "list": ["a", "b", "c"]}
    assert DOCUMENT is merge_patch.apply(DOCUMENT, patch)
    assert 400 == code(merge_patch.apply, DOCUMENT, [1])


# --- strategic merge patch


def test_keyed_lists_are_joined_and_new_elements_come_first() -> None:
    """An element is merged by its key; one that only the patch has goes to the front."""
    document = {"ports": [{"name": "a", "port": 1}, {"name": "b", "port": 2}]}
    document = merged(document, {"ports": [{"name": "c", "port": 3}]})
    assert [3, 1, 2] == [port["port"] for port in document["ports"]]
    document = merged(document, {"ports": [{"port": 1, "target": 8080}]})
    assert {"name": "a", "port": 1, "target": 8080} == document["ports"][1]


def test_directives_delete_and_replace_elements() -> None:
    """`$patch` removes one element, or replaces the whole list."""
    document = {"ports": [{"port": 1}, {"port": 2}]}
    assert [{"port": 1}] == merged(document, {"ports": [{"port": 2, "$patch": "delete"}]})["ports"]
    replaced = merged(document, {"ports": [{"$patch": "replace"}, {"port": 9}]})
    assert {"ports": [{"port": 9}]} == replaced
    labels = merged({"labels": {"a": "1"}}, {"labels": {"$patch": "replace", "b": "2"}})
    assert {"labels": {"b": "2"}} == labels


def test_sets_are_joined_and_their_members_removed() -> None:
    """Finalizers are a set in a strategic patch."""
    document = merged({"finalizers": ["x.io/a"]}, {"finalizers": ["x.io/b"]})
    assert ["x.io/b", "x.io/a"] == document["finalizers"]
    document = merged(document, {"$deleteFromPrimitiveList/finalizers": ["x.io/a"]})
    assert {"finalizers": ["x.io/b"]} == document


def test_other_lists_are_replaced() -> None:
    """A list without a merge key, such as a command, is replaced whole."""
    assert {"command": ["c"]} == merged({"command": ["a", "b"]}, {"command": ["c"]})


def test_the_order_of_elements_can_be_set() -> None:
    """`$setElementOrder` sorts the elements it names."""
    document = {"ports": [{"port": 1}, {"port": 2}, {"port": 3}]}
    order = {"$setElementOrder/ports": [{"port": 3}, {"port": 1}]}
    assert [2, 3, 1] == [port["port"] for port in merged(document, order)["ports"]]
    with_new = {"$setElementOrder/ports": [{"port": 4}, {"port": 1}], "ports": [{"port": 4}]}
    assert [4, 1, 2, 3] == [port["port"] for port in merged(document, with_new)["ports"]]


def test_retain_keys_drops_all_other_fields() -> None:
    """`$retainKeys` clears the fields it does not list, and must list all that the patch sets."""
    document = {"labels": {"a": "1", "b": "2"}}
    assert {"labels": {"a": "5"}} == merged(document, {"labels": {"$retainKeys": ["a"], "a": "5"}})
    assert 400 == code(merged, document, {"labels": {"$retainKeys": ["a"], "b": "5"}})


def test_malformed_strategic_patches_fail_as_in_the_real_server() -> None:
    """An element without its merge key is a 500, a patch that is no object a 400."""
    assert 500 == code(merged, {"ports": [{"port": 1}]}, {"ports": [{"name": "x"}]})
    assert 500 == code(merged, {"labels": {}}, {"labels": {"$patch": "what"}})
    assert 400 == code(merged, {}, [])


def test_a_strategic_patch_without_effect_returns_the_same_object() -> None:
    """A patch that changes nothing does not even copy."""
    document = {"labels": {"a": "1"}, "command": ["x"]}
    assert document is merged(document, {"labels": {"a": "1"}, "gone": None})


def test_a_patched_object_is_read_and_defaulted() -> None:
    """What a patch makes is read like a body, gets its defaults, and must fit the schema."""
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "type": "Opaque"}
    patch = {"stringData": {"a": "hello"}, "unknown": 1}
    result, warnings = apply_patch(SECRET, secret, MERGE_PATCH, patch, "warn")
    assert {**secret, "data": {"a": "aGVsbG8="}} == result
    assert ('unknown field "unknown"',) == warnings
    assert 422 == code(apply_patch, SECRET, secret, STRATEGIC_MERGE_PATCH, {"type": 1})
    assert 415 == code(apply_patch, SECRET, secret, "application/apply-patch+yaml", {})
    assert secret is apply_patch(SECRET, secret, JSON_PATCH, [])[0]
