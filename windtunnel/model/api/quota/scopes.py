"""Scopes of a quota: it counts only objects that are in all of them."""

from __future__ import annotations

from collections.abc import Iterable

from attrs import frozen

from windtunnel.model.objects.json import Json

EXISTS = "Exists"


@frozen
class Requirement:
    """One scope, and for scopes with values the operator and the values wanted."""

    scope: str
    operator: str = EXISTS
    values: tuple[str, ...] = ()

    def accepts(self, found: Iterable[str]) -> bool:
        """Whether one of the values that an object has for the scope (none: it has no value) is wanted. O(values)."""
        present = tuple(found)
        if self.operator == EXISTS:
            return bool(present)
        if self.operator == "In":
            return any(value in self.values for value in present)
        if self.operator == "NotIn":
            return not present or any(value not in self.values for value in present)
        return not present


def requirements_of(quota: Json) -> tuple[Requirement, ...]:
    """Return the scopes of a ResourceQuota, those of its selector after the plain ones. O(scopes)."""
    spec = quota.get("spec") or {}
    selector = spec.get("scopeSelector") or {}
    return (
        *(Requirement(scope) for scope in spec.get("scopes") or ()),
        *(
            Requirement(
                each.get("scopeName", ""),
                each.get("operator", ""),
                tuple(each.get("values") or ()),
            )
            for each in selector.get("matchExpressions") or ()
        ),
    )
