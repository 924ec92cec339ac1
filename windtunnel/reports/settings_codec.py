"""Settings as people write them: only what differs from the default, by component and by name.

The same form stands in `[tool.windtunnel]` of a pyproject.toml, in windtunnel.toml and in a scenario file:
`{"kubelet": {"max_pods": 5}, "latency_ms": 2}`. Names may be written with dashes.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import Any

import attrs

from windtunnel.model.api.quantity import QuantityError, parse
from windtunnel.model.input_error import InputError, unknown_name
from windtunnel.model.settings import Settings

MAX_NUMBER = 10**12
QUANTITIES = ("cpu", "memory")


def encode_settings(settings: Settings) -> dict[str, Any]:
    """What differs from the defaults, in the order of the fields. O(fields)."""
    return _differences(settings, Settings())


def decode_settings(data: Mapping[str, Any], where: str) -> Settings:
    """Settings from what somebody wrote; everything else is as Kubernetes has it. Raises InputError."""
    found: Settings = _overlay(Settings(), data, where, "")
    return found


def changed_settings(settings: Settings) -> tuple[tuple[str, str], ...]:
    """What differs from the defaults as (dotted name, value), for a header. O(fields)."""
    return tuple(_flat(encode_settings(settings), ""))


def _flat(data: Mapping[str, Any], prefix: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for name, value in data.items():
        if isinstance(value, Mapping):
            found += _flat(value, f"{prefix}{name}.")
        else:
            found.append((prefix + name, str(value)))
    return found


def _differences(settings: Any, default: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for field in attrs.fields(type(settings)):
        value, usual = getattr(settings, field.name), getattr(default, field.name)
        if value == usual:
            continue
        found[field.name] = _differences(value, usual) if attrs.has(type(usual)) else value
    return found


def _overlay(default: Any, data: Any, where: str, path: str) -> Any:
    if not isinstance(data, Mapping):
        raise InputError(f"{where}: {path or 'settings'} must be a table of names and values")
    names = [field.name for field in attrs.fields(type(default))]
    changes: dict[str, Any] = {}
    for key, value in data.items():
        name = str(key).replace("-", "_")
        full = f"{path}.{name}" if path else name
        if name not in names:
            what = f"setting of {path}" if path else "setting"
            raise InputError(f"{where}: {unknown_name(str(key), names, what)}")
        usual = getattr(default, name)
        if attrs.has(type(usual)):
            changes[name] = _overlay(usual, value, where, full)
        else:
            changes[name] = _checked(value, usual, where, full)
    return attrs.evolve(default, **changes)


def _checked(value: Any, usual: Any, where: str, path: str) -> Any:
    name = path.rpartition(".")[2]
    if isinstance(usual, bool):
        if not isinstance(value, bool):
            raise InputError(f"{where}: {path} is {value!r}; write true or false")
    elif isinstance(usual, int):
        lowest = 1 if usual and name.endswith(("_ms", "_seconds")) else 0
        if not isinstance(value, int) or isinstance(value, bool):
            raise InputError(f"{where}: {path} is {value!r}; write a whole number, such as {usual}")
        if not lowest <= value <= MAX_NUMBER:
            raise InputError(
                f"{where}: {path} is {value}; write a number from {lowest} to {MAX_NUMBER}"
            )
    elif not isinstance(value, str):
        raise InputError(f"{where}: {path} is {value!r}; write a text, such as {usual!r}")
    elif not _is_fine(name, value):
        raise InputError(f"{where}: {path} is {value!r}; write one in the form of {usual!r}")
    return value


def _is_fine(name: str, value: str) -> bool:
    """Whether a text has the form that its setting needs: a quantity, a block of addresses, two octets."""
    try:
        if name in QUANTITIES:
            parse(value)
        elif name.endswith("_cidr"):
            ipaddress.ip_network(value)
        elif name.endswith("_cidr_prefix"):
            ipaddress.ip_network(f"{value}.0.0/16")
    except (QuantityError, ValueError):
        return False
    return True
