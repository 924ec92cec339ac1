"""Strategic merges of the rarer sort: directives, orders, and lists that cannot be merged."""

from __future__ import annotations

from typing import Any

import pytest

from windtunnel.model.api.errors import ApiError
from windtunnel.model.api.patch import strategic_merge
from windtunnel.model.api.schema import INTEGER, STRING, STRING_MAP, ListOf, Object
from windtunnel.model.objects.json import Json

SCHEMA = Object(
    {
        "ports": ListOf(
            Object({"name": STRING, "port": INTEGER}, "Port"), merge_key="port", strategy="merge"
        ),
        "finalizers": ListOf(STRING, strategy="merge", set_like=True),
        "unkeyed": ListOf(Object({"name": STRING}, "Unkeyed"), strategy="merge"),
        "labels": STRING_MAP,
    },
    "Thing",
)
HTTP: Json = {"name": "http", "port": 80}
DOCUMENT: Json = {"ports": [HTTP], "finalizers": ["a", "b"], "labels": {"x": "1"}}


def merged(patch: Any, document: Json = DOCUMENT) -> Json:
    """The document after the patch."""
    return strategic_merge.apply(document, patch, SCHEMA)


@pytest.mark.parametrize(
    ("patch", "expected"),
    [
        ({"$patch": "delete"}, {}),
        ({"$patch": "replace", "labels": {"y": "2"}}, {"labels": {"y": "2"}}),
        ({"labels": {"$patch": "delete"}}, {**DOCUMENT, "labels": {}}),
        ({"ports": [{"$patch": "replace"}, {"port": 81}]}, {**DOCUMENT, "ports": [{"port": 81}]}),
        ({"ports": [{"$patch": "delete", "port": 80}]}, {**DOCUMENT, "ports": []}),
        ({"finalizers": ["b", "c"]}, {**DOCUMENT, "finalizers": ["a", "b", "c"]}),
        ({"$deleteFromPrimitiveList/finalizers": ["a"]}, {**DOCUMENT, "finalizers": ["b"]}),
        ({"$deleteFromPrimitiveList/other": ["a"]}, DOCUMENT),
        (
            {"$setElementOrder/finalizers": ["c", "b", "a"], "finalizers": ["c"]},
            {**DOCUMENT, "finalizers": ["c", "b", "a"]},
        ),
        (
            {"$setElementOrder/ports": [{"port": 81}, {"port": 80}], "ports": [{"port": 81}]},
            {**DOCUMENT, "ports": [{"port": 81}, HTTP]},
        ),
        ({"$setElementOrder/other": ["a"]}, DOCUMENT),
        ({"$setElementOrder/finalizers": ["b", "a"]}, {**DOCUMENT, "finalizers": ["b", "a"]}),
        ({"$retainKeys": ["labels"], "labels": {"y": "2"}}, {"labels": {"x": "1", "y": "2"}}),
    ],
)
def test_a_directive_does_what_it_says(patch: Json, expected: Json) -> None:
    """Deleting, replacing, ordering, and keeping only some keys."""
    assert expected == merged(patch)


def test_an_order_for_a_list_that_is_new_is_that_of_the_patch() -> None:
    """There is nothing to put between."""
    patch = {"$setElementOrder/finalizers": ["a", "b"], "finalizers": ["a", "b"]}
    assert {"finalizers": ["a", "b"]} == merged(patch, {})


@pytest.mark.parametrize(
    ("patch", "code"),
    [
        ([], 400),
        ({"$patch": "forget"}, 500),
        ({"$retainKeys": "labels"}, 400),
        ({"$retainKeys": ["labels"], "ports": []}, 400),
        ({"ports": [{"name": "no key"}]}, 500),
        ({"ports": [{"$patch": "delete"}]}, 500),
        ({"ports": [{"$patch": "merge", "port": 80}]}, 500),
        ({"ports": [{"$patch": "forget", "port": 80}]}, 500),
        ({"ports": ["http"]}, 500),
        ({"ports": [[HTTP]]}, 422),
        ({"unkeyed": [{"name": "a"}]}, 500),
        ({"$setElementOrder/ports": {"port": 80}}, 500),
        ({"$setElementOrder/labels": ["x"]}, 500),
        ({"$setElementOrder/finalizers": ["c", "d"], "finalizers": ["d", "c"]}, 500),
    ],
)
def test_a_directive_that_means_nothing_is_refused(patch: Any, code: int) -> None:
    """With the code of the real server, 500 for most of them."""
    document = {**DOCUMENT, "unkeyed": [{"name": "b"}]}
    with pytest.raises(ApiError) as refused:
        merged(patch, document)
    assert code == refused.value.code


def test_two_empty_lists_are_one() -> None:
    """Nothing changes, and the same object comes back."""
    document: Json = {"finalizers": []}
    assert document is merged({"finalizers": []}, document)
