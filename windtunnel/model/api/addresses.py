"""IP addresses as the fields of Kubernetes objects write them.

The API server has always read IPv4 octets with leading zeros as decimal, and still does where an
object already holds such a value, so reading is lenient; `parse_ip` is the one place that knows.
What is accepted says nothing about what an address may be used for: `special_use` answers that.

Not modelled: the strict reading of addresses in newly written fields, behind a gate of its own.
"""

from __future__ import annotations

import re

_decimal = re.compile("[0-9]+").fullmatch
_hexadecimal = re.compile("[0-9A-Fa-f]+").fullmatch

_V4_BYTES = 4
_V6_GROUPS = 8
_HIGHEST_GROUP = 0xFFFF
_MAPPED_V4 = 0xFFFF << 32


def _parse_v4(text: str) -> int | None:
    octets = text.split(".")
    if len(octets) != _V4_BYTES:
        return None
    address = 0
    for octet in octets:
        if not _decimal(octet) or len(octet.lstrip("0")) > len("255"):
            return None
        number = int(octet)
        if number > 0xFF:
            return None
        address = address << 8 | number
    return address


def _parse_groups(text: str) -> list[int] | None:
    """Return the 16-bit groups of one side of '::'; its end may be written as IPv4."""
    if not text:
        return []
    parts = text.split(":")
    groups: list[int] = []
    for position, part in enumerate(parts):
        if "." in part and position == len(parts) - 1:
            tail = _parse_v4(part)
            if tail is None:
                return None
            groups += [tail >> 16, tail & _HIGHEST_GROUP]
            continue
        if not _hexadecimal(part) or len(part.lstrip("0")) > len("ffff"):
            return None
        groups.append(int(part, 16))
    return groups


def _parse_v6(text: str) -> int | None:
    head, ellipsis, tail = text.partition("::")
    left, right = _parse_groups(head), _parse_groups(tail)
    if left is None or right is None or (ellipsis and "." in head):
        return None
    missing = _V6_GROUPS - len(left) - len(right)
    if missing < 1 if ellipsis else missing != 0:
        return None
    address = 0
    for group in left + [0] * missing + right:
        address = address << 16 | group
    return address


def parse_ip(text: str) -> tuple[int, int] | None:
    """Return the family (4 or 6) and the number of an address, or None if it is not one. O(len).

    An IPv4 address written inside IPv6 (`::ffff:1.2.3.4`) is that IPv4 address.
    """
    if ":" not in text:
        number = _parse_v4(text)
        return None if number is None else (4, number)
    number = _parse_v6(text)
    if number is None:
        return None
    if number & ~0xFFFFFFFF == _MAPPED_V4:
        return 4, number & 0xFFFFFFFF
    return 6, number


def is_ip_address(value: str) -> list[str]:
    """Return what keeps value from being an IP address, with names.py's convention. O(len)."""
    if parse_ip(value) is not None:
        return []
    return ["must be an IP address, as in 10.1.2.3 or 2001:db8::1"]


def special_use(text: str) -> list[str]:
    """Return why an address cannot be an endpoint or external IP: it is nobody's own. O(len)."""
    parsed = parse_ip(text)
    if parsed is None:
        return is_ip_address(text)
    family, number = parsed
    details = []
    if number == 0:
        details.append("must not be the unspecified address")
    if (number >> 24 == 127) if family == 4 else number == 1:
        details.append("must not be a loopback address (127.0.0.0/8, ::1)")
    if (number >> 16 == 0xA9FE) if family == 4 else number >> 118 == 0x3FA:
        details.append("must not be a link-local address (169.254.0.0/16, fe80::/10)")
    if (number >> 8 == 0xE00000) if family == 4 else (number >> 112) & 0xFF0F == 0xFF02:
        details.append("must not be a link-local multicast address (224.0.0.0/24, ff02::/16)")
    return details
