"""Whether one more object fits into the quotas of its namespace, and what they have used with it.

What counts is a quota's status: the limits that its controller has taken over from the spec, and what it has counted.
A quota that has no status yet limits nothing; one whose count is incomplete refuses everything that it is about.
"""

from __future__ import annotations

from collections.abc import Mapping

from attrs import evolve, frozen

from windtunnel.model.api.quantity import Quantity
from windtunnel.model.api.quota.evaluator import Evaluator
from windtunnel.model.api.quota.scopes import Requirement, requirements_of
from windtunnel.model.api.resource_list import (
    ResourceList,
    add,
    exceeding,
    growth,
    only,
    read_resource_list,
    show_amounts,
    show_names,
    without_zeros,
)
from windtunnel.model.objects.json import Json


class QuotaRefusal(Exception):
    """An object does not fit; str() says why, as the API server does."""


@frozen
class Quota:
    """A ResourceQuota as it is counted with."""

    name: str
    scopes: tuple[Requirement, ...]
    hard: Mapping[str, Quantity]
    used: Mapping[str, Quantity]

    @classmethod
    def read(cls, raw: Json) -> Quota:
        """Return the quota in an object. O(resources)."""
        status = raw.get("status") or {}
        return cls(
            raw["metadata"]["name"],
            requirements_of(raw),
            read_resource_list(status.get("hard")),
            read_resource_list(status.get("used")),
        )

    def counts(self, evaluator: Evaluator, obj: Json) -> bool:
        """Whether the object is one of those that the quota is about. O(resources + scopes)."""
        return bool(evaluator.tracked(self.hard)) and evaluator.is_in_scopes(self.scopes, obj)

    def check_complete(self, evaluator: Evaluator, obj: Json) -> None:
        """Raise QuotaRefusal where the object or the quota lacks what is needed to count. O(resources)."""
        tracked = evaluator.tracked(self.hard)
        missing = evaluator.missing(tracked, obj)
        if missing:
            raise QuotaRefusal(f"failed quota: {self.name}: {missing}")
        if any(name not in self.used for name in tracked):
            message = f"status unknown for quota: {self.name}, resources: {show_names(tracked)}"
            raise QuotaRefusal(message)

    def charged(self, usage: Mapping[str, Quantity]) -> Quota:
        """Return the quota with so much more used. Raises QuotaRefusal where that is too much. O(resources)."""
        requested = only(usage, self.hard)
        used = add(self.used, requested)
        exceeded = exceeding(only(used, requested), self.hard)
        if exceeded:
            raise QuotaRefusal(
                f"exceeded quota: {self.name}, "
                f"requested: {show_amounts(only(requested, exceeded))}, "
                f"used: {show_amounts(only(self.used, exceeded))}, "
                f"limited: {show_amounts(only(self.hard, exceeded))}"
            )
        return evolve(self, used=used)


def charge(
    quotas: tuple[Quota, ...], evaluator: Evaluator, obj: Json, old: Json | None, now_ms: int
) -> tuple[Quota, ...]:
    """Return the quotas with an object charged: all of it, or how much more it is than its old version.

    Raises QuotaRefusal for the first quota that it does not fit into.
    O(quotas * resources).
    """
    concerned = [quota.counts(evaluator, obj) for quota in quotas]
    for quota, is_concerned in zip(quotas, concerned, strict=True):
        if is_concerned:
            quota.check_complete(evaluator, obj)
    if not any(concerned):
        return quotas
    usage = evaluator.usage(obj, now_ms)
    grown: ResourceList = usage if old is None else growth(usage, evaluator.usage(old, now_ms))
    after: list[Quota] = []
    for quota, is_concerned in zip(quotas, concerned, strict=True):
        if is_concerned:
            was_charged = old is not None and quota.counts(evaluator, old)
            more = without_zeros(grown if was_charged else usage)
            quota = quota.charged(more) if more else quota
        after.append(quota)
    return tuple(after)
