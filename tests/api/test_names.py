"""Names: which strings may be names, keys, values, ports and addresses."""

from __future__ import annotations

import ipaddress
import json
from importlib.resources import files
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from windtunnel.conformance.tables import names as table
from windtunnel.model.api import addresses, names

CASES = json.loads(
    (files("windtunnel.conformance") / "data/conformance/names.json").read_text("utf-8")
)["cases"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case["name"])[:60])
def test_names_agree_with_the_recorded_table(case: dict[str, Any]) -> None:
    """Every recorded case of area names has the recorded answer."""
    assert None is table.run(case)


@pytest.mark.parametrize(
    ("details", "expected"),
    [
        (names.is_dns1123_label("a.b"), ["must not contain dots"]),
        (names.is_dns1123_label("a" * 64), ["must be no more than 63 bytes"]),
        (names.is_dns1123_subdomain("a" * 254), ["must be no more than 253 bytes"]),
        (names.is_port_number(0), ["must be between 1 and 65535, inclusive"]),
        (names.is_port_name("1-"), ["must contain at least one letter (a-z)"]),
        (names.is_config_map_key(".."), ["must not be '..'"]),
        (names.is_config_map_key("..a"), ["must not start with '..'"]),
        (names.is_path_segment("a/%"), ["may not contain '/'", "may not contain '%'"]),
        (names.is_path_segment("."), ["may not be '.'"]),
        (names.is_qualified_name("/a"), ["prefix part must be non-empty"]),
        (names.is_relaxed_env_var_name(""), ["must be non-empty"]),
    ],
)
def test_details_say_what_is_wrong(details: list[str], expected: list[str]) -> None:
    """The detail of a refused name is the short one that people know."""
    assert expected == details[: len(expected)]


def test_each_mistake_is_a_detail_of_its_own() -> None:
    """A value that is wrong in several ways has that many details, hence that many causes."""
    assert 2 == len(names.is_qualified_name(""))
    assert 2 == len(names.is_dns1123_label("A" * 64))
    assert 4 == len(names.is_port_name("--_"))


def test_answers_are_not_shared_between_callers() -> None:
    """A caller that changes the list of details it got does not change what the next one gets."""
    names.is_qualified_name("a b").clear()
    assert names.is_qualified_name("a b")


def test_lengths_are_counted_in_bytes() -> None:
    """A name of few characters and many bytes is too long."""
    assert "must be no more than 63 bytes" in names.is_label_value("é" * 40)


@given(st.text(alphabet="abA1-._/", max_size=8))
def test_forms_contain_each_other_as_their_names_say(value: str) -> None:
    """A 1035 label is a 1123 label, a 1123 label a subdomain and a label value, and so on."""
    if not names.is_dns1035_label(value):
        assert [] == names.is_dns1123_label(value)
    if not names.is_dns1123_label(value):
        assert [] == names.is_dns1123_subdomain(value) + names.is_label_value(value)
    if not names.is_dns1123_subdomain(value):
        assert [] == names.is_path_segment(value)
    if value and not names.is_label_value(value):
        assert [] == names.is_qualified_name(value)


@pytest.mark.parametrize(
    ("prefix", "checked"), [("web-", "wea"), ("-", "-"), ("web", "web"), ("a-", "a"), ("w--", "wa")]
)
def test_a_generate_name_prefix_may_end_in_a_dash(prefix: str, checked: str) -> None:
    """The dash at the end of a prefix does not count against it, since a suffix will follow."""
    assert checked == names.mask_trailing_dash(prefix)


@pytest.mark.parametrize("value", ["1a", "a b", "{}", "a-b.c"])
def test_containers_accept_nearly_any_variable_name(value: str) -> None:
    """Printable ASCII without '=' is a variable name in the relaxed sense; '=' never is."""
    assert [] == names.is_relaxed_env_var_name(value)
    assert names.is_relaxed_env_var_name(f"{value}=")
    assert names.is_relaxed_env_var_name(f"{value}\n")


@given(st.ip_addresses())
def test_every_address_is_read_as_the_number_it_is(address: ipaddress.IPv4Address) -> None:
    """Family and number are those of the standard library; IPv4 inside IPv6 is IPv4."""
    mapped = getattr(address, "ipv4_mapped", None) or address
    assert (mapped.version, int(mapped)) == addresses.parse_ip(str(address))


@given(st.text(alphabet="0123456789abf:.", max_size=12))
def test_only_addresses_are_read_as_addresses(text: str) -> None:
    """Apart from leading zeros, exactly what the standard library reads is an address."""
    try:
        expected = int(ipaddress.ip_address(text))
    except ValueError:
        parts = text.replace(".", ":").split(":")
        zeros = any(len(part) > 1 and part.startswith("0") for part in parts)
        assert zeros or addresses.parse_ip(text) is None
    else:
        parsed = addresses.parse_ip(text)
        assert parsed is not None
        assert expected & 0xFFFFFFFF == parsed[1] & 0xFFFFFFFF


@pytest.mark.parametrize(
    ("address", "family"),
    [("010.001.000.255", 4), ("::ffff:10.1.0.255", 4), ("00001::2", 6), ("::1.2.3.4", 6)],
)
def test_reading_is_as_lenient_as_it_always_was(address: str, family: int) -> None:
    """Leading zeros are decimal, and an IPv6 address may end like an IPv4 one."""
    parsed = addresses.parse_ip(address)
    assert parsed is not None and family == parsed[0]


@pytest.mark.parametrize(
    "address",
    ["0.0.0.0", "::", "127.0.0.1", "::1", "169.254.1.1", "fe80::1", "224.0.0.9", "ff02::9", "bad"],
)
def test_addresses_of_no_single_machine_are_told_apart(address: str) -> None:
    """Unspecified, loopback and link-local addresses are refused as endpoints, with one reason."""
    assert 1 == len(addresses.special_use(address))
    assert [] == addresses.special_use("10.1.2.3") + addresses.special_use("fd00::1")
