"""A watch cache that skips one event when a client comes back: the first change after the last one that it saw."""

from __future__ import annotations

from windtunnel.model.apiserver.watch_cache import WatchCache
from windtunnel.model.store.change import Change


class WatchCacheWithGap(WatchCache):
    """Begins one change too late."""

    def changes_after(self, revision: int) -> list[Change]:
        """All but the first."""
        return super().changes_after(revision)[1:]
