"""A store that writes whatever the revision: the last of two concurrent writers wins, the other's change is lost."""

from __future__ import annotations

from windtunnel.model.objects.record import Record, StoreKey
from windtunnel.model.store.store import Store


class StoreWithoutCompareAndSwap(Store):
    """Refuses only a creation of what is there already."""

    def _check_expected(self, key: StoreKey, current: Record | None, expect: int | None) -> None:
        if expect == 0:
            super()._check_expected(key, current, expect)
