"""Nodes: their status at creation, taints, and what stays once it is known."""

from __future__ import annotations

from typing import Any

import pytest

from windtunnel.model.api.decoder import decode
from windtunnel.model.api.kinds.node import KIND

METADATA = {"name": "n", "uid": "u", "resourceVersion": "1"}
STRATEGY = KIND.strategy


def node(
    spec: dict[str, Any] | None = None, status: dict[str, Any] | None = None
) -> dict[str, Any]:
    """A node as the server would store it."""
    body = {"metadata": METADATA, "spec": spec or {}, "status": status or {}}
    decoded, _ = decode(KIND.schema, body)
    return STRATEGY.prepare_for_create(STRATEGY.default(decoded))


def test_the_status_given_at_creation_is_kept_and_allocatable_follows_capacity() -> None:
    """A kubelet registers its node with the status in one request."""
    status = node(status={"capacity": {"cpu": "4"}})["status"]
    assert {"capacity": {"cpu": "4"}, "allocatable": {"cpu": "4"}} == status


def test_an_update_keeps_the_status_and_a_status_write_keeps_the_spec() -> None:
    """Spec and status are written through different paths."""
    old = node(status={"capacity": {"cpu": "4"}})
    new = node({"unschedulable": True}, {"capacity": {"cpu": "1"}})
    assert old["status"] == STRATEGY.prepare_for_update(new, old)["status"]
    after = STRATEGY.prepare_for_status_update(new, old)
    assert ({}, "1") == (after["spec"], after["status"]["capacity"]["cpu"])


def test_pod_ranges_are_kept_in_step_and_never_change() -> None:
    """podCIDRs follows podCIDR; a range once given stays."""
    old = node({"podCIDR": "10.1.0.0/24"})
    assert ["10.1.0.0/24"] == old["spec"]["podCIDRs"]
    found = STRATEGY.validate_update(node({"podCIDR": "10.2.0.0/24"}), old)
    assert [("spec.podCIDRs", "FieldValueForbidden")] == [(c.field, c.reason) for c in found]
    assert [] == STRATEGY.validate_update(old, node())


@pytest.mark.parametrize(
    ("taint", "expected"),
    [
        ({"key": "a", "effect": "NoSchedule"}, []),
        ({"key": "a b", "effect": "NoSchedule"}, [("spec.taints[0].key", "FieldValueInvalid")]),
        ({"key": "a"}, [("spec.taints[0].effect", "FieldValueRequired")]),
        ({"key": "a", "effect": "Never"}, [("spec.taints[0].effect", "FieldValueNotSupported")]),
    ],
)
def test_taints_need_a_key_and_a_known_effect(
    taint: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    """A taint is refused at the field that is wrong."""
    found = STRATEGY.validate(node({"taints": [taint]}))
    assert expected == [(cause.field, cause.reason) for cause in found]


def test_a_taint_occurs_once_for_each_key_and_effect() -> None:
    """Two taints may share a key, but not key and effect."""
    taints = [
        {"key": "a", "effect": "NoSchedule"},
        {"key": "a", "effect": "NoExecute"},
        {"key": "a", "effect": "NoSchedule", "value": "v"},
    ]
    found = STRATEGY.validate(node({"taints": taints}))
    assert [("spec.taints[2]", "FieldValueDuplicate")] == [(c.field, c.reason) for c in found]


def test_a_negative_capacity_is_refused() -> None:
    """Resources of a node are not negative."""
    found = STRATEGY.validate(node(status={"capacity": {"cpu": "-1"}}))
    fields = [cause.field for cause in found]
    assert ["status.capacity[cpu]", "status.allocatable[cpu]"] == fields


def test_field_selectors_see_cordoned_nodes() -> None:
    """spec.unschedulable reads as true or false."""
    assert "false" == STRATEGY.selectable_fields(node())["spec.unschedulable"]
    cordoned = node({"unschedulable": True})
    assert "true" == STRATEGY.selectable_fields(cordoned)["spec.unschedulable"]
