"""A store that stamps an object with the revision that it had before, as if nothing had been written."""

from __future__ import annotations

from typing import Any

from windtunnel.model.objects.json import Json
from windtunnel.model.objects.record import Record, StoreKey
from windtunnel.model.store.store import Store, stamp


class StoreWithOldStamps(Store):
    """Leaves the resourceVersion of a replaced object in the new one."""

    def put(self, key: StoreKey, raw: Json, expect: int | None, **by: Any) -> Record:
        """Write, and put the old stamp back."""
        before = self.get(key)
        record = super().put(key, raw, expect, **by)
        if before is not None:
            record.raw = stamp(record.raw, before.revision)
        return record
