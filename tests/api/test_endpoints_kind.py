"""Endpoints: what addresses and ports may look like."""

from __future__ import annotations

from typing import Any

import pytest

from windtunnel.model.api.decoder import decode
from windtunnel.model.api.kinds.endpoints import KIND

METADATA = {"name": "e", "namespace": "ns", "uid": "u", "resourceVersion": "1"}
STRATEGY = KIND.strategy


def endpoints(*subsets: dict[str, Any]) -> dict[str, Any]:
    """Endpoints as the server would store them."""
    decoded, _ = decode(KIND.schema, {"metadata": METADATA, "subsets": list(subsets)})
    return STRATEGY.prepare_for_create(STRATEGY.default(decoded))


def subset(*ips: str, ports: tuple[dict[str, Any], ...] = ({"port": 80},)) -> dict[str, Any]:
    """A subset with these addresses."""
    return {"addresses": [{"ip": ip} for ip in ips], "ports": list(ports)}


def test_the_authors_order_is_kept_and_ports_are_tcp() -> None:
    """The server neither sorts nor repacks subsets."""
    made = endpoints(subset("10.1.1.2", "10.1.1.1"))
    expected = {
        "addresses": [{"ip": "10.1.1.2"}, {"ip": "10.1.1.1"}],
        "ports": [{"port": 80, "protocol": "TCP"}],
    }
    assert [expected] == made["subsets"]
    assert [] == STRATEGY.validate(made)
    assert made is STRATEGY.default(made)


def test_endpoints_without_subsets_are_valid() -> None:
    """A service without ready pods has empty Endpoints."""
    made = endpoints()
    assert "subsets" not in made
    assert [] == STRATEGY.validate(made)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (
            subset("bad"),
            [("subsets[0].addresses[0].ip", "FieldValueInvalid")] * 2,
        ),
        (subset("127.0.0.1"), [("subsets[0].addresses[0].ip", "FieldValueInvalid")]),
        (subset("169.254.1.1"), [("subsets[0].addresses[0].ip", "FieldValueInvalid")]),
        (subset(), [("subsets[0]", "FieldValueRequired")]),
        (
            subset("10.1.1.1", ports=({"port": 80}, {"port": 81})),
            [
                ("subsets[0].ports[0].name", "FieldValueRequired"),
                ("subsets[0].ports[1].name", "FieldValueRequired"),
            ],
        ),
        (
            subset("10.1.1.1", ports=({"port": 0},)),
            [("subsets[0].ports[0].port", "FieldValueInvalid")],
        ),
        (
            subset("10.1.1.1", ports=({"port": 1, "protocol": "ICMP"},)),
            [("subsets[0].ports[0].protocol", "FieldValueNotSupported")],
        ),
        (
            {"addresses": [{"ip": "10.1.1.1", "hostname": "A"}]},
            [("subsets[0].addresses[0].hostname", "FieldValueInvalid")],
        ),
    ],
)
def test_a_broken_subset_is_refused_at_its_field(
    given: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    """Each fault is reported at the field that has it."""
    found = STRATEGY.validate(endpoints(given))
    assert expected == [(cause.field, cause.reason) for cause in found]


def test_only_changed_subsets_are_checked_on_update() -> None:
    """What is stored already stays acceptable."""
    old = endpoints(subset("127.0.0.1"))
    relabelled = {**old, "metadata": {**METADATA, "labels": {"a": "b"}}}
    assert [] == STRATEGY.validate_update(relabelled, old)
    assert [] != STRATEGY.validate_update(endpoints(subset("127.0.0.2")), old)


def test_a_put_to_a_missing_name_creates() -> None:
    """Endpoints are among the few kinds that a PUT creates."""
    assert True is STRATEGY.allow_create_on_update
