"""What administrators do to the store itself, past the API servers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from windtunnel.model.cluster.action import Action, operation
from windtunnel.model.sim.network import NetworkError
from windtunnel.model.store.errors import StoreError
from windtunnel.model.store.requests import Compact

if TYPE_CHECKING:
    from windtunnel.model.cluster.cluster import Cluster


@operation
class CompactStore(Action):
    """Compact the store to its revision of now (`etcdctl compact`): nobody can go on from an older one.

    An API server whose own watch has to go on from there lists anew and ends the watches that it serves; a page of an
    older list, and a list as of an older revision, is 410 Expired.
    """

    @classmethod
    def choices(cls, cluster: Cluster) -> Sequence[CompactStore]:
        """One way, unless there is nothing to forget."""
        return [] if cls().why_not(cluster) else [cls()]

    def why_not(self, cluster: Cluster) -> str:
        """There must be some history."""
        forgotten = cluster.store.compacted == cluster.store.revision
        return "the store is compacted already" if forgotten else ""

    def apply(self, cluster: Cluster) -> None:
        """One request to the store."""
        cluster.run_user(self._compact(cluster, cluster.store.revision), "compact")

    async def _compact(self, cluster: Cluster, revision: int) -> None:
        request = Compact(revision)
        try:
            await cluster.user.call(cluster.environment.store, request, str(request))
        except (NetworkError, StoreError) as error:
            cluster.loop.note("user", f"is told by the store: {error}")
