"""A store whose deletions take no revision of their own, so that the next write has the same one."""

from __future__ import annotations

from windtunnel.model.store.change import Change
from windtunnel.model.store.store import Store


class StoreWithFreeDeletions(Store):
    """Gives the revision of a deletion out again."""

    def _append(self, change: Change) -> None:
        super()._append(change)
        if change.after is None:
            self.revision -= 1
