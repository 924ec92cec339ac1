"""EndpointSlice: what a slice may look like, and what counts as a change of it."""

from __future__ import annotations

from typing import Any

import pytest

from windtunnel.model.api.decoder import decode
from windtunnel.model.api.kinds.endpoint_slice import KIND
from windtunnel.model.objects.json import put

METADATA = {"name": "s", "namespace": "ns", "uid": "u", "resourceVersion": "1"}
STRATEGY = KIND.strategy


def made(**fields: Any) -> dict[str, Any]:
    """A slice as the server would store it."""
    content = {"addressType": "IPv4", "endpoints": [{"addresses": ["10.1.1.1"]}], **fields}
    decoded, _ = decode(KIND.schema, {"metadata": METADATA, **content})
    return STRATEGY.prepare_for_create(STRATEGY.default(decoded))


def test_ports_are_tcp_without_a_name_unless_they_say_otherwise() -> None:
    """The defaults of a port; what has them stays the same object."""
    found = made(ports=[{"port": 80}, {"name": "dns", "protocol": "UDP"}])
    expected = [
        {"name": "", "protocol": "TCP", "port": 80},
        {"name": "dns", "protocol": "UDP"},
    ]
    assert expected == found["ports"]
    assert [] == STRATEGY.validate(found)
    assert found is STRATEGY.default(found)


def endpoint(**fields: Any) -> dict[str, Any]:
    """A list of one endpoint."""
    return {"endpoints": [{"addresses": ["10.1.1.1"], **fields}]}


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"addressType": ""}, ["addressType FieldValueRequired"]),
        ({"addressType": "IP"}, ["addressType FieldValueNotSupported"]),
        (endpoint(addresses=[]), ["endpoints[0].addresses FieldValueRequired"]),
        (
            endpoint(addresses=[f"10.1.1.{n}" for n in range(101)]),
            ["endpoints[0].addresses FieldValueTooMany"],
        ),
        (endpoint(addresses=["fd00::1"]), ["endpoints[0].addresses[0] FieldValueInvalid"]),
        (endpoint(addresses=["127.0.0.1"]), ["endpoints[0].addresses[0] FieldValueInvalid"]),
        ({"addressType": "IPv6", **endpoint(addresses=["fd00::1"])}, []),
        ({"addressType": "FQDN", **endpoint(addresses=["db.example.com."])}, []),
        (
            {"addressType": "FQDN", **endpoint(addresses=["db"])},
            ["endpoints[0].addresses[0] FieldValueInvalid"],
        ),
        (endpoint(hostname="A"), ["endpoints[0].hostname FieldValueInvalid"]),
        (endpoint(nodeName="N_1"), ["endpoints[0].nodeName FieldValueInvalid"]),
        (
            endpoint(hints={"forZones": [{"name": "a"}, {"name": "a"}]}),
            ["endpoints[0].hints.forZones[1].name FieldValueDuplicate"],
        ),
        ({"endpoints": endpoint()["endpoints"] * 1001}, ["endpoints FieldValueTooMany"]),
        ({"ports": [{"port": 1}, {"port": 2}]}, ["ports[1].name FieldValueDuplicate"]),
        ({"ports": [{"protocol": "ICMP"}]}, ["ports[0].protocol FieldValueNotSupported"]),
        ({"ports": [{"name": "Web"}]}, ["ports[0].name FieldValueInvalid"]),
    ],
)
def test_what_is_wrong_is_named(fields: dict[str, Any], expected: list[str]) -> None:
    """Each mistake is one cause at its field."""
    assert expected == [f"{each.field} {each.reason}" for each in STRATEGY.validate(made(**fields))]


def test_the_address_type_is_decided_once() -> None:
    """A slice cannot change from one address family to the other."""
    old = made(endpoints=[])
    causes = STRATEGY.validate_update({**old, "addressType": "IPv6"}, old)
    assert [("addressType", "field is immutable")] == [
        (each.field, each.message.rpartition(": ")[2]) for each in causes
    ]


def test_labels_and_content_count_as_generations_and_annotations_do_not() -> None:
    """Controllers recognise their own last write by the generation."""
    old = made()
    assert 1 == old["metadata"]["generation"]
    labelled = put(old, {"a": "b"}, "metadata", "labels")
    annotated = put(old, {"a": "b"}, "metadata", "annotations")
    emptied = {**old, "endpoints": []}
    found = [STRATEGY.prepare_for_update(new, old) for new in (labelled, annotated, emptied)]
    assert [2, 1, 2] == [each["metadata"]["generation"] for each in found]


def test_the_old_topology_map_is_dropped() -> None:
    """It belongs to an API version that is no more."""
    found = made(**endpoint(deprecatedTopology={"a": "b"}))
    assert [{"addresses": ["10.1.1.1"]}] == found["endpoints"]
