"""What counts objects of one resource for quotas; most are only counted, as `count/widgets.example.com`.

Not modelled: resources that may only be used where a quota covers them (limitedResources in the configuration of the
admission plug-in).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from windtunnel.model.api.quantity import ZERO, Quantity, from_value
from windtunnel.model.api.quota.scopes import Requirement
from windtunnel.model.api.resource_list import ResourceList, add
from windtunnel.model.objects.json import Json

ONE = from_value(1)
NAMES_OF_OLD = ("configmaps", "replicationcontrollers", "resourcequotas", "secrets")
"""Resources that a quota may also count by their plain names."""


def count_name(resource: str) -> str:
    """Return the name under which a quota counts the objects of a resource, whatever they are."""
    return f"count/{resource}"


class Evaluator:
    """Counts the objects of a resource (plural, with its group where not core). Has no state."""

    def __init__(self, resource: str) -> None:
        self.resource = resource
        self.count = count_name(resource)
        self.names: tuple[str, ...] = (self.count,)
        if resource in NAMES_OF_OLD:
            self.names = (self.count, resource)

    def tracked(self, names: Iterable[str]) -> tuple[str, ...]:
        """Which of the names in a quota are about these objects. O(names)."""
        return tuple(name for name in names if name in self.names)

    def is_in_scope(self, requirement: Requirement, obj: Json) -> bool:
        """Whether an object is in a scope; no scope has objects that are only counted."""
        return False

    def is_in_scopes(self, requirements: Iterable[Requirement], obj: Json) -> bool:
        """Whether an object is in all scopes of a quota. O(scopes)."""
        return all(self.is_in_scope(requirement, obj) for requirement in requirements)

    def missing(self, names: Iterable[str], obj: Json) -> str:
        """What an object has to say of itself for these resources to be counted, in words; '' if it says all."""
        return ""

    def usage(self, obj: Json, now_ms: int) -> ResourceList:
        """What an object uses. O(object)."""
        return dict.fromkeys(self.names, ONE)

    def was_freed(self, old: Json, new: Json, now_ms: int) -> bool:
        """Whether a change of an object may have freed something, as its deletion does."""
        return False

    def total(
        self,
        names: Iterable[str],
        requirements: tuple[Requirement, ...],
        objects: Iterable[Json],
        now_ms: int,
    ) -> Mapping[str, Quantity]:
        """What the objects in all scopes use together of these resources, zero where nothing. O(objects)."""
        used: ResourceList = dict.fromkeys(self.tracked(names), ZERO)
        for obj in objects:
            if self.is_in_scopes(requirements, obj):
                used = add(used, self.usage(obj, now_ms))
        return used
