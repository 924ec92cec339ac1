"""How an operation asks: requests of the user, which are waited for as long as a person would.

They are not repeated, but for those that clean up after a machine that is gone: these go on until they are carried out.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from windtunnel.model.api.errors import ApiError, is_not_found
from windtunnel.model.objects.json import Json
from windtunnel.model.sim.network import NetworkError
from windtunnel.model.sim.tasks import sleep

if TYPE_CHECKING:
    from windtunnel.model.cluster.cluster import Cluster

AGAIN_MS, AGAIN_AT_MOST_MS = 1_000, 30_000


async def answered(cluster: Cluster, request: Awaitable[Any]) -> None:
    """Await a request of the user; how it went becomes a step of the trace."""
    try:
        await request
    except ApiError as error:
        cluster.loop.note("user", f"is told {error.code} {error.reason or error.message}")
    except NetworkError as error:
        cluster.loop.note("user", f"is told nothing: {error}")


def send(cluster: Cluster, request: Awaitable[Any], name: str) -> None:
    """Send a request of the user and wait for it as long as a user would."""
    cluster.run_user(answered(cluster, request), name)


async def insist(request: Callable[[], Awaitable[Any]]) -> None:
    """Make a request of a deletion again, ever less often, until it is carried out or nothing is left to delete."""
    again_ms = AGAIN_MS
    while True:
        try:
            await request()
            return
        except ApiError as error:
            if is_not_found(error):
                return
        except NetworkError:
            pass
        await sleep(again_ms, "deletes again")
        again_ms = min(again_ms * 2, AGAIN_AT_MOST_MS)


async def apply_manifest(cluster: Cluster, manifest: Json) -> None:
    """Create the object, or patch the existing one to what the manifest says."""
    try:
        await cluster.client.create(manifest)
    except ApiError as error:
        if error.reason != "AlreadyExists":
            raise
        kind = cluster.environment.kinds.for_object(manifest)
        metadata = manifest["metadata"]
        namespace = metadata.get("namespace", "default") if kind.namespaced else ""
        patch_type = "merge" if kind.is_plain or kind.custom else "strategic"
        await cluster.client.patch(
            kind.resource, f"{namespace}/{metadata['name']}", manifest, patch_type
        )
