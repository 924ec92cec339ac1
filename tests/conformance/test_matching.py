"""The golden matcher: what it lets pass, and what it must not."""

from __future__ import annotations

from typing import Any

import pytest

from windtunnel.conformance.matching import Bindings, look_up, without_noise


@pytest.mark.parametrize(
    ("expected", "actual"),
    [
        ({"a": 1}, {"a": 1, "b": 2}),
        ({"a": "$absent"}, {"a": None}),
        ({"a": {"b": "$absent"}}, {}),
        ({"at": "$time"}, {"at": "2024-01-01T00:00:00Z"}),
        ({"l": {"$unordered": [{"n": 1}, {"n": 2}]}}, {"l": [{"n": 2}, {"n": 1}]}),
        ({"l": {"$contains": [{"n": 2}], "$lacks": [{"n": 3}]}}, {"l": [{"n": 1}, {"n": 2}]}),
        (["$uid:a", "$uid:b", "$uid:a"], ["x", "y", "x"]),
    ],
)
def test_what_matches(expected: Any, actual: Any) -> None:
    """Subsets, absent keys, times, unordered lists and repeated variables match."""
    assert Bindings().difference(expected, actual) is None


@pytest.mark.parametrize(
    ("expected", "actual"),
    [
        ({"a": 1}, {"a": 2}),
        ({"a": 1}, {"a": True}),
        ({"a": "1"}, {"a": 1}),
        ({"a": "$absent"}, {"a": 0}),
        ({"a": "$any"}, {}),
        ({"at": "$time"}, {"at": "yesterday"}),
        ([1, 2], [1]),
        ([1, 2], [2, 1]),
        ({"l": {"$unordered": [1, 1]}}, {"l": [1, 2]}),
        ({"l": {"$contains": [3]}}, {"l": [1, 2]}),
        ({"l": {"$lacks": [2]}}, {"l": [1, 2]}),
        (["$uid:a", "$uid:a"], ["x", "y"]),
        ({"u": "$uid:a"}, {}),
    ],
)
def test_what_does_not_match(expected: Any, actual: Any) -> None:
    """Another value, type, order, length or uid is a difference."""
    assert Bindings().difference(expected, actual)


def test_variables_are_replaced_inside_of_longer_text() -> None:
    """Paths and messages may have variables in them; longer names are not cut."""
    bindings = Bindings({"$ns": "one", "$ns:b": "two", "$i": "7", "$item": "w"})
    assert "/one/two/w7:one:" == bindings.fill("/$ns/$ns:b/$item$i:${ns}:")
    assert {"$patch": "delete", "one": ["$nsx"]} == bindings.fill(
        {"$patch": "delete", "$ns": ["$nsx"]}
    )


def test_a_failed_comparison_binds_nothing() -> None:
    """A variable that was met in an element that does not match stays free."""
    bindings = Bindings()
    wanted = {"$contains": [{"uid": "$uid:p", "kind": "Pod"}]}
    assert (
        bindings.difference(wanted, [{"uid": "1", "kind": "Node"}, {"uid": "2", "kind": "Pod"}])
        is None
    )
    assert "2" == bindings.values["$uid:p"]


def test_paths_walk_keys_positions_and_fields() -> None:
    """Dotted paths reach list elements by position and by field, and keys with dots in quotes."""
    document = {"a": [{"type": "Ready", "status": "True"}], "m": {"b/c.d": 1}}
    assert "True" == look_up(document, "a[type=Ready].status")
    assert "Ready" == look_up(document, "a.0.type")
    assert 1 == look_up(document, 'm."b/c.d"')
    assert look_up(document, "a[type=Other].status") is None


def test_noise_of_a_real_cluster_is_left_out() -> None:
    """Root certificates, managed fields and token volumes are not compared."""
    document = {
        "items": [
            {"metadata": {"name": "kube-root-ca.crt"}},
            {"metadata": {"name": "a", "managedFields": []}},
        ],
        "volumes": [{"name": "kube-api-access-x"}],
    }
    assert {"items": [{"metadata": {"name": "a"}}]} == without_noise(document)
