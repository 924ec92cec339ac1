"""A watch cache whose lists match a namespace by its first letters: a list of `shop` shows `shop-test` too."""

from __future__ import annotations

from windtunnel.model.apiserver.watch_cache import WatchCache


class WatchCacheWithShortPrefix(WatchCache):
    """Forgets the separator at the end of a prefix."""

    def prefix(self, namespace: str) -> str:
        """The namespace without a slash."""
        return super().prefix(namespace).removesuffix("/")
