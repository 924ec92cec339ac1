"""Resource lists: amounts by the names of resources, as requests, limits, quotas and their use are counted.

A list is a plain dict of exact quantities. No function here alters what it is given.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from typing import Any

from windtunnel.model.api.quantity import ZERO, Quantity, from_json
from windtunnel.model.objects.json import Json

ResourceList = dict[str, Quantity]


def read_resource_list(amounts: Mapping[str, Any] | None) -> ResourceList:
    """Return the amounts in a part of an object; an absent part has none. O(resources)."""
    return {name: from_json(amount) for name, amount in (amounts or {}).items()}


def resource_list_json(amounts: Mapping[str, Quantity]) -> Json:
    """Return the amounts as an object shows them, by name. O(resources, sorted)."""
    return {name: str(amounts[name]) for name in sorted(amounts)}


def add(one: Mapping[str, Quantity], other: Mapping[str, Quantity]) -> ResourceList:
    """Return the sum of two lists. O(resources)."""
    total = dict(one)
    for name, amount in other.items():
        before = total.get(name)
        total[name] = amount if before is None else before + amount
    return total


def greatest(one: Mapping[str, Quantity], other: Mapping[str, Quantity]) -> ResourceList:
    """Return the greater amount of each resource. O(resources)."""
    found = dict(one)
    for name, amount in other.items():
        before = found.get(name)
        if before is None or amount > before:
            found[name] = amount
    return found


def growth(after: Mapping[str, Quantity], before: Mapping[str, Quantity]) -> ResourceList:
    """Return how much more there is after than before, zero where it is not more. O(resources)."""
    grown = {name: amount - before.get(name, ZERO) for name, amount in after.items()}
    return {name: amount if amount.sign > 0 else ZERO for name, amount in grown.items()}


def only(amounts: Mapping[str, Quantity], names: Container[str]) -> ResourceList:
    """Return the amounts of these resources. O(resources)."""
    return {name: amount for name, amount in amounts.items() if name in names}


def without_zeros(amounts: Mapping[str, Quantity]) -> ResourceList:
    """Return the amounts that are not zero. O(resources)."""
    return {name: amount for name, amount in amounts.items() if amount}


def exceeding(amounts: Mapping[str, Quantity], most: Mapping[str, Quantity]) -> tuple[str, ...]:
    """Return the resources of which there is more than the most. O(resources)."""
    return tuple(name for name in amounts if name in most and amounts[name] > most[name])


def show_amounts(amounts: Mapping[str, Quantity]) -> str:
    """Return the amounts as messages print them: `cpu=1,memory=2Gi`. O(resources, sorted)."""
    return ",".join(f"{name}={amounts[name]}" for name in sorted(amounts))


def show_names(names: Iterable[str]) -> str:
    """Return names of resources as messages print them. O(names, sorted)."""
    return ",".join(sorted(names))
