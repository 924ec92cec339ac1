"""A watch cache that begins with the very change at which the client stands, which the client has seen already."""

from __future__ import annotations

from windtunnel.model.apiserver.watch_cache import WatchCache
from windtunnel.model.store.change import Change


class WatchCacheWithRepeat(WatchCache):
    """Takes "after revision n" for "from revision n on"."""

    def changes_after(self, revision: int) -> list[Change]:
        """One more than asked for."""
        changes = super().changes_after(revision)
        return [change for change in self._window if change.revision == revision] + changes
